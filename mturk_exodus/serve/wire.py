"""How a record goes out: as MTurk sent it, or, if a file gave it, as MTurk would have.

What no source says of a record is left out of it, as MTurk leaves out what a record has not.
"""

from __future__ import annotations

from mturk_exodus import records
from mturk_exodus.archive.tables import TABLES, Table
from mturk_exodus.archive.testimony import REQUESTER_API
from mturk_exodus.records import Member


def _expression(table: Table) -> str:
    members = ", ".join(
        f"'{member.name}', {_value(table.selected([name]), member)}"
        for name, member in records.members(table.record)
        if not member.of_files
    )
    raw = table.selected(["raw"])
    if not members:
        return raw
    # json_patch leaves out members that are null.
    return f"iif(source = '{REQUESTER_API}', {raw}, json_patch('{{}}', json_object({members})))"


def _value(column: str, member: Member) -> str:
    if member.convert is records.time:
        return f"unixepoch({column}) + substr({column}, 21, 3) / 1000.0"
    if member.convert is records.structure:
        return f"json({column})"
    if member.convert is records.boolean:
        return f"json(iif({column} is null, null, iif({column}, 'true', 'false')))"
    return column


RECORD = {table.name: _expression(table) for table in TABLES}
"""The SQL expression, by table, for the text of a record."""
