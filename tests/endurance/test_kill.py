"""`exodus export` killed again and again at random instants: nothing lost, doubled or repeated."""

from __future__ import annotations

import random
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from mturk_exodus.demo import synthesize
from mturk_exodus.demo.account import Account
from tests.endurance.support import (
    assert_whole,
    export_of,
    findings,
    rows,
    run,
    start,
    wait_until,
)
from tests.fakes.mturk import Call, Chance, FakeMTurk, Faults, TokenBucket

HITS = 400
CONCURRENCY = 8
KILLS_WHILE_CREATED = 8
KILLS_IN_SMALL_LISTS = 4
KILLS_AT_START = 4
KILLS_WHILE_LISTING = 4
KILLS = 54
HOW = ("--review-results", "all", "--rate", 150)
BONUSES = "ListBonusPayments"
PHASES = ("balance", "small lists", "listing", "fan-out", "closing", "nothing")

Unit = tuple[str, str]


@dataclass
class Held:
    """What an archive said between two lives."""

    done: set[Unit] = field(default_factory=set)
    tokens: dict[Unit, str] = field(default_factory=dict)


@dataclass
class Tally:
    """What the lives have cost so far."""

    kills: int = 0
    bonus_pages_again: int = 0
    phases: Counter[str] = field(default_factory=Counter)


def unit_of(call: Call) -> Unit:
    """The work row that a call belongs to."""
    params = call.params
    if call.operation == "GetFileUploadURL":
        return call.operation, f"{params['AssignmentId']}/{params['QuestionIdentifier']}"
    if call.operation == "ListWorkersWithQualificationType":
        return call.operation, f"{params['QualificationTypeId']}/{params['Status']}"
    return call.operation, str(params.get("HITId", ""))


def held_by(archive: Path) -> Held:
    """Read, and only read, what the archive holds as done and how far its lists have come."""
    if not archive.exists():
        return Held()
    held = Held()
    for operation, subject, state, token in rows(
        archive, "select operation, subject, state, next_token from work"
    ):
        if state == "done":
            held.done.add((operation, subject))
        elif token is not None:
            held.tokens[operation, subject] = token
    return held


def minimum_calls(account: Account, folder: Path) -> int:
    """What an undisturbed export of this account asks; other tests hold it to the formula."""
    with FakeMTurk(account) as fake:
        archive = folder / "undisturbed.db"
        done = run(*export_of(fake, archive, *HOW))
        assert done.returncode == 0, done.stderr
        return sum(fake.calls.values())


@contextmanager
def a_life(fake: FakeMTurk, archive: Path) -> Iterator[subprocess.Popen[str]]:
    """An export that is killed at the end of the block."""
    with start(*export_of(fake, archive, *HOW)) as process:
        try:
            yield process
        finally:
            early = process.poll()
            process.kill()
            _, stderr = process.communicate()
    assert early is None, f"it ended by itself with {early}: {stderr}"
    assert "Error" not in stderr, stderr


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def phase_of(archive: Path) -> str:
    """What the program was at, going by the most urgent work left."""
    if not archive.exists():
        return "nothing"
    left = rows(archive, "select phase, rank from work where state = 'to do' order by 1, 2 limit 1")
    phase, rank = left[0] if left else (len(PHASES) - 1, 0)
    return "closing" if (phase, rank) == (3, 2) else PHASES[phase]


def assert_nothing_repeated(calls: list[Call], held: Held) -> None:
    """What was done before is not asked; what was half done is gone on with."""
    first: dict[Unit, Call] = {}
    for call in calls:
        first.setdefault(unit_of(call), call)
    assert not held.done & first.keys()
    for unit, token in held.tokens.items():
        if unit in first:
            # No page tells which of two alike bonuses it holds, so these begin again.
            wanted = None if unit[0] == BONUSES else token
            assert first[unit].params.get("NextToken") == wanted, unit


class Lives:
    """Lives of one export, and what is looked at between them."""

    def __init__(self, fake: FakeMTurk, archive: Path, seed: int) -> None:
        self.fake = fake
        self.archive = archive
        self.tally = Tally()
        self.rng = random.Random(seed)  # noqa: S311 - only chooses moments
        self._held = Held()
        self._calls = 0

    def killed_while_created(self) -> None:
        """In the first 300 ms, or within some ms of the first file appearing."""
        with a_life(self.fake, self.archive) as process:
            if self.tally.kills % 2:
                time.sleep(self.rng.uniform(0, 0.3))
            else:
                before = names_in(self.archive.parent)
                begun = len(self.fake.log)
                wait_until(
                    lambda: names_in(self.archive.parent) != before or len(self.fake.log) > begun,
                    process,
                )
                time.sleep(self.rng.uniform(0, 0.03))
        self._look()

    def killed_at_start(self) -> None:
        """While the program loads, opens the archive and begins to ask."""
        with a_life(self.fake, self.archive):
            time.sleep(self.rng.uniform(0.2, 0.8))
        self._look()

    def killed_while_listing(self) -> None:
        """As soon as a page of HITs, the next or the one after, is asked for."""
        pages = self.fake.times("ListHITs") + self.rng.randint(1, 2)
        with a_life(self.fake, self.archive) as process:
            wait_until(lambda: self.fake.times("ListHITs") >= pages, process)
            time.sleep(self.rng.uniform(0, 0.01))
        self._look()

    def killed_after(self, calls: int) -> None:
        """Some calls into a life."""
        with a_life(self.fake, self.archive) as process:
            wanted = len(self.fake.log) + calls
            wait_until(lambda: len(self.fake.log) >= wanted, process)
            time.sleep(self.rng.uniform(0, 0.01))
        self._look()

    def to_the_end(self) -> None:
        """One more life, and this one may end by itself."""
        ended = run(*export_of(self.fake, self.archive, *HOW))
        assert (ended.returncode, ended.stderr) == (0, "")
        assert_nothing_repeated(self.fake.log[self._calls :], self._held)

    def _look(self) -> None:
        self.tally.kills += 1
        assert_nothing_repeated(self.fake.log[self._calls :], self._held)
        assert not self.archive.exists() or findings(self.archive) == []
        held = held_by(self.archive)
        assert self._held.done <= held.done
        for operation, subject in held.tokens:
            if operation == BONUSES:
                self.tally.bonus_pages_again += self._pages_of(subject)
        self._held, self._calls = held, len(self.fake.log)
        self.tally.phases[phase_of(self.archive)] += 1

    def _pages_of(self, hit_id: str) -> int:
        return len(self.fake.account.bonus_payments[hit_id]) // 100 + 1


def unruly() -> Faults:
    """An endpoint that throttles and fails now and then."""
    return Faults(
        seed=3,
        throttle=TokenBucket(rate=80, burst=6),
        service_fault=0.004,
        unavailable=0.004,
        reset=0.004,
        not_json=0.002,
        cut_body=Chance(0.002),
        cut_json=Chance(0.002),
    )


@pytest.mark.parametrize("seed", [20260930])
def test_killed_at_random_instants_it_still_takes_the_account(seed: int, tmp_path: Path) -> None:
    account = synthesize(seed, HITS)
    minimum = minimum_calls(account, tmp_path)
    folder = tmp_path / "killed"
    folder.mkdir()
    archive = folder / "mturk.db"
    with FakeMTurk(account, latency=0.003, faults=unruly()) as fake:
        lives = Lives(fake, archive, seed)
        for _ in range(KILLS_WHILE_CREATED):
            lives.killed_while_created()
        for _ in range(KILLS_IN_SMALL_LISTS):
            lives.killed_after(lives.rng.randint(1, 3))
        for _ in range(KILLS_AT_START):
            lives.killed_at_start()
        for _ in range(KILLS_WHILE_LISTING):
            lives.killed_while_listing()
        _kill_throughout(lives, minimum)
        lives.to_the_end()
        assert lives.tally.kills == KILLS
        assert set(PHASES) - {"balance"} <= set(lives.tally.phases)
        answered = sum(number for (_, how), number in fake.calls.items() if how == "ok")
        assert any(how == "throttle" for _, how in fake.calls)
        repeats = KILLS * CONCURRENCY + lives.tally.bonus_pages_again
        assert minimum <= answered <= minimum + repeats
        assert fake.writes() == []
        assert_whole(archive, fake)


def _kill_throughout(lives: Lives, minimum: int) -> None:
    """Spread what is left of the kills over what is left to ask; the first lives are short."""
    while (left := KILLS - lives.tally.kills) > 0:
        answered = sum(number for (_, how), number in lives.fake.calls.items() if how == "ok")
        share = max(0, minimum - answered) / (left + 1)
        short = left > KILLS // 2
        lives.killed_after(lives.rng.randint(1, 6 if short else max(1, round(1.6 * share))))
