"""What a plan yields, in the portions in which it is sent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mturk_exodus.errors import AdapterBroken
from mturk_exodus.replay.adapter import Action, Limits, Source
from mturk_exodus.replay.batches import batches, prepared


def action(key: str, lane: str = "", requires: tuple[str, ...] = (), size: int = 1) -> Action:
    return Action(key, "thing", Source("HIT", key), {"text": "x" * size}, requires, lane)


def sent(actions: list[Action], limits: Limits) -> list[list[str]]:
    portions = batches(map(prepared, actions), limits)
    return [[one.action.key for one in batch] for batch in portions]


def test_a_lane_is_sent_when_it_is_full_and_at_the_end() -> None:
    actions = [action(str(number)) for number in range(5)]
    assert sent(actions, Limits(actions=2)) == [["0", "1"], ["2", "3"], ["4"]]


def test_bytes_fill_a_lane_too() -> None:
    actions = [action(str(number), size=400) for number in range(4)]
    assert sent(actions, Limits(actions=100, payload_bytes=700)) == [["0", "1"], ["2", "3"]]


def test_what_an_action_requires_goes_before_it() -> None:
    actions = [
        action("u1", "users"),
        action("u2", "users"),
        action("p", "projects"),
        action("t1", "tasks", ("p",)),
        action("u3", "users"),
        action("t2", "tasks", ("p", "u3")),
    ]
    assert sent(actions, Limits(actions=10)) == [["p"], ["u1", "u2", "u3"], ["t1", "t2"]]


def test_what_belongs_together_is_not_torn_apart() -> None:
    actions = [action("t1", "t"), *(action(f"a{n}", "t", ("t1",)) for n in range(5))]
    actions += [action("t2", "t"), action("b", "t", ("t2",))]
    assert sent(actions, Limits(actions=3)) == [["t1", "a0", "a1", "a2", "a3", "a4"], ["t2", "b"]]


def test_no_number_of_lanes_is_kept_open() -> None:
    actions = [action(str(number), lane=str(number)) for number in range(200)]
    portions = batches(map(prepared, actions), Limits(actions=10))
    assert [one.action.key for one in next(iter(portions))] == ["0"]


def test_the_digest_does_not_depend_on_the_order_of_names() -> None:
    source = Source("HIT", "h")
    one = Action("k", "task", source, {"a": 1, "b": [1, {"x": None, "y": 2.5}]})
    other = Action("k", "task", source, {"b": [1, {"y": 2.5, "x": None}], "a": 1})
    assert prepared(one).payload_sha256 == prepared(other).payload_sha256
    changed = Action("k", "task", source, {"b": [1, {"y": 2.5, "x": 0}], "a": 1})
    assert prepared(one).payload_sha256 != prepared(changed).payload_sha256


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}, b"bytes"])
def test_what_json_cannot_hold_is_no_payload(value: object) -> None:
    with pytest.raises(AdapterBroken, match="JSON cannot hold"):
        prepared(Action("k", "task", Source("HIT", "h"), {"value": value}))


@pytest.mark.parametrize("key", ["task:\0", "\0", "task:\ud800"])
def test_what_the_ledger_cannot_hold_is_no_key(key: str) -> None:
    with pytest.raises(AdapterBroken, match="a plan holds a thing"):
        prepared(action(key))


@st.composite
def plans(draw: st.DrawFn) -> list[Action]:
    actions: list[Action] = []
    for number in range(draw(st.integers(0, 40))):
        keys = [one.key for one in actions]
        requires = draw(st.lists(st.sampled_from(keys), max_size=3, unique=True)) if keys else []
        lane = draw(st.sampled_from(["a", "b", "c"]))
        actions.append(action(str(number), lane, tuple(requires), draw(st.integers(1, 50))))
    return actions


@given(plans(), st.integers(1, 6), st.integers(1, 300))
def test_everything_is_sent_once_after_what_it_requires(
    actions: list[Action], most: int, size: int
) -> None:
    portions = list(batches(map(prepared, actions), Limits(most, size)))
    before: set[str] = set()
    for batch in portions:
        assert len({one.action.lane for one in batch}) == 1
        for one in batch:
            assert set(one.action.requires) <= before
            before.add(one.action.key)
    assert sorted(before) == sorted(one.key for one in actions)
    assert sum(map(len, portions)) == len(actions)
