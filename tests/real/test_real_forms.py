"""Templates of real requesters: the fields that we find, and those that a real browser finds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks import forms
from benchmarks.fuzz_forms import mutated
from mturk_exodus.questions.pages import html_form
from mturk_exodus.questions.pages.crowd_form import ELEMENTS
from tests.real.assembly import folder, some

TEMPLATES = sorted((folder() / "templates").glob("*.html"))
pytestmark = pytest.mark.skipif(
    not TEMPLATES, reason="the public files are not here: EXODUS_FIXTURES names their folder"
)
FIELDS = 2_942
"""Of all templates together."""


def test_every_template_is_read() -> None:
    forms = [html_form.read(file.read_text("utf-8", "replace")) for file in TEMPLATES]
    assert sum(len(form.fields) for form in forms) == FIELDS
    assert {field.element for form in forms for field in form.fields} >= {
        *("crowd-bounding-box", "crowd-classifier", "crowd-question-answer-generation"),
        *("input type=radio", "select", "textarea"),
    }
    assert not [one for form in forms for one in form.not_understood if one.what in ELEMENTS]


def test_mangled_templates_are_read() -> None:
    templates = [file.read_text("utf-8", "replace") for file in TEMPLATES]
    assert sum(len(html_form.read(mutated(templates, seed)).fields) for seed in range(300)) > 300


@pytest.fixture(scope="module")
def watcher() -> Iterator[forms.Watcher]:
    with forms.chromium() as browser:
        yield forms.Watcher(browser)


@pytest.mark.live
def test_a_browser_finds_the_same_in_every_template(watcher: forms.Watcher) -> None:
    pages = [file.read_text("utf-8", "replace") for file in some(TEMPLATES)]
    rows = [forms.compare(watcher.look(page), html_form.read(page)) for page in pages]
    everything = forms.total(rows)
    assert everything.found >= 0.99 * everything.browser > 20 * len(pages)
    assert (everything.invented, everything.crowd_unnamed) == (0, 0)
    assert everything.groups == everything.groups_found


@pytest.mark.live
def test_a_browser_finds_the_same_in_mangled_templates(watcher: forms.Watcher) -> None:
    templates = [file.read_text("utf-8", "replace") for file in TEMPLATES]
    pages = [mutated(templates, seed) for seed in range(30)]
    rows = [forms.compare(watcher.look(page), html_form.read(page)) for page in pages]
    everything = forms.total(rows)
    # What differs is a `noscript` that is never closed: the browser here runs no scripts.
    assert everything.found >= 0.99 * everything.browser > 50
    assert everything.invented <= 0.01 * everything.browser


@pytest.mark.live
@pytest.mark.parametrize(
    "bounds", ["", "min=1 max=4", "min=0 max=10 step=4", "min=4 max=1", "min=-3"]
)
def test_a_range_stands_where_it_stands_in_a_browser(watcher: forms.Watcher, bounds: str) -> None:
    page = f"<input type=range name=a {bounds}>"
    (field,) = html_form.read(page).fields
    assert field.default == watcher.values(page)["a"]
