"""Which HITs go into a file together, and what the file is called."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from mturk_exodus.archive import Archive

_HAS_WORK = "exists (select 1 from assignments where assignments.hit_id = hits.hit_id)"
_BATCHES = "select distinct batch_id from hits where batch_id is not null order by 1"
_HIT_TYPES = "select distinct hit_type_id from hits where hit_type_id is not null order by 1"
_WORKED_ON = f"""
    select batch_id, case when batch_id is null then hit_type_id end as type_id
    from hits where {_HAS_WORK} group by 1, 2
    order by batch_id is null, length(batch_id), batch_id, type_id is null, type_id
"""  # noqa: S608 - no value is in it
_ODD = re.compile(r"[^A-Za-z0-9]")


_IDLE = f"select count(*) from hits where not {_HAS_WORK}"  # noqa: S608 - as above


@dataclass(frozen=True)
class Selection:
    """Some HITs.

    Attributes:
        where: the condition that they meet, on `hits`.
        values: what stands for its question marks.
        file_name: what the requester site, or we, would call the file.
    """

    where: str
    values: tuple[str, ...]
    file_name: str


def batches(archive: Archive) -> list[str]:
    """The batches of which the archive has HITs."""
    return [name for (name,) in archive.connection.execute(_BATCHES)]


def hit_types(archive: Archive) -> list[str]:
    """The HIT types of which it has HITs."""
    return [name for (name,) in archive.connection.execute(_HIT_TYPES)]


def of_batch(batch_id: str) -> Selection:
    """A batch of the requester site."""
    name = f"Batch_{_fit_for_a_name(batch_id)}_batch_results.csv"
    return Selection("hits.batch_id = ?", (batch_id,), name)


def of_hit_type(hit_type_id: str) -> Selection:
    """Everything of a HIT type, whatever batch it is of."""
    return Selection("hits.hit_type_id = ?", (hit_type_id,), _name_of_type(hit_type_id))


def everything(archive: Archive) -> list[Selection]:
    """Each HIT that somebody worked on, in one of these: by batch, or by type if it has none."""
    return [_of(batch, kind) for batch, kind in archive.connection.execute(_WORKED_ON).fetchall()]


def idle_hits(archive: Archive, selection: Selection | None = None) -> int:
    """How many HITs of a selection, or of all, nobody worked on; the site has no row for them."""
    where, values = (selection.where, selection.values) if selection else ("true", ())
    (count,) = archive.connection.execute(f"{_IDLE} and {where}", values).fetchone()
    return int(count)


def _of(batch_id: str | None, hit_type_id: str | None) -> Selection:
    if batch_id is not None:
        return of_batch(batch_id)
    if hit_type_id is None:
        where = "hits.batch_id is null and hits.hit_type_id is null"
        return Selection(where, (), "unknown_results.csv")
    where = "hits.batch_id is null and hits.hit_type_id = ?"
    return Selection(where, (hit_type_id,), _name_of_type(hit_type_id))


def _name_of_type(hit_type_id: str) -> str:
    return f"HITType_{_fit_for_a_name(hit_type_id)}_results.csv"


def _fit_for_a_name(found: str) -> str:
    """An id as it is. What else stands in its place in somebody's file leads to no folder."""
    plain = _ODD.sub("_", found)[:64]
    if plain == found:
        return found
    return f"{plain}_{hashlib.sha256(found.encode()).hexdigest()[:8]}"
