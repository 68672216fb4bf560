"""What is at a target after a replay, a second one, a changed archive, an undo."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import ClassVar

from mturk_exodus import errors
from mturk_exodus.archive.archive import Archive
from mturk_exodus.replay.adapter import JSON, Action, Kept, Making, Receipt
from mturk_exodus.replay.fidelity import different
from mturk_exodus.testing import archives
from mturk_exodus.testing.sample import everything
from mturk_exodus.testing.target import Stage


class Replays:
    """What was planned is there, once."""

    many: ClassVar[int] = 10_000

    def test_what_was_planned_is_made(self, stage: Stage) -> None:
        """All of it is new at an empty target, and the target has grown."""
        start, archive = stage.things(), stage.archive()
        outcome = stage.replay_to_its_end(archive)
        planned = {one.key for one in stage.actions(archive)}
        assert outcome.made == len(planned), f"{outcome} of {len(planned)} actions"
        assert stage.receipts(archive).keys() == planned
        assert not planned or stage.things() - start, "nothing is new at the target"

    def test_twice_is_once(self, stage: Stage) -> None:
        """A second replay of the same archive sends nothing that changes anything."""
        archive = stage.archive()
        first = stage.replay_to_its_end(archive)
        things = stage.things()
        second = stage.replay_to_its_end(archive)
        assert (second.made, second.found, second.revised) == (0, 0, 0), f"again: {second}"
        assert second.same == first.made
        assert stage.things() == things, f"the target held {things}, and holds {stage.things()}"

    def test_a_lost_ledger_is_made_good(self, stage: Stage) -> None:
        """Another copy of the archive finds everything, and makes nothing."""
        stage.replay_to_its_end(stage.archive())
        things = stage.things()
        copy = stage.archive()
        outcome = stage.replay_to_its_end(copy)
        assert outcome.made == 0, f"there already, and made once more: {outcome}"
        assert stage.things() == things, f"the target held {things}, and holds {stage.things()}"

    def test_what_is_not_there_is_not_found(self, stage: Stage) -> None:
        """Neither in an empty target, nor beside what another archive has left there."""
        archive = stage.archive()
        assert stage.found(archive, {}) == {}, "found in an empty target"
        stage.replay_to_its_end(stage.archive(seed=1))
        assert stage.found(archive, {}) == {}, "found, and made of another archive"

    def test_what_is_there_is_found(self, stage: Stage) -> None:
        """Every action, under the very id that its receipt has."""
        archive = stage.archive()
        stage.replay_to_its_end(archive)
        made = {key: one.target_id for key, one in stage.receipts(archive).items()}
        found = {key: one.target_id for key, one in stage.found(archive, {}).items()}
        missing = sorted(made.keys() - found.keys())
        assert not missing, f"made, and not found: {', '.join(missing[:5])}"
        assert found == made, "found under another id than that of the receipt"

    def test_what_was_made_is_held_as_it_was_sent(self, stage: Stage) -> None:
        """What is read back is equal to the payload, member by member."""
        archive = stage.archive()
        stage.replay_to_its_end(archive)
        check_held(stage, archive)

    def test_held_is_read_from_the_target(self, stage: Stage) -> None:
        """What was removed behind one's back is not held, and what was changed is held changed."""
        archive, old = stage.archive(), stage.archive()
        stage.replay_to_its_end(archive)
        before = {one.key: one for one in stage.actions(old)}
        grow(archive)
        outcome = stage.replay_to_its_end(archive)
        if outcome.revised:
            held = stage.held(archive, list(before.values()))
            changed = [key for key, one in held.items() if one != before[key].payload]
            assert changed, f"{outcome.revised} things were revised, and are held as they were"
        actions = stage.actions(archive)
        adapter = stage.adapter()
        gone = {
            one.key for one in adapter.remove(_makings(stage, archive)) if isinstance(one, Receipt)
        }
        held = stage.held(archive, actions)
        assert not gone & held.keys(), f"removed, and held: {sorted(gone & held.keys())[:5]}"
        found = stage.found(archive, stage.receipts(archive))
        assert not gone & found.keys(), f"removed, and found: {sorted(gone & found.keys())[:5]}"

    def test_only_what_changed_is_sent(self, stage: Stage) -> None:
        """Of an archive that has grown, what is new is made and what is other is revised; nothing
        is there twice, and everything is held as it is now.
        """
        start, archive = stage.things(), stage.archive()
        stage.replay_to_its_end(archive)
        before = _payloads(stage, archive)
        grow(archive)
        after = _payloads(stage, archive)
        outcome = stage.replay_to_its_end(archive)
        new = after.keys() - before.keys()
        other = [key for key in after if key in before and after[key] != before[key]]
        assert outcome.made == len(new), f"{len(new)} actions are new: {outcome}"
        assert outcome.revised == len(other), f"{len(other)} actions are others now: {outcome}"
        check_held(stage, archive)
        in_two_steps = stage.things() - start
        fresh = stage.archive(seed=2)
        grow(fresh, seed=2)
        stage.replay_to_its_end(fresh)
        at_once = stage.things() - start - in_two_steps
        assert at_once == in_two_steps, f"in two steps it made {in_two_steps}, at once {at_once}"

    def test_nothing_comes_of_an_empty_archive(self, stage: Stage) -> None:
        """No HIT, no thing."""
        archive = stage.opened(stage.shelf.empty())
        before = stage.things()
        outcome = stage.replay_to_its_end(archive)
        assert outcome.made == 0, f"an empty archive made {outcome.made}"
        assert stage.things() == before

    def test_many_hits_arrive(self, stage: Stage) -> None:
        """As many as there are, and all of them new."""
        archive = stage.opened(stage.shelf.many(self.many))
        planned = sum(1 for one in stage.plan(archive) if isinstance(one, Action))
        outcome = stage.replay_to_its_end(archive)
        assert outcome.made == planned, f"{outcome} of {planned} actions"
        assert len(stage.receipts(archive)) == planned


class Removes:
    """What was made can be removed, and nothing else is."""

    def test_an_undo_removes_what_was_made(self, stage: Stage) -> None:
        """All of it, unless the adapter says of a thing why it stays."""
        before = stage.things()
        archive = stage.archive()
        stage.replay_to_its_end(archive)
        actions = stage.actions(archive)
        receipts = stage.receipts(archive)
        undone = stage.undo(archive)
        assert undone.removed + undone.kept == len(receipts), f"{undone} of {len(receipts)}"
        assert all(reason.strip() for reason in undone.reasons), "kept, and nobody is told why"
        left = stage.found(archive, receipts).keys() & {one.key for one in actions}
        assert len(left) <= undone.kept, f"removed, and there: {', '.join(sorted(left)[:5])}"
        if not undone.kept:
            assert stage.things() == before, f"the target held {before}, and holds {stage.things()}"

    def test_an_undo_removes_nothing_else(self, stage: Stage) -> None:
        """What another archive has made stays, as it was; so does what was only found."""
        other = stage.archive(seed=1)
        stage.replay_to_its_end(other)
        things = stage.things()
        archive = stage.archive()
        stage.replay_to_its_end(archive)
        copy = stage.archive()
        stage.replay_to_its_end(copy)
        both = stage.things()
        assert stage.undo(copy).removed == 0, "removed, and only found before"
        assert stage.things() == both, "an undo of what was only found has removed something"
        kept = stage.undo(archive).kept
        check_held(stage, other)
        assert things - stage.things() == Counter(), (
            f"the target held {things} of another archive's, and holds {stage.things()}"
        )
        assert kept or stage.things() == things

    def test_removing_twice_is_removing_once(self, stage: Stage) -> None:
        """What is gone is gone: there is a receipt for it all the same."""
        archive = stage.archive()
        stage.replay_to_its_end(archive)
        makings = _makings(stage, archive)
        once = list(stage.adapter().remove(makings))
        things = stage.things()
        try:
            again = list(stage.adapter().remove(makings))
        except errors.ExodusError as error:
            raise AssertionError(f"what is gone cannot be removed again: {error}") from error
        assert (
            {one.key for one in again} == {one.key for one in once} == {one.key for one in makings}
        ), "something has neither a receipt nor a reason to stay"
        gone = {one.key for one in once if isinstance(one, Receipt)}
        assert gone <= {one.key for one in again if isinstance(one, Receipt)}
        assert all(one.reason.strip() for one in once if isinstance(one, Kept))
        assert stage.things() == things

    def test_what_was_removed_can_be_made_again(self, stage: Stage) -> None:
        """A replay after an undo is like the first one."""
        archive = stage.archive()
        stage.replay_to_its_end(archive)
        things = stage.things()
        stage.undo(archive)
        stage.replay_to_its_end(archive)
        assert stage.things() == things, f"the target held {things}, and holds {stage.things()}"
        check_held(stage, archive)


def grow(archive: Archive, seed: int = 0) -> None:
    """Tell an archive what happened since: more work, and some of it was reviewed."""
    archives.tell(everything(seed, later=True), archive)


def _payloads(stage: Stage, archive: Archive) -> Mapping[str, Mapping[str, JSON]]:
    return {one.key: one.payload for one in stage.actions(archive)}


def _makings(stage: Stage, archive: Archive) -> list[Making]:
    """All that was made, the last first."""
    receipts = stage.receipts(archive)
    made = [one for one in stage.actions(archive) if one.key in receipts]
    return [Making(one.key, one.operation, receipts[one.key].target_id) for one in reversed(made)]


def check_held(stage: Stage, archive: Archive) -> None:
    """What the target holds is what the plan says, member by member."""
    actions = stage.actions(archive)
    held = stage.held(archive, actions)
    for action in actions:
        assert action.key in held, f"{action.key} was made, and is not held"
        places = list(different(action.payload, held[action.key]))
        assert not places, f"{action.key} is held otherwise than it was sent: {', '.join(places)}"
