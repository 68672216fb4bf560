"""`exodus audit`: its forms, its options, and what it refuses."""

from __future__ import annotations

import json
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from tests.endurance.support import run


def test_in_the_terminal_it_says_every_figure_and_what_to_act_on(archive: Path) -> None:
    done = run("audit", "--archive", archive, "--as-of", "2026-09-25")
    assert (done.returncode, done.stderr) == (0, "")
    for title in ("Holdings", "Money", "Coverage", "At risk", "Privacy", "Worth acting on"):
        assert f"\n{title}\n" in done.stdout
    assert "as of: 2026-09-25" in done.stdout


def test_json_is_on_stdout_alone(archive: Path) -> None:
    done = run("audit", "--archive", archive, "--json", "--top", "2")
    assert (done.returncode, done.stderr) == (0, "")
    said = json.loads(done.stdout)
    assert said["sections"]["holdings"]["figures"]["hits"]["value"] == 40
    assert len(said["sections"]["holdings"]["tables"]["workers"]["rows"]) == 2


def test_a_page_and_tables_are_written_for_their_owner_alone(archive: Path, tmp_path: Path) -> None:
    page, tables = tmp_path / "report.html", tmp_path / "tables"
    done = run("audit", "--archive", archive, "--html", page, "--csv", tables)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == str(page)
    assert f"{tables / 'money_payments.csv'}: " in done.stdout
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    for one in (page, *tables.iterdir()):
        assert stat.S_IMODE(one.stat().st_mode) == 0o600


def test_no_file_is_overwritten(archive: Path, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    page.write_text("mine")
    for option in ("--html", "--write-studies"):
        done = run("audit", "--archive", archive, option, page)
        assert done.returncode == 61
        assert done.stderr.count("\n") == 1
    assert page.read_text() == "mine"


def test_a_draft_of_studies_can_be_given_back(archive: Path, tmp_path: Path) -> None:
    studies = tmp_path / "studies.toml"
    assert run("audit", "--archive", archive, "--write-studies", studies).returncode == 0
    done = run("audit", "--archive", archive, "--studies", studies, "--json")
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)["sections"]["studies"]["figures"]
    assert figures["studies"]["value"] > 1
    assert figures["hits_without_study"]["value"] == figures["not_held"]["value"] == 0


def test_cutoffs_and_the_threshold_are_ones_own(archive: Path) -> None:
    options = ("--cutoff", "last-review=2026-09-01", "--cutoff", "ours=2026-12-24")
    done = run("audit", "--archive", archive, "--json", "--hourly", "15.00", *options)
    said = json.loads(done.stdout)["sections"]
    days = {row["name"]: row["date"] for row in said["at_risk"]["tables"]["cutoffs"]["rows"]}
    assert (days["last-review"], days["ours"]) == ("2026-09-01", "2026-12-24")
    assert "$15.00" in said["money"]["figures"]["below_threshold"]["label"]


def test_verify_is_told_if_it_was_asked_for(archive: Path) -> None:
    for option, expected in (((), None), (("--verify",), 0)):
        done = run("audit", "--archive", archive, "--json", *option)
        figures = json.loads(done.stdout)["sections"]["integrity"]["figures"]
        assert figures["findings"]["value"] == expected


def test_titles_give_the_terminal_no_orders(archive: Path) -> None:
    with closing(sqlite3.connect(archive)) as connection, connection:
        connection.execute("update hit_types set title = ?", ["\x1b[31m\u202egpj.exe\u2066 \x9b2J"])
    done = run("audit", "--archive", archive)
    assert done.returncode == 0, done.stderr
    assert "[31m\ufffdgpj.exe\ufffd" in done.stdout
    assert not set("\x1b\x9b\u202e\u2066") & set(done.stdout)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--as-of", "yesterday"), 2, "is no date"),
        (("--cutoff", "last-review"), 2, "NAME=DATE"),
        (("--cutoff", "a=b"), 2, "is no date"),
        (("--hourly", "much"), 2, "is no amount of dollars"),
        (("--studies", "nowhere.toml"), 56, "cannot be read"),
        (("--fees", "nowhere.toml"), 58, "cannot be read"),
        (("--archive", "nowhere.db"), 11, "there is no archive"),
    ],
    ids=["as-of", "cutoff", "cutoff's date", "hourly", "studies", "fees", "archive"],
)
def test_what_it_refuses(archive: Path, arguments: tuple[str, ...], code: int, said: str) -> None:
    done = run("audit", "--archive", archive, *arguments)
    assert done.returncode == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr
