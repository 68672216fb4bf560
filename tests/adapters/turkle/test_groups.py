"""Who qualifies is in the group, wherever Turkle was cut off; and who comes to qualify later."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from mturk_exodus import errors
from mturk_exodus.archive.archive import Archive
from mturk_exodus.demo import markup as m
from mturk_exodus.demo.account import Account
from mturk_exodus.demo.fill import fill
from mturk_exodus.replay import http
from mturk_exodus.replay.adapter import Action, Receipt, Source
from mturk_exodus.replay.reader import ArchiveReader
from mturk_exodus_turkle import TurkleAdapter
from mturk_exodus_turkle.mapping.planning import plan

URL = "https://turkle.example.org"
SETTINGS = {"url": URL, "token": "0" * 40, "accept_insecure_target": "yes"}
NAMES = [f"A{one:03}" for one in range(40)]
GROUP = Action("group:3T", "group", Source("HITType", "3T"), {"name": "mturk_g", "users": NAMES})


class Groups:
    """A Turkle's users and its one group; `members` is None before that is made."""

    def __init__(self, members: set[int] | None = None) -> None:
        self.users = {name: number for number, name in enumerate(NAMES, 2)}
        self.members = members

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        path = request.url.path
        if path == "/api/users/":
            return page({"id": number, "username": name} for name, number in self.users.items())
        if path.startswith("/api/groups/name/"):
            return httpx.Response(404) if self.members is None else page([self._group()])
        said = json.loads(request.content) if request.content else {}
        if path == "/api/groups/9/users/":
            assert self.members is not None
            self.members.update(said["users"])
            return httpx.Response(200, json=self._group())
        if self.members is not None:
            return httpx.Response(400, json={"name": ["group with this name already exists."]})
        self.members = set(said["users"])
        return httpx.Response(201, json=self._group())

    def _group(self) -> dict[str, Any]:
        return {"id": 9, "name": "mturk_g", "users": sorted(self.members or ())}


def page(things: Any) -> httpx.Response:  # noqa: ANN401 - JSON
    """A list of Turkle's."""
    return httpx.Response(200, json={"next": None, "results": list(things)})


def asked(
    answers: Callable[[httpx.Request], httpx.Response],
    ask: Callable[[TurkleAdapter], object],
) -> None:
    """Ask a server something."""
    with http.client(httpx.MockTransport(answers)) as client:
        ask(TurkleAdapter(SETTINGS, client))


@pytest.mark.parametrize("members", [None, set(), {2, 3, 77}])
def test_a_group_is_filled_whatever_is_left_of_an_earlier_request(members: set[int] | None) -> None:
    site = Groups(members)
    asked(site, lambda one: list(one.apply([GROUP], {})))
    assert site.members is not None
    assert site.members >= set(site.users.values())


def test_a_group_that_was_not_filled_is_not_taken_for_made() -> None:
    made = Receipt(GROUP.key, "9")
    few, all_ = Groups({2, 3}), Groups(set(range(2, 42)))
    asked(few, lambda one: expect(one.find([GROUP], {}), {}))
    asked(all_, lambda one: expect(one.find([GROUP], {}), {GROUP.key: "9"}))
    # Who was taken out by hand, out of a group that was made, does not make it another one.
    asked(few, lambda one: expect(one.find([GROUP], {GROUP.key: made}), {GROUP.key: "9"}))


def test_batches_that_were_open_to_all_are_for_the_group_too() -> None:
    """Only another export told that its HIT type asks for something."""
    access = Action("access:3T", "access", GROUP.source, {}, ("project:3T", GROUP.key))
    receipts = {"project:3T": Receipt("project:3T", "5"), GROUP.key: Receipt(GROUP.key, "9")}
    told: list[tuple[str, Any]] = []

    def site(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return page({"id": number} for number in (6, 7))
        told.append((request.url.path, json.loads(request.content)["groups"]))
        return httpx.Response(200, json={})

    asked(site, lambda one: list(one.apply([access], receipts)))
    paths = ("batches/6", "batches/7", "projects/5")
    assert told == [(f"/api/{one}/permissions/", [9]) for one in paths]


def expect(found: Any, ids: dict[str, str]) -> None:  # noqa: ANN401 - receipts
    """What was found."""
    assert {key: one.target_id for key, one in found.items()} == ids


def test_a_group_without_one_of_its_members_is_not_made() -> None:
    site = Groups()
    del site.users["A007"]
    with pytest.raises(errors.TargetRejected, match="is not there"):
        asked(site, lambda one: list(one.apply([GROUP], {})))
    assert site.members is None


def test_what_is_no_group_is_not_understood() -> None:
    things: tuple[Any, ...] = (5, {"a": 1}, [[]], None)
    for users in things:
        group = {"id": 9, "name": "mturk_g", "users": users}
        with pytest.raises(errors.TargetNotUnderstood):
            asked(lambda _: page([group]), lambda one: one.find([GROUP], {}))  # noqa: B023 - asked at once


def test_who_comes_to_qualify_is_put_into_the_group_that_is_there(tmp_path: Path) -> None:
    """Were its requirements others then, it would have to be made anew, and could not be."""
    groups = [group_of(tmp_path / f"{many}.db", many) for many in (1, 2)]
    assert [one.payload["users"] for one in groups] == [["A1"], ["A1", "A2"]]
    assert groups[0].requires == groups[1].requires


def group_of(path: Path, many: int) -> Action:
    """The group of a HIT type that so many workers qualify for."""
    account = Account()
    asked_for = {"QualificationTypeId": "3Q", "Comparator": "Exists"}
    account.hits["3H"] = {
        "HITId": "3H",
        "HITTypeId": "3T",
        "Question": m.html_form("<input name=a>"),
        "QualificationRequirements": [asked_for],
    }
    account.qualification_types["3Q"] = {"QualificationTypeId": "3Q"}
    account.qualifications["3Q"] = [
        {"QualificationTypeId": "3Q", "WorkerId": f"A{one}", "Status": "Granted"}
        for one in range(1, many + 1)
    ]
    with Archive.create(path) as archive:
        fill(archive, account)
        items = list(plan(ArchiveReader(archive), workers="plain", opened="unfinished"))
    lanes = [one.lane for one in items if isinstance(one, Action) and one.operation == "user"]
    [group] = [one for one in items if isinstance(one, Action) and one.operation == "group"]
    assert {*lanes} == {group.lane}, "its members come first"
    return group
