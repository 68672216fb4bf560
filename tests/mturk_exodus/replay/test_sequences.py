"""Several replays in a row, with all that may happen between them."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, ClassVar

import pytest

from mturk_exodus import errors
from mturk_exodus.archive import Archive
from mturk_exodus.replay.adapter import Action, Kept, Limits, Receipt, Source
from mturk_exodus.replay.fidelity import fidelity
from mturk_exodus.replay.replaying import replay
from mturk_exodus.replay.undo import to_undo, undo
from tests.mturk_exodus.replay.habits import again, events, failing, no_time, once, rejected
from tests.mturk_exodus.replay.shelf import Killed, Shelf, ShelfAdapter, box, plan, thing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from mturk_exodus.replay.adapter import Making


class Inside(ShelfAdapter):
    """Looks for things only in what they require, as a server does that knows projects."""

    def find(
        self, actions: Sequence[Action], receipts: Mapping[str, Receipt]
    ) -> Mapping[str, Receipt]:
        """As Adapter."""
        known, found = dict(receipts), {}
        for one in actions:
            if one.requires and one.requires[0] not in known:
                continue
            inside = known[one.requires[0]].target_id if one.requires else None
            for number in self.shelf.numbers(one.key):
                if self.shelf.things[number]["inside"] == inside:
                    found[one.key] = known[one.key] = Receipt(one.key, number)
        return found


class AllOrNothing(ShelfAdapter):
    """Makes a batch whole, or nothing of it."""

    limits: ClassVar[Limits] = Limits(actions=1_000)

    def apply(
        self, actions: Sequence[Action], receipts: Mapping[str, Receipt]
    ) -> Iterator[Receipt]:
        """As Adapter."""
        for one in actions:
            self.shelf.before(one.key)
        yield from super().apply(actions, receipts)


def _killed() -> Iterator[Receipt]:
    raise Killed


def is_faithful(archive: Archive, shelf: Shelf, actions: Sequence[Action]) -> bool:
    return fidelity(archive, ShelfAdapter(shelf, actions)).is_faithful


def test_a_copy_that_was_taken_midway_makes_nothing_twice(
    archive: Archive, shelf: Shelf, tmp_path: Path
) -> None:
    again(archive, shelf, plan(things=2))
    archive.connection.execute("vacuum into ?", [str(tmp_path / "copy.db")])
    with Archive.open(tmp_path / "copy.db") as copy:
        again(archive, shelf, plan())
        assert again(copy, shelf, plan()).outcome.found == 32
    assert shelf.keys == once(plan())


def test_what_a_copy_has_added_to_ours_is_found(
    archive: Archive, shelf: Shelf, tmp_path: Path
) -> None:
    again(archive, shelf, plan(things=2))
    with Archive.create(tmp_path / "copy.db") as copy:
        again(copy, shelf, plan())
        assert again(archive, shelf, plan()).outcome.found == 32
    assert shelf.keys == once(plan())


def test_what_another_made_after_our_undo_is_the_others(
    archive: Archive, shelf: Shelf, tmp_path: Path
) -> None:
    again(archive, shelf, plan(things=2))
    undo(archive, ShelfAdapter(shelf))
    with Archive.create(tmp_path / "copy.db") as copy:
        again(copy, shelf, plan(things=2))
        outcome = again(archive, shelf, plan(things=2)).outcome
        assert (outcome.found, outcome.made) == (10, 0)
        assert to_undo(archive, ShelfAdapter(shelf)).made == {}
        undo(archive, ShelfAdapter(shelf))
        assert shelf.keys == once(plan(things=2))


def test_a_root_that_another_has_made_again_is_the_others(
    archive: Archive, shelf: Shelf, tmp_path: Path
) -> None:
    again(archive, shelf, plan(things=2))
    shelf.drop(shelf.numbers("box:0")[0])
    with Archive.create(tmp_path / "copy.db") as copy:
        again(copy, shelf, plan(things=2))
    assert again(archive, shelf, plan(things=4)).outcome.is_whole
    assert shelf.keys == once(plan(things=4))


def test_what_the_adapter_found_while_it_made_is_not_ours(archive: Archive, shelf: Shelf) -> None:
    class Found(ShelfAdapter):
        def apply(
            self, actions: Sequence[Action], receipts: Mapping[str, Receipt]
        ) -> Iterator[Receipt]:
            for one in super().apply(actions, receipts):
                yield Receipt(one.key, one.target_id, found=True)

    replay(archive, Found(shelf, plan(things=2)), sleep=no_time)
    assert to_undo(archive, Found(shelf)).made == {}


@pytest.mark.parametrize("adapter", [ShelfAdapter, Inside])
def test_what_belongs_elsewhere_now_is_moved(
    archive: Archive, shelf: Shelf, adapter: type[ShelfAdapter]
) -> None:
    def in_box(name: str) -> list[Action]:
        around = box(name)
        things = [thing(str(number), around) for number in range(3)]
        return [around, *(one for two in things for one in (two, thing(f"{two.key}.part", two)))]

    replay(archive, adapter(shelf, in_box("a")), sleep=no_time)
    replay(archive, adapter(shelf, in_box("b")), sleep=no_time)
    assert shelf.keys == once([box("a"), *in_box("b")])
    boxes = {shelf.things[one["inside"]]["key"] for one in shelf.things.values() if one["inside"]}
    assert "box:a" not in boxes
    outcome = replay(archive, adapter(shelf, in_box("b")), sleep=no_time).outcome
    assert outcome.same == 7
    undo(archive, adapter(shelf), sleep=no_time)
    assert not shelf.things


@pytest.mark.parametrize("adapter", [ShelfAdapter, Inside])
def test_what_belongs_elsewhere_but_cannot_be_removed_stays_and_is_not_doubled(
    archive: Archive,
    shelf: Shelf,
    adapter: type[ShelfAdapter],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def kept(_self: ShelfAdapter, makings: Sequence[Making]) -> Iterator[Kept]:
        yield from (Kept(one.key, "somebody works on it") for one in makings)

    monkeypatch.setattr(adapter, "remove", kept)
    a, b = box("a"), box("b")
    again(archive, shelf, [a, thing("1", a)])
    for _ in range(3):
        done = replay(archive, adapter(shelf, [b, thing("1", b)]), sleep=no_time)
        assert done.outcome.is_whole
    assert shelf.keys == once([a, b, thing("1", a)])


def test_an_undo_that_is_killed_leaves_nothing_that_counts_as_there(
    archive: Archive, shelf: Shelf
) -> None:
    again(archive, shelf, plan())

    class Dies(ShelfAdapter):
        def remove(self, makings: Sequence[Making]) -> Iterator[Receipt | Kept]:
            # As kill -9 does it: the ledger hears of nothing.
            for one in list(super().remove(makings[:10])):
                assert isinstance(one, Receipt)
            yield from _killed()

    with pytest.raises(Killed):
        undo(archive, Dies(shelf))
    assert len(shelf.things) == 32
    assert again(archive, shelf, plan()).outcome.is_whole
    assert shelf.keys == once(plan())
    undo(archive, ShelfAdapter(shelf))
    assert not shelf.things


@pytest.mark.parametrize("bad", [13, 100])
def test_the_innocent_beside_many_guilty_are_made(archive: Archive, shelf: Shelf, bad: int) -> None:
    def refuse(key: str) -> None:
        if key.startswith("thing:") and (int(key[6:]) < bad or key == "thing:190"):
            raise errors.TargetRejected("POST /x was answered with 400")

    shelf.before = refuse
    around = box("0")
    actions = [around, *(thing(str(number), around) for number in range(200))]
    outcome = replay(archive, AllOrNothing(shelf, actions), sleep=no_time).outcome
    assert (outcome.failed, outcome.made) == (bad + 1, 200 - bad)


def test_undo_after_a_revision_that_was_refused(archive: Archive, shelf: Shelf) -> None:
    again(archive, shelf, plan(things=2, parts=0))
    shelf.before = failing(1000, rejected, "thing:0.0")
    assert not again(archive, shelf, plan(things=2, parts=0, text="other")).outcome.is_whole
    shelf.before = lambda _key: None
    undo(archive, ShelfAdapter(shelf), sleep=no_time)
    assert not shelf.things


def test_undo_after_a_revision_that_was_killed(archive: Archive, shelf: Shelf) -> None:
    again(archive, shelf, plan(things=2, parts=0))
    shelf.before = failing(1, Killed, "thing:0.0")
    with pytest.raises(Killed):
        again(archive, shelf, plan(things=2, parts=0, text="other"))
    undo(archive, ShelfAdapter(shelf), sleep=no_time)
    assert not shelf.things


def test_undo_after_something_could_not_be_made_again(archive: Archive, shelf: Shelf) -> None:
    again(archive, shelf, plan(things=2, parts=0))
    shelf.drop(shelf.numbers("box:0")[0])
    shelf.before = failing(1000, rejected, "thing:0.0")
    again(archive, shelf, plan(things=2, parts=0))
    assert events(archive, "thing:0.0") == ["intended", "done", "gone", "intended", "failed"]
    shelf.before = lambda _key: None
    undo(archive, ShelfAdapter(shelf), sleep=no_time)
    assert not shelf.things


def test_what_is_found_is_brought_up_to_date(
    archive: Archive, shelf: Shelf, tmp_path: Path
) -> None:
    again(archive, shelf, plan(things=2))
    newer = plan(things=2, text="newer")
    with Archive.create(tmp_path / "copy.db") as copy:
        outcome = again(copy, shelf, newer).outcome
        assert outcome.found == outcome.revised == 10
        assert is_faithful(copy, shelf, newer)
        assert again(copy, shelf, newer).outcome.same == 10


def test_what_was_lost_and_then_changed_is_right_after_one_replay(
    archive: Archive, shelf: Shelf
) -> None:
    shelf.after = failing(1, Killed, "thing:0.0")
    with pytest.raises(Killed):
        again(archive, shelf, plan(things=2))
    newer = plan(things=2, text="newer")
    assert again(archive, shelf, newer).outcome.is_whole
    assert is_faithful(archive, shelf, newer)


def test_a_user_who_was_deleted_and_work_that_changed(archive: Archive, shelf: Shelf) -> None:
    user = Action("user:1", "user", Source("HIT", "1"), {"n": 1}, (), "users")
    around = box("0")

    def work(text: str) -> Action:
        requires = (around.key, user.key)
        return Action("work:1", "work", Source("HIT", "2"), {"text": text}, requires, "works")

    again(archive, shelf, [user, around, work("old")])
    shelf.drop(shelf.numbers("user:1")[0])
    newer = [user, around, work("new")]
    assert again(archive, shelf, newer).outcome.is_whole
    assert shelf.keys == once(newer)
    assert is_faithful(archive, shelf, newer)


def test_what_a_person_deleted_stays_deleted_and_is_told(archive: Archive, shelf: Shelf) -> None:
    again(archive, shelf, plan(things=2))
    shelf.drop(shelf.numbers("thing:0.0")[0])
    outcome = again(archive, shelf, plan(things=2)).outcome
    assert (outcome.same, outcome.made) == (10, 0)
    report = fidelity(archive, ShelfAdapter(shelf, plan(things=2)))
    assert set(report.gone) == {"thing:0.0", "thing:0.0.0"}
    assert again(archive, shelf, plan(things=2, parts=2)).outcome.failed == 1


def test_a_revision_that_says_nothing_is_an_adapters_fault(archive: Archive, shelf: Shelf) -> None:
    class Silent(ShelfAdapter):
        def revise(
            self, actions: Sequence[Action], receipts: Mapping[str, Receipt]
        ) -> Iterator[Receipt | Kept]:
            yield from super().revise(actions[1:], receipts)

    again(archive, shelf, plan(things=2))
    with pytest.raises(errors.AdapterBroken, match="says nothing of thing"):
        replay(archive, Silent(shelf, plan(things=2, text="new")), sleep=no_time)


def test_what_requires_two_groups_is_not_torn_from_either(archive: Archive, shelf: Shelf) -> None:
    def action(key: str, *requires: str) -> Action:
        return Action(key, "thing", Source("HIT", key), {}, requires, "lane")

    shelf.before = failing(1000, rejected, "d")
    actions = [action("a"), action("b"), action("c", "a", "b"), action("d")]
    outcome = replay(archive, AllOrNothing(shelf, actions), sleep=no_time).outcome
    assert (outcome.made, outcome.failed, outcome.skipped) == (3, 1, 0)


def test_one_key_twice_and_a_receipt_for_nothing_are_an_adapters_faults(
    archive: Archive, shelf: Shelf
) -> None:
    around = box("0")
    with pytest.raises(errors.AdapterBroken, match="twice"):
        again(archive, shelf, [around, thing("1", around), thing("1", around)])

    class Chatty(ShelfAdapter):
        def apply(
            self, actions: Sequence[Action], receipts: Mapping[str, Receipt]
        ) -> Iterator[Receipt]:
            yield Receipt("nobody's", "1")
            yield from super().apply(actions, receipts)

    with pytest.raises(errors.AdapterBroken, match="was not asked"):
        replay(archive, Chatty(shelf, plan()), sleep=no_time)


def test_an_error_of_the_adapters_own_is_written_down_without_its_words(
    archive: Archive, shelf: Shelf
) -> None:
    shelf.before = failing(1, lambda: ZeroDivisionError("s3cret"), "thing:0.0")
    with pytest.raises(ZeroDivisionError):
        again(archive, shelf, plan())
    rows = archive.connection.execute("select outcome, message from replays").fetchall()
    assert rows == [("interrupted", "ZeroDivisionError")]


@pytest.mark.parametrize("seed", range(40))
def test_whatever_comes_in_whatever_order_ends_as_planned(
    archive: Archive, shelf: Shelf, seed: int
) -> None:
    """Kills, lost answers, undos, changes and boxes removed by hand, one after another."""
    chance = random.Random(seed)  # noqa: S311 - not for secrets

    def trouble(_key: str) -> None:
        if chance.random() < 0.05:
            raise chance.choice([Killed("now"), errors.OutcomeUnknown("lost")])

    text = "a thing"
    for _ in range(12):
        shelf.before = shelf.after = trouble if chance.random() < 0.7 else lambda _key: None
        step = chance.choice(["import", "import", "change", "undo", "drop"])
        try:
            if step == "undo":
                undo(archive, ShelfAdapter(shelf), sleep=no_time)
            elif step == "drop" and (boxes := shelf.numbers("box:0")):
                shelf.drop(boxes[0])
            else:
                text = f"text {seed} {_}" if step == "change" else text
                again(archive, shelf, plan(things=4, text=text))
        except (Killed, errors.TargetError):
            pass
        assert max(shelf.keys.values(), default=1) == 1
    shelf.before = shelf.after = lambda _key: None
    final = plan(things=4, text=text)
    assert again(archive, shelf, final).outcome.is_whole
    assert shelf.keys == once(final)
    assert is_faithful(archive, shelf, final)
    undo(archive, ShelfAdapter(shelf), sleep=no_time)
    assert not shelf.things


def test_what_was_lost_where_it_no_longer_belongs_is_found_and_moved(
    archive: Archive, shelf: Shelf
) -> None:
    old, new = box("a"), box("b")
    shelf.after = failing(1, Killed, "thing:1")
    with pytest.raises(Killed):
        replay(archive, Inside(shelf, [old, thing("1", old)]), sleep=no_time)
    shelf.after = lambda _key: None
    outcome = replay(archive, Inside(shelf, [old, new, thing("1", new)]), sleep=no_time).outcome
    assert outcome.is_whole
    assert shelf.keys == {"box:a": 1, "box:b": 1, "thing:1": 1}
    (number,) = shelf.numbers("thing:1")
    assert shelf.things[number]["inside"] == shelf.numbers("box:b")[0]
    undo(archive, Inside(shelf), sleep=no_time)
    assert shelf.things == {}


class Dying(Inside):
    """Is killed when it is to remove something for the first time."""

    deaths = 1

    def remove(self, makings: Sequence[Making]) -> Iterator[Receipt | Kept]:
        """As Adapter."""
        if self.deaths:
            self.deaths -= 1
            raise Killed
        yield from super().remove(makings)


def test_what_was_being_moved_is_moved_on(archive: Archive, shelf: Shelf) -> None:
    boxes = [box(name) for name in "abc"]
    replay(archive, Inside(shelf, [*boxes, thing("1", boxes[0])]), sleep=no_time)
    with pytest.raises(Killed):
        replay(archive, Dying(shelf, [*boxes, thing("1", boxes[1])]), sleep=no_time)
    assert events(archive, "thing:1")[-1] == "removing"
    replay(archive, Inside(shelf, [*boxes, thing("1", boxes[2])]), sleep=no_time)
    (number,) = shelf.numbers("thing:1")
    assert shelf.things[number]["inside"] == shelf.numbers("box:c")[0]
