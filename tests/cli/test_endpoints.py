"""Credentials and endpoints that do not work: one line that says what to do, and its code."""

from __future__ import annotations

import json
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from mturk_exodus.archive import Archive
from mturk_exodus.sources.requester_api.endpoints import PRODUCTION, SANDBOX
from tests.endurance.support import (
    assert_whole,
    environment,
    export_of,
    findings,
    json_line,
    rows,
    run,
    snapshot,
    the_error,
)
from tests.fakes.mturk import FakeMTurk, dispose

NOWHERE = "http://127.0.0.1:1"
OTHER_KEY = "AKIAI44QH8DHBEXAMPLE"


def no_key() -> dict[str, str]:
    return environment(AWS_ACCESS_KEY_ID=None, AWS_SECRET_ACCESS_KEY=None)


@pytest.mark.parametrize("half", [None, "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
def test_no_credentials(half: str | None, tmp_path: Path, fake: FakeMTurk) -> None:
    env = no_key() | ({half: "AKIAIOSFODNN7EXAMPLE"} if half else {})
    ended = run(*export_of(fake, tmp_path / "mturk.db"), env=env)
    assert (ended.returncode, ended.stdout) == (41, "")
    assert "exodus doctor" in the_error(ended.stderr)
    assert list(tmp_path.iterdir()) == []
    assert fake.log == []


@pytest.mark.parametrize("command", ["export", "doctor"])
def test_an_unknown_profile(command: str, tmp_path: Path) -> None:
    more = ["--archive", tmp_path / "mturk.db"] if command == "export" else []
    ended = run(command, *more, "--profile", "nobody", "--endpoint-url", NOWHERE)
    assert ended.returncode == 41
    assert "'nobody'" in the_error(ended.stderr)
    assert list(tmp_path.iterdir()) == []


def test_a_profile_of_the_credentials_file(tmp_path: Path, fake: FakeMTurk) -> None:
    file = tmp_path / "credentials"
    file.write_text("[lab]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = s\n")
    env = no_key() | {"AWS_SHARED_CREDENTIALS_FILE": str(file)}
    archive = tmp_path / "mturk.db"
    assert run(*export_of(fake, archive), env=env).returncode == 41
    assert run(*export_of(fake, archive, "--profile", "lab"), env=env).returncode == 0
    assert_whole(archive, fake)


@pytest.mark.parametrize("name", ["AWS_DEFAULT_REGION", "AWS_REGION"])
def test_another_region_changes_nothing(name: str, tmp_path: Path, fake: FakeMTurk) -> None:
    env = environment(**{name: "eu-west-1"})
    assert run(*export_of(fake, tmp_path / "mturk.db"), env=env).returncode == 0
    assert_whole(tmp_path / "mturk.db", fake)
    # Without a key nothing is called, and the endpoint is told all the same.
    for more, url in (([], PRODUCTION), (["--sandbox"], SANDBOX)):
        said = run("doctor", "--json", *more, env=no_key() | {name: "eu-west-1"})
        assert said.returncode == 41
        assert json.loads(said.stdout)["endpoint"] == url
        assert "us-east-1" in url
        assert json_line(said.stderr)["error"] == "CredentialsNotFound"


@pytest.mark.parametrize("code", ["UnrecognizedClientException", "ExpiredTokenException"])
def test_refused_credentials_midway_and_then_right_ones(
    code: str, tmp_path: Path, fake: FakeMTurk
) -> None:
    archive = tmp_path / "mturk.db"
    fake.after(12, lambda _: setattr(fake, "credentials_error", code))
    ended = run(*export_of(fake, archive))
    assert (ended.returncode, ended.stdout) == (42, "")
    line = the_error(ended.stderr)
    assert code in line
    assert "exodus doctor" in line
    assert findings(archive) == []
    assert rows(archive, "select outcome from runs") == [("refused",)]
    assert json_line(run(*export_of(fake, archive, "--json")).stderr)["error"] == (
        "CredentialsRefused"
    )
    doctor = run("doctor", "--endpoint-url", fake.endpoint_url)
    assert doctor.returncode == 42
    the_error(doctor.stderr)
    fake.credentials_error = None
    assert run(*export_of(fake, archive)).returncode == 0
    assert_whole(archive, fake)


def test_nothing_listens(tmp_path: Path) -> None:
    """It takes some patience, because a network may only be slow to come up."""
    archive = tmp_path / "mturk.db"
    began = time.monotonic()
    ended = run("export", "--archive", archive, "--endpoint-url", NOWHERE)
    assert 10 < time.monotonic() - began < 40
    assert ended.returncode == 43
    # A plain line of progress may come before it.
    assert "exodus doctor" in the_error(ended.stderr.splitlines()[-1])
    assert findings(archive) == []
    doctor = run("doctor", "--endpoint-url", NOWHERE)
    assert doctor.returncode == 43
    the_error(doctor.stderr)


@pytest.mark.parametrize("calls", [0, 12])
def test_a_refused_account(calls: int, tmp_path: Path, fake: FakeMTurk) -> None:
    body = json.dumps(
        {
            "__type": "RequestError",
            "Message": "Your AWS account must be linked to your Mechanical Turk account. (1)",
            "TurkErrorCode": "AWS.MechanicalTurk.NotLinked",
        }
    )
    if calls:
        fake.after(calls, lambda _: setattr(fake, "refuse_all", (400, body)))
    else:
        fake.refuse_all = (400, body)
    archive = tmp_path / "mturk.db"
    ended = run(*export_of(fake, archive))
    assert (ended.returncode, ended.stdout) == (44, "")
    line = the_error(ended.stderr)
    assert "exodus ingest" in line
    assert "must be linked" in line
    assert findings(archive) == []
    fake.refuse_all = None
    assert run(*export_of(fake, archive)).returncode == 0
    assert_whole(archive, fake)


def test_a_gap_remains_and_is_filled(tmp_path: Path, fake: FakeMTurk) -> None:
    hit_id = next(hit for hit, held in fake.account.assignments.items() if held)
    fake.faults.poison["ListReviewPolicyResultsForHIT"] = {hit_id}
    archive = tmp_path / "mturk.db"
    how = ("--review-results", "all")
    ended = run(*export_of(fake, archive, *how))
    assert ended.returncode == 45
    # It takes eight tries, twice, so a plain line of progress comes before it.
    line = the_error(ended.stderr.splitlines()[-1])
    assert "1 failed" in line
    assert f"--archive {archive}" in line
    assert f"ListReviewPolicyResultsForHIT: {hit_id} failed" in ended.stdout
    verified = run("verify", "--archive", archive)
    assert (verified.returncode, verified.stderr) == (0, "")
    assert "known gaps: 1 failed" in verified.stdout
    assert "still missing: 1 failed" in run("status", "--archive", archive).stdout
    fake.faults.poison.clear()
    assert run(*export_of(fake, archive, *how)).returncode == 0
    assert_whole(archive, fake)


def test_what_is_gone_at_the_source(tmp_path: Path, fake: FakeMTurk) -> None:
    """The HIT is disposed of between the listing and its assignments."""
    hit_id = next(hit for hit, held in fake.account.assignments.items() if held)
    fake.forgotten.add(hit_id)
    pages = 2
    fake.after(pages, lambda account: dispose(account, hit_id), operation="ListHITs")
    archive = tmp_path / "mturk.db"
    ended = run(*export_of(fake, archive, "--json"))
    assert ended.returncode == 46
    assert json_line(ended.stderr)["error"] == "GoneAtSource"
    assert json.loads(ended.stdout)["gaps"]["gone"] > 0
    assert run("verify", "--archive", archive).returncode == 0
    assert rows(archive, "select count(*) from hits where hit_id = ?", hit_id) == [(1,)]


def test_two_accounts_are_kept_apart(tmp_path: Path, fake: FakeMTurk) -> None:
    archive = tmp_path / "mturk.db"
    assert run(*export_of(fake, archive)).returncode == 0
    before, calls = snapshot(tmp_path), len(fake.log)
    env = environment(AWS_ACCESS_KEY_ID=OTHER_KEY)
    ended = run(*export_of(fake, archive), env=env)
    assert (ended.returncode, ended.stdout) == (18, "")
    assert "--same-account" in the_error(ended.stderr)
    assert snapshot(tmp_path) == before
    assert len(fake.log) == calls
    assert run(*export_of(fake, archive, "--same-account"), env=env).returncode == 0


@pytest.mark.parametrize(("held", "more"), [(PRODUCTION, ["--sandbox"]), (SANDBOX, [])])
@pytest.mark.parametrize("same", [[], ["--same-account"]])
def test_sandbox_and_production_are_kept_apart(
    held: str, more: list[str], same: list[str], archive: Path
) -> None:
    with Archive.open(archive) as opened, opened.transaction():
        opened.set_info("endpoint", held)
    before = snapshot(archive.parent)
    ended = run("export", "--archive", archive, *more, *same)
    assert (ended.returncode, ended.stdout) == (18, "")
    line = the_error(ended.stderr)
    assert "production" in line
    assert "the sandbox" in line
    assert "--same-account" not in line
    assert snapshot(archive.parent) == before


@pytest.mark.parametrize(
    "url", ["", "mturk", "ftp://127.0.0.1", "http://", "http://u:p@127.0.0.1", "http://[::1"]
)
@pytest.mark.parametrize("command", ["export", "doctor"])
def test_an_address_that_is_none(command: str, url: str, tmp_path: Path) -> None:
    more = ["--archive", tmp_path / "mturk.db"] if command == "export" else []
    ended = run(command, *more, "--endpoint-url", url)
    assert (ended.returncode, ended.stdout) == (40, "")
    assert "http://127.0.0.1:7878" in the_error(ended.stderr)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "wrong",
    [
        ["--rate", "0"],
        ["--rate", "fast"],
        ["--rate", "-1"],
        ["--concurrency", "0"],
        ["--concurrency", "65"],
        ["--review-results", "some"],
        ["--late-bonuses", "few"],
        ["--known-hits", "there-is-no-such-file.csv"],
        ["--known-hits", "."],
        ["--no-such-option"],
        ["unexpected"],
    ],
)
def test_wrong_usage(wrong: list[str], tmp_path: Path) -> None:
    ended = run("export", "--endpoint-url", NOWHERE, *wrong, cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (2, "")
    errors = [line for line in ended.stderr.splitlines() if line.startswith("Error: ")]
    assert errors == ended.stderr.splitlines()[-1:]
    assert "Traceback" not in ended.stderr
    assert list(tmp_path.iterdir()) == []


def test_known_hits_from_a_file(tmp_path: Path, fake: FakeMTurk) -> None:
    """Disposed before the export, answered by id."""
    hit_id = next(hit for hit, held in fake.account.assignments.items() if held)
    dispose(fake.account, hit_id)
    file = tmp_path / "batch.csv"
    file.write_text(f'"HITId","Title"\n"{hit_id}","x"\nnot an id,"y"\n', encoding="utf-8")
    archive = tmp_path / "mturk.db"
    assert run(*export_of(fake, archive, "--known-hits", file)).returncode == 0
    with closing(sqlite3.connect(archive)) as connection:
        held = connection.execute("select hit_status from hits where hit_id = ?", [hit_id])
        assert held.fetchall() == [("Disposed",)]
