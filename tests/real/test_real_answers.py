"""Answers in public files of real requesters: read, written back, and held against templates."""

from __future__ import annotations

import csv
import html
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from mturk_exodus.archive import Archive, answer_table
from mturk_exodus.questions import question
from mturk_exodus.questions.answering.answer_rows import rows
from mturk_exodus.questions.answering.answers import build, doubts, read, write
from mturk_exodus.sources.ingest import Ingest
from mturk_exodus.sources.registry import installed
from tests.real.assembly import folder

PUBLIC = folder()
DOCUMENTS = sorted((PUBLIC / "answers").glob("*"))
TABLES = [
    path for kind in ("batch_csv", "clt_results") for path in sorted((PUBLIC / kind).glob("*"))
]
PAIRS = [
    (template, table)
    for table in TABLES
    if (template := PUBLIC / "templates" / table.name.replace("__batch.csv", "__template.html"))
    != table
    and template.is_file()
]
pytestmark = pytest.mark.skipif(
    not TABLES, reason="the public files are not here: EXODUS_FIXTURES names their folder"
)


def test_what_is_in_the_documents_comes_back() -> None:
    texts = [text for path in DOCUMENTS for text in _documents(path)]
    assert len(texts) > 3
    for text in texts:
        _assert_comes_back(text)


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.name)
def test_what_tables_say_comes_back_and_has_its_rows(path: Path, tmp_path: Path) -> None:
    with _ingested(path, tmp_path) as archive:
        found = archive.connection.execute(
            "select answer from assignments where answer is not null"
        ).fetchall()
        assert answer_table.rebuild(archive).unreadable == 0
        assert list(answer_table.check(archive)) == []
    # Tables that have lost their ids are no records; their answers are answers all the same.
    texts = [text for (text,) in found] or [build(given) for given in _cells(path)]
    assert any(read(text) for text in texts)
    for text in texts:
        _assert_comes_back(text)


@pytest.mark.parametrize(("template", "table"), PAIRS, ids=lambda path: path.name)
def test_what_was_answered_is_what_the_template_asks_for(
    template: Path, table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    form = question.read(template.read_text(encoding="utf-8-sig"))
    asked = {field.name for field in form.fields}
    names: Counter[str] = Counter()
    sure: Counter[str] = Counter()
    for given in _cells(table):
        text = build(given)
        _assert_comes_back(text)
        names.update(name for name, _ in given)
        sure.update(row.certainty for row in rows(text, form, doubts(given)))
    unknown = {name for name in names if not asked & {name, *_owners(name)}}
    known = len(names) - len(unknown)
    with capsys.disabled():
        print(f"\n{template.name}: {known} of {len(names)} fields, {dict(sure)}", end=" ")  # noqa: T201 - the share is what the test shows
        print(f"not asked for: {sorted(unknown)}" if unknown else "", end="")  # noqa: T201 - as above
    assert names
    listed = " ".join(odd.what for odd in form.not_understood)
    assert not unknown or form.has_inline_script or form.scripts or listed


def _cells(table: Path) -> Iterator[list[tuple[str, str]]]:
    """The answers in each row of a table; these ones have lost their ids."""
    with table.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            yield [
                (name.removeprefix("Answer."), cell)
                for name, cell in row.items()
                if name and name.startswith("Answer.") and cell
            ]


def _owners(name: str) -> Iterator[str]:
    while "." in name:
        name = name.rpartition(".")[0]
        yield name


def _ingested(path: Path, tmp_path: Path) -> Archive:
    archive = Archive.create(tmp_path / "mturk.db")
    Ingest(archive, installed()).run([str(path)], lambda _: None)
    return archive


def _assert_comes_back(text: str) -> None:
    once = read(text)
    assert read(write(once)) == once


def _documents(path: Path) -> list[str]:
    """Documents that stand in a file by themselves, or escaped in a reply of the API."""
    text = path.read_text(encoding="utf-8", errors="replace")
    if text.startswith("<QuestionFormAnswers"):
        return [text]
    escaped = re.findall(r"<Answer>(&lt;.*?)</Answer>", text, re.DOTALL)
    in_json = re.findall(r'"Answer":\s*"((?:[^"\\]|\\.)*)"', text)
    return [html.unescape(one) for one in escaped] + [
        json.loads(f'"{one}"') for one in in_json if "QuestionFormAnswers" in one
    ]
