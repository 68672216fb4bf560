"""Replies that no Label Studio gives, and settings that are none. No server is needed for them."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from mturk_exodus import errors
from mturk_exodus.replay import http
from mturk_exodus.replay.adapter import Making, Receipt
from mturk_exodus_label_studio import LabelStudioAdapter
from mturk_exodus_label_studio.access import LIFETIME, Access
from tests.adapters.label_studio.actions import Work, makings

URL = "http://label-studio.example"
TOKEN = "0123456789abcdef"  # noqa: S105 - nobody's
WORK = Work("w")
USER = {"id": 1, "email": "a@mturk.invalid", "username": "a", "active_organization": 1}
VERSION = {"release": "1.23.2", "edition": "Community"}
ANNOTATION = {
    "id": 1,
    "import_id": 2,
    "completed_by": 1,
    "created_at": "2026-11-22T11:25:00.323825Z",
    "updated_at": "2026-11-22T11:25:00.323862Z",
}
TASK = {"id": 5, "project": 1, "data": {"mturk_hit_id": "wH0"}, "annotations": [ANNOTATION]}
RECEIPTS = {
    **{one.key: Receipt(one.key, str(number)) for number, one in enumerate(WORK.users, 1)},
    WORK.project.key: Receipt(WORK.project.key, "1"),
    **{one.key: Receipt(one.key, str(number)) for number, one in enumerate(WORK.tasks, 5)},
    **{one.key: Receipt(one.key, f"5/{number}") for number, one in enumerate(WORK.annotations)},
}

Answer = Callable[[httpx.Request], httpx.Response]


def answered(answer: Answer, token: str = TOKEN) -> LabelStudioAdapter:
    """An adapter whose server answers so."""
    client = http.client(httpx.MockTransport(answer), sleep=lambda _: None)
    return LabelStudioAdapter({"url": URL, "api_key": token}, client)


def always(value: Any) -> Answer:  # noqa: ANN401 - JSON
    """Answers everything in one way."""
    content = value if isinstance(value, bytes) else json.dumps(value).encode()
    return lambda _: httpx.Response(200, content=content)


NONSENSE: dict[str, Any] = {
    "nothing": b"",
    "a page": b"<!doctype html><title>Sign in</title>",
    "half": b'{"id": 1',
    "deep": b"[" * 100_000,
    "not UTF-8": b'"\xff"',
    "a huge number": b'{"id": ' + b"9" * 5_000 + b"}",
    "null": None,
    "a text": "text",
    "a number": 7,
    "an object": {},
    "a list": [],
    "a list of lists": [[]],
    "ids that are texts": [{**USER, "id": "1"}],
    "an id that is true": {**USER, "id": True},
    "a list that is an object": {"count": 1, "results": {}, "total": 1, "tasks": {}},
    "items that are none": {"count": 1, "results": [1], "total": 1, "tasks": [1]},
    "too few": {"task_ids": [1]},
    "the same twice": {"task_ids": [1, 1, 1]},
    "an annotation of no time": {"total": 1, "tasks": [{**TASK, "annotations": [{"id": 1}] * 2}]},
    "a region whose id is a list": {
        "total": 1,
        "tasks": [
            {
                **TASK,
                "annotations": [
                    {
                        **ANNOTATION,
                        "import_id": WORK.annotations[0].payload["import_id"],
                        "result": [{"id": [], "origin": "manual"}, 7, None],
                    }
                ],
            }
        ],
    },
    "a time that is none": {
        "total": 1,
        "tasks": [{**TASK, "annotations": [{**ANNOTATION, "created_at": "yesterday"}]}],
    },
    "a time without its zone": {
        "total": 1,
        "tasks": [{**TASK, "annotations": [{**ANNOTATION, "created_at": "2026-11-22T11:25:00"}]}],
    },
}


@pytest.mark.parametrize("value", NONSENSE.values(), ids=NONSENSE.keys())
def test_nonsense_is_not_understood_and_never_a_crash(value: Any) -> None:  # noqa: ANN401 - JSON
    adapter = answered(always(value))
    calls: list[Callable[[], object]] = [
        adapter.identity,
        lambda: list(adapter.apply(WORK.users, {})),
        lambda: list(adapter.apply([WORK.project], {})),
        lambda: list(adapter.apply(WORK.batch, RECEIPTS)),
        lambda: list(adapter.apply(WORK.annotations, RECEIPTS)),
        lambda: list(adapter.revise(WORK.actions, RECEIPTS)),
        lambda: adapter.find(WORK.actions, {}),
        lambda: adapter.find(WORK.batch, RECEIPTS),
        lambda: adapter.held(WORK.actions, RECEIPTS),
        lambda: list(adapter.remove(makings(WORK.actions, RECEIPTS))),
    ]
    said = [said for call in calls if (said := _refusal(call))]
    assert len(said) >= 5
    assert all(len(one) < 200 for one in said)


def _refusal(call: Callable[[], object]) -> str:
    try:
        call()
    except errors.TargetNotUnderstood as error:
        return str(error)
    return ""


def test_pages_without_end_are_followed_no_further_than_they_say() -> None:
    calls = itertools.count()

    def answer(_: httpx.Request) -> httpx.Response:
        next(calls)
        return httpx.Response(200, json={"count": 3, "results": [{"id": 1, "description": ""}]})

    assert answered(answer).find([WORK.project], {}) == {}
    assert next(calls) == 3


@pytest.mark.parametrize(
    ("version", "reason"),
    [
        ({**VERSION, "edition": "Enterprise"}, "imports in the background"),
        ({**VERSION, "release": "2.0.0"}, "another generation"),
        ({}, "is this Label Studio's address"),
    ],
)
def test_another_edition_is_refused_before_anything_is_sent(
    version: dict[str, str], reason: str
) -> None:
    with pytest.raises(errors.TargetNotUnderstood, match=reason):
        answered(always(version)).identity()


def test_an_import_that_is_put_off_is_not_taken_for_done() -> None:
    """As Enterprise answers (HumanSignal/label-studio#7204)."""
    with pytest.raises(errors.TargetNotUnderstood, match="imports in the background"):
        list(answered(always({"import": 5})).apply(WORK.batch, RECEIPTS))


def test_no_list_of_tasks_is_ever_asked_for_or_deleted_with_no_task_in_it() -> None:
    """The server takes an empty list for all tasks of the project."""
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(f"{request.method} {request.url.path}")
        return httpx.Response(200, json={"total": 0, "tasks": [], "count": 0, "results": []} | USER)

    adapter = answered(answer)
    gone = [Making(one.key, one.operation, "1") for one in (*WORK.users, WORK.project)]
    list(adapter.remove(gone))
    adapter.held([*WORK.users, WORK.project], {})
    adapter.find([], {})
    list(adapter.revise([], {}))
    assert not [one for one in asked if "tasks" in one or "actions" in one]


@pytest.mark.parametrize(
    "settings",
    [
        {"url": "localhost:8080"},
        {"url": "ftp://localhost"},
        {"url": "http://"},
        {"url": "http://[::1"},
        {"url": "http://localhost:99999"},
        {"url": "http://me:secret@localhost"},
        {"url": "http://localhost/?a=b"},
        {"url": "http://local\x00host"},
        {"url": ""},
        {"api_key": ""},
        {"api_key": "short"},
        {"api_key": "two words"},
        {"api_key": "line\nbreak"},
        {"api_key": "geheimnisvoll-\u00fc"},
    ],
)
def test_settings_that_are_none_are_said_to_be_none(settings: dict[str, str]) -> None:
    complete = {"url": URL, "api_key": TOKEN, **settings}
    client = http.client(httpx.MockTransport(always(VERSION)))
    (name,) = settings
    with pytest.raises(errors.SettingMissing, match=name) as caught:
        LabelStudioAdapter(complete, client).identity()
    assert "secret" not in str(caught.value)
    assert not settings.get("api_key") or settings["api_key"] not in str(caught.value)


def test_workers_are_pseudonymous_or_plain() -> None:
    client = http.client(httpx.MockTransport(always(VERSION)))
    for value in ("pseudonymous", "plain"):
        LabelStudioAdapter({"workers": value}, client)
    with pytest.raises(errors.SettingMissing, match="pseudonymous or plain"):
        LabelStudioAdapter({"workers": "anonymous"}, client)


def test_a_short_token_is_renewed_before_it_runs_out() -> None:
    now, made = [0.0], itertools.count(1)
    access = Access("a.b.cccc", lambda _: f"short{next(made)}", lambda: now[0])
    seen = []
    for second in range(0, 1_000, 10):
        now[0] = float(second)
        seen.append((second, access.header()))
    began = {header: second for second, header in reversed(seen)}
    ended = {header: second for second, header in seen}
    assert all(ended[one] - began[one] < LIFETIME - 30 for one in began)
    assert len(began) == 5


def test_a_legacy_token_is_not_renewed() -> None:
    access = Access(f" {TOKEN}\n", lambda _: pytest.fail("asked"))
    assert (access.header(), access.renew()) == (f"Token {TOKEN}", False)


def test_the_server_that_exchanges_a_token_gives_text() -> None:
    for short in (None, 7, "a\r\nb", "\u00fc"):
        with pytest.raises(errors.TargetNotUnderstood):
            answered(always({**VERSION, "access": short}), "a.b.cccc").identity()
