"""The links that `exodus host --links --json` printed: which of them lead to which HITs.

They are kept in a file of SQLite's own, where memory would not hold them.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mturk_exodus.errors import SettingMissing

PARTICIPANT = "{{%PROLIFIC_PID%}}"
"""What Prolific puts the participant's id for (API reference, "external_study_url")."""

_LONGEST_LINE = 100_000
_LONGEST_ADDRESS = 2_000
_MOST_PLACES = 1_000_000
_HOW = "make it with: exodus host --links --json --panel prolific --public-url ... > links.jsonl"

_TABLES = """
create table links (number integer primary key, url text unique, hits integer, places integer);
create table hits (hit_id text primary key, link integer not null) without rowid;
create index hits_of_link on hits (link);
create table seen (link integer primary key, hits integer not null);
"""


@dataclass(frozen=True, slots=True)
class Link:
    """A link.

    Attributes:
        number: its line in the file.
        url: with placeholders.
        hits: how many HITs it leads to, one after the other.
        places: how many people may work on all of them.
    """

    number: int
    url: str
    hits: int
    places: int


class Links:
    """The links of a file, and which of their HITs were met."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def begin(self) -> None:
        """Another HIT type begins."""
        self._connection.execute("delete from seen")

    def meet(self, hit_id: str) -> bool:
        """A HIT of the type is met; whether a link leads to it."""
        row = self._connection.execute(
            "select link from hits where hit_id = ?", [hit_id]
        ).fetchone()
        if row is None:
            return False
        self._connection.execute(
            "insert into seen values (?, 1) on conflict do update set hits = hits + 1", row
        )
        return True

    def sizes(self) -> list[int]:
        """How many HITs the links of this type lead to, each number once, as they first appear."""
        rows = self._connection.execute(
            "select links.hits from seen join links on number = link"
            " where seen.hits = links.hits group by links.hits order by min(number)"
        )
        return [size for (size,) in rows.fetchall()]

    def whole(self, size: int) -> Iterator[Link]:
        """The links to so many HITs all of which were met."""
        for row in self._connection.execute(
            "select number, url, links.hits, places from seen join links on number = link"
            " where seen.hits = links.hits and links.hits = ? order by number",
            [size],
        ):
            yield Link(*row)

    def hits_of(self, size: int) -> Iterator[str]:
        """The HITs that those links lead to."""
        return self._ids("seen.hits = links.hits and links.hits = ?", size)

    def partly(self) -> Iterator[str]:
        """The HITs of links some of whose HITs were not met, and others were."""
        return self._ids("seen.hits != links.hits")

    def _ids(self, condition: str, *values: int) -> Iterator[str]:
        for (hit_id,) in self._connection.execute(
            "select hit_id from seen join links on number = seen.link"  # noqa: S608 - constants
            f" join hits on hits.link = number where {condition} order by number, hit_id",
            values,
        ):
            yield hit_id


@contextmanager
def read(path: str) -> Iterator[Links]:
    """The links of a file.

    Raises:
        SettingMissing: it cannot be read, or is none of `exodus host --links --json`.
    """
    # A plan may be begun in one thread and left in another.
    connection = sqlite3.connect("", isolation_level=None, check_same_thread=False)
    try:
        connection.executescript(_TABLES)
        connection.execute("begin")
        _fill(connection, path)
        yield Links(connection)
    finally:
        connection.close()


def _fill(connection: sqlite3.Connection, path: str) -> None:
    for number, line in enumerate(_lines(path), start=1):
        url, hit_ids, places = _understood(line, number)
        try:
            connection.execute(
                "insert into links values (?, ?, ?, ?)", [number, url, len(hit_ids), places]
            )
            connection.executemany(
                "insert into hits values (?, ?)", [(hit_id, number) for hit_id in hit_ids]
            )
        except sqlite3.IntegrityError:
            raise _wrong(number, "names a link or a HIT that a line before it names") from None


def _lines(path: str) -> Iterator[bytes]:
    try:
        with Path(path).open("rb") as file:
            while line := file.readline(_LONGEST_LINE):
                if line.strip():
                    yield line
    except FileNotFoundError:
        raise SettingMissing(f"links: there is no file {path}; {_HOW}") from None
    except OSError as error:
        raise SettingMissing(f"links: {path} cannot be read: {error.strerror}") from None
    except ValueError:
        raise SettingMissing("links: no file can have such a name") from None


def _understood(line: bytes, number: int) -> tuple[str, list[str], int]:
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict) or not _is_link(said):
        raise _wrong(number, f"is no link; {_HOW}")
    if said.get("participant") is not None:
        raise _wrong(number, f"is one person's own link; {_HOW}")
    if PARTICIPANT not in said["url"]:
        raise _wrong(number, f"has no {PARTICIPANT} in its link; {_HOW}")
    return said["url"], said["hit_ids"], said["places"]


def _is_link(said: dict[str, Any]) -> bool:
    url, hit_ids, places = (said.get(name) for name in ("url", "hit_ids", "places"))
    return (
        isinstance(url, str)
        and _is_address(url)
        and isinstance(hit_ids, list)
        and bool(hit_ids)
        and all(isinstance(one, str) and one and one.isprintable() for one in hit_ids)
        and type(places) is int
        and 1 <= places <= _MOST_PLACES
    )


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        is_one = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False
    return is_one and url.isascii() and url.isprintable() and len(url) <= _LONGEST_ADDRESS


def _wrong(number: int, why: str) -> SettingMissing:
    return SettingMissing(f"links: line {number} {why}")
