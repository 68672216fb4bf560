"""A plan is carried out exactly once, whatever happens on the way."""

from __future__ import annotations

import random
import threading
from typing import TYPE_CHECKING

import pytest

from mturk_exodus import errors
from mturk_exodus.archive import Archive
from mturk_exodus.replay.fidelity import fidelity
from mturk_exodus.replay.replaying import replay
from mturk_exodus.replay.undo import to_undo, undo
from tests.mturk_exodus.replay.habits import (
    again,
    events,
    failing,
    no_time,
    once,
    rejected,
    unknown,
)
from tests.mturk_exodus.replay.shelf import Killed, Shelf, ShelfAdapter, box, plan, thing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from mturk_exodus.replay.adapter import Action, Receipt


def test_everything_is_made_once(archive: Archive, shelf: Shelf) -> None:
    actions = plan()
    outcome = again(archive, shelf, actions).outcome
    assert (outcome.made, outcome.is_whole) == (len(actions), True)
    assert shelf.keys == once(actions)
    assert events(archive, "thing:0.3") == ["intended", "done"]


def test_twice_is_once_and_nothing_is_sent(archive: Archive, shelf: Shelf) -> None:
    actions = plan()
    again(archive, shelf, actions)
    outcome = again(archive, shelf, actions).outcome
    assert (outcome.same, outcome.made) == (len(actions), 0)
    assert shelf.calls["apply"] == 0
    # Only what requires nothing is looked for: has somebody removed it?
    assert shelf.calls["sought"] == 2


def test_a_changed_archive_adds_only_what_is_new(archive: Archive, shelf: Shelf) -> None:
    again(archive, shelf, plan(things=10))
    outcome = again(archive, shelf, plan(things=12)).outcome
    assert outcome.made == 2 * 2 * 2
    assert shelf.keys == once(plan(things=12))


def test_what_has_changed_is_revised_and_nothing_else(archive: Archive, shelf: Shelf) -> None:
    again(archive, shelf, plan())
    outcome = again(archive, shelf, plan(text="another")).outcome
    assert (outcome.revised, outcome.made, outcome.same) == (20, 0, 22)
    assert shelf.keys == once(plan())
    assert shelf.things[shelf.numbers("thing:1.4")[0]]["payload"] == {"text": "another"}
    assert again(archive, shelf, plan(text="another")).outcome.same == 42


def test_what_a_person_changed_is_kept_and_not_asked_for_again(
    archive: Archive, shelf: Shelf
) -> None:
    again(archive, shelf, plan())
    shelf.edited.add(shelf.numbers("thing:0.0")[0])
    outcome = again(archive, shelf, plan(text="another")).outcome
    assert (outcome.kept, outcome.revised) == (1, 19)
    assert outcome.reasons == {"somebody wrote on it": 1}
    outcome = again(archive, shelf, plan(text="another")).outcome
    assert (outcome.kept, outcome.same) == (0, 42)
    outcome = again(archive, shelf, plan(text="a third")).outcome
    assert (outcome.kept, outcome.revised) == (1, 19)


@pytest.mark.parametrize("key", ["box:0", "thing:0.0", "thing:1.7.0"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lost_answer_is_looked_for_and_not_repeated(
    archive: Archive, shelf: Shelf, key: str, when: str
) -> None:
    setattr(shelf, when, failing(2, unknown, key))
    outcome = again(archive, shelf, plan()).outcome
    assert outcome.is_whole
    assert outcome.made == 42
    assert shelf.keys == once(plan())


def test_an_outcome_that_stays_unknown_stops_and_the_next_replay_looks(
    archive: Archive, shelf: Shelf
) -> None:
    shelf.before = failing(1000, unknown, "thing:0.5")
    with pytest.raises(errors.OutcomeUnknown, match="run the command again"):
        again(archive, shelf, plan())
    assert events(archive, "thing:0.5") == ["intended"]
    shelf.before = lambda _key: None
    outcome = again(archive, shelf, plan()).outcome
    assert outcome.is_whole
    assert shelf.keys == once(plan())


def test_what_is_refused_is_found_out_and_the_rest_is_made(archive: Archive, shelf: Shelf) -> None:
    shelf.before = failing(1000, rejected, "thing:0.5")
    outcome = again(archive, shelf, plan()).outcome
    assert (outcome.failed, outcome.skipped, outcome.made) == (1, 1, 40)
    assert outcome.reasons == {"it is too green": 1}
    assert shelf.keys == once([one for one in plan() if not one.key.startswith("thing:0.5")])
    shelf.before = lambda _key: None
    outcome = again(archive, shelf, plan()).outcome
    assert (outcome.made, outcome.same, outcome.is_whole) == (2, 40, True)
    assert shelf.keys == once(plan())


def test_a_target_that_refuses_everything_is_not_asked_for_each(
    archive: Archive, shelf: Shelf
) -> None:
    def refuse(key: str) -> None:
        if key.startswith("thing"):
            refusal = errors.TargetRejected("no things today")
            refusal.is_for_all = True
            raise refusal

    shelf.before = refuse
    outcome = again(archive, shelf, plan(boxes=1, things=200, parts=0)).outcome
    assert (outcome.failed, outcome.made) == (200, 1)
    assert shelf.calls["apply"] == 1 + 200 / 8


@pytest.mark.parametrize(
    "error", [errors.TargetUnavailable, errors.TargetRefused, errors.TargetNotUnderstood]
)
def test_a_target_that_is_gone_stops_the_replay_which_goes_on_later(
    archive: Archive, shelf: Shelf, error: type[errors.TargetError]
) -> None:
    shelf.before = failing(1, lambda: error("gone"), "thing:1.2")
    with pytest.raises(error):
        again(archive, shelf, plan())
    rows = archive.connection.execute("select outcome, message from replays").fetchall()
    assert rows == [("refused", "gone")]
    assert again(archive, shelf, plan()).outcome.is_whole
    assert shelf.keys == once(plan())


@pytest.mark.parametrize("seed", range(30))
def test_killed_at_any_moment_and_any_number_of_times(
    archive: Archive, shelf: Shelf, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - not for secrets

    def trouble(_key: str) -> None:
        kinds = [Killed("now"), unknown(), errors.TargetUnavailable("gone")]
        if chance.random() < 0.06:
            raise chance.choice(kinds)

    shelf.before = shelf.after = trouble
    for _ in range(200):
        try:
            outcome = again(archive, shelf, plan()).outcome
        except (Killed, errors.TargetError):
            assert max(shelf.keys.values(), default=1) == 1
            continue
        assert outcome.is_whole
        break
    assert shelf.keys == once(plan())


def test_a_copy_of_the_archive_makes_nothing_twice(
    archive: Archive, shelf: Shelf, tmp_path: Path
) -> None:
    again(archive, shelf, plan())
    with Archive.create(tmp_path / "copy.db") as copy:
        outcome = again(copy, shelf, plan()).outcome
        assert (outcome.found, outcome.made) == (42, 0)
        assert shelf.keys == once(plan())
        # What was there already is not for this archive to remove.
        assert to_undo(copy, ShelfAdapter(shelf)).made == {}


def test_a_box_that_was_removed_by_hand_is_made_again_with_all_that_was_in_it(
    archive: Archive, shelf: Shelf
) -> None:
    again(archive, shelf, plan())
    shelf.drop(shelf.numbers("box:1")[0])
    outcome = again(archive, shelf, plan()).outcome
    assert (outcome.made, outcome.same, outcome.is_whole) == (21, 21, True)
    assert shelf.keys == once(plan())
    assert events(archive, "box:1") == ["intended", "done", "gone", "intended", "done"]
    assert again(archive, shelf, plan()).outcome.same == 42


def test_a_box_that_goes_in_the_middle_is_mended_by_the_next_replay(
    archive: Archive, shelf: Shelf
) -> None:
    def removed(key: str) -> None:
        if key == "thing:1.5":
            shelf.before = lambda _key: None
            shelf.drop(shelf.numbers("box:1")[0])
            raise errors.TargetRejected("there is no box")

    shelf.before = removed
    assert not again(archive, shelf, plan()).outcome.is_whole
    assert again(archive, shelf, plan()).outcome.is_whole
    assert shelf.keys == once(plan())


def test_an_adapter_that_says_nothing_of_an_action_is_broken(
    archive: Archive, shelf: Shelf
) -> None:
    class Silent(ShelfAdapter):
        def apply(
            self, actions: Sequence[Action], receipts: Mapping[str, Receipt]
        ) -> Iterator[Receipt]:
            yield from super().apply(actions[1:], receipts)

    with pytest.raises(errors.AdapterBroken, match="says nothing of box"):
        replay(archive, Silent(shelf, plan()), sleep=no_time)


def test_the_ledger_is_kept_in_order_and_never_rewritten(archive: Archive, shelf: Shelf) -> None:
    again(archive, shelf, plan(things=1))
    for statement in ("update ledger set event = 'done'", "delete from ledger"):
        with pytest.raises(Exception, match="only added to"):
            archive.connection.execute(statement)
    entry = (
        "insert into ledger (replay_id, target_id, key, event, operation, at)"
        " values (1, 1, ?, ?, 'box', '')"
    )
    for event in ("done", "failed", "revised", "kept"):
        with pytest.raises(Exception, match="in order"):
            archive.connection.execute(entry, ["box:0", event])
    with pytest.raises(Exception, match="in order"):
        archive.connection.execute(entry, ["unheard of", "removed"])


def test_undo_removes_what_was_made_and_nothing_else(archive: Archive, shelf: Shelf) -> None:
    again(archive, shelf, plan())
    mine = box("somebody's")
    theirs = thing("somebody's", box("0"))
    number = shelf.put(mine, None)
    shelf.put(theirs, shelf.numbers("box:0")[0])
    adapter = ShelfAdapter(shelf)
    assert to_undo(archive, adapter).made == {"box": 2, "thing": 40}
    done = undo(archive, adapter, sleep=no_time)
    assert (done.removed, done.kept) == (41, 1)
    assert set(shelf.keys) == {mine.key, theirs.key, "box:0"}
    shelf.drop(shelf.numbers(theirs.key)[0])
    assert undo(archive, adapter).removed == 1
    assert list(shelf.things) == [number]
    assert undo(archive, adapter).removed == 0


def test_what_was_undone_can_be_made_again(archive: Archive, shelf: Shelf) -> None:
    again(archive, shelf, plan())
    undo(archive, ShelfAdapter(shelf))
    assert not shelf.things
    assert again(archive, shelf, plan()).outcome.made == 42
    assert undo(archive, ShelfAdapter(shelf)).removed == 42


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_undo_that_is_killed_goes_on(archive: Archive, shelf: Shelf, when: str) -> None:
    again(archive, shelf, plan())
    setattr(shelf, when, failing(1, Killed, "thing:0.4"))
    with pytest.raises(Killed):
        undo(archive, ShelfAdapter(shelf))
    undo(archive, ShelfAdapter(shelf))
    assert not shelf.things


def test_an_undo_says_what_only_another_import_can_find_out(archive: Archive, shelf: Shelf) -> None:
    shelf.after = failing(1, Killed, "thing:0.4")
    with pytest.raises(Killed):
        again(archive, shelf, plan())
    assert to_undo(archive, ShelfAdapter(shelf)).unknown > 0
    again(archive, shelf, plan())
    assert to_undo(archive, ShelfAdapter(shelf)).unknown == 0


def test_fidelity_sees_what_is_changed_missing_and_not_sent(archive: Archive, shelf: Shelf) -> None:
    again(archive, shelf, plan())
    report = fidelity(archive, ShelfAdapter(shelf, plan()))
    assert (report.equal, report.is_faithful) == (42, True)
    shelf.things[shelf.numbers("thing:0.1")[0]]["payload"]["text"] = "written on"
    shelf.drop(shelf.numbers("thing:0.2")[0])
    report = fidelity(archive, ShelfAdapter(shelf, plan(things=11)))
    assert (report.equal, report.changed, report.missing, report.not_sent) == (39, 1, 2, 4)
    (difference,) = report.differences
    assert (difference.operation, difference.place) == ("thing", "payload.text")
    assert difference.examples == ["thing:0.1"]
    assert set(report.gone) == {"thing:0.2", "thing:0.2.0"}


def test_a_replay_can_be_stopped_between_batches_and_goes_on(
    archive: Archive, shelf: Shelf
) -> None:
    stop = threading.Event()
    done = again(archive, shelf, plan(), stop)
    assert done.stopped
    assert 0 < len(shelf.things) < 42
    assert again(archive, shelf, plan()).outcome.is_whole
    assert shelf.keys == once(plan())
