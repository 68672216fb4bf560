"""Templates of real requesters: filled in as MTurk does, recovered, and filled in again."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from mturk_exodus.questions.templates.recovery import KnownTemplate, Recovery, recover
from mturk_exodus.questions.templates.template import Template
from tests.real.assembly import folder
from tests.real.documents import html_question

PUBLIC = folder()
PAGES = sorted(PUBLIC.glob("templates/*"))
VARIABLE = re.compile(r"\$\{([A-Za-z0-9_.\- ]+)\}")
WITH_VALUES = [
    (page, values)
    for page in PAGES
    for values in [PUBLIC / "batch_csv" / page.name.replace("__template.html", "__batch.csv")]
    if values.suffix == ".csv" and values.exists()
]
pytestmark = pytest.mark.skipif(
    not PAGES, reason="the public files are not here: EXODUS_FIXTURES names their folder"
)
WORDS = ("kite", "lake", "old map", "rain & wind", "<b>no</b>", "", "caf\u00e9", "\U0001f600", "7")

LISTS = {"allenai__feb__sensemaking_MTurk_questionnaire.html": 1}
"""Variables with nothing but commas between them, each of which also stands elsewhere."""

Batch = dict[str, tuple[str, dict[str, str]]]


def page_of(path: Path) -> str:
    return path.read_bytes().decode("utf-8")


def filled(page: str, values: Mapping[str, str]) -> str:
    return html_question(VARIABLE.sub(lambda found: values.get(found[1], found[0]), page))


def batch(page: Path, values: Path) -> Batch:
    """A HIT for each different row of inputs."""
    text = page_of(page)
    used = dict.fromkeys(VARIABLE.findall(text))
    with values.open(encoding="utf-8-sig", newline="") as file:
        rows = [{name: row[name] for name in used if name in row} for row in csv.DictReader(file)]
    different = {tuple(row.items()): row for row in rows}.values()
    return {f"3{n:029}": (filled(text, row), row) for n, row in enumerate(different)}


def invented_value(hit: int, variable: int) -> str:
    first, second = hit * 5 + variable, hit + variable**2
    return f"{WORDS[first % len(WORDS)]} {WORDS[second % len(WORDS)]}{hit * variable}"


def invented(page: Path, hits: int = 12) -> Batch:
    text = page_of(page)
    used = dict.fromkeys(VARIABLE.findall(text))
    rows = [{name: invented_value(hit, n) for n, name in enumerate(used, 1)} for hit in range(hits)]
    return {f"3{n:029}": (filled(text, row), row) for n, row in enumerate(rows)}


def texts(hits: Batch) -> list[tuple[str, str]]:
    return [(hit_id, text) for hit_id, (text, _) in hits.items()]


def variables(hits: Batch) -> dict[str, dict[str, str]]:
    return {hit_id: row for hit_id, (_, row) in hits.items()}


def varying(hits: Batch) -> set[str]:
    """Variables that a page uses, and whose values differ: the others are literal text."""
    rows = [row for _, row in hits.values()]
    return {name for name in rows[0] if len({row[name] for row in rows}) > 1}


def names(template: Template) -> set[str]:
    """The variables of its slots; those that stand side by side are one slot."""
    return {name for joined in template.names if joined for name in joined.split("+")}


def exact(recovery: Recovery, hits: Batch) -> int:
    """How many are given back; each that is said to be is, byte for byte."""
    fits = [(recovery.fit(text), text) for _, text in texts(hits)]
    found = [(fit, text) for fit, text in fits if fit is not None]
    assert all(fit.template.render(fit.values) == text for fit, text in found)
    assert recovery.whole == len(hits) - len(found)
    return len(found)


@pytest.mark.parametrize(("page", "values"), WITH_VALUES, ids=lambda path: path.name)
def test_a_batch_without_names(page: Path, values: Path) -> None:
    hits = batch(page, values)
    recovery = recover(lambda: texts(hits))
    assert exact(recovery, hits) == len(hits)
    (template,) = recovery.templates
    assert len(template.names) <= len(varying(hits))


@pytest.mark.parametrize(("page", "values"), WITH_VALUES, ids=lambda path: path.name)
def test_a_batch_with_its_values(page: Path, values: Path) -> None:
    hits = batch(page, values)
    recovery = recover(lambda: texts(hits), variables=variables(hits))
    assert exact(recovery, hits) == len(hits)
    (template,) = recovery.templates
    assert set(template.names) == varying(hits)
    assert set(template.escapings) <= {"none"}
    for text, row in hits.values():
        fit = recovery.fit(text, row)
        assert fit is not None
        held = dict(zip(template.labels, fit.values, strict=True))
        assert held == {name: row[name] for name in varying(hits)}


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_every_page_with_invented_values(page: Path) -> None:
    hits = invented(page)
    recovery = recover(lambda: texts(hits))
    assert exact(recovery, hits) == len(hits)
    (template,) = recovery.templates
    assert len(template.names) <= len(varying(hits)) + LISTS.get(page.name, 0)
    named = recover(lambda: texts(hits), variables=variables(hits))
    assert exact(named, hits) == len(hits)
    (template,) = named.templates
    assert names(template) == varying(hits)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_one_hit_is_enough_for_a_page_that_is_known(page: Path) -> None:
    hits = invented(page)
    first = dict(list(hits.items())[:1])
    known = [KnownTemplate(page.name, page_of(page))]
    recovery = recover(lambda: texts(first), known)
    assert exact(recovery, first) == 1
    (template,) = recovery.templates
    assert names(template) == set(VARIABLE.findall(page_of(page)))
