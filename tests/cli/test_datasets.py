"""`exodus export-parquet` and `exodus describe` as people run them."""

from __future__ import annotations

import json
import stat
import subprocess
from pathlib import Path

from tests.endurance.support import environment, run


def exodus(*arguments: object) -> subprocess.CompletedProcess[str]:
    return run(*arguments, env=environment())


def test_an_archive_as_parquet(archive: Path, tmp_path: Path) -> None:
    done = exodus("export-parquet", tmp_path / "data", "--archive", archive, "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["rows"]["assignments"] > 0
    assert told["untyped"] == {}
    assert (tmp_path / "data" / "hits").is_dir()
    again = exodus("export-parquet", tmp_path / "data", "--archive", archive)
    assert again.returncode == 61
    assert "is there already" in again.stderr


def test_a_page_to_lay_beside_an_archive(archive: Path, tmp_path: Path) -> None:
    page = tmp_path / "mturk.README.md"
    done = exodus("describe", "--archive", archive, "--out", page)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert page.read_text().startswith("# mturk.db\n")
    shown = exodus("describe", "--archive", archive)
    assert shown.stdout == page.read_text()
    assert exodus("describe", "--archive", archive, "--out", page).returncode == 61


def test_a_page_lies_beside_an_archive_once_something_is_in_it(tmp_path: Path) -> None:
    db, page = tmp_path / "mturk.db", tmp_path / "mturk.db.README.md"
    (tmp_path / "b.csv").write_text("HITId,AssignmentId,WorkerId\n3A,3B,A1B2C3D4E5F6G7\n")
    exodus("ingest", tmp_path / "b.csv", "--archive", db, "--dry-run")
    assert not page.exists()
    exodus("ingest", tmp_path / "b.csv", "--archive", db)
    said = page.read_text()
    assert said.startswith("# mturk.db\n")
    assert "| `assignments` | a row for each assignment" in said
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    page.write_text("mine")
    exodus("ingest", tmp_path / "b.csv", "--archive", db, "--again")
    assert page.read_text() == "mine"
    done = exodus("pseudonymize", tmp_path / "o.db", "--archive", db, "--key", tmp_path / "key")
    assert done.returncode == 0, done.stderr
    assert "Workers have pseudonyms here" in (tmp_path / "o.db.README.md").read_text()


def test_what_datasette_is_told(archive: Path) -> None:
    done = exodus("describe", "--datasette", "--archive", archive)
    assert done.returncode == 0, done.stderr
    assert "assignments" in json.loads(done.stdout)["databases"]["mturk"]["tables"]
