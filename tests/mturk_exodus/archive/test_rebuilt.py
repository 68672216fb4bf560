"""Questions that no source kept, in an archive of files."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from mturk_exodus.archive import Archive
from mturk_exodus.archive.rebuilt import FROM_A_PAGE, FROM_NAMES, Rebuilder, Rebuilt
from mturk_exodus.questions import question
from tests.endurance.support import findings, run

PAGE = """<html><body><form name="mturk_form"><p>{}</p><img src="${{picture}}"><p>${{text}}</p>
<label>Mood <select name="mood"><option>good</option><option>bad</option></select></label>
<textarea name="why"></textarea></form></body></html>"""
GIVEN = {"picture": "https://x.org/a b.png", "text": 'one, "two"'}
ANSWERED = {"mood": "good", "why": "so|so"}


def batch(
    folder: Path,
    number: int,
    given: Mapping[str, str] = GIVEN,
    answered: Mapping[str, str] = ANSWERED,
    annotation: str | None = None,
) -> None:
    """A batch's results: two HITs, an assignment each."""
    said = f"BatchId:{number};OriginalHitTemplateId:7;" if annotation is None else annotation
    with (folder / f"Batch_{number}_batch_results.csv").open("w", newline="") as stream:
        table = csv.writer(stream)
        fixed = ("HITId", "HITTypeId", "Title", "RequesterAnnotation", "AssignmentId", "WorkerId")
        inputs = [f"Input.{name}" for name in given]
        table.writerow([*fixed, *inputs, *(f"Answer.{name}" for name in answered)])
        for row in "AB":
            known = (hit_id(number, row), f"3T{0:028}", "Mood", said, f"3W{number}{row}{0:026}")
            table.writerow([*known, f"A{1:013}", *given.values(), *answered.values()])


def hit_id(number: int, row: str = "A") -> str:
    """The id of a HIT of a batch."""
    return f"3H{number}{row}{0:026}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "kept").mkdir()
    return tmp_path / "kept"


def rebuilt(folder: Path, of: str) -> Rebuilt | None:
    """What stands for a HIT's question once the folder is ingested."""
    path = folder.parent / "mturk.db"
    if not path.exists():
        done = run("ingest", folder, "--archive", path)
        assert done.returncode == 0, done.stderr
    assert findings(path) == []
    with Archive.open(path, read_only=True) as archive:
        ((title, variables),) = archive.connection.execute(
            "select title, template_variables from hits where hit_id = ?", [of]
        )
        known = json.loads(variables or "{}")
        documents = archive.connection.execute(
            "select answer from assignments where hit_id = ? and answer is not null", [of]
        )
        several = [document for (document,) in documents]
        return Rebuilder(archive.connection).rebuilt(of, title, known, several)


def fields(one: Rebuilt | None) -> Iterator[tuple[str, str]]:
    """Names and kinds."""
    assert one is not None
    yield from ((field.name, field.kind) for field in question.read(one.question).fields)


def test_the_requesters_own_page(folder: Path) -> None:
    batch(folder, 1)
    (folder / "mood.html").write_text(PAGE.format("Look."))
    one = rebuilt(folder, hit_id(1))
    assert one is not None
    assert one.origin == FROM_A_PAGE
    assert PAGE.format("Look.").replace("${picture}", GIVEN["picture"]).replace(
        "${text}", GIVEN["text"]
    ) in (one.question)
    assert list(fields(one)) == [("mood", "single_choice"), ("why", "text")]
    assert one.template.names == ("picture", "text")


def test_the_page_that_asks_for_what_was_answered(folder: Path) -> None:
    batch(folder, 1)
    (folder / "other.html").write_text(PAGE.format("Another.").replace('"why"', '"who"'))
    (folder / "mood.html").write_text(PAGE.format("Look."))
    (folder / "few.html").write_text("<form name='mturk_form'>${text} <input name=why></form>")
    one = rebuilt(folder, hit_id(1, "B"))
    assert one is not None
    assert "Look." in one.question


def test_two_pages_that_fit_alike_are_none(folder: Path) -> None:
    batch(folder, 1)
    for name in ("one", "two"):
        (folder / f"{name}.html").write_text(PAGE.format(name))
    one = rebuilt(folder, hit_id(1))
    assert one is not None
    assert one.origin == FROM_NAMES


@pytest.mark.parametrize(
    "page",
    [
        PAGE.format("${more}"),
        "<form name='mturk_form'>${text}<input name='another'></form>",
        "<html><body>${text}</body></html>",
    ],
)
def test_a_page_that_does_not_fit(page: str, folder: Path) -> None:
    batch(folder, 1)
    (folder / "mood.html").write_text(page)
    one = rebuilt(folder, hit_id(1))
    assert one is not None
    assert one.origin == FROM_NAMES


def test_names_stand_for_it(folder: Path) -> None:
    batch(folder, 1)
    batch(folder, 2, {"sound": "https://x.org/a.mp3"}, {"heard": "yes"})
    one, other = rebuilt(folder, hit_id(1)), rebuilt(folder, hit_id(2))
    assert list(fields(one)) == [("mood", "text"), ("why", "text")]
    assert list(fields(other)) == [("heard", "text")]
    assert other is not None
    shown = [(one.kind, one.value) for one in question.read(other.question).shows]
    assert ("audio", "https://x.org/a.mp3") in shown


def test_files_without_a_batch_are_told_apart(folder: Path) -> None:
    batch(folder, 1, annotation="")
    batch(folder, 2, {}, {"heard": "yes"}, annotation="")
    assert [name for name, _ in fields(rebuilt(folder, hit_id(1)))] == ["mood", "why"]
    assert [name for name, _ in fields(rebuilt(folder, hit_id(2)))] == ["heard"]


def test_elements_of_a_crowd_form(folder: Path) -> None:
    batch(folder, 1, answered={"taskAnswers": '[{"mood": {"good": true}, "why": "so"}]'})
    assert [name for name, _ in fields(rebuilt(folder, hit_id(1)))] == ["mood", "why"]


def test_nothing_is_known(folder: Path) -> None:
    batch(folder, 1, {}, {})
    assert rebuilt(folder, hit_id(1)) is None


def test_a_page_that_asks_for_little_of_what_was_answered(folder: Path) -> None:
    batch(folder, 1, answered={"mood": "good", "colour": "red", "size": "9"})
    (folder / "mood.html").write_text(PAGE.format("Look."))
    one = rebuilt(folder, hit_id(1))
    assert one is not None
    assert one.origin == FROM_NAMES


def test_copies_that_are_broken_into_other_lines_are_one_page(folder: Path) -> None:
    batch(folder, 1)
    for name, end in (("one", "\n"), ("two", "\n\n")):
        (folder / f"{name}.html").write_text(PAGE.format("Look.") + end)
    one = rebuilt(folder, hit_id(1))
    assert one is not None
    assert one.origin == FROM_A_PAGE


@pytest.mark.parametrize("value", ["<textarea>", "a <!-- b", "]]></HTMLContent>"])
def test_a_value_that_breaks_the_page(value: str, folder: Path) -> None:
    batch(folder, 1, given={**GIVEN, "text": value})
    (folder / "mood.html").write_text(PAGE.format("Look."))
    one = rebuilt(folder, hit_id(1))
    assert one is not None
    assert {"mood", "why"} <= {name for name, _ in fields(one)}


def test_a_crowd_page_and_columns_of_its_elements(folder: Path) -> None:
    batch(folder, 1, answered={"cat.on": "true", "box.boundingBoxes": "[]", "why": "so"})
    (folder / "crowd.html").write_text(
        "<crowd-form><crowd-checkbox name=cat></crowd-checkbox>${text}"
        "<crowd-bounding-box name=box src='${picture}' labels=\"['a']\"></crowd-bounding-box>"
        "<crowd-input name=why></crowd-input></crowd-form>"
    )
    one = rebuilt(folder, hit_id(1))
    assert one is not None
    assert one.origin == FROM_A_PAGE
    assert ("box", "image_box") in list(fields(one))


def test_each_hit_has_its_own_names_where_a_batch_has_very_many(folder: Path) -> None:
    with (folder / "Batch_1_batch_results.csv").open("w", newline="") as stream:
        table = csv.writer(stream)
        names = [f"Answer.{number}_mood" for number in range(300)]
        fixed = ("HITId", "HITTypeId", "Title", "RequesterAnnotation", "AssignmentId", "WorkerId")
        table.writerow([*fixed, *names])
        for number in range(300):
            cells = ["good" if at == number else "" for at in range(300)]
            ids = (f"3H{number:028}", f"3T{0:028}", "Mood", "BatchId:1;", f"3W{number:028}")
            table.writerow([*ids, f"A{1:013}", *cells])
    assert list(fields(rebuilt(folder, f"3H{7:028}"))) == [("7_mood", "text")]
