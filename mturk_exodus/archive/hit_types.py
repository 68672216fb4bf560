"""HIT types, which no call and no file gives: they are gathered from HITs.

A type is what one of its HITs says: of those that the most authoritative source told of, the one
of the smallest id. So it does not depend on the order in which HITs come.
"""

from __future__ import annotations

from collections.abc import Mapping

from mturk_exodus.archive.archive import Archive
from mturk_exodus.archive.tables import HIT_TYPE_COLUMNS
from mturk_exodus.records import Value

_NAMES = ", ".join((*HIT_TYPE_COLUMNS, "as_of_authority", "as_of_hit_id"))
_DERIVED = f"""
    select {", ".join(HIT_TYPE_COLUMNS)}, authority, hit_id
    from hits join sources using (source) where hit_type_id = ?
    order by authority, hit_id limit 1
"""
ALL_DERIVED = f"""
    select {", ".join(HIT_TYPE_COLUMNS)}, authority, hit_id from (
        select *, row_number() over (partition by hit_type_id order by authority, hit_id) as place
        from hits join sources using (source) where hit_type_id is not null)
    where place = 1
"""
STORED = f"select {_NAMES} from hit_types"


def offer(archive: Archive, hit: Mapping[str, Value], authority: int) -> None:
    """A HIT was stored: it may be the one that tells what its type is."""
    columns = (*HIT_TYPE_COLUMNS, "as_of_authority", "as_of_hit_id")
    updates = ", ".join(f"{name} = excluded.{name}" for name in columns[1:])
    archive.connection.execute(
        f"insert into hit_types ({_NAMES}) values ({', '.join('?' * len(columns))})"
        f" on conflict (hit_type_id) do update set {updates}"
        " where (excluded.as_of_authority, excluded.as_of_hit_id)"
        " <= (as_of_authority, as_of_hit_id)",
        [*(hit[name] for name in HIT_TYPE_COLUMNS), authority, hit["hit_id"]],
    )


def moved(archive: Archive, before: Value, hit: Mapping[str, Value], authority: int) -> None:
    """A HIT that was there has changed; before, it was of the type `before`."""
    if before not in (None, hit["hit_type_id"]):
        _gather(archive, before)
    if hit["hit_type_id"] is not None:
        offer(archive, hit, authority)


def gather_all(archive: Archive) -> None:
    """Make all of them anew."""
    archive.connection.execute("delete from hit_types")
    archive.connection.execute(f"insert into hit_types ({_NAMES}) {ALL_DERIVED}")


def _gather(archive: Archive, hit_type_id: Value) -> None:
    archive.connection.execute("delete from hit_types where hit_type_id = ?", [hit_type_id])
    archive.connection.execute(f"insert into hit_types ({_NAMES}) {_DERIVED}", [hit_type_id])
