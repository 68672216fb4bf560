"""`exodus pseudonymize` and `exodus forget` as people run them."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.endurance.support import environment, run
from tests.mturk_exodus.privacy.people import named_in


def exodus(*arguments: object) -> subprocess.CompletedProcess[str]:
    return run(*arguments, env=environment())


def rows(archive: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(archive)) as connection:
        return connection.execute(query).fetchall()


def plan(archive: Path, folder: Path) -> Counter[str]:
    """How many actions of which kind, and losses for which reason, there would be."""
    file = folder / f"{archive.stem}.jsonl"
    done = exodus("plan", "--target", "label-studio", "--archive", archive, "--out", file)
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    return Counter(
        str(line.get("operation") or (line.get("field"), line.get("note"))) for line in lines
    )


def test_the_new_archive_serves_like_the_old_one(archive: Path, tmp_path: Path) -> None:
    out, key = tmp_path / "out.db", tmp_path / "key"
    done = exodus("pseudonymize", out, "--archive", archive, "--key", key, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["workers"] > 10
    assert str(key) in done.stderr
    ids = [one for (one,) in rows(archive, "select distinct worker_id from assignments")]
    assert named_in(out, *ids) == []
    assert exodus("verify", "--archive", out).returncode == 0
    assert plan(out, tmp_path) == plan(archive, tmp_path)
    for one in (archive, out):
        csv = exodus("export-csv", "--all", "--out", tmp_path / one.stem, "--archive", one)
        assert csv.returncode == 0, csv.stderr
    written = [sorted((tmp_path / stem).iterdir()) for stem in ("mturk", "out")]
    assert [len(file.read_bytes()) for file in written[0]] == [
        len(file.read_bytes()) for file in written[1]
    ]


def test_nothing_that_names_workers_goes_into_it(archive: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.db"
    assert (
        exodus("pseudonymize", out, "--archive", archive, "--key", tmp_path / "k").returncode == 0
    )
    (tmp_path / "b.csv").write_text("HITId,AssignmentId,WorkerId\n3A,3B,A1B2C3D4E5F6G7\n")
    before = rows(out, "select count(*) from runs")
    for command in (("ingest", tmp_path / "b.csv"), ("ingest", tmp_path, "--dry-run")):
        refused = exodus(*command, "--archive", out)
        assert refused.returncode == 18
        assert "pseudonyms" in refused.stderr
    assert rows(out, "select count(*) from runs") == before


def test_the_key_can_be_destroyed(archive: Path, tmp_path: Path) -> None:
    key = tmp_path / "key"
    done = exodus(
        *("pseudonymize", tmp_path / "out.db", "--archive", archive, "--key", key),
        *("--destroy-key", "--scrub", "emails", "--without-uploads"),
    )
    assert done.returncode == 0, done.stderr
    assert not key.exists()
    assert str(key) not in done.stderr


def test_what_is_refused(archive: Path, tmp_path: Path) -> None:
    (tmp_path / "nokey").write_text("no key")
    (tmp_path / "nokey").chmod(0o600)
    (tmp_path / "there").write_text("mine")
    for out, key, code, words in (
        ("out.db", "mturk.db", 2, "a file of its own"),
        ("out.db", "out.db", 2, "a file of its own"),
        ("out.db", "nokey", 71, "holds no key"),
        ("there", "key", 16, "is there already"),
    ):
        refused = exodus(
            "pseudonymize", tmp_path / out, "--archive", archive, "--key", tmp_path / key
        )
        assert refused.returncode == code, refused.stderr
        assert words in refused.stderr
        assert not (tmp_path / "out.db").exists()
    assert (tmp_path / "there").read_text() == "mine"


def test_one_worker_is_forgotten(archive: Path) -> None:
    ((worker_id, count),) = rows(
        archive, "select worker_id, count(*) from assignments group by 1 order by 2 desc limit 1"
    )
    rehearsed = exodus("forget", worker_id, "--archive", archive, "--dry-run", "--json")
    assert rehearsed.returncode == 0, rehearsed.stderr
    assert json.loads(rehearsed.stdout)["removed"]["assignments"] == count
    assert named_in(archive, worker_id)
    unasked = exodus("forget", worker_id, "--archive", archive)
    assert unasked.returncode == 2
    assert "--yes" in unasked.stderr
    done = exodus("forget", worker_id, "--archive", archive, "--yes", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == json.loads(rehearsed.stdout)
    assert named_in(archive, worker_id) == []
    assert exodus("verify", "--archive", archive).returncode == 0
    assert "forget" in exodus("status", "--archive", archive).stdout


def test_who_is_not_there_is_not_forgotten(archive: Path) -> None:
    refused = exodus("forget", "A9NOBODY0000000", "--archive", archive, "--yes")
    assert refused.returncode == 19
    assert "A9NOBODY0000000" not in refused.stderr


def test_a_seal_and_what_has_changed_since(archive: Path, tmp_path: Path) -> None:
    to = tmp_path / "seal.json"
    done = exodus("seal", to, "--archive", archive)
    assert done.returncode == 0, done.stderr
    assert json.loads(to.read_text())["digest"] in done.stdout
    same = exodus("verify", "--archive", archive, "--manifest", to)
    assert same.returncode == 0, same.stderr
    assert "nothing has changed" in same.stdout
    with closing(sqlite3.connect(archive)) as connection:
        connection.execute("delete from bonus_payments where rowid in (1, 2)")
        connection.commit()
    changed = exodus("verify", "--archive", archive, "--manifest", to, "--json")
    assert changed.returncode == 67
    (told,) = [one for one in json.loads(changed.stdout)["changes"] if not one["is_same"]]
    assert (told["table"], told["removed"], told["added"]) == ("bonus_payments", 2, 0)
    assert exodus("seal", to, "--archive", archive).returncode == 61
    assert exodus("verify", "--archive", archive, "--manifest", archive).returncode == 66
