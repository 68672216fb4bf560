"""An archive that could not forget can, once it is upgraded."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from mturk_exodus.archive import Archive
from mturk_exodus.archive.tables import HITS
from mturk_exodus.archive.verify import verify
from mturk_exodus_schema import STEPS, apply
from tests.mturk_exodus.archive.support import hit, put, writing

BEFORE = {name: step for name, step in STEPS.items() if name < "m0006"}


def old(path: Path) -> Path:
    """An archive of the format before, with a HIT and one of its two assignments."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        apply(connection, BEFORE)
        connection.execute(
            "insert into runs (run_id, pass_id, source, arguments, program_version, started_at)"
            " values (1, 1, 'files', '{}', '0', '')"
        )
        connection.execute(
            "insert into hits (hit_id, max_assignments, number_of_assignments_available,"
            " number_of_assignments_pending, number_of_assignments_completed, raw, raw_sha256,"
            " first_run_id, last_run_id) values ('3H', 2, 0, 0, 1, '{}', '', 1, 1)"
        )
        connection.execute("insert into archive_info values ('name', 'value')")
    return path


def test_it_has_a_key_and_forgets_nobody_yet(path: Path) -> None:
    old(path)
    assert Archive.upgrade(path) is not None
    with Archive.open(path) as archive:
        assert len(bytes.fromhex(archive.info("forgetting_key"))) == 32
        assert archive.info("name") == "value"
        counts = "select assignments_expected, reviewed_expected from hit_counts"
        assert archive.connection.execute(counts).fetchall() == [(2, 1)]
        archive.connection.execute("insert into forgotten_assignments values ('d', '3H', 1)")
        assert archive.connection.execute(counts).fetchall() == [(1, 0)]


def test_two_archives_have_two_keys(tmp_path: Path) -> None:
    keys = set()
    for name in ("a.db", "b.db"):
        with writing(tmp_path / name) as writer:
            put(writer, HITS, hit("3H"))
            keys.add(writer.archive.info("forgetting_key"))
            assert list(verify(writer.archive)) == []
    assert len(keys) == 2
