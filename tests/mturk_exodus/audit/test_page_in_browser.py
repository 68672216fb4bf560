"""The page in a real browser: nothing runs, nothing is asked for, everybody can read it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import (  # type: ignore[import-untyped] # it has no types
    Axe,
)

from benchmarks.forms import chromium
from mturk_exodus.audit.renderers import html
from mturk_exodus.audit.studies_file import Study
from tests.mturk_exodus.audit.support import audited, settings
from tests.mturk_exodus.requester_site.support import file_of, holding, row

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.live
SCREENSHOTS = os.environ.get("EXODUS_SCREENSHOTS")
"""A folder for pictures of the page, for who wants to look at them."""
WIDTHS = {"phone": 390, "desktop": 1280, "paper": 703}
HOSTILE = (
    "</style><script>document.title = 'run'</script><img src=x onerror=\"document.title='run'\">"
)
SERIOUS = {"serious", "critical"}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def page_file(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("page") / "report.html"
    with audited(demo, settings(studies=(Study("One", batches=("2963456",)),))) as report:
        file.write_text("".join(html.page(report, 25)), encoding="utf-8")
    return file


@contextmanager
def opened(browser: Browser, file: Path, width: int, theme: str) -> Iterator[Page]:
    """The page; whatever it says or asks for fails the test."""
    asked: list[str] = []
    said: list[str] = []
    context = browser.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    page.goto(file.as_uri())
    yield page
    assert (said, asked) == ([], [file.as_uri()])
    context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_it_fits_and_axe_finds_nothing_serious(
    browser: Browser, page_file: Path, width: str, theme: str
) -> None:
    with opened(browser, page_file, WIDTHS[width], theme) as page:
        if width == "paper":
            page.emulate_media(media="print")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        if SCREENSHOTS:
            page.screenshot(path=f"{SCREENSHOTS}/audit-{width}-{theme}.png", full_page=True)
        found = [one for one in _violations(page) if one["impact"] in SERIOUS]
        assert found == []


def test_every_part_is_reached_by_keyboard(browser: Browser, page_file: Path) -> None:
    with opened(browser, page_file, WIDTHS["desktop"], "light") as page:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "To the content"
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        assert page.url.endswith("#holdings")
        wide = page.locator(".table").evaluate_all("all => all.every(one => one.tabIndex === 0)")
        assert wide


def test_every_picture_has_words(browser: Browser, page_file: Path) -> None:
    with opened(browser, page_file, WIDTHS["desktop"], "light") as page:
        assert page.locator("svg").count() >= 5
        words = page.locator("svg > desc").all_text_contents()
        assert len(words) == page.locator("svg[role=img][aria-labelledby]").count()
        assert all(len(one) > 10 for one in words)


def test_it_prints(browser: Browser, page_file: Path) -> None:
    with opened(browser, page_file, WIDTHS["desktop"], "dark") as page:
        pdf = page.pdf(prefer_css_page_size=True)
        assert pdf.startswith(b"%PDF")
        page.emulate_media(media="print", color_scheme="dark")
        ink = "getComputedStyle(document.body).color"
        assert page.evaluate(ink) == "rgb(0, 0, 0)"


def test_hostile_texts_do_not_run(browser: Browser, tmp_path: Path) -> None:
    rows = [
        row(Title=HOSTILE, RequesterFeedback=HOSTILE, HITTypeId=HOSTILE, **{"Answer.a": HOSTILE})
    ]
    with holding(tmp_path, file_of(rows, ["Answer.a"])):
        pass
    file = tmp_path / "report.html"
    with audited(tmp_path / "mturk.db", settings(studies=(Study(HOSTILE),))) as report:
        file.write_text("".join(html.page(report, 25)), encoding="utf-8")
    with opened(browser, file, WIDTHS["desktop"], "light") as page:
        assert page.title().startswith("Audit of mturk.db")
        assert page.locator("script, img").count() == 0
        assert page.get_by_text(HOSTILE).count() >= 1


def _violations(page: Page) -> list[dict[str, object]]:
    found: list[dict[str, object]] = Axe().run(page).response["violations"]
    return [
        {"id": one["id"], "impact": one["impact"], "nodes": [n["html"] for n in one["nodes"]][:3]}  # type: ignore[attr-defined] # axe's JSON
        for one in found
    ]
