"""From documents to records: through replies, lists, and whatever people put them into."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from mturk_exodus.archive.tables import (
    ASSIGNMENTS,
    BONUS_PAYMENTS,
    HITS,
    REVIEW_REPORTS,
    Table,
)
from mturk_exodus.sources.api_dump.documents import LONGEST, Parts, Whole
from mturk_exodus.sources.api_dump.meaning import derive
from mturk_exodus.sources.api_dump.shapes import (
    ENVELOPE,
    MEMBERS,
    REPLY_MEMBERS,
    fault,
    has_keys,
    has_strange_members,
    separated,
    table_of,
)
from mturk_exodus.sources.interface import FileRefused, Found

NO_RECORD = "not a record that MTurk's API gives"
ADDED_MEMBERS = "every member of the record is one of MTurk's"

_TOO_DEEP = "nested deeper than any reply"
_DEEPEST = 100
_LEVELS = 20
_SHOWN = 10_000
_PAIR = {"HIT": HITS, "Assignment": ASSIGNMENTS}
_ANY_MEMBER = frozenset().union(*MEMBERS.values())


class Kept(NamedTuple):
    """Records that belong together, and the checks that they fail."""

    found: tuple[Found, ...]
    doubts: tuple[str, ...] = ()


class Left(NamedTuple):
    """What is no record, and why."""

    reason: str
    value: Any


class Balance(NamedTuple):
    """An account balance. It does not say of which day it is."""


Unit = Kept | Left | Balance


def shown(value: object) -> str:
    """What was left, for quarantine: its beginning, if it is long."""
    try:
        return json.dumps(value, default=str)[:_SHOWN]
    except (ValueError, RecursionError):
        return ""


@dataclass
class Walk:
    """A way through one file.

    Attributes:
        pages: how many review reports each HIT has had in this file.
    """

    pages: Counter[str] = field(default_factory=Counter)

    def through(self, document: Whole | Parts) -> Iterator[Unit]:
        """Everything in a document."""
        yield from self._node(document, None, _Once())

    def record(self, table: Table, value: Mapping[str, Any], alike: Counter[str]) -> Unit:
        """A record, or why it is none.

        Args:
            table: what it is.
            value: what it says.
            alike: how often each bonus has come in this list.
        """
        reason = _TOO_DEEP if _is_deep(value) else fault(table, value)
        if reason is not None:
            return Left(reason, value)
        parts = separated(table, value)
        added = has_strange_members(*parts[-1])
        return Kept(
            tuple(Found(each, raw, self._context(each, raw, alike)) for each, raw in parts),
            (ADDED_MEMBERS,) if added else (),
        )

    def _context(
        self, table: Table, raw: Mapping[str, Any], alike: Counter[str]
    ) -> Mapping[str, int]:
        if table is BONUS_PAYMENTS:
            said = json.dumps(derive(table.name, raw).wire, sort_keys=True)
            return {"copy": _counted(alike, said)}
        if table is REVIEW_REPORTS:
            return {"page": _counted(self.pages, raw["HITId"])}
        return {}

    def _node(
        self, node: Whole | Parts, table: Table | None, alike: Counter[str], level: int = 0
    ) -> Iterator[Unit]:
        if isinstance(node, Whole):
            yield from self._value(node.value, table, alike, level)
        elif node.is_list:
            yield from self._list((part for _, part in node), table, level)
        else:
            yield from self._taken_apart(node, table, alike)

    def _list(
        self, items: Iterable[Whole | Parts], table: Table | None, level: int
    ) -> Iterator[Unit]:
        """A list's records. All its numbers and texts together are one thing that is none."""
        alike: Counter[str] = _Once() if table is None else Counter()
        is_told = False
        for item in items:
            if isinstance(item, Parts) or isinstance(item.value, (dict, list)):
                yield from self._node(item, table, alike, level)
            elif not is_told:
                is_told = True
                yield Left(NO_RECORD, item.value)

    def _taken_apart(self, node: Parts, table: Table | None, alike: Counter[str]) -> Iterator[Unit]:
        """A structure too large to be looked at as a whole: lists come as they stand in it."""
        own: dict[str, Any] = {}
        size = 0
        inner: Counter[str] = Counter()
        for name, part in node:
            if isinstance(part, Whole) and _is_own(name, part.value):
                own[name] = part.value
                size += len(part.value) if isinstance(part.value, str) else len(shown(part.value))
                if size > LONGEST:
                    raise FileRefused("holds a record of more than 64 MiB")
            elif name not in ENVELOPE or isinstance(part, Parts):
                yield from self._node(part, REPLY_MEMBERS.get(name, table), inner)
        own = {name: own[name] for name in own if name not in ENVELOPE}
        kind = _kind(own, table)
        if kind is not None:
            yield self.record(kind, own, alike)
        elif "AvailableBalance" in own:
            yield Balance()

    def _value(
        self, value: object, table: Table | None, alike: Counter[str], level: int
    ) -> Iterator[Unit]:
        if level > _LEVELS:
            yield Left(_TOO_DEEP, None)
        elif isinstance(value, list):
            yield from self._list(map(Whole, value), table, level + 1)
        elif isinstance(value, dict):
            yield from self._structure(value, table, alike, level)
        else:
            yield Left(NO_RECORD, value)

    def _structure(
        self, value: dict[str, Any], table: Table | None, alike: Counter[str], level: int
    ) -> Iterator[Unit]:
        if value.keys() <= ENVELOPE:
            return
        rest = {name: value[name] for name in value if not _is_of_reply(name, value[name])}
        kind = _kind(rest, table)
        if len(rest) < len(value):
            yield from self._reply(value, rest, kind, level)
        elif kind is not None:
            yield self.record(kind, value, alike)
        elif "AvailableBalance" in value:
            yield Balance()
        else:
            yield from self._wrapping(value, table, level)

    def _reply(
        self, value: dict[str, Any], rest: dict[str, Any], kind: Table | None, level: int
    ) -> Iterator[Unit]:
        """What a reply's members hold, and the record that they were added to, if any."""
        if kind is not None:
            yield self.record(kind, rest, Counter())
        elif "AvailableBalance" in rest:
            yield Balance()
        pair = self._hit_and_assignment(value)
        if pair is not None:
            yield pair
        for name in [name for name in value if name not in rest and name not in ENVELOPE]:
            if pair is None or name not in _PAIR:
                yield from self._value(value[name], REPLY_MEMBERS[name], Counter(), level + 1)
        if kind is None:
            for inner in filter(_is_container, rest.values()):
                yield from self._value(inner, None, Counter(), level + 1)

    def _hit_and_assignment(self, value: Mapping[str, Any]) -> Kept | None:
        """GetAssignment's reply: two records, one entry."""
        units = []
        for name, table in _PAIR.items():
            inner = value.get(name)
            unit = self.record(table, inner, Counter()) if isinstance(inner, dict) else None
            if not isinstance(unit, Kept):
                return None
            units.append(unit)
        hit, assignment = units
        return Kept(hit.found + assignment.found, hit.doubts or assignment.doubts)

    def _wrapping(self, value: dict[str, Any], table: Table | None, level: int) -> Iterator[Unit]:
        """A structure of somebody's own: records by id, by worker, by anything."""
        alike: Counter[str] = _Once()
        units = [
            unit
            for inner in filter(_is_container, value.values())
            for unit in self._value(inner, table, alike, level + 1)
        ]
        if all(isinstance(unit, Left) for unit in units):
            yield Left(NO_RECORD if table is None else fault(table, value) or NO_RECORD, value)
        else:
            yield from units


def _kind(record: Mapping[str, Any], table: Table | None) -> Table | None:
    if table is not None and has_keys(table, record):
        return table
    return table_of(record)


def _is_of_reply(name: str, value: object) -> bool:
    return name in ENVELOPE or (name in REPLY_MEMBERS and isinstance(value, (dict, list)))


def _is_own(name: str, value: object) -> bool:
    return not _is_container(value) or (name in _ANY_MEMBER and name not in REPLY_MEMBERS)


def _is_container(value: object) -> bool:
    return isinstance(value, (dict, list)) and bool(value)


def _is_deep(value: object, depth: int = _DEEPEST) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return depth == 0 or any(
        _is_deep(item, depth - 1) for item in inner if isinstance(item, (dict, list))
    )


class _Once(Counter[str]):
    """Of a list that is no reply's: what is alike in it was put there more than once."""


def _counted(counter: Counter[str], what: str) -> int:
    counter[what] += 1
    return 0 if isinstance(counter, _Once) else counter[what] - 1
