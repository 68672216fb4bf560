"""What an adapter's plan is."""

from __future__ import annotations

import gc
import inspect
import json
import sys
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import zip_longest
from pathlib import Path
from typing import Any, ClassVar

from mturk_exodus.archive.selection import Selection
from mturk_exodus.replay.adapter import JSON, Action, Adapter, Fidelity, Loss, RecordReader
from mturk_exodus.replay.fields import FIELDS
from mturk_exodus.replay.reader import ArchiveReader
from mturk_exodus.testing import elsewhere
from mturk_exodus.testing.elsewhere import Made, Order
from mturk_exodus.testing.faults import Forbidden, NetworkUsed
from mturk_exodus.testing.hostile import HOSTILE
from mturk_exodus.testing.sample import everything
from mturk_exodus.testing.target import Stage

_BYTES_PER_HIT = 64
"""What a plan may keep of each HIT, in bytes: less than the shortest key takes in a set."""

_BYTES_ALLOWED = 150_000
"""Whatever is kept of a small archive: caches, and what the interpreter does for itself."""

_ENOUGH = 3_000
"""HITs, to tell what is kept of each: watching memory takes long."""

_MOST_LANES = 16


class Plans:
    """Its plan is pure, streams, and says everything."""

    many: ClassVar[int] = 10_000
    """HITs of a large archive; fewer for a real server that is slow."""

    def test_a_plan_asks_nobody(self, stage: Stage) -> None:
        """It is made without the network; even a request that is caught was one too many."""
        nowhere = Forbidden()
        with suppress(NetworkUsed):
            list(stage.adapter(nowhere).plan(ArchiveReader(stage.archive())))
        assert not nowhere.requests, f"to plan, it sent {nowhere.requests[:3]}"

    def test_a_plan_is_the_same_wherever_and_whenever(self, stage: Stage) -> None:
        """Another process, another day, another zone, other hashes, another environment: no
        difference.
        """
        variables = {one.environment: "elsewhere" for one in stage.target.adapter.settings}
        here = _made_elsewhere(stage, 0, {"PYTHONHASHSEED": "1", "TZ": "UTC"})
        there = _made_elsewhere(
            stage,
            400,
            {"PYTHONHASHSEED": "2", "TZ": "Pacific/Kiritimati", "LC_ALL": "C"}
            | {name: value for name, value in variables.items() if name},
        )
        for one, other in zip_longest(here.items, there.items):
            assert one == other, f"the plan is {_excerpt(one, other)} here and there"
        touched = {*here.touched, *there.touched}
        assert not touched, f"a plan does no {', '.join(sorted(touched))}"

    def test_a_plan_needs_no_setting_but_those_it_names(self, stage: Stage) -> None:
        """What is not `to_plan` can be missing, the key to the target before all."""
        needed = {one.name for one in stage.target.adapter.settings if one.to_plan}
        settings = {name: one for name, one in stage.settings.items() if name in needed}
        with stage.archive() as archive:
            try:
                bare = list(stage.adapter(Forbidden(), settings).plan(ArchiveReader(archive)))
            except Exception as error:
                told = f"told {sorted(settings)} alone it cannot plan"
                raise AssertionError(f"{told}: {error!r}") from error
            assert bare == list(stage.plan(archive)), "the plan depends on other settings as well"

    def test_a_plan_streams(self, stage: Stage) -> None:
        """However many HITs there are, and however many of one type, no more is kept in memory."""
        many = min(self.many, _ENOUGH)
        few = many * 3 // 10
        archive, planner = stage.opened(stage.shelf.many(many)), stage.planner()
        _kept(planner, ArchiveReader(archive, Selection(limit=few // 5)))
        small = _kept(planner, ArchiveReader(archive, Selection(limit=few)))
        large = _kept(planner, ArchiveReader(archive))
        allowed = max(_BYTES_ALLOWED, _BYTES_PER_HIT * (many - few))
        assert large - small < allowed, (
            f"of {few} HITs a plan keeps {small} bytes, of {many} it keeps {large}"
        )

    def test_a_plan_of_many_hits_has_them_all(self, stage: Stage) -> None:
        """Each is an action's source, or a loss's, unless nothing of a HIT arrives at all. The
        lanes are few: what is in one lane travels together.
        """
        named, lanes = set(), set()
        for item in stage.plan(stage.opened(stage.shelf.many(self.many))):
            if item.source.record == "HIT":
                named.add(item.source.id)
            if isinstance(item, Action):
                lanes.add(item.lane)
        said = stage.target.adapter.capabilities
        carries = any(one.fidelity.arrives for name, one in said.items() if name[:4] == "HIT.")
        assert not carries or len(named) == self.many, (
            f"of {self.many} HITs {self.many - len(named)} are in no action and no loss"
        )
        assert len(lanes) <= _MOST_LANES, f"{self.many} HITs of 4 types have {len(lanes)} lanes"

    def test_an_empty_archive_has_an_empty_plan(self, stage: Stage) -> None:
        """Nothing comes of nothing."""
        assert list(stage.plan(stage.opened(stage.shelf.empty()))) == []

    def test_payloads_survive_json(self, stage: Stage) -> None:
        """Texts, numbers, booleans, null, lists and mappings by text: what comes back is equal."""
        for action in stage.actions(stage.archive()):
            for place in _not_json(action.payload, "payload"):
                raise AssertionError(f"{action.operation} {action.key}: {place}")

    def test_keys_are_unique(self, stage: Stage) -> None:
        """Two things have two keys, be the records alike in every member."""
        keys = Counter(action.key for action in stage.actions(stage.archive()))
        twice = [key for key, count in keys.items() if count > 1]
        assert not twice, f"more than one action is called {', '.join(twice)}"

    def test_a_record_keeps_its_key(self, stage: Stage) -> None:
        """Whatever else the archive comes to hold."""
        before, after = (
            {
                one.key: (one.operation, one.source)
                for one in stage.planned(everything(later=later))
                if isinstance(one, Action)
            }
            for later in (False, True)
        )
        lost = [key for key, one in before.items() if after.get(key) != one]
        assert not lost, f"after more work was done, other things have the keys {lost[:5]}"

    def test_what_is_required_comes_earlier(self, stage: Stage) -> None:
        """A plan can be carried out from its beginning to its end."""
        earlier: set[str] = set()
        for action in stage.actions(stage.archive()):
            for key in action.requires:
                assert key in earlier, f"{action.key} requires {key}, which does not come before it"
            earlier.add(action.key)

    def test_everything_has_its_source(self, stage: Stage) -> None:
        """Actions and losses name a record; a loss names its field, how it is lost, and why."""
        for item in stage.plan(stage.archive()):
            assert item.source.record, f"{item} comes from nowhere"
            assert item.source.id, f"{item} comes from no {item.source.record}"
            if isinstance(item, Loss):
                _check_loss(item)
            else:
                assert item.operation.strip(), f"{item.key} has no operation"
                assert item.key.strip(), f"{item.operation} has no key"

    def test_no_worker_is_named(self, stage: Stage) -> None:
        """Unless a setting asks for it: a pseudonym stands for each, in keys and losses always."""
        sample = everything()
        names = {one.lower() for one in sample.worker_ids()}
        for item in stage.planned(sample):
            said = repr(item).lower()
            where = item.key if isinstance(item, Action) else f"a loss of {item.field}"
            assert not [name for name in names if name in said], (
                f"{_hidden(where, names)} names a worker"
            )


def _made_elsewhere(stage: Stage, days: int, environment: dict[str, str]) -> Made:
    adapter = stage.target.adapter
    order = Order(
        module=adapter.__module__,
        name=adapter.__qualname__,
        file=str(Path(inspect.getfile(adapter)).resolve()),
        path=tuple(sys.path),
        settings=stage.settings,
        archive=str(stage.shelf.of(everything())),
        days=days,
    )
    return elsewhere.planned(order, environment)


def _excerpt(one: str | None, other: str | None) -> str:
    one, other = one or "over", other or "over"
    place = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), 0)
    begin = max(0, place - 60)
    return f"…{one[begin : place + 60]}… and …{other[begin : place + 60]}…"


def _kept(adapter: Adapter, reader: RecordReader) -> int:
    """Bytes that a plan holds at most, beside what reading takes in any case."""
    return _peak(lambda: adapter.plan(reader)) - _peak(lambda: _read(reader))


def _read(reader: RecordReader) -> Iterator[None]:
    for hit_type_id in reader.hit_types():
        for _ in reader.tasks(hit_type_id):
            yield


def _peak(make: Callable[[], Iterator[Any]]) -> int:
    """Bytes that Python holds at most while something is gone through."""
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for _ in _tidied(make()):
            pass
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return most - before


def _tidied(items: Iterator[Any]) -> Iterator[Any]:
    """Rings of garbage are no fault of a plan's."""
    for number, item in enumerate(items):
        if number % 2_000 == 0:
            gc.collect()
        yield item


def _not_json(value: JSON, place: str) -> Iterator[str]:
    """Places where there is something that JSON does not give back as it was."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if isinstance(name, str):
                yield from _not_json(inner, f"{place}.{name}")
            else:
                yield f"{place} has a key that is no text"
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _not_json(inner, f"{place}[{number}]")
    elif not _survives(value):
        yield f"{place} is a {type(value).__name__} that JSON does not give back"


def _survives(value: Any) -> bool:  # noqa: ANN401 - that is the question
    try:
        text = json.dumps(value, allow_nan=False, ensure_ascii=False)
        text.encode()
        back = json.loads(text)
    except (TypeError, ValueError):
        return False
    return type(back) is type(value) and bool(back == value)


def _check_loss(loss: Loss) -> None:
    assert loss.field in FIELDS, f"no record has {loss.field}"
    assert loss.fidelity is not Fidelity.EXACT, f"{loss.field} is a loss, and exact"
    assert loss.note.strip(), f"nobody is told why {loss.field} is lost"
    assert HOSTILE[:12] not in loss.note, f"the note on {loss.field} holds the record's own words"


def _hidden(text: str, names: Iterable[str]) -> str:
    """A text without workers: this is an error, too."""
    for name in names:
        text = text.lower().replace(name, "***")
    return text
