"""Templates of real requesters as HITs of the host: filled in a real browser, and what arrives."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.forms import chromium
from mturk_exodus.questions import question
from mturk_exodus.questions.pages import html_form
from mturk_exodus.serve.host.frames import Frame, frame_of
from tests.mturk_exodus.serve.host.filling import work
from tests.mturk_exodus.serve.host.stage import ORIGIN, Stage, stage
from tests.real.assembly import folder

TEMPLATES = sorted((folder() / "templates").glob("*.html"))
pytestmark = [
    pytest.mark.skipif(
        not TEMPLATES, reason="the public files are not here: EXODUS_FIXTURES names their folder"
    ),
    pytest.mark.live,
]
SCREENSHOTS = "EXODUS_SCREENSHOTS"
"""Names a folder to keep screenshots in; without it none are made."""
REFUSED = 16
QUESTION_FORMS = 9
NOT_THE_SAME = {
    "side-by-side-comparison": "a radio group of two names, of which only one can be chosen: what"
    " the form model cannot say",
}
"""Parts of names of templates where what arrives is not what was filled in, and why."""
_LIST = re.compile(r"((?:categories|labels)\s*=\s*)(\"|')\s*\{\{[^{}]*\}\}\s*\2")
_LIQUID = re.compile(r"\{%.*?%\}", re.DOTALL)
_BRACES = re.compile(r"\{\{[^{}]*\}\}")
_AMAZON = re.compile(r"mturk|amazon|aws|cloudfront", re.IGNORECASE)


def filled(template: str) -> str:
    """A template with something harmless in every placeholder."""
    for name in html_form.read(template).variables:
        template = template.replace(f"${{{name}}}", "1")
    template = _LIST.sub(r"""\1"['one', 'two']" """, template)
    return _BRACES.sub("1", _LIQUID.sub("", template))


def frames() -> list[tuple[str, Frame]]:
    pages = [(file.name, filled(file.read_text("utf-8", "replace"))) for file in TEMPLATES]
    return [(name, frame_of(page, origin=ORIGIN)) for name, page in pages]


@pytest.fixture(scope="module")
def shown() -> Iterator[Stage]:
    with chromium() as browser, stage(browser) as one:
        yield one


@pytest.mark.timeout(900)
def test_what_is_filled_in_arrives_and_nothing_is_asked_of_amazon(shown: Stage) -> None:
    seen = {name: _worked(shown, name, frame) for name, frame in frames() if not frame.refused}
    wrong = {name for name, (must, did) in seen.items() if must != did}
    unexpected = [name for name in wrong if not any(one in name for one in NOT_THE_SAME)]
    assert unexpected == []
    assert len(wrong) <= 0.05 * len(seen)
    assert len(seen) == len(TEMPLATES) - REFUSED
    assert sum(len(must) for must, _ in seen.values()) > 2_000


def _worked(shown: Stage, name: str, frame: Frame) -> tuple[dict[str, Any], dict[str, Any]]:
    inside = shown.show(frame, phone=True)
    if kept := os.environ.get(SCREENSHOTS):
        shown.page.screenshot(path=Path(kept) / f"frame-{name}.png")
    result = work(shown, inside, question.read(frame.document or ""))
    shown.page.wait_for_load_state("load")
    assert len(shown.network.posts) == 1, name
    asked = [url for url in shown.network.elsewhere if _AMAZON.search(url.split("/")[2])]
    assert asked == [], name
    return result


def test_real_question_forms_are_filled_and_arrive(shown: Stage) -> None:
    arrived = 0
    for file in sorted((folder() / "questions").iterdir()):
        text = file.read_text("utf-8", "replace")
        frame = frame_of(text, origin=ORIGIN)
        if frame.kind == "question_form" and not frame.refused:
            inside = shown.show(frame, phone=True)
            width = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            assert inside.evaluate(width) <= 0, file.name
            must, did = work(shown, inside, question.read(text))
            assert must == did, file.name
            arrived += 1
    assert arrived == QUESTION_FORMS


def test_only_what_marks_pictures_and_texts_is_refused() -> None:
    refused = {name: frame.refused for name, frame in frames() if frame.refused}
    assert len(refused) == REFUSED
    assert all("Label Studio" in (why or "") for why in refused.values())
