from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.model import Shape, StructureShape

from mturk_exodus.errors import NotReadOnly
from mturk_exodus.sources.requester_api import credentials, wire
from mturk_exodus.sources.requester_api.wire import ReplyTooLarge, Wire
from tests.fakes.mturk import FakeMTurk, Faults
from tests.fakes.mturk_model import PARAMETERS
from tests.mturk_exodus.sources.requester_api.accounts import worked
from tests.mturk_exodus.sources.requester_api.equality import service_model

ALL = service_model().operation_names
WRITES = [name for name in ALL if not name.startswith(("List", "Get"))]


@pytest.fixture
def fake() -> Iterator[FakeMTurk]:
    with FakeMTurk(worked(approved=1), faults=Faults()) as serving:
        yield serving


@pytest.fixture
def door(fake: FakeMTurk) -> Iterator[Wire]:
    opened = Wire(credentials.new_session(None), fake.endpoint_url, connections=2)
    yield opened
    opened.close()


def made_up(shape: Shape | None) -> Any:  # noqa: ANN401 - whatever the shape is
    """A value that botocore's own checks let pass."""
    if isinstance(shape, StructureShape):
        needed = shape.required_members
        return {each: made_up(shape.members[each]) for each in needed}
    plain: dict[str, Any] = {"boolean": False, "timestamp": 1, "integer": 1, "long": 1}
    if shape is None or shape.type_name in plain:
        return {} if shape is None else plain[shape.type_name]
    if shape.type_name == "list":
        return [made_up(shape.member)]  # type: ignore[attr-defined] # a list's shape has a member
    return (getattr(shape, "enum", None) or ["3XXXXXXXXXXXXXXXXXXX1"])[0]


@pytest.mark.parametrize("operation", WRITES)
def test_an_operation_that_is_not_a_list_or_a_get_is_stopped_before_anything_is_sent(
    fake: FakeMTurk, door: Wire, operation: str
) -> None:
    parameters = made_up(service_model().operation_model(operation).input_shape)
    with pytest.raises(NotReadOnly):
        door.call(operation, parameters)
    assert fake.log == []


def test_every_operation_of_the_model_was_tried_or_reads() -> None:
    assert set(ALL) - set(WRITES) == set(PARAMETERS)
    assert len(WRITES) == 23


def test_a_target_that_only_begins_like_a_read_is_stopped(
    fake: FakeMTurk, door: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = service_model().metadata
    assert model["targetPrefix"] == "MTurkRequesterServiceV20170117"
    for target in ("X.ListHITs", "MTurkRequesterServiceV20170117.ListHITs.DeleteHIT"):
        seen: dict[str, Any] = {"X-Amz-Target": target}
        request = type("Request", (), {"headers": seen})()
        with pytest.raises(NotReadOnly):
            door._send(request)
    monkeypatch.undo()
    assert fake.log == []


@pytest.mark.parametrize("fault", ["service_fault", "unavailable", "reset"])
def test_a_call_is_made_once_whatever_comes_of_it(fake: FakeMTurk, door: Wire, fault: str) -> None:
    setattr(fake.faults, fault, 1.0)
    with pytest.raises(Exception) as caught:  # noqa: PT011 - each fault has its own
        door.call("ListHITs", {})
    assert not isinstance(caught.value, AssertionError)
    assert len(fake.log) == 1


def test_the_reply_is_the_very_bytes_that_came(fake: FakeMTurk, door: Wire) -> None:
    body = door.call("GetHIT", {"HITId": "H1"})
    assert body == f'{{"HIT":{fake.raw("hits", "H1")}}}'.encode()


def test_an_error_of_mturk_keeps_its_code(door: Wire) -> None:
    with pytest.raises(ClientError) as caught:
        door.call("GetHIT", {"HITId": "NONE"})
    assert caught.value.response["TurkErrorCode"] == "AWS.MechanicalTurk.HITDoesNotExist"  # type: ignore[typeddict-item] # the stubs know no MTurk


def test_a_reply_above_the_limit_is_refused(
    fake: FakeMTurk, door: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = len(door.call("GetHIT", {"HITId": "H1"}))
    monkeypatch.setattr(wire, "LARGEST_REPLY", size)
    assert len(door.call("GetHIT", {"HITId": "H1"})) == size
    monkeypatch.setattr(wire, "LARGEST_REPLY", size - 1)
    with pytest.raises(ReplyTooLarge):
        door.call("GetHIT", {"HITId": "H1"})
    assert fake.times("GetHIT", "ok") == 3


def test_the_region_is_pinned(door: Wire) -> None:
    assert door._client.meta.region_name == "us-east-1"
