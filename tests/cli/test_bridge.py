"""`exodus bridge` as people give it: what it writes, says and never does."""

from __future__ import annotations

import csv
import json
import re
import stat
from pathlib import Path
from shutil import copyfile
from typing import NamedTuple

import pytest
from click.testing import CliRunner

from mturk_exodus.archive import Archive
from mturk_exodus.archive.workers import workers
from mturk_exodus.bridge import Bridge, beside, read
from mturk_exodus.cli import cli
from mturk_exodus.completion import code_of
from mturk_exodus.demo import synthesize
from mturk_exodus.demo.fill import fill
from mturk_exodus.errors import ExodusError
from tests.endurance.support import run, the_error
from tests.fakes.prolific import FakeProlific
from tests.mturk_exodus.bridge.support import NOON, ONE

PUBLIC = ("--public-url", "https://tasks.example.org")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("filled") / "mturk.db"
    with Archive.create(path) as archive:
        fill(archive, synthesize(hits=30))
        with archive.transaction():
            archive.connection.execute(
                "update qualifications set worker_id = '=HYPERLINK(1)' where rowid = 1"
            )
    return path


@pytest.fixture
def archive(filled: Path, tmp_path: Path) -> Path:
    copyfile(filled, tmp_path / "mturk.db")
    return tmp_path / "mturk.db"


class Done(NamedTuple):
    """What a command came to."""

    returncode: int
    stdout: str
    stderr: str


def bridge(archive: Path, *more: object, **environment: str) -> Done:
    """The command, in this process: most of a process of its own would be its start."""
    arguments = ["bridge", "--archive", str(archive), *map(str, more)]
    got = CliRunner().invoke(cli, arguments, env=environment)
    if isinstance(got.exception, ExodusError):
        return Done(got.exception.exit_code, got.stdout, f"Error: {got.exception}")
    if got.exception is not None and not isinstance(got.exception, SystemExit):
        raise got.exception
    return Done(got.exit_code, got.stdout, got.stderr)


def bridged(archive: Path, *more: object) -> str:
    """What a command that succeeds prints."""
    done = bridge(archive, *more)
    assert done.returncode == 0, done.stderr
    return done.stdout


def rows(path: Path) -> list[dict[str, str]]:
    """Of a CSV file."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_every_worker_has_a_token_and_a_link(archive: Path) -> None:
    folder = archive.parent / "bridge"
    said = json.loads(bridged(archive, "--out", folder, *PUBLIC, "--json"))
    with Archive.open(archive, read_only=True) as opened:
        everybody = list(workers(opened))
        assert said["completion_code"] == code_of(opened.archive_id)
    assert said["tokens"] == said["new"] == len(everybody)
    assert said["redeemed"] == 0
    listed = rows(folder / "tokens.csv")
    assert [one["WorkerId"].lstrip("'") for one in listed] == [one.worker_id for one in everybody]
    blocked = [one["IsBlocked"] == "true" for one in listed]
    assert blocked == [one.is_blocked for one in everybody]
    assert any(blocked)
    assert len({one["Token"] for one in listed}) == len(listed)
    for one in listed:
        assert read(one["Token"])
        assert re.fullmatch(
            rf"https://tasks\.example\.org/bridge/[\w-]{{22}}\?token={one['Token']}", one["Link"]
        )
    assert said["study_link"].split("?")[0] == listed[0]["Link"].split("?")[0]
    assert "PROLIFIC_PID={{%PROLIFIC_PID%}}" in said["study_link"]


def test_no_cell_is_a_formula(archive: Path) -> None:
    bridged(archive, "--out", archive.parent / "bridge", *PUBLIC)
    ids = [one["WorkerId"] for one in rows(archive.parent / "bridge" / "tokens.csv")]
    assert "'=HYPERLINK(1)" in ids
    assert not [one for one in ids if one.startswith("=")]


def test_what_it_writes_is_its_owners_alone(archive: Path) -> None:
    folder = archive.parent / "bridge"
    bridged(archive, "--out", folder, *PUBLIC)
    written = [*folder.iterdir(), beside(archive), archive.with_name("mturk.db.bridge-key")]
    assert sorted(one.name for one in folder.iterdir()) == ["invitation.txt", "tokens.csv"]
    assert {stat.S_IMODE(one.stat().st_mode) for one in written} == {0o600}
    assert not list(archive.parent.glob("**/*.new"))


def test_it_says_what_the_rules_forbid_and_sends_nothing(archive: Path) -> None:
    done = bridge(archive, "--out", archive.parent / "b", *PUBLIC)
    for said in ("Nothing was sent", "acceptable use policy", "NotifyWorkers", "worker id"):
        assert said in done.stderr
    text = (archive.parent / "b" / "invitation.txt").read_text()
    assert {"{Token}", "{Link}"} <= set(re.findall(r"\{\w+\}", text))
    assert "We\nnever ask for your worker id" in text


def test_tokens_are_the_same_ever_after_and_need_the_key(archive: Path) -> None:
    first, second = archive.parent / "first", archive.parent / "second"
    bridged(archive, "--out", first, *PUBLIC)
    said = json.loads(bridged(archive, "--out", second, *PUBLIC, "--json"))
    assert said["new"] == 0
    assert (first / "tokens.csv").read_bytes() == (second / "tokens.csv").read_bytes()
    key = archive.with_name("mturk.db.bridge-key")
    moved = key.rename(archive.parent / "elsewhere")
    gone = bridge(archive, "--out", archive.parent / "third", *PUBLIC)
    assert gone.returncode == 75
    assert "put it back" in gone.stderr
    assert not key.exists()
    assert not (archive.parent / "third").exists()
    bridged(archive, "--out", archive.parent / "third", *PUBLIC, "--key", moved)
    secret = moved.read_text()
    moved.write_text(f"{secret[:-2]}{'1' if secret[-2] == '0' else '0'}\n")
    other = bridge(archive, "--mapping", archive.parent / "m", "--key", moved)
    assert other.returncode == 75


def test_nothing_is_overwritten(archive: Path) -> None:
    folder = archive.parent / "bridge"
    bridged(archive, "--out", folder, *PUBLIC)
    content = (folder / "tokens.csv").read_bytes()
    done = bridge(archive, "--out", folder, *PUBLIC)
    assert done.returncode == 61
    assert (folder / "tokens.csv").read_bytes() == content
    (folder / "who.csv").write_text("mine")
    assert bridge(archive, "--mapping", folder / "who.csv").returncode == 61


def test_the_mapping_says_who_is_who_and_forgets(archive: Path) -> None:
    folder = archive.parent / "bridge"
    bridged(archive, "--out", folder, *PUBLIC)
    one = rows(folder / "tokens.csv")[3]
    token = read(one["Token"])
    assert token
    Bridge.open(beside(archive)).redeem(token, ONE, "prolific", NOON)
    assert json.loads(bridged(archive, "--json")) == {
        "tokens": len(rows(folder / "tokens.csv")),
        "redeemed": 1,
    }
    bridged(archive, "--mapping", folder / "who.csv")
    assert rows(folder / "who.csv") == [
        {
            "WorkerId": one["WorkerId"],
            "ParticipantId": ONE,
            "Panel": "prolific",
            "RedeemedAt": "2026-09-01T12:00:00.000Z",
        }
    ]
    assert stat.S_IMODE((folder / "who.csv").stat().st_mode) == 0o600
    bridged(archive, "--forget", ONE)
    assert bridge(archive, "--forget", ONE).returncode == 19
    bridged(archive, "--mapping", folder / "nobody.csv")
    assert rows(folder / "nobody.csv") == []


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ([], 75),
        (["--mapping", "{}/who.csv"], 75),
        (["--forget", "P1"], 75),
        (["--out", "{}/b"], 2),
        (["--out", "{}/b", "--public-url", "tasks.example"], 2),
        (["--out", "{}/b", "--forget", "P1", *PUBLIC], 2),
        (["--enrol"], 2),
        (["--target", "label-studio"], 2),
        (["--enrol", "--target", "label-studio"], 2),
        (["--enrol", "--target", "nobody", "--yes"], 75),
    ],
)
def test_what_cannot_be_is_one_line_and_a_code(
    archive: Path, arguments: list[str], code: int
) -> None:
    done = bridge(archive, *(one.format(archive.parent) for one in arguments))
    assert done.returncode == code, done.stderr
    *_, line = done.stderr.splitlines()
    assert the_error(line)
    assert not beside(archive).exists()


def test_a_process_of_its_own_says_the_same(archive: Path) -> None:
    done = run("bridge", "--archive", archive)
    assert done.returncode == 75
    assert "exodus bridge --out FOLDER" in the_error(done.stderr)
    assert run("bridge", "--archive", archive, "--out", archive.parent / "b", *PUBLIC).stdout


def test_an_archive_without_workers_has_nobody_to_invite(tmp_path: Path) -> None:
    with Archive.create(tmp_path / "mturk.db"):
        pass
    done = bridge(tmp_path / "mturk.db", "--out", tmp_path / "b", *PUBLIC)
    assert done.returncode == 19
    assert not (tmp_path / "b").exists()
    assert not beside(tmp_path / "mturk.db").exists()


def test_a_target_without_groups_is_told(archive: Path) -> None:
    bridged(archive, "--out", archive.parent / "bridge", *PUBLIC)
    key = {"LABEL_STUDIO_URL": "http://127.0.0.1:9", "LABEL_STUDIO_API_KEY": "k"}
    done = bridge(archive, "--enrol", "--target", "label-studio", "--yes", **key)
    assert done.returncode == 24
    assert "no groups" in done.stderr


def test_enrolment_says_how_many_and_names_nobody(archive: Path) -> None:
    """Before any import: there are no groups yet, and that is told."""
    folder = archive.parent / "bridge"
    bridged(archive, "--out", folder, *PUBLIC)
    opened = Bridge.open(beside(archive))
    with FakeProlific() as fake:
        for number, one in enumerate(rows(folder / "tokens.csv")[:20]):
            participant = fake.join().id if number else "somebody@example.org"
            opened.redeem(read(one["Token"]) or "", participant, "prolific", NOON)
        key = {"PROLIFIC_URL": fake.url, "PROLIFIC_TOKEN": fake.token}
        enrol = ("--enrol", "--target", "prolific", "--yes")
        done = bridge(archive, *enrol, "--json", **key)
        assert done.returncode == 0, done.stderr
        said = json.loads(done.stdout)
        assert said["strange"] == 1
        assert {one["is_there"] for one in said["groups"]} == {False}
        shown = bridge(archive, *enrol, **key)
        assert "groups are not made yet: exodus import" in shown.stdout
        assert "workers belong there, and are not known" in shown.stdout
        assert fake.writes() == []
        named = done.stdout + done.stderr + shown.stdout + shown.stderr
        assert not [one for one in fake.people if one in named]
    assert not [one for one in rows(folder / "tokens.csv") if one["WorkerId"] in named]
