"""From a source's own words to MTurk's members: what is of the member's type, and what is not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mturk_exodus.archive.tables import TABLES
from mturk_exodus.records import InvalidRecord, Member, members
from mturk_exodus.sources.interface import Derived

_MEMBERS = {
    table.name: {member.name: member for _, member in members(table.record)} for table in TABLES
}


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
        if fits(member, value):
            wire[said] = value
        else:
            unreadable.append(name)
    return Derived(wire, tuple(unreadable))


def fits(member: Member, value: Any) -> bool:  # noqa: ANN401 - whatever JSON holds
    """Whether the archive can hold this value of a member."""
    try:
        member.convert(value)
    except InvalidRecord:
        return False
    return True
