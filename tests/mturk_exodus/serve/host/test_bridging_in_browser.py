"""The page on which tokens are redeemed, in a real browser on a phone, without scripts."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from benchmarks.forms import chromium
from mturk_exodus.bridge import Bridge, beside, spelled
from mturk_exodus.serve.host.bridging import personal_link, study_link
from mturk_exodus.serve.host.panels import PANELS
from tests.mturk_exodus.bridge.support import ONE, WORKERS, built, token
from tests.mturk_exodus.serve.host.account import build
from tests.mturk_exodus.serve.host.hosted import (
    SCREENSHOTS,
    Hosted,
    completion,
    for_worker,
    hosted,
)
from tests.mturk_exodus.serve.host.stage import PHONE

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.live
_SEEN = """() => [...document.querySelectorAll('h1, p, label, input, button, a')].every((one) => {
  const box = one.getBoundingClientRect();
  return box.left >= 0 && box.right <= innerWidth && box.height > 0;
})"""
_CONTRAST = """() => {
  const lightness = (text) => {
    const [r, g, b] = text.match(/[0-9.]+/g).slice(0, 3).map((one) => {
      const part = one / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (one) => {
    const colour = getComputedStyle(one).backgroundColor;
    return colour === 'rgba(0, 0, 0, 0)' && one.parentElement ? behind(one.parentElement) : colour;
  };
  return Math.min(...[...document.querySelectorAll('h1, p, label, input, button, a')].map((one) => {
    const two = [lightness(getComputedStyle(one).color), lightness(behind(one))].sort();
    return (two[1] + 0.05) / (two[0] + 0.05);
  }));
}"""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosted]:
    archive = tmp_path_factory.mktemp("bridging") / "mturk.db"
    build(archive)
    with hosted(archive) as one:
        yield one


@pytest.fixture
def bridge(service: Hosted) -> Iterator[Bridge]:
    yield built(beside(service.archive), WORKERS[:5])
    beside(service.archive).unlink()


@pytest.fixture(scope="module")
def tab() -> Iterator[Page]:
    """A phone whose owner has switched scripts off: what is evaluated here runs all the same."""
    with chromium() as browser:
        context = browser.new_context(viewport=PHONE, java_script_enabled=False)  # type: ignore[arg-type] # a dict with both sides
        context.set_default_timeout(10_000)
        yield context.new_page()
        context.close()


def _address(service: Hosted, bridge: Bridge) -> str:
    link = study_link(f"http://127.0.0.1:{service.port}", bridge.key, PANELS["prolific"])
    return for_worker(link, ONE)


def _looked_at(tab: Page, name: str) -> None:
    """Nothing is cut off, everything can be read, and somebody may look at it."""
    if folder := os.environ.get(SCREENSHOTS):
        tab.screenshot(path=Path(folder) / f"bridge-{name}.png", full_page=True)
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert tab.evaluate(_SEEN)
    assert tab.evaluate(_CONTRAST) >= 4.5


def test_somebody_types_a_token_on_a_phone_and_is_known(
    tab: Page, service: Hosted, bridge: Bridge
) -> None:
    tab.goto(_address(service, bridge))
    _looked_at(tab, "asked")
    field = tab.get_by_label("Your invitation code")
    field.fill("00000 00000 00000 00000")
    field.press("Enter")
    assert "We do not know this code" in tab.get_by_role("alert").inner_text()
    _looked_at(tab, "wrong")
    field.fill(spelled(token()).lower())
    tab.get_by_role("button", name="That was me").click()
    assert "we know you now" in tab.get_by_role("heading").inner_text()
    _looked_at(tab, "known")
    assert tab.get_by_role("link", name="Finish").get_attribute("href") == completion(ONE)
    assert bridge.counts().redeemed == 1


def test_the_keyboard_is_enough_and_shows_where_it_is(
    tab: Page, service: Hosted, bridge: Bridge
) -> None:
    tab.goto(_address(service, bridge))
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.id") == "field"
    assert tab.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    tab.keyboard.type(token())
    tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    tab.get_by_text("we know you now").wait_for()
    assert bridge.counts().redeemed == 1


def test_a_personal_link_shows_its_token(tab: Page, service: Hosted, bridge: Bridge) -> None:
    origin = f"http://127.0.0.1:{service.port}"
    tab.goto(personal_link(origin, bridge.key, spelled(token())))
    assert spelled(token()) in tab.get_by_role("main").inner_text()
    _looked_at(tab, "token")
    assert bridge.counts().redeemed == 0
