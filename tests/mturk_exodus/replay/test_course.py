"""Batch after batch, with the ledger written beside the target's work: what may go beside what, and
what has to wait.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mturk_exodus import errors
from mturk_exodus.archive import Archive
from mturk_exodus.replay.adapter import Action, Receipt
from mturk_exodus.replay.replaying import replay
from tests.mturk_exodus.replay.habits import (
    events,
    failing,
    no_time,
    once,
    rejected,
)
from tests.mturk_exodus.replay.shelf import Shelf, ShelfAdapter, box, thing
from tests.mturk_exodus.replay.watched import (
    Watched,
    assert_goes_on,
    becomes,
    last,
    when,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mturk_exodus.replay.adapter import Loss


def test_while_the_target_has_a_batch_the_ones_beside_it_are_written(
    archive: Archive, shelf: Shelf
) -> None:
    seen = []

    def look() -> None:
        seen.append(becomes(archive, "thing:0.0", "done"))
        seen.append(becomes(archive, "thing:0.16", "intended"))
        seen.append(last(archive, "thing:0.24") is None)

    shelf.before = when("thing:0.8", look)
    adapter = Watched(archive, shelf)
    outcome = replay(archive, adapter, sleep=no_time).outcome
    assert seen == [True, True, True]
    assert adapter.sent == ["box:0", "thing:0.0", "thing:0.8", "thing:0.16", "thing:0.24"]
    assert (outcome.made, outcome.is_whole) == (33, True)
    assert shelf.calls["sought"] == 1
    assert_goes_on(archive, shelf)


def test_progress_is_told_of_what_is_in_the_ledger_and_of_nothing_else(
    archive: Archive, shelf: Shelf
) -> None:
    told = []

    def progress(count: int) -> None:
        told.append(count)
        (written,) = archive.connection.execute(
            "select count(*) from ledger where event = 'done'"
        ).fetchone()
        assert written >= sum(told)

    replay(archive, Watched(archive, shelf), progress=progress, sleep=no_time)
    assert told == [1, 8, 8, 8, 8]


def test_stopped_while_the_target_has_a_batch_it_sends_no_other(
    archive: Archive, shelf: Shelf
) -> None:
    stop = threading.Event()
    told: list[int] = []
    shelf.before = when("thing:0.10", stop.set)
    adapter = Watched(archive, shelf)
    done = replay(archive, adapter, stop=stop, progress=told.append, sleep=no_time)
    assert done.stopped
    assert adapter.sent == ["box:0", "thing:0.0", "thing:0.8"]
    assert sum(told) == len(shelf.keys) == 17
    assert {last(archive, key) for key in shelf.keys} == {"done"}
    # One batch ahead at most.
    assert last(archive, "thing:0.24") is None
    assert_goes_on(archive, shelf)


def test_a_plan_that_breaks_off_ends_it_after_what_was_planned(
    archive: Archive, shelf: Shelf
) -> None:
    class Broken(Watched):
        def plan(self, _archive: object) -> Iterator[Action | Loss]:
            yield from self.planned[:20]
            raise errors.AdapterBroken("the plan is broken")

    adapter = Broken(archive, shelf)
    with pytest.raises(errors.AdapterBroken, match="the plan is broken"):
        replay(archive, adapter, sleep=no_time)
    assert adapter.sent == ["box:0", "thing:0.0", "thing:0.8"]
    assert {last(archive, key) for key in shelf.keys} == {"done"}
    assert_goes_on(archive, shelf)


def nested() -> list[Action]:
    """Things, and in another lane, so in the next batch, things that hang on them."""
    around = box("0")
    outer = [thing(f"0.{number}", around) for number in range(8)]
    inner = [
        Action(f"{one.key}.inner", "thing", one.source, {"text": "x"}, (one.key,), "inner")
        for one in outer
    ]
    return [around, *outer, *inner]


@pytest.mark.parametrize("refused", [None, "thing:0.3"])
def test_what_hangs_on_a_batch_in_the_air_waits_for_what_comes_of_it(
    archive: Archive, shelf: Shelf, refused: str | None
) -> None:
    actions = nested()
    if refused:
        shelf.before = failing(1000, rejected, refused)
    outcome = replay(archive, Watched(archive, shelf, actions), sleep=no_time).outcome
    lost = 1 if refused else 0
    assert (outcome.made, outcome.failed, outcome.skipped) == (17 - 2 * lost, lost, lost)
    assert_goes_on(archive, shelf, actions)


def test_what_is_in_something_that_was_found_is_looked_for_and_not_ours(
    archive: Archive, shelf: Shelf, tmp_path: Path
) -> None:
    class Finds(ShelfAdapter):
        """Finds what is there only while it makes it."""

        def apply(
            self, actions: Sequence[Action], receipts: Mapping[str, Receipt]
        ) -> Iterator[Receipt]:
            known = dict(receipts)
            for one in actions:
                numbers = self.shelf.numbers(one.key) if one.lane != "inner" else []
                if numbers:
                    receipt = Receipt(one.key, numbers[0], found=True)
                else:
                    (receipt,) = super().apply([one], known)
                known[one.key] = receipt
                yield receipt

    actions = nested()
    with Archive.create(tmp_path / "other.db") as other:
        replay(other, ShelfAdapter(shelf, actions), sleep=no_time)
    outcome = replay(archive, Finds(shelf, actions), sleep=no_time).outcome
    assert (outcome.found, outcome.made) == (17, 0)
    assert shelf.keys == once(actions)


def test_good_receipts_beside_one_that_was_not_asked_for_are_kept(
    archive: Archive, shelf: Shelf
) -> None:
    class Talkative(Watched):
        def apply(
            self, actions: Sequence[Action], receipts: Mapping[str, Receipt]
        ) -> Iterator[Receipt]:
            yield from super().apply(actions, receipts)
            yield Receipt("thing:unheard of", "9")

    with pytest.raises(errors.AdapterBroken, match="what it was not asked"):
        replay(archive, Talkative(archive, shelf), sleep=no_time)
    assert events(archive, "box:0") == ["intended", "done"]
    assert events(archive, "thing:unheard of") == []
    assert_goes_on(archive, shelf)
