"""Rows that several sources tell of, after their words have changed."""

from __future__ import annotations

import json
from collections.abc import Iterator

from mturk_exodus.archive import Archive, hit_types
from mturk_exodus.archive.tables import TABLE_NAMED
from mturk_exodus.archive.testimony import Testimony
from mturk_exodus.privacy.rewriting import BY_DIGEST, REFERRING

_AT_ONCE = 1_000


def named_keys(archive: Archive) -> frozenset[tuple[str, str]]:
    """Tables and keys, as JSON, of what is known by a digest and named by other tables."""
    names = ", ".join(f"'{table.name}'" for table in BY_DIGEST)
    return frozenset(
        (table, json.dumps(json.loads(key)))
        for referring in REFERRING
        for table, key in archive.connection.execute(
            f"select distinct record_table, record_key from {referring}"
            f" where record_table in ({names})"
        )
    )


def weigh_again(archive: Archive) -> None:
    """Where statements are alike but for their digests, the digest decides whose word counts.
    Call it inside a transaction.
    """
    testimony = Testimony(archive)
    for name, key in _told_of(archive):
        table, parts = TABLE_NAMED[name], tuple(json.loads(key))
        testimony.write(table, parts, testimony.told(table, parts))
    hit_types.gather_all(archive)


def _told_of(archive: Archive) -> Iterator[tuple[str, str]]:
    """Records that several sources tell of, in portions: they are written meanwhile."""
    last = ("", "")
    while True:
        rows = archive.connection.execute(
            "select distinct record_table, record_key from source_records"
            " where (record_table, record_key) > (?, ?) order by 1, 2 limit ?",
            [*last, _AT_ONCE],
        ).fetchall()
        if not rows:
            return
        yield from rows
        last = rows[-1]
