"""Label Studio's own editor in a real browser, worked as a person works it."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from PIL import Image

from benchmarks.forms import chromium

if TYPE_CHECKING:
    from playwright.sync_api import ConsoleMessage, Page, Request

SCREENSHOTS = "EXODUS_SCREENSHOTS"
"""Names a folder to keep screenshots in; without it they lie in pytest's temporary folder."""

# Not a route of Playwright's: with one, the browser keeps no file of the editor.
_NOWHERE_ELSE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"

_SIZE = {"width": 1400, "height": 1000}
_SECONDS = 30.0
_SECONDS_TO_OPEN = 20.0
_TRIES = 4
_SETTLED = 3
"""Looks, a tenth of a second each."""
_NOTE = "a note that is taken back"

_SELECTED = "window.Htx?.annotationStore?.selected"
_IS_OPEN = f"(ids) => ids.includes({_SELECTED}?.pk) && {_SELECTED}.results.length > 0"
# Pictures that are there or will never be, and masks that are drawn.
_IS_DRAWN = f"""() => {_SELECTED}.objects.every((one) => one.type !== "image"
    || one.imageEntities.every((each) => each.error || each.imageLoaded))"""
_SERIALIZED = f"() => JSON.parse(JSON.stringify({_SELECTED}?.serializeAnnotation() ?? []))"
_SEEN = """() => {
  const seen = (one) => one.checkVisibility({checkVisibilityCSS: true});
  const all = (what) => [...document.querySelectorAll(what)].filter(seen);
  const caption = (one) => {
    const copy = one.closest("label").cloneNode(true);
    copy.querySelectorAll("sup").forEach((hint) => hint.remove());
    return copy.textContent;
  };
  const text = (one) => {
    const copy = one.cloneNode(true);
    copy.querySelectorAll("br").forEach((line) => line.replaceWith("\\n"));
    return copy.textContent;
  };
  return [
    ...all(".lsf-choices input:checked").map(caption),
    ...all("[data-testid=select-display-value]").map(text),
    ...all("[data-testid=htx-textbox-content]").map(text),
    ...all(".lsf-number input[type=number], .htx-datetime input").map((one) => one.value),
    ...all(".lsf-number output").map(text),
    ...all(".htx-highlight").map(text),
  ];
}"""
_SAYS_NOTHING = (
    "/heidi-tips",  # a file that the server's Community edition has not
    "reading 'default_selected_annotation')",  # its list of tasks was left while it loaded
)


class Editor:
    """A browser in which somebody has logged in.

    Args:
        page: of the browser.
        url: the server's.
        folder: where screenshots go.

    Attributes:
        errors: what went wrong in the page since the last task was opened.
        left: addresses beyond this machine that the page asked for; none was answered.
    """

    def __init__(self, page: Page, url: str, folder: Path) -> None:
        self.page = page
        self.errors: list[str] = []
        self.left: list[str] = []
        self._url = url
        self._folder = folder
        page.set_default_timeout(_SECONDS * 1000)
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self._note(str(error)))
        page.on("request", self._watch)

    def log_in(self) -> None:
        """By the form, with the server's one user."""
        self.page.goto(f"{self._url}/user/login/")
        self.page.fill("input[name=email]", "admin@example.com")
        self.page.fill("input[name=password]", "adminpass1")
        self.page.press("input[name=password]", "Enter")
        self.page.wait_for_url(re.compile("/(projects/?)?$"))

    def open(self, task: dict[str, Any]) -> dict[str, Any]:
        """Open a task; the annotation that is selected then. All pictures are there, or failed.

        Now and then Label Studio opens a task before it has its annotations, and offers an empty
        one: then it is opened again, as a person would.
        """
        address = f"{self._url}/projects/{task['project']}/data?task={task['id']}"
        wanted = {str(one["id"]): one for one in task["annotations"]}
        for _ in range(_TRIES):
            # What the page before asks for in vain is no error of this one's.
            self.page.goto("about:blank")
            self.errors.clear()
            self.page.goto(address, wait_until="commit")
            if self._is_settled([*wanted]):
                self.page.wait_for_function(_IS_DRAWN)
                found: dict[str, Any] = wanted[self.page.evaluate(f"() => {_SELECTED}.pk")]
                return found
        self.shot("not opened")
        raise AssertionError("no annotation was opened")

    def _is_settled(self, wanted: list[str]) -> bool:
        """Whether an annotation is open, and stays as it is: the editor may load it twice."""
        before: list[dict[str, Any]] = []
        same, until = 0, time.monotonic() + _SECONDS_TO_OPEN
        while same < _SETTLED and time.monotonic() < until:
            self.page.wait_for_timeout(100)
            now = self.results() if self.page.evaluate(_IS_OPEN, wanted) else []
            same = same + 1 if now and now == before else 0
            before = now
        return same == _SETTLED

    def results(self) -> list[dict[str, Any]]:
        """The selected annotation as the editor would send it."""
        found: list[dict[str, Any]] = self.page.evaluate(_SERIALIZED)
        return found

    def seen(self) -> list[str]:
        """What a person sees of an answer, in order: captions that are checked, texts, numbers."""
        return sorted(self.page.evaluate(_SEEN))

    def update(self) -> None:
        """Press Update, which has to be something to do: write a note, and take it back."""
        box = self.page.locator("[data-testid=textarea-input]:visible").last
        box.fill(_NOTE)
        box.press("Enter")
        note = self.page.locator("[data-testid=textarea-region]:visible", has_text=_NOTE)
        note.get_by_label("Delete Region").click()
        with self.page.expect_response(
            lambda reply: reply.request.method == "PATCH" and "/api/annotations/" in reply.url
        ) as reply:
            self.page.get_by_label("submit").click()
        assert reply.value.ok, reply.value.status

    def shot(self, name: str) -> None:
        """Keep a screenshot."""
        self._folder.mkdir(parents=True, exist_ok=True)
        name = re.sub(r"\W+", "-", name).strip("-")
        self.page.screenshot(path=self._folder / f"{name}.png")

    def picture(self) -> Image.Image:
        """The image that regions are on, as it is shown, regions included."""
        box = self.page.locator(".konvajs-content").first.bounding_box()
        assert box is not None
        shown = self.page.screenshot(clip=box)
        return Image.open(BytesIO(shown)).convert("RGB")

    def becomes(self, look: Callable[[], object], wanted: object) -> object:
        """What is looked at, as soon as it is what is wanted; after a while, whatever it is."""
        until = time.monotonic() + _SECONDS
        while (found := look()) != wanted and time.monotonic() < until:
            self.page.wait_for_timeout(100)
        return found

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._note(f"{message.text} {message.location.get('url', '')}")

    def _note(self, error: str) -> None:
        if not error.endswith(_SAYS_NOTHING):
            self.errors.append(error)

    def _watch(self, request: Request) -> None:
        if urlsplit(request.url).hostname not in ("127.0.0.1", None):
            self.left.append(request.url)


@contextmanager
def editor(url: str, folder: Path) -> Iterator[Editor]:
    """An editor while its browser runs."""
    kept = os.environ.get(SCREENSHOTS)
    with chromium(_NOWHERE_ELSE) as browser:
        page = browser.new_page(viewport=_SIZE)  # type: ignore[arg-type] # a dict with both sides
        one = Editor(page, url, Path(kept) if kept else folder)
        one.log_in()
        yield one
