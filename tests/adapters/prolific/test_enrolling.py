"""From a token to a group: the host, the bridge and a fake of Prolific, end to end."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from mturk_exodus.archive import Archive
from mturk_exodus.archive.verify import verify
from mturk_exodus.archive.workers import blocked_workers, workers
from mturk_exodus.bridge import Bridge, beside, spelled, token_of
from mturk_exodus.demo import synthesize
from mturk_exodus.demo.fill import fill
from mturk_exodus.errors import TargetError
from mturk_exodus.replay import http
from mturk_exodus.replay.enrolling import Enrolment, enrol, enrolment
from mturk_exodus.replay.groups import Enrols
from mturk_exodus.replay.replaying import replay
from mturk_exodus.serve.host.bridging import TOKEN, study_link
from mturk_exodus.serve.host.panels import PANELS
from mturk_exodus.sources.registry import installed
from mturk_exodus_prolific import ProlificAdapter
from tests.adapters.prolific.linking import write
from tests.conftest import ROOT
from tests.endurance.support import environment
from tests.fakes.prolific import FakeProlific
from tests.fakes.prolific.people import Participant
from tests.mturk_exodus.bridge.support import KEY
from tests.mturk_exodus.serve.host.account import host

ADD = "POST /participant-groups/{id}/participants/"
RULES: dict[str, tuple[str, Callable[[int], bool]]] = {
    "Took part in 2026-114": ("Took part in 2026-114", lambda _: True),
    "Translators ≥ 7": ("Translators", lambda value: value >= 7),
    "Errors so far ≤ 3": ("Errors so far", lambda value: value <= 3),
    "Errors so far < 2": ("Errors so far", lambda value: value < 2),
    "Names: test = 0": ("Names: test", lambda value: value == 0),
    "Script group 文字 in 1, 2, 4": ("Script group 文字", lambda value: value in (1, 2, 4)),
}
"""Whom the groups of the invented account are for: a qualification's name, and its values."""


@dataclass
class Move:
    """An account that moves to Prolific.

    Attributes:
        archive: with drafts at Prolific, and groups.
        known: participants' ids by workers.
    """

    archive: Archive
    adapter: ProlificAdapter
    fake: FakeProlific
    people: dict[str, Participant]
    known: dict[str, str]

    def plan(self) -> Enrolment:
        """Who is to enter what now."""
        return enrolment(self.archive, self.adapter, self.known)

    def members(self) -> dict[str, set[str]]:
        """Of each group, by its name."""
        groups = self.fake.account.groups.values()
        return {one.name.removeprefix("MTurk: "): set(one.members) for one in groups}


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive; copies of it are moved."""
    path = tmp_path_factory.mktemp("moved") / "mturk.db"
    with Archive.create(path) as archive:
        fill(archive, synthesize(hits=40))
    return path


@pytest.fixture
def move(moved: Path, tmp_path: Path, fake: FakeProlific) -> Iterator[Move]:
    """Some workers are known already; how that comes about, one test tells."""
    path = tmp_path / "mturk.db"
    path.write_bytes(moved.read_bytes())
    with (
        Archive.open(path) as archive,
        http.client(secrets=[fake.token], sleep=lambda _: None) as client,
    ):
        ids = [one for (one,) in archive.connection.execute("select hit_id from hits")]
        links = write(tmp_path / "links.jsonl", ([one] for one in ids))
        told = {"pay": "minimum", "minutes_per_hit": "1", "links": str(links)}
        adapter = ProlificAdapter({"url": fake.url, "token": fake.token, **told}, client)
        with archive.writing():
            assert replay(archive, adapter).outcome.is_whole
        people = {worker_id: fake.join() for worker_id in _some(archive)}
        known = {worker_id: one.id for worker_id, one in people.items()}
        yield Move(archive, adapter, fake, people, known)


def _redeemed(move: Move) -> dict[str, str]:
    """Each of them comes to the page as a participant and enters the token: who is known then."""
    bridge = Bridge.create(beside(move.archive.path), KEY)
    bridge.invite(token_of(KEY, one.worker_id) for one in workers(move.archive))
    parts = urlsplit(study_link("", bridge.key, PANELS["prolific"]))
    with host(move.archive.path) as visitor:
        for worker_id, participant in move.people.items():
            query = parts.query.replace("{{%PROLIFIC_PID%}}", participant.id)
            said = spelled(token_of(KEY, worker_id))
            reply = visitor.http.post(f"{parts.path}?{query}", data={TOKEN: said})
            assert reply.status_code == 200
    digests = {bridge.digest(token_of(KEY, one)): one for one in move.people}
    return {digests[digest]: one.participant_id for digest, one in bridge.redeemed().items()}


def _some(archive: Archive) -> list[str]:
    """Some who are blocked, some with every qualification, and some with nothing."""
    granted = archive.connection.execute(
        "select worker_id from (select *, row_number() over (partition by qualification_type_id"
        " order by integer_value, worker_id) as place from qualifications) where place <= 4"
    )
    last = [one.worker_id for one in workers(archive)][-4:]
    return list(
        dict.fromkeys([*islice(blocked_workers(archive), 3), *(w for (w,) in granted), *last])
    )


def test_the_adapter_has_groups() -> None:
    assert isinstance(ProlificAdapter({}, http.client(http.Offline())), Enrols)


def test_whoever_redeemed_a_token_enters_the_groups_of_the_worker(move: Move) -> None:
    assert _redeemed(move) == move.known
    plan = move.plan()
    assert plan.not_made == 0
    assert plan.entering > len(plan.entries) > 3
    assert enrol(move.adapter, plan, lambda _: None) == 0
    members = move.members()
    blocked = set(blocked_workers(move.archive))
    assert members["blocked workers"] == {move.known[one] for one in blocked if one in move.known}
    assert members.keys() == {one.title for one in plan.entries} == {"blocked workers", *RULES}
    for entry in plan.entries:
        assert members[entry.title] == set(entry.entering)
        assert entry.called == entry.known + entry.unknown
    granted = move.archive.connection.execute(
        "select name, integer_value, worker_id from qualifications join qualification_types"
        " using (qualification_type_id) where status = 'Granted'"
    ).fetchall()
    for group, (name, holds) in RULES.items():
        called = [worker for title, value, worker in granted if title == name and holds(value)]
        theirs = {move.known[one] for one in called if one in move.known}
        assert members[group] == theirs, group
        assert theirs, group
    assert list(verify(move.archive, installed().meanings())) == []


def test_it_is_done_once_however_often_it_is_done(move: Move) -> None:
    enrol(move.adapter, move.plan(), lambda _: None)
    members, calls = move.members(), move.fake.times(ADD)
    again = move.plan()
    assert again.entering == 0
    assert enrol(move.adapter, again, lambda _: None) == 0
    assert move.fake.times(ADD) == calls
    assert move.members() == members


@pytest.mark.parametrize("fault", ["unavailable", "lost", "lost_500", "cut_json"])
def test_whatever_happens_on_the_way_they_are_in_it_in_the_end(move: Move, fault: str) -> None:
    plan = move.plan()
    entering = {one.title: set(one.entering) for one in plan.entries}
    move.fake.faults.next(ADD, "ok", fault)
    with suppress(TargetError):
        enrol(move.adapter, plan, lambda _: None)
    assert move.fake.calls[ADD, fault] == 1
    enrol(move.adapter, move.plan(), lambda _: None)
    assert move.members() == entering


def test_killed_again_and_again_they_are_let_in_once(move: Move, tmp_path: Path) -> None:
    """Before a group's request is sent, and after it was answered and nobody has noted it."""
    known = tmp_path / "known.json"
    known.write_text(json.dumps(move.known), encoding="utf-8")
    wanted = {one.title: set(one.entering) for one in move.plan().entries}
    child = (sys.executable, "-m", "tests.adapters.prolific.enrolling_child")
    for call, when in ((1, "before"), (1, "after"), (2, "after"), (2, "before")):
        done = subprocess.run(
            [*child, str(move.archive.path), move.fake.url, str(known), str(call), when],
            cwd=ROOT,
            env=environment(),
            check=False,
        )
        assert done.returncode == -signal.SIGKILL
        members = move.members()
        assert all(members[title] <= entering for title, entering in wanted.items())
    assert enrol(move.adapter, move.plan(), lambda _: None) == 0
    assert move.members() == wanted
    sent = [
        (one.ids["id"], participant_id)
        for one in move.fake.log
        if one.operation == ADD
        for participant_id in one.body["participant_ids"]
    ]
    assert len(sent) == len(set(sent)) == sum(map(len, wanted.values()))
    assert list(verify(move.archive, installed().meanings())) == []


def test_people_whom_somebody_put_there_by_hand_stay(move: Move) -> None:
    stranger = move.fake.join()
    for group in move.fake.account.groups.values():
        group.members[stranger.id] = "2026-01-01T00:00:00Z"
    enrol(move.adapter, move.plan(), lambda _: None)
    assert all(stranger.id in one for one in move.members().values())


def test_prolific_gets_to_know_participants_alone(move: Move) -> None:
    """Neither workers, nor tokens, nor who they are in the archive."""
    enrol(move.adapter, move.plan(), lambda _: None)
    sent = "\n".join(
        f"{request.path} {request.headers} {request.body.decode()}"
        for request, _ in move.fake.exchanges
    )
    assert any(one.id in sent for one in move.people.values())
    for one in workers(move.archive):
        token = token_of(KEY, one.worker_id)
        assert one.worker_id not in sent
        assert token not in sent
        assert spelled(token) not in sent


def test_no_error_names_a_participant(move: Move) -> None:
    move.fake.faults.next(ADD, *["server_error"] * 20)
    with pytest.raises(TargetError) as caught:
        enrol(move.adapter, move.plan(), lambda _: None)
    said = f"{caught.value} {caught.value.reply}"
    assert not [one for one in move.people.values() if one.id in said]


def test_groups_decide_who_sees_a_study(move: Move) -> None:
    """Groups of published studies can be changed: that is what they are for."""
    enrol(move.adapter, move.plan(), lambda _: None)
    blocked = move.members()["blocked workers"]
    assert blocked
    for study in move.fake.account.studies.values():
        with move.fake.lock:
            move.fake.account.workspaces[study.workspace_id].funds = 10**9
        move.adapter.api.move_study(study.id, "PUBLISH")
        for one in move.people.values():
            assert not (one.id in blocked and one.sees(study.id))
    seen = [
        one
        for one in move.people.values()
        if any(one.sees(study_id) for study_id in move.fake.account.studies)
    ]
    assert seen
