"""From a source's own words to MTurk's members: what is of the member's type, and what is not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from mturk_exodus.archive.tables import TABLES
from mturk_exodus.records import CanonicalTime, InvalidRecord, Member, members, time
from mturk_exodus.sources.interface import Derived

_MEMBERS = {
    table.name: {member.name: member for _, member in members(table.record)} for table in TABLES
}
# What fromisoformat takes beyond this differs from one Python to the next.
_TIME = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{3}(?:\d{3})?)?(?:Z|[+-]\d\d:\d\d)", re.ASCII
)


def derived(table: str, raw: Mapping[str, Any], meaning: Mapping[str, str]) -> Derived:
    """The members of a raw record that mean something.

    Args:
        table: the table's name.
        raw: the record.
        meaning: MTurk's member by the source's name of it. Where two names mean one member, the
            first of them that says something counts.
    """
    wire: dict[str, Any] = {}
    unreadable = []
    for name, said in meaning.items():
        value, member = raw.get(name), _MEMBERS.get(table, {}).get(said)
        if value is None or member is None or said in wire:
            continue
        try:
            wire[said] = _read(member, value)
        except InvalidRecord:
            unreadable.append(name)
    return Derived(wire, tuple(unreadable))


def _read(member: Member, value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    """A value that the archive can hold.

    Raises:
        InvalidRecord: it is not of the member's type.
    """
    if member.convert is not time:
        member.convert(value)
        return value
    if isinstance(value, str) and not _TIME.fullmatch(value):
        raise InvalidRecord("is not a time that every Python reads alike")
    return CanonicalTime(time(value))
