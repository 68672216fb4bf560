"""An HTML page laid flat: its texts in order, and the elements that say something about a form.

selectolax (lexbor) parses as the HTML standard says. Scripts are not run, but the page is parsed as
for a browser that runs them, because MTurk's workers did: what stands in `noscript` was a text to
them, and no field. What stands in `template` is not in the page until a script puts it there.

Everything here is linear in the page. Nesting costs no stack: nothing recurses.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from selectolax.lexbor import LexborDocumentOptions, LexborHTMLParser, LexborNode

from mturk_exodus.questions.pages.page_source import (
    FORM_ENDED,
    encoded,
    marked,
    unmarked,
    why_too_large,
)
from mturk_exodus.questions.pages.surroundings import INLINE, REGIONS, Around, inside, words
from mturk_exodus.questions.placeholders import without_tags

LONGEST_LABEL = 1000
"""Characters of a label, so that labels that stand in each other stay linear in the page."""

_MOST_ELEMENTS = 50_000
"""A parser makes some by itself, and copies of what people left open."""
_OWNED = words("input select textarea button")
_SPACES = re.compile(r"\s+")
_RECORDED = words(
    """input select textarea button option optgroup label legend fieldset form img audio video
    source iframe frame embed object applet a canvas"""
)
_NO_CONTENT = words("style noscript noembed noframes iframe")
_HEADED = words("crowd-card crowd-tab crowd-toast") | REGIONS


@dataclass(slots=True)
class Element:
    """An element that says something about the form.

    Attributes:
        tag: in lower case.
        attributes: by name; an empty one is an empty text.
        number: its place among all elements of the page; `last` is its last descendant's.
        start: the first text that is in it or after it; `end` the first that is after it.
        block: what it shares with the texts of its line.
    """

    tag: str
    attributes: dict[str, str]
    around: Around
    number: int
    start: int
    block: int
    last: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Text:
    """A text of the page; silent if it belongs to a control rather than to the page."""

    text: str
    block: int
    silent: bool


@dataclass(frozen=True, slots=True)
class Joined:
    """Texts in one, and the place of each in it; so that taking some of them costs their length."""

    text: str
    places: Sequence[int]


@dataclass(slots=True)
class Page:
    """What a page says.

    Attributes:
        elements: those that were recorded, by number.
        ids: the first element of each id.
        script_texts: what is in the scripts of the page itself.
        script_urls: scripts that are loaded.
        templates: the markup of its `template` elements.
        too_large: why it was not read, if it was not.
    """

    elements: dict[int, Element] = field(default_factory=dict)
    texts: list[Text] = field(default_factory=list)
    ids: dict[str, Element] = field(default_factory=dict)
    title: str | None = None
    script_texts: list[str] = field(default_factory=list)
    script_urls: list[str] = field(default_factory=list)
    templates: list[str] = field(default_factory=list)
    has_handlers: bool = False
    too_large: str | None = None
    _all: Joined = field(default_factory=lambda: Joined("", (0,)))
    _seen: Joined = field(default_factory=lambda: Joined("", (0,)))

    def text(
        self, start: int, end: int, *, silent: bool = False, longest: int = LONGEST_LABEL
    ) -> str:
        """The texts from one to another, on one line, cut off after so many characters."""
        said = self._all if silent else self._seen
        first = said.places[start]
        return line(said.text[first : min(said.places[end], first + 2 * longest)], longest)

    def join(self) -> None:
        """To be called when all texts are there, before any is asked for."""
        self._all = _joined(self.texts)
        self._seen = _joined([replace(one, text="") if one.silent else one for one in self.texts])

    def of(self, *tags: str) -> Iterator[Element]:
        """The recorded elements of these tags, in order."""
        return (one for one in self.elements.values() if one.tag in tags and not one.around.foreign)


def read(html: str) -> Page:
    """Lay a page flat. Never raises; a page that would take too long is `too_large`."""
    if why := why_too_large(html):
        return Page(too_large=why)
    parser = LexborHTMLParser(
        encoded(marked(html)), options=LexborDocumentOptions.WO_EVENTS.value, scripting=True
    )
    builder = _Builder()
    if parser.root is not None:
        _walk(parser.root, builder)
    if builder.is_full:
        return Page(too_large=f"has more than {_MOST_ELEMENTS} elements")
    builder.page.join()
    return builder.page


def line(text: str, longest: int = LONGEST_LABEL) -> str:
    """A text on one line, cut off after so many characters; without Liquid's tags."""
    joined = " ".join(without_tags(text[: 2 * longest]).split())
    return joined if len(joined) <= longest else f"{joined[: longest - 1]}…"


def _joined(texts: Iterable[Text]) -> Joined:
    """Texts of one line side by side, with a space between lines."""
    parts, places, length, block = [], [0], 0, -1
    for one in texts:
        text = _SPACES.sub(" ", one.text)
        if text and one.block != block:
            text, block = f" {text}", one.block
        parts.append(text)
        length += len(text)
        places.append(length)
    return Joined("".join(parts), places)


def _walk(root: LexborNode, builder: _Builder) -> None:
    """Enter and leave every node, in the page's order."""
    above: list[LexborNode] = []
    node: LexborNode | None = root
    while node is not None and not builder.is_full:
        child = node.first_child if builder.enter(node) else None
        if child is not None:
            above.append(node)
            node = child
            continue
        builder.leave()
        while node.next is None and above:
            node = above.pop()
            builder.leave()
        node = node.next if above else None


@dataclass(slots=True)
class _Frame:
    """An element that is open."""

    tag: str
    around: Around
    inside: Around
    element: Element | None = None
    has_legend: bool = False


class _Builder:
    """Makes a page out of its nodes."""

    def __init__(self) -> None:
        self.page = Page()
        self._frames: list[_Frame] = []
        self._count = 0
        self._block = 0
        self._form: int | None = None

    @property
    def is_full(self) -> bool:
        """Whether the page has more elements than are read."""
        return self._count > _MOST_ELEMENTS

    def enter(self, node: LexborNode) -> bool:
        """Take a node; whether its children are to be taken, too."""
        around = self._frames[-1].inside if self._frames else Around()
        tag = node.tag or ""
        if tag.startswith("-") or not tag:
            if node.is_text_node:
                self._add_text(unmarked(node.text_content or ""), around)
            elif node.is_comment_node and node.comment_content == FORM_ENDED:
                self._form = None
            self._frames.append(_Frame("", around, around))
            return False
        if not around.foreign:
            tag = tag.lower()
        return self._enter_element(node, tag, around)

    def leave(self) -> None:
        """The node that was entered last is over."""
        frame = self._frames.pop()
        if frame.element is not None:
            frame.element.last = self._count
            frame.element.end = len(self.page.texts)
        if frame.tag and frame.tag not in INLINE:
            self._block += 1

    def _enter_element(self, node: LexborNode, tag: str, around: Around) -> bool:
        self._count += 1
        if tag not in INLINE:
            self._block += 1
        attributes = {name: unmarked(value or "") for name, value in node.attributes.items()}
        frame = _Frame(tag, around, around)
        self._frames.append(frame)
        if not around.foreign and self._is_outside_the_page(node, tag, attributes):
            return False
        if tag == "form" and not around.foreign:
            self._form = self._count
        if tag in _OWNED and self._form not in (None, around.form):
            around = replace(around, form=self._form)
        element = Element(tag, attributes, around, self._count, len(self.page.texts), self._block)
        if _is_recorded(tag, attributes):
            frame.element = self.page.elements[element.number] = element
        if attributes.get("id"):
            frame.element = element
            self.page.ids.setdefault(attributes["id"], element)
        if heading := _heading(tag, attributes):
            self._add_text(heading, around)
            self._block += 1
        self.page.has_handlers |= any(name.startswith("on") for name in attributes)
        frame.inside = self._inside(element)
        return tag not in _NO_CONTENT or around.foreign

    def _is_outside_the_page(self, node: LexborNode, tag: str, attributes: dict[str, str]) -> bool:
        """Take scripts, templates and the title for themselves."""
        if tag == "script":
            if attributes.get("src"):
                self.page.script_urls.append(attributes["src"].strip())
            elif text := unmarked(node.text_lexbor()).strip():
                self.page.script_texts.append(text)
        elif tag == "template":
            self.page.templates.append(unmarked(node.html or ""))
        elif tag == "title":
            self.page.title = self.page.title or _title(node.text_lexbor())
        return tag in ("script", "template", "title")

    def _add_text(self, text: str, around: Around) -> None:
        if around.foreign and around.silent:
            return
        text = without_tags(text)
        if text.strip():
            self.page.texts.append(Text(text, self._block, around.silent))
        elif text and self.page.texts and not around.silent:
            before = self.page.texts[-1]
            if before.block == self._block and not (before.silent or before.text[-1].isspace()):
                self.page.texts[-1] = replace(before, text=before.text + " ")

    def _inside(self, element: Element) -> Around:
        """What the children of the element entered last stand in."""
        parent = self._frames[-2] if len(self._frames) > 1 else None
        if parent and element.tag == "legend" and parent.tag == "fieldset":
            is_first, parent.has_legend = not parent.has_legend, True
            if is_first:
                # A fieldset does not disable what is in its legend.
                return replace(element.around, disabled=parent.around.disabled)
        return inside(element.tag, element.attributes, element.number, element.around)


def _title(text: str) -> str | None:
    return " ".join(unmarked(text).split()) or None


def _heading(tag: str, attributes: dict[str, str]) -> str:
    """What a Crowd element or a part of one shows that is no text of the page."""
    if tag in _HEADED:
        names = ("heading", "header", "text")
        return next((attributes[name] for name in names if attributes.get(name)), "")
    return ""


def _is_recorded(tag: str, attributes: dict[str, str]) -> bool:
    return (
        tag in _RECORDED
        or "-" in tag
        or "contenteditable" in attributes
        or attributes.get("role") in ("group", "radiogroup")
    )
