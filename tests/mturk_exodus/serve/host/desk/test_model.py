"""Random sequences of visits against a plain model of what should come of them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import create_engine

from mturk_exodus.serve.host.desk import Assignment, Desk, Reason, Refused, State, Stored, Visit
from mturk_exodus.serve.host.desk.tables import METADATA
from tests.mturk_exodus.serve.host.desk.postgresql import Server
from tests.mturk_exodus.serve.host.desk.support import answers, hit, later

HITS = ("H1", "H2", "H3")
WORKERS = ("anna", "bert", "cleo")
SECONDS = 40


@dataclass
class Try:
    """An assignment as the model knows it."""

    worker_id: str
    hit_id: str
    deadline: int
    state: State = State.ACCEPTED
    document: str = ""


@dataclass
class Model:
    """What the desk should know."""

    now: int = 0
    places: dict[str, int] = field(default_factory=dict)
    offered: set[str] = field(default_factory=set)
    tries: dict[str, Try] = field(default_factory=dict)
    gathered: set[str] = field(default_factory=set)

    def run_out(self, *hit_ids: str) -> int:
        """Abandon what is overdue; how many that were."""
        late = [one for one in self.of(State.ACCEPTED, *hit_ids) if one.deadline <= self.now]
        for one in late:
            one.state = State.ABANDONED
        return len(late)

    def of(self, state: State, *hit_ids: str) -> list[Try]:
        """Tries at these HITs in that state."""
        return [one for one in self.tries.values() if one.hit_id in hit_ids and one.state is state]

    def live(self, *hit_ids: str) -> list[Try]:
        """Those that have time left."""
        return [one for one in self.of(State.ACCEPTED, *hit_ids) if one.deadline > self.now]

    def has_place(self, hit_id: str) -> bool:
        """Whether somebody may have it."""
        taken = len(self.live(hit_id)) + len(self.of(State.SUBMITTED, hit_id))
        return taken < self.places[hit_id]

    def has_done(self, worker_id: str, hit_id: str) -> bool:
        """Whether the worker has submitted it."""
        return worker_id in {one.worker_id for one in self.of(State.SUBMITTED, hit_id)}

    def number_of_tries(self, worker_id: str, hit_id: str) -> int:
        """How often the worker has accepted it."""
        tries = self.tries.values()
        return sum((one.worker_id, one.hit_id) == (worker_id, hit_id) for one in tries)


class DeskMachine(RuleBasedStateMachine):
    """Does the same to a desk and to the model."""

    open_desk: Callable[[], Desk]
    forget: Callable[[], None]

    def __init__(self) -> None:
        super().__init__()
        self.desk = type(self).open_desk()
        self.model = Model()

    def teardown(self) -> None:
        """Leave nothing to the next sequence."""
        self.desk.close()
        type(self).forget()

    @initialize()
    def open(self) -> None:
        """One place of each HIT."""
        self.offer(dict.fromkeys(HITS, 1))

    @rule(places=st.dictionaries(st.sampled_from(HITS), st.integers(0, 2), min_size=2))
    def offer(self, places: dict[str, int]) -> None:
        """An operator says what is open."""
        self.desk.offer([hit(one, number, SECONDS) for one, number in places.items()])
        self.model.places |= places
        self.model.offered = set(places)

    @rule(seconds=st.integers(1, 2 * SECONDS))
    def wait(self, seconds: int) -> None:
        """Time goes by."""
        self.model.now += seconds

    @rule(worker=st.sampled_from(WORKERS), hits=st.lists(st.sampled_from(HITS), min_size=1))
    def accept(self, worker: str, hits: list[str]) -> None:
        """A worker asks for one of some HITs."""
        given = self.desk.accept(Visit(worker_id=worker), hits, later(self.model.now))
        mine = [one for one in self.model.live(*hits) if one.worker_id == worker]
        if isinstance(given, Refused):
            assert not mine
            self._is_refused(worker, set(hits), given)
        elif mine:
            assert self.model.tries[given.assignment_id] in mine
        else:
            self._is_new(worker, hits, given)

    def _is_refused(self, worker: str, hits: set[str], given: Refused) -> None:
        known = hits & set(self.model.places)
        open_to = {
            one
            for one in known & self.model.offered
            if not self.model.has_done(worker, one) and self.model.number_of_tries(worker, one) < 20
        }
        assert not [one for one in open_to if self.model.has_place(one)]
        if open_to:
            deadlines = [one.deadline for one in self.model.live(*open_to)]
            until = later(min(deadlines)) if deadlines else None
            assert given == Refused(Reason.NO_PLACE, until)
        else:
            assert given.reason in (
                Reason.DONE,
                Reason.NOT_OFFERED,
                Reason.NO_SUCH_HIT,
                Reason.TRIED,
            )
            assert (given.reason is Reason.NO_SUCH_HIT) == (not known)

    def _is_new(self, worker: str, hits: list[str], given: Assignment) -> None:
        can_have = [
            one
            for one in hits
            if one in self.model.offered
            and self.model.has_place(one)
            and not self.model.has_done(worker, one)
        ]
        untried = [one for one in can_have if not self.model.number_of_tries(worker, one)]
        assert given.hit_id == (untried or can_have)[0]
        assert given.hit_id in self.model.offered
        assert self.model.has_place(given.hit_id)
        assert not self.model.has_done(worker, given.hit_id)
        self.model.run_out(given.hit_id)
        assert given.assignment_id not in self.model.tries
        self.model.tries[given.assignment_id] = Try(worker, given.hit_id, self.model.now + SECONDS)

    @rule(which=st.integers(0), document=st.text("abc<&", max_size=3), forged=st.booleans())
    def submit(self, which: int, document: str, *, forged: bool) -> None:
        """A worker, or another one in her name, sends an answer."""
        if not self.model.tries:
            return
        assignment_id, one = self._some(which)
        worker = WORKERS[WORKERS.index(one.worker_id) - 1] if forged else one.worker_id
        got = self.desk.submit(assignment_id, worker, document, later(self.model.now))
        if forged:
            assert got == Refused(Reason.NO_SUCH_ASSIGNMENT)
        elif one.state is State.SUBMITTED:
            assert isinstance(got, Stored)
            assert got.was_there
        elif one.state is State.ACCEPTED:
            self._is_stored(one, document, got)
        else:
            self._is_late(one, document, got)

    def _is_late(self, one: Try, document: str, got: Stored | Refused) -> None:
        self.model.run_out(one.hit_id)
        again = [t for t in self.model.live(one.hit_id) if t.worker_id == one.worker_id]
        if self.model.has_done(one.worker_id, one.hit_id):
            assert got == Refused(Reason.DONE)
        elif again or self.model.has_place(one.hit_id):
            for other in again:
                other.state = State.RETURNED
            self._is_stored(one, document, got)
        else:
            assert got == Refused(Reason.PLACE_TAKEN)

    def _is_stored(self, one: Try, document: str, got: Stored | Refused) -> None:
        assert isinstance(got, Stored)
        assert not got.was_there
        one.state, one.document = State.SUBMITTED, document

    @rule(which=st.integers(0), worker=st.sampled_from(WORKERS))
    def come_late(self, which: int, worker: str) -> None:
        """Time runs out, somebody asks for the HIT, and the answer comes after all."""
        if self.model.tries:
            which %= len(self.model.tries)
            self.wait(SECONDS)
            self.accept(worker, [self._some(which)[1].hit_id])
            self.submit(which, "late", forged=False)

    @rule(which=st.integers(0))
    def give_back(self, which: int) -> None:
        """A worker gives up."""
        if self.model.tries:
            assignment_id, one = self._some(which)
            got = self.desk.give_back(assignment_id, one.worker_id)
            assert isinstance(got, Refused) == (one.state is State.SUBMITTED)
            if one.state is State.ACCEPTED:
                one.state = State.RETURNED

    @rule()
    def abandon(self) -> None:
        """An operator tidies up."""
        assert self.desk.abandon(later(self.model.now)) == self.model.run_out(*HITS)

    @rule(which=st.integers(0))
    def gather(self, which: int) -> None:
        """The archive takes one."""
        if self.model.tries:
            assignment_id, one = self._some(which)
            is_new = one.state is State.SUBMITTED and assignment_id not in self.model.gathered
            assert self.desk.gathered([assignment_id]) == is_new
            self.model.gathered |= {assignment_id} if is_new else set()

    @rule()
    def come_back(self) -> None:
        """The host starts again."""
        self.desk.close()
        self.desk = type(self).open_desk()

    @invariant()
    def the_desk_says_what_the_model_says(self) -> None:
        """Of every assignment, and of every answer."""
        for assignment_id, one in self.model.tries.items():
            found = self.desk.assignment(assignment_id)
            assert found is not None
            told = (found.worker_id, found.hit_id, found.deadline)
            assert told == (one.worker_id, one.hit_id, later(one.deadline))
            is_overdue = one.state is State.ACCEPTED and one.deadline <= self.model.now
            assert found.state is one.state or (is_overdue and found.state is State.ABANDONED)
        expected = {
            key: one.document
            for key, one in self.model.tries.items()
            if one.state is State.SUBMITTED and key not in self.model.gathered
        }
        got = {key: one.record["Answer"] for key, one in answers(self.desk, page=2).items()}
        assert got == expected

    def _some(self, which: int) -> tuple[str, Try]:
        entries = list(self.model.tries.items())
        return entries[which % len(entries)]


def _run(open_desk: Callable[[], Desk], forget: Callable[[], None], examples: int) -> None:
    class Machine(DeskMachine):
        pass

    Machine.open_desk = staticmethod(open_desk)
    Machine.forget = staticmethod(forget)
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_random_visits_come_to_what_the_model_says_on_sqlite() -> None:
    folder = Path(tempfile.mkdtemp())

    def forget() -> None:
        for file in folder.iterdir():
            file.unlink()

    try:
        _run(lambda: Desk.open(folder / "host.sqlite"), forget, 60)
    finally:
        shutil.rmtree(folder)


@pytest.mark.live
def test_random_visits_come_to_what_the_model_says_on_postgresql(postgresql: Server) -> None:
    place = postgresql.new_database()
    engine = create_engine(place.replace("postgresql:", "postgresql+psycopg:"))

    def forget() -> None:
        with engine.begin() as connection:
            for table in reversed(METADATA.sorted_tables):
                if table.name != "host_desk":
                    connection.execute(table.delete())

    try:
        _run(lambda: Desk.open(place), forget, 25)
    finally:
        engine.dispose()
