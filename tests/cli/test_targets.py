"""`exodus targets`, `plan` and `import`, as far as they go without anything at the other end."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.endurance.support import environment, findings, json_line, rows, run, snapshot, the_error

TO = ("--target", "label-studio")
URL = "http://127.0.0.1:1"
KEY = "0123456789abcdef0123456789abcdef01234567"
_UNSET = {"LABEL_STUDIO_URL": None, "LABEL_STUDIO_API_KEY": None, "EXODUS_CONFIG": None}


def exodus(*arguments: object, **changes: str) -> subprocess.CompletedProcess[str]:
    """Run it with no setting but those of the test."""
    return run(*arguments, env=environment(**{**_UNSET, **changes}))


def planned(archive: Path, *more: object) -> dict[str, Any]:
    """What `plan --json` says."""
    ended = exodus("plan", *TO, "--archive", archive, "--json", *more)
    assert (ended.returncode, ended.stderr) == (0, "")
    said: dict[str, Any] = json.loads(ended.stdout)
    return said


def made(archive: Path, *more: object) -> dict[str, int]:
    """How much would be made."""
    counts: dict[str, int] = planned(archive, *more)["actions"]
    return counts


def count(archive: Path, query: str) -> int:
    ((number,),) = rows(archive, query)
    return int(number)


def test_the_list_of_targets() -> None:
    ended = exodus("targets")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "label-studio  Label Studio  mturk-exodus" in ended.stdout
    known = {one["target"]: one for one in json.loads(exodus("targets", "--json").stdout)}
    assert known.keys() == {"label-studio", "prolific", "turkle"}
    assert known["label-studio"]["package"] == "mturk-exodus"
    secrets = {
        name: [each["name"] for each in one["settings"] if each["secret"]]
        for name, one in known.items()
    }
    assert secrets == {"label-studio": ["api_key"], "prolific": ["token"], "turkle": ["token"]}


def test_one_target_says_what_becomes_of_each_field() -> None:
    shown = exodus("targets", "label-studio")
    assert (shown.returncode, shown.stderr) == (0, "")
    said = json.loads(exodus("targets", "label-studio", "--json").stdout)
    assert {one["fidelity"] for one in said["fields"]} >= {"exact", "approximate", "unsupported"}
    assert all(one["note"] for one in said["fields"] if one["fidelity"] != "exact")
    assert all(one["field"] in shown.stdout for one in said["fields"])


@pytest.mark.parametrize("command", [["targets", "nobody"], ["plan", "--target", "nobody"]])
def test_a_target_that_nobody_knows(command: list[str], archive: Path) -> None:
    more = ["--archive", archive] if command[0] == "plan" else []
    ended = exodus(*command, *more)
    assert ended.returncode == 21
    known = "label-studio, prolific, turkle"
    assert the_error(ended.stderr) == f"there is no target 'nobody'; there are {known}"


def test_a_plan_needs_no_key_and_changes_nothing(archive: Path) -> None:
    before = snapshot(archive.parent)
    ended = exodus("plan", *TO, "--archive", archive)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "to be made" in ended.stdout
    assert snapshot(archive.parent) == before
    assert made(archive)["task"] == 40
    assert made(archive)["annotation"] == count(archive, "select count(*) from assignments")


def test_the_same_plan_has_the_same_digest(archive: Path) -> None:
    whole, part = planned(archive), planned(archive, "--limit", 39)
    assert planned(archive) == whole
    assert part["digest"] != whole["digest"]
    assert planned(archive, "--set", "workers=plain")["digest"] != whole["digest"]


def test_no_worker_is_named_in_a_plan_unless_it_is_asked_for(archive: Path, tmp_path: Path) -> None:
    workers = [one for (one,) in rows(archive, "select distinct worker_id from assignments")]
    out = tmp_path / "plan.jsonl"
    shown = exodus("plan", *TO, "--archive", archive, "--out", out)
    assert shown.returncode == 0
    assert not [one for one in workers if one in shown.stdout]
    users = [one["payload"] for one in actions(out) if one["operation"] == "user"]
    assert not {one["username"] for one in users} & set(workers)
    out = out.with_name("plain.jsonl")
    plain = exodus("plan", *TO, "--archive", archive, "--out", out, "--set", "workers=plain")
    assert plain.returncode == 0
    users = [one["payload"] for one in actions(out) if one["operation"] == "user"]
    assert {one["username"] for one in users} == set(workers)


def actions(out: Path) -> list[dict[str, Any]]:
    """The actions in a plan's file."""
    lines = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    return [one["action"] for one in lines if "action" in one]


def test_a_plan_in_a_file_is_complete_and_its_owners_alone(archive: Path, tmp_path: Path) -> None:
    out = tmp_path / "plan.jsonl"
    said = planned(archive, "--out", out)
    assert out.stat().st_mode & 0o777 == 0o600
    lines = out.read_text(encoding="utf-8").splitlines()
    assert json.loads(lines[-1]) == {"digest": said["digest"], "actions": said["actions"]}
    assert len(actions(out)) == sum(made(archive).values())
    assert sorted(one.name for one in tmp_path.iterdir()) == ["mturk.db", "plan.jsonl"]


def test_a_plan_that_cannot_be_written(archive: Path, tmp_path: Path) -> None:
    out = tmp_path / "nowhere" / "plan.jsonl"
    ended = exodus("plan", *TO, "--archive", archive, "--out", out)
    assert ended.returncode == 61
    assert str(out) in the_error(ended.stderr)


def test_a_plan_into_a_pipe_does_not_take_its_place(archive: Path, tmp_path: Path) -> None:
    """As /dev/null's, which root can."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text(encoding="utf-8")))
    reader.start()
    said = planned(archive, "--out", pipe)
    assert pipe.is_fifo()
    reader.join(10)
    assert json.loads(read[0].splitlines()[-1])["digest"] == said["digest"]


def test_only_since_status_and_limit_choose(archive: Path) -> None:
    ((hit_type, some), *_) = rows(
        archive, "select hit_type_id, count(*) from hits group by 1 order by 2 limit 1"
    )
    assert made(archive, "--only", hit_type)["task"] == some < 40
    assert made(archive, "--limit", 3)["task"] == 3
    ((middle,),) = rows(archive, "select creation_time from hits order by 1 limit 1 offset 20")
    later = count(archive, f"select count(*) from hits where creation_time >= '{middle[:10]}'")  # noqa: S608 - a date
    assert made(archive, "--since", middle[:10])["task"] == later
    assert made(archive, "--since", "2999-01-01") == {}
    approved = count(
        archive, "select count(*) from assignments where assignment_status = 'Approved'"
    )
    chosen = made(archive, "--status", "Approved")
    assert (chosen["task"], chosen["annotation"]) == (40, approved)


def test_a_hit_type_that_is_not_there_is_not_taken_for_nothing_to_do(archive: Path) -> None:
    ended = exodus("plan", *TO, "--archive", archive, "--only", "3NOBODY")
    assert ended.returncode == 19
    assert "'3NOBODY'" in the_error(ended.stderr)


def test_a_setting_that_is_missing(archive: Path) -> None:
    for told, lacking in (({}, "url"), ({"LABEL_STUDIO_URL": URL}, "api_key")):
        for command in (["import", "--yes"], ["fidelity"]):
            ended = exodus(*command, *TO, "--archive", archive, **told)
            assert ended.returncode == 23
            line = the_error(ended.stderr)
            assert f"needs its {lacking}" in line
            assert f"$LABEL_STUDIO_{lacking.upper()}" in line
    assert rows(archive, "select count(*) from targets") == [(0,)]


def test_a_key_is_not_taken_from_the_command_line(archive: Path) -> None:
    more = ["--set", f"url={URL}", "--set", f"api_key={KEY}"]
    for command in (["import", "--yes"], ["plan"], ["fidelity"]):
        ended = exodus(*command, *TO, "--archive", archive, *more)
        assert ended.returncode == 23
        assert "others can read what stands on the command line" in the_error(ended.stderr)
        assert KEY not in ended.stdout + ended.stderr


@pytest.mark.parametrize(
    ("given", "code"),
    [("nothing=1", 23), ("workers=anonymous", 23), ("url=localhost:8080", 23), ("workers", 2)],
)
def test_a_setting_that_cannot_be_one(given: str, code: int, archive: Path) -> None:
    ended = exodus("plan", *TO, "--archive", archive, "--set", given)
    assert ended.returncode == code
    assert ended.stderr.splitlines()[-1].startswith("Error: ")
    assert "Traceback" not in ended.stderr


def test_settings_from_a_file(archive: Path, tmp_path: Path) -> None:
    file = tmp_path / "targets.toml"
    file.write_text(f'[label-studio]\nurl = "{URL}"\napi_key = "{KEY}"\nworkers = "plain"\n')
    by_option = planned(archive, "--config", file)
    by_name = exodus("plan", *TO, "--archive", archive, "--json", EXODUS_CONFIG=str(file))
    assert json.loads(by_name.stdout) == by_option
    assert by_option == planned(archive, "--set", "workers=plain")
    over = planned(archive, "--config", file, "--set", "workers=pseudonymous")
    assert over == planned(archive)


@pytest.mark.parametrize(
    "text",
    [
        None,
        "garbage [[\n",
        f'[label-studio]\napi_key = {KEY}"',
        "[label-studio]\nurl = 7\n",
        '[label-studio]\nnothing = "x"\n',
        'label-studio = "x"\n',
        "\ufffe\x00",
    ],
)
def test_a_file_of_settings_that_is_none(text: str | None, archive: Path, tmp_path: Path) -> None:
    file = tmp_path / "targets.toml"
    if text is not None:
        file.write_text(text)
    ended = exodus("plan", *TO, "--archive", archive, "--config", file)
    assert ended.returncode == 23
    the_error(ended.stderr)
    assert KEY not in ended.stderr


def test_with_nobody_to_ask_an_import_wants_yes(archive: Path) -> None:
    told = {"LABEL_STUDIO_URL": URL, "LABEL_STUDIO_API_KEY": KEY}
    for more in ([], ["--undo"]):
        ended = exodus("import", *TO, "--archive", archive, *more, **told)
        assert ended.returncode == 2
        assert "nobody is there to be asked; give --yes" in ended.stderr
        in_json = exodus("import", *TO, "--archive", archive, "--json", *more, **told)
        assert in_json.returncode == 2
        assert json_line(in_json.stderr)["error"] == "UsageError"
    assert rows(archive, "select count(*) from targets") == [(0,)]
    assert findings(archive) == []


def test_an_undo_takes_back_everything_or_nothing(archive: Path) -> None:
    ended = exodus("import", *TO, "--archive", archive, "--yes", "--undo", "--limit", 3)
    assert ended.returncode == 2
    assert "takes back everything" in ended.stderr


def test_no_archive_and_nothing_is_sent(tmp_path: Path) -> None:
    told = {"LABEL_STUDIO_URL": URL, "LABEL_STUDIO_API_KEY": KEY}
    for command in (["plan"], ["import", "--yes"], ["fidelity"]):
        ended = exodus(*command, *TO, "--archive", tmp_path / "none.db", **told)
        assert ended.returncode == 11
        the_error(ended.stderr)
    assert list(tmp_path.iterdir()) == []
