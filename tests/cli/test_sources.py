"""`exodus sources`: what can be read, as a table and as JSON."""

from __future__ import annotations

import json

from tests.endurance.support import run, the_error

OURS = {
    "amti": 10,
    "api_dump": 10,
    "batch_csv": 20,
    "command_line_tools": 30,
    "host": 40,
    "notifications": 15,
    "prolific": 42,
    "psiturk": 40,
    "simple_amt": 40,
    "templates": 50,
    "turkle_csv": 30,
    "worker_csv": 20,
}
"""Whose word counts before whose."""


def test_every_source_is_a_row_with_whose_word_it_is() -> None:
    done = run("sources", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    said = json.loads(done.stdout)
    assert [set(source) for source in said] == [{"source", "files", "authority", "package"}] * 12
    assert {source["source"]: source["authority"] for source in said} == OURS
    assert {source["package"] for source in said} == {"mturk-exodus"}


def test_the_table_says_the_same() -> None:
    done = run("sources")
    assert (done.returncode, done.stderr) == (0, "")
    for source in json.loads(run("sources", "--json").stdout):
        (line,) = [
            each for each in done.stdout.splitlines() if each.split()[:1] == [source["source"]]
        ]
        assert source["files"] in line
        assert str(source["authority"]) in line


def test_it_takes_no_arguments() -> None:
    done = run("sources", "batch_csv")
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr


def test_a_source_that_is_not_there_is_a_line() -> None:
    done = run("ingest", ".", "--source", "nothing\x1b[31m", "--archive", "/nowhere/at/all.db")
    assert done.returncode in (16, 54)
    assert "\x1b" not in the_error(done.stderr)
