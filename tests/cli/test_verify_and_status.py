"""`exodus verify` names what is wrong; `exodus status` says what is there and what is not."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.endurance.support import json_line, rows, run, the_error

TAMPERING = {
    "title": ("update hits set title = 'other' where rowid = 1", "columns: hits ", "title is not"),
    "raw": (
        "update assignments set raw = replace(raw, 'Approved', 'Rejected')"
        " where rowid = (select min(rowid) from assignments where assignment_status = 'Approved')",
        "digest: assignments ",
        "raw is not the record that was stored",
    ),
    "no json": (
        "update hits set raw = 'no json' where rowid = 1",
        "columns: hits ",
        "the row is not what raw says",
    ),
    "assignment": (
        "delete from assignments where assignment_id = (select assignment_id from assignments"
        " where assignment_id not in (select assignment_id from uploads)"
        " and assignment_id not in (select assignment_id from bonus_payments) limit 1)",
        "counters: hits ",
        "its counters say",
    ),
    "upload": (
        "update upload_parts set content = x'00' where rowid = 1",
        "digest: uploads ",
        "the content is not the file",
    ),
    "type": ("update hit_types set reward = '9.99'", "hit types: hit_types ", "what its HITs say"),
    "worker": (
        "update worker_blocks set reason = 'other' where rowid = 1",
        "columns: worker_blocks row 1: ",
        "reason is not what raw says",
    ),
    "foreign": (
        "delete from hits where hit_id = (select hit_id from assignments limit 1)",
        "sqlite: assignments row ",
        "refers to a row that hits lacks",
    ),
}


def tamper(archive: Path, statement: str) -> None:
    with closing(sqlite3.connect(archive)) as connection, connection:
        connection.execute("pragma foreign_keys = off")
        assert connection.execute(statement).rowcount > 0


@pytest.mark.parametrize("name", TAMPERING)
def test_a_tampered_archive_is_found_out(name: str, archive: Path) -> None:
    statement, where, what = TAMPERING[name]
    tamper(archive, statement)
    before = archive.read_bytes()
    ended = run("verify", "--archive", archive)
    assert ended.returncode == 17
    assert "does not agree with itself" in the_error(ended.stderr)
    named = [line for line in ended.stdout.splitlines() if line.startswith(where)]
    assert any(what in line for line in named), ended.stdout
    as_json = run("verify", "--archive", archive, "--json")
    assert as_json.returncode == 17
    assert json_line(as_json.stderr)["error"] == "ArchiveDamaged"
    found = json.loads(as_json.stdout)["findings"]
    assert any(each["what"] and what in each["what"] for each in found)
    assert archive.read_bytes() == before


def test_a_hit_in_a_finding_is_named_by_its_id(archive: Path) -> None:
    ((hit_id,),) = rows(archive, "select hit_id from hits where rowid = 1")
    tamper(archive, TAMPERING["title"][0])
    assert f"columns: hits {hit_id}: title" in run("verify", "--archive", archive).stdout


def test_verify_of_a_clean_archive(archive: Path) -> None:
    ended = run("verify", "--archive", archive)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.endswith(" rows read, 0 wrong\n")


def test_overwritten_pages_are_found_out(archive: Path) -> None:
    with archive.open("r+b") as file:
        file.seek(40 * 4096)
        file.write(b"\xff" * 3 * 4096)
    ended = run("verify", "--archive", archive)
    assert ended.returncode == 17
    assert "keep the file" in the_error(ended.stderr)


def test_status(archive: Path) -> None:
    ended = run("status", "--archive", archive)
    assert (ended.returncode, ended.stderr) == (0, "")
    words = [line.split() for line in ended.stdout.splitlines()]
    assert ["hits", "40"] in words
    assert any(line[:3] == ["1", "1", "requester_api"] and "complete" in line for line in words)
    assert "still missing: nothing that MTurk answered for" in ended.stdout
    ((account,),) = rows(archive, "select value from archive_info where name = 'account'")
    assert f"account: {account}" in ended.stdout


@pytest.mark.parametrize("command", ["status", "verify"])
def test_reading_leaves_nothing_behind(command: str, archive: Path) -> None:
    before = sorted(path.name for path in archive.parent.iterdir())
    assert run(command, "--archive", archive).returncode == 0
    assert sorted(path.name for path in archive.parent.iterdir()) == before
