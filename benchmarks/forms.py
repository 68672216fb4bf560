"""What we find in pages, beside what a real browser finds in them.

Each page is loaded in Debian's Chromium with scripts off and nothing let through but the page
itself. Every named control that can send something is compared by name, type and, where it has
any, the values that can be chosen; radio buttons also by how many groups they make.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mturk_exodus.questions.form import Field, Form
from mturk_exodus.questions.pages import html_form
from mturk_exodus.questions.pages.crowd_form import ELEMENTS
from mturk_exodus.questions.pages.page_source import encoded

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Route

CHROMIUM = "/usr/bin/chromium"
ADDRESS = "http://page.invalid/"
TEMPLATES = Path(__file__).resolve().parents[2] / "shared" / "fixtures" / "mturk" / "templates"

Control = tuple[str, str, str]
"""Name, element and type, and the values that can be chosen, as JSON."""

_LIST = """() => {
  const forms = new Map([...document.querySelectorAll("form")].map((form, n) => [form, n]));
  const controls = [...document.querySelectorAll("input, select, textarea, button")]
    .filter((one) => one.namespaceURI === "http://www.w3.org/1999/xhtml")
    .map((one) => ({
      tag: one.localName, type: one.type, name: one.getAttribute("name") || "",
      owner: one.form ? forms.get(one.form) : -1,
      disabled: one.matches(":disabled"),
      aside: one.closest("noscript, datalist") !== null,
      value: one.value,
      options: one.localName === "select"
        ? [...one.options].filter((option) => !option.matches(":disabled")).map((o) => o.value)
        : [],
    }));
  const crowd = [...document.querySelectorAll("*")].map((one) => one.localName)
    .filter((name) => name.startsWith("crowd-"));
  return JSON.stringify({controls, crowd});
}"""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a browser lists.

    Attributes:
        controls: those that can send something.
        unsent: how many it has that cannot: without a name, disabled, plain buttons.
        groups: how many groups of radio buttons, each of one form and one name.
        crowd: names of Crowd elements, as often as they occur.
    """

    controls: Counter[Control]
    unsent: int
    groups: int
    crowd: Counter[str]


@dataclass(frozen=True, slots=True)
class Row:
    """The comparison of one page, in numbers of controls or elements."""

    browser: int
    found: int
    missing: int
    invented: int
    unsent: int
    groups: int
    groups_found: int
    crowd: int
    crowd_unnamed: int
    not_understood: int


@contextmanager
def chromium(*arguments: str) -> Iterator[Browser]:
    """A browser without a window; `arguments` are more of its own."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only who looks needs it

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", *arguments],
        )
        try:
            yield browser
        finally:
            browser.close()


class Watcher:
    """Loads pages in a browser, each by itself; with scripts off, and no network."""

    def __init__(self, browser: Browser) -> None:
        self._context: BrowserContext = browser.new_context(java_script_enabled=False)

    def look(self, html: str) -> Seen:
        """Load a page and list what is in it."""
        said = self._load(html)
        sent = [one for one in said["controls"] if _is_sent(one)]
        radios = {(one["owner"], one["name"]) for one in sent if one["type"] == "radio"}
        return Seen(
            Counter(_control(one) for one in sent),
            sum(not one["aside"] for one in said["controls"]) - len(sent),
            len(radios),
            Counter(said["crowd"]),
        )

    def values(self, html: str) -> dict[str, str]:
        """What each control of a page holds, by its name."""
        return {one["name"]: one["value"] for one in self._load(html)["controls"]}

    def _load(self, html: str) -> Any:  # noqa: ANN401 - JSON
        body = encoded(html)

        def answer(route: Route) -> None:
            if route.request.url == ADDRESS and route.request.is_navigation_request():
                route.fulfill(body=body, content_type="text/html; charset=utf-8")
            else:
                route.abort()

        page = self._context.new_page()
        try:
            page.route("**/*", answer)
            page.goto(ADDRESS, wait_until="domcontentloaded")
            return json.loads(page.evaluate(_LIST))
        finally:
            page.close()


def _is_sent(one: dict[str, object]) -> bool:
    plain = one["type"] in ("button", "reset")
    return bool(one["name"]) and not (plain or one["disabled"] or one["aside"])


def _control(one: dict[str, object]) -> Control:
    tag, said = str(one["tag"]), str(one["type"])
    if tag == "select":
        multiple = " multiple" if said == "select-multiple" else ""
        return str(one["name"]), f"select{multiple}", json.dumps(one["options"])
    element = tag if tag == "textarea" else f"{tag} type={said}"
    value = json.dumps(one["value"]) if said in ("radio", "checkbox") else ""
    return str(one["name"]), element, value


def controls(form: Form) -> Counter[Control]:
    """The controls that the fields of a form were made of."""
    return Counter(one for field in form.fields for one in _controls_of(field))


def _controls_of(field: Field) -> Iterable[Control]:
    if field.element.startswith("select"):
        values = json.dumps([choice.value for choice in field.choices])
        return [(field.name, field.element, values)]
    if field.element in ("input type=radio", "input type=checkbox"):
        return [(field.name, field.element, json.dumps(one.value)) for one in field.choices]
    is_html = field.element.split(" ")[0] in ("input", "textarea", "button")
    return [(field.name, field.element, "")] if is_html else []


def compare(seen: Seen, form: Form) -> Row:
    """The numbers of one page."""
    found = controls(form)
    named = {field.element for field in form.fields} | set(ELEMENTS)
    named |= {one.what.split(" ")[0] for one in form.not_understood}
    return Row(
        browser=seen.controls.total(),
        found=(found & seen.controls).total(),
        missing=(seen.controls - found).total(),
        invented=(found - seen.controls).total(),
        unsent=seen.unsent,
        groups=seen.groups,
        groups_found=sum(field.element == "input type=radio" for field in form.fields),
        crowd=seen.crowd.total(),
        crowd_unnamed=sum(times for name, times in seen.crowd.items() if name not in named),
        not_understood=len(form.not_understood),
    )


def compare_all(files: Iterable[Path]) -> Iterator[tuple[str, Row]]:
    """The numbers of every page, as they come."""
    with chromium() as browser:
        watcher = Watcher(browser)
        for file in files:
            html = file.read_text("utf-8", "replace")
            yield file.name, compare(watcher.look(html), html_form.read(html))


def total(rows: Iterable[Row]) -> Row:
    """The sum of each number."""
    held = list(rows)
    return Row(*(sum(getattr(row, one.name) for row in held) for one in fields(Row)))


def _line(name: str, row: Row) -> str:
    numbers = " ".join(f"{getattr(row, one.name):>{len(one.name)}}" for one in fields(Row))
    return f"{name[-60:]:<60} {numbers}"


def main() -> int:
    """Print the table; 1 if less than 99 % is found, or anything is invented or unnamed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=TEMPLATES)
    files = sorted(parser.parse_args().folder.glob("*.html"))
    print(f"{'template':<60} {' '.join(one.name for one in fields(Row))}")
    rows = []
    for name, row in compare_all(files):
        rows.append(row)
        print(_line(name, row), flush=True)
    everything = total(rows)
    print(_line(f"{len(rows)} templates", everything))
    whole = sum(not row.missing and not row.invented for row in rows)
    share = everything.found / max(everything.browser, 1)
    print(f"{whole} of {len(rows)} templates whole; {share:.2%} of the controls found")
    return int(share < 0.99 or bool(everything.invented or everything.crowd_unnamed))  # noqa: PLR2004 - the share that is asked for


if __name__ == "__main__":
    sys.exit(main())
