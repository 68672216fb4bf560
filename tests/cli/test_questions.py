"""`exodus form`, `exodus show`, `exodus compact`: what people see, and what is refused."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.endurance.support import environment, run, the_error

PAGE = """<!doctype html><html><head><title>Pets</title></head><body>
<form><fieldset><legend>Which animal?</legend>
<label><input type="radio" name="animal" value="cat" required> A cat</label>
<label><input type="radio" name="animal" value="dog"> A dog</label></fieldset>
<label for="why">Why?</label><textarea name="why" id="why" maxlength="200"></textarea>
<img src="${image_url}"></form></body></html>"""


@pytest.fixture
def page(tmp_path: Path) -> Path:
    file = tmp_path / "layout.html"
    file.write_text(PAGE)
    return file


def exodus(*arguments: object, **variables: str) -> subprocess.CompletedProcess[str]:
    return run(*map(str, arguments), env=environment(**variables))


def rows(archive: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(archive)) as connection:
        return connection.execute(query).fetchall()


def test_a_form_of_a_file_as_json(page: Path) -> None:
    done = exodus("form", page, "--json")
    assert done.returncode == 0, done.stderr
    form = json.loads(done.stdout)
    assert (form["kind"], form["title"], form["variables"]) == ("html", "Pets", ["image_url"])
    animal, why = form["fields"]
    assert (animal["name"], animal["kind"], animal["required"]) == ("animal", "single_choice", True)
    assert [(one["value"], one["label"]) for one in animal["choices"]] == [
        ("cat", "A cat"),
        ("dog", "A dog"),
    ]
    assert (why["name"], why["kind"], why["label"]) == ("why", "text", "Why?")
    assert why["constraints"]["max_length"] == 200
    assert form["not_understood"] == []


def test_a_form_of_a_file_for_people(page: Path) -> None:
    done = exodus("form", page)
    assert done.returncode == 0, done.stderr
    assert "html question: Pets" in done.stdout
    assert "variables: image_url" in done.stdout
    assert "A cat, A dog" in done.stdout
    assert "max_length 200" in done.stdout


def test_a_form_of_every_hit_that_is_held(archive: Path) -> None:
    for (hit_id,) in rows(archive, "select min(hit_id) from hits group by hit_type_id"):
        done = exodus("form", hit_id, "--archive", archive, "--json")
        assert done.returncode == 0, done.stderr
        form = json.loads(done.stdout)
        assert form["fields"] or form["kind"] == "external"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "neither a question of MTurk nor HTML"),
        (b"<a>" + bytes(3), "NUL bytes"),
        (b"<QuestionForm><Question>", "XML"),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><QuestionForm>&b;</QuestionForm>", "DTD"),
    ],
)
def test_what_is_no_question_is_refused(tmp_path: Path, content: bytes, why: str) -> None:
    file = tmp_path / "question.xml"
    file.write_bytes(content)
    done = exodus("form", file)
    assert done.returncode == 55
    assert why in the_error(done.stderr)


def test_a_question_that_is_too_long_is_refused_unread(tmp_path: Path) -> None:
    file = tmp_path / "huge.html"
    with file.open("wb") as out:
        out.truncate(17 << 20)
    done = exodus("form", file)
    assert done.returncode == 55
    assert "longer than any question" in the_error(done.stderr)


@pytest.mark.parametrize("command", ["form", "show"])
def test_what_is_not_there_is_said(archive: Path, tmp_path: Path, command: str) -> None:
    done = exodus(command, "3NOSUCHHIT", "--archive", archive)
    assert done.returncode == 19
    assert "holds no HIT and no assignment" in the_error(done.stderr)
    done = exodus(command, "3NOSUCHHIT", "--archive", tmp_path / "none.db")
    assert done.returncode == (19 if command == "form" else 11)


def test_a_hit_with_everything_that_was_answered(archive: Path) -> None:
    ((hit_id, count),) = rows(
        archive,
        "select hit_id, count(*) from assignments group by hit_id order by 2 desc, 1 limit 1",
    )
    done = exodus("show", hit_id, "--archive", archive, "--json")
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout)
    assert shown["hit"]["hit_id"] == hit_id
    assert len(shown["assignments"]) == count
    for assignment in shown["assignments"]:
        assert assignment["answers"]
        assert {"field", "position", "value", "certainty"} <= assignment["answers"][0].keys()
    people = exodus("show", hit_id, "--archive", archive)
    assert people.returncode == 0, people.stderr
    assert people.stdout.count("assignment_id: ") == count


def test_one_assignment_of_a_hit(archive: Path) -> None:
    ((assignment_id, hit_id),) = rows(
        archive, "select assignment_id, hit_id from assignments order by 1 limit 1"
    )
    done = exodus("show", assignment_id, "--archive", archive, "--json")
    shown = json.loads(done.stdout)
    assert shown["hit"]["hit_id"] == hit_id
    assert [one["assignment_id"] for one in shown["assignments"]] == [assignment_id]


def test_nothing_that_a_stranger_wrote_commands_the_terminal(page: Path, archive: Path) -> None:
    page.write_text(PAGE.replace("Why?", "\x1b]0;gotcha\x07\x9b31m").replace("Pets", "\x1b[2J"))
    assert not {"\x1b", "\x07", "\x9b"} & set(exodus("form", page).stdout)
    with closing(sqlite3.connect(archive)) as connection:
        connection.execute("update hits set title = char(27) || '[2J'")
        connection.commit()
    ((hit_id,),) = rows(archive, "select min(hit_id) from hits")
    done = exodus("show", hit_id, "--archive", archive)
    assert done.returncode == 0
    assert "\x1b" not in done.stdout


def test_a_question_in_a_browser_is_in_a_sandbox(archive: Path, tmp_path: Path) -> None:
    seen, browser = tmp_path / "seen", tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {seen}\n')
    browser.chmod(0o700)
    ((hit_id,),) = rows(
        archive, "select min(hit_id) from hits where question like '%<HTMLQuestion%'"
    )
    done = exodus(
        "show",
        hit_id,
        "--open",
        "--archive",
        archive,
        BROWSER=f"{browser} %s",
        TMPDIR=str(tmp_path),
    )
    assert done.returncode == 0, done.stderr
    shown = Path(seen.read_text().strip().removeprefix("file://"))
    assert shown.parent.stat().st_mode & 0o777 == 0o700
    text = shown.read_text()
    assert "default-src 'none'" in text.replace("&#x27;", "'")
    assert '<iframe sandbox=""' in text


def test_a_compacted_archive_shows_the_same(archive: Path) -> None:
    hit_ids = [one for (one,) in rows(archive, "select hit_id from hits order by 1")]
    before = [exodus("show", one, "--archive", archive, "--json").stdout for one in hit_ids[:8]]
    done = exodus("compact", "--archive", archive, "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["compacted"] + sum(report["whole"].values()) == len(hit_ids)
    assert report["compacted"] > 0
    after = [exodus("show", one, "--archive", archive, "--json").stdout for one in hit_ids[:8]]
    assert after == before
    assert exodus("verify", "--archive", archive).returncode == 0
    undone = exodus("compact", "--undo", "--archive", archive)
    assert undone.stdout == f"{report['compacted']:,} HITs are stored whole again\n"
    assert exodus("verify", "--archive", archive).returncode == 0


def test_the_table_of_answers(archive: Path) -> None:
    (done, again, rebuilt) = (
        exodus("answers", "--archive", archive, "--json"),
        exodus("answers", "--archive", archive, "--json"),
        exodus("answers", "--archive", archive, "--rebuild", "--json"),
    )
    assert (done.returncode, again.returncode, rebuilt.returncode) == (0, 0, 0), done.stderr
    ((assignments, values),) = rows(
        archive, "select count(distinct assignment_id), count(*) from answers"
    )
    assert json.loads(done.stdout)["rows"] == json.loads(rebuilt.stdout)["rows"] == values
    assert json.loads(again.stdout)["assignments"] == 0
    assert 0 < assignments <= json.loads(done.stdout)["assignments"]
    assert exodus("verify", "--archive", archive).returncode == 0
    with closing(sqlite3.connect(archive)) as connection:
        connection.execute("update answers set value = 'something else' where position = 0")
        connection.commit()
    assert exodus("verify", "--archive", archive).returncode == 17
