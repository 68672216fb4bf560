"""Templates of real requesters as HITs of the host: filled in a real browser, and what arrives."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from benchmarks.forms import chromium
from mturk_exodus.questions import question
from mturk_exodus.questions.pages import html_form
from mturk_exodus.questions.showing import Frame, frame_of
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
