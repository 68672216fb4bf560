"""Who belongs into which group, who is known, and who enters."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from mturk_exodus.archive import Archive
from mturk_exodus.archive.workers import blocked_workers, workers
from mturk_exodus.demo import synthesize
from mturk_exodus.demo.fill import fill
from mturk_exodus.errors import TargetUnavailable
from mturk_exodus.replay.adapter import Action, RecordReader, Source
from mturk_exodus.replay.enrolling import enrol, enrolment
from mturk_exodus.replay.groups import Enrols, Group
from mturk_exodus.replay.replaying import replay
from tests.mturk_exodus.replay.shelf import Shelf, ShelfAdapter


@dataclass
class Clubs(ShelfAdapter):
    """A shelf whose things are groups, with members.

    `fails_after` requests it does not answer.
    """

    made: Sequence[Group]
    shelf: Shelf = field(default_factory=Shelf)
    inside: dict[str, set[str]] = field(default_factory=dict)
    requests: list[list[str]] = field(default_factory=list)
    fails_after: int = 1_000

    @property
    def planned(self) -> list[Action]:  # type: ignore[override] # told there, worked out here
        """As ShelfAdapter."""
        return [Action(one.key, "group", Source("Group", one.key), {}) for one in self.made]

    def groups(self, _archive: RecordReader) -> Iterator[Group]:
        """As Enrols."""
        return iter(self.made)

    def is_participant(self, participant_id: str) -> bool:
        """As Enrols."""
        return participant_id.startswith("P")

    def members(self, group_id: str) -> Collection[str]:
        """As Enrols."""
        return self.inside.get(group_id, set())

    def enrol(self, group_id: str, participant_ids: Sequence[str]) -> Collection[str]:
        """As Enrols; nobody knows who ends with a 9."""
        if len(self.requests) >= self.fails_after:
            raise TargetUnavailable("not now")
        self.requests.append(list(participant_ids))
        known = {one for one in participant_ids if not one.endswith("9")}
        self.inside.setdefault(group_id, set()).update(known)
        return self.inside[group_id]


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive.create(tmp_path / "mturk.db") as created:
        fill(created, synthesize(hits=120))
        yield created


def _granted(archive: Archive) -> tuple[str, dict[str, int]]:
    """The qualification type that most workers have, and who has which value of it."""
    (type_id,) = archive.connection.execute(
        "select qualification_type_id from qualifications where status = 'Granted'"
        " group by 1 order by count(*) desc, 1 limit 1"
    ).fetchone()
    rows = archive.connection.execute(
        "select worker_id, integer_value from qualifications"
        " where qualification_type_id = ? and status = 'Granted'",
        [type_id],
    )
    return type_id, dict(rows.fetchall())


def _participant(number: int) -> str:
    return f"P{number:05}0"


def test_who_belongs_there_and_is_known_enters_once(archive: Archive) -> None:
    type_id, granted = _granted(archive)
    high = sorted(granted.values())[len(granted) // 2]
    adapter = Clubs(
        [
            Group("blocked", "blocked", None, lambda _: True),
            Group("all", "all", type_id, lambda _: True),
            Group("high", "high", type_id, lambda value: value is not None and value >= high),
        ]
    )
    assert isinstance(adapter, Enrols)
    replay(archive, adapter)
    blocked = set(blocked_workers(archive))
    called = {
        "blocked": blocked,
        "all": set(granted),
        "high": {one for one, value in granted.items() if value >= high},
    }
    everybody = [one.worker_id for one in workers(archive)]
    known = {one: _participant(n) for n, one in enumerate(everybody) if n % 2 == 0}
    plan = enrolment(archive, adapter, known)
    assert [one.called for one in plan.entries] == [len(called[one.title]) for one in plan.entries]
    for entry in plan.entries:
        theirs = {known[one] for one in called[entry.title] & known.keys()}
        assert set(entry.entering) == theirs
        assert entry.known == len(theirs)
        assert entry.unknown == len(called[entry.title] - known.keys())
    assert plan.unknown == len((blocked | set(granted)) - known.keys())
    told: list[int] = []
    assert enrol(adapter, plan, told.append) == 0
    assert sum(told) == plan.entering > 0
    again = enrolment(archive, adapter, known)
    assert again.entering == 0
    assert enrol(adapter, again, told.append) == 0
    assert sum(told) == plan.entering


def test_who_was_revoked_is_not_called(archive: Archive) -> None:
    type_id, granted = _granted(archive)
    adapter = Clubs([Group("all", "all", type_id, lambda _: True)])
    (revoked,) = archive.connection.execute(
        "select count(*) from qualifications where status = 'Revoked'"
    ).fetchone()
    assert revoked
    assert enrolment(archive, adapter, {}).entries[0].called == len(granted)


def test_groups_that_nobody_made_are_told_and_left_out(archive: Archive) -> None:
    type_id, granted = _granted(archive)
    adapter = Clubs([Group("all", "all", type_id, lambda _: True)])
    plan = enrolment(archive, adapter, dict.fromkeys(granted, _participant(1)))
    assert (plan.not_made, plan.entering) == (1, 0)
    assert enrol(adapter, plan, lambda _: None) == 0
    assert adapter.requests == []


def test_whose_id_is_not_the_targets_is_counted_and_not_sent(archive: Archive) -> None:
    type_id, granted = _granted(archive)
    adapter = Clubs([Group("all", "all", type_id, lambda _: True)])
    replay(archive, adapter)
    first, second, *_ = granted
    plan = enrolment(archive, adapter, {first: "somebody@example.org", second: _participant(2)})
    assert plan.strange == 1
    assert plan.entries[0].entering == (_participant(2),)
    assert plan.entries[0].unknown == len(granted) - 1


def test_whom_the_target_does_not_know_is_counted(archive: Archive) -> None:
    type_id, granted = _granted(archive)
    adapter = Clubs([Group("all", "all", type_id, lambda _: True)])
    replay(archive, adapter)
    plan = enrolment(archive, adapter, dict(zip(granted, ["P1", "P9", "P19"], strict=False)))
    assert enrol(adapter, plan, lambda _: None) == 2


def test_what_was_stopped_is_done_by_doing_it_again(archive: Archive) -> None:
    type_id, granted = _granted(archive)
    adapter = Clubs(
        [Group("all", "all", type_id, lambda _: True), Group("b", "b", None, lambda _: True)],
        fails_after=1,
    )
    replay(archive, adapter)
    everybody = [one.worker_id for one in workers(archive)]
    known = {one: _participant(number) for number, one in enumerate(everybody)}
    with pytest.raises(TargetUnavailable):
        enrol(adapter, enrolment(archive, adapter, known), lambda _: None)
    adapter.fails_after = 1_000
    left = enrolment(archive, adapter, known)
    assert left.entries[0].entering == ()
    assert left.entering > 0
    assert enrol(adapter, left, lambda _: None) == 0
    assert enrolment(archive, adapter, known).entering == 0
    assert set(adapter.requests[0]) == {known[one] for one in granted}
