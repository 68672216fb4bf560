"""Lists, a page at a time, as MTurk pages.

Every page that is not empty carries a NextToken, the last one too: the end is a page with
NumResults 0 and no token. Recorded replies show it, and programs rely on it.
"""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mturk_exodus.archive import Archive
from mturk_exodus.serve.parameters import PAGING, Asked
from mturk_exodus.serve.refusals import invalid
from mturk_exodus.serve.wire import RECORD

_PREFIX = "p1:"
_LONGEST_TOKEN = 255
_LARGEST_ROWID = 2**63 - 1


@dataclass(frozen=True)
class Selection:
    """The rows that a list is made of.

    Attributes:
        member: the reply's name for the list.
        table: where the rows are.
        conditions: what a row must meet, in SQL with named parameters; never a client's words.
        values: the parameters.
        record: the SQL expression whose text goes out for a row; by default the whole record.
    """

    member: str
    table: str
    conditions: Sequence[str] = ()
    values: Mapping[str, str | int] = field(default_factory=dict)
    record: str = ""


def list_page(archive: Archive, operation: str, selection: Selection, asked: Asked) -> str:
    """One page of a list, as the body of a reply. A record of MTurk's goes out as it is held.

    Raises:
        MTurkError: the token is not one that this very list has given.
    """
    rows = _rows(archive, selection, asked["MaxResults"], position(operation, asked, first=0))
    token = f'"NextToken":"{token_for(operation, asked, rows[-1][0])}",' if rows else ""
    records = ",".join(text for _, text in rows)
    return f'{{"NumResults":{len(rows)},{token}"{selection.member}":[{records}]}}'


def _rows(archive: Archive, selection: Selection, limit: int, after: int) -> list[tuple[int, str]]:
    # Rows are chosen by rowid alone, where an index can tell, before any long text is read.
    where = " and ".join((*selection.conditions, "rowid > :after"))
    table = selection.table
    record = selection.record or RECORD[table]
    return archive.connection.execute(
        f"select rowid, {record} from {table} where rowid in"  # noqa: S608 - constants
        f" (select rowid from {table} where {where} order by rowid limit :limit) order by rowid",
        {**selection.values, "after": after, "limit": limit},
    ).fetchall()


def token_for(operation: str, asked: Asked, place: int) -> str:
    """The token that leads on from `place`. It fits the same operation and filters alone."""
    paging = {parameter.name for parameter in PAGING}
    filters = {name: value for name, value in asked.items() if name not in paging}
    digest = hashlib.sha256(json.dumps(filters, sort_keys=True).encode()).hexdigest()[:16]
    return _PREFIX + urlsafe_b64encode(f"{operation} {place} {digest}".encode()).decode()


def position(operation: str, asked: Asked, *, first: int) -> int:
    """The place that the NextToken names; `first` where there is none.

    Raises:
        MTurkError: the token is not one that this very list has given.
    """
    token = asked["NextToken"]
    if token is None:
        return first
    place = _place(token)
    if place is None or token != token_for(operation, asked, place):
        raise invalid("NextToken is not one that this list has given.")
    return place


def _place(token: str) -> int | None:
    if len(token) > _LONGEST_TOKEN or not token.startswith(_PREFIX):
        return None
    try:
        _, place, _ = urlsafe_b64decode(token.removeprefix(_PREFIX)).decode().split(" ")
        number = int(place)
    except ValueError:
        return None
    return number if 0 <= number <= _LARGEST_ROWID else None
