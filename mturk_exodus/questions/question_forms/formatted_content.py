"""FormattedContent: a subset of XHTML inside a QuestionForm (MTurk's schema of 2006-07-14)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from selectolax.lexbor import LexborHTMLParser, LexborNode

from mturk_exodus.questions import xml_text
from mturk_exodus.questions.form import NotUnderstood, Shown, UnreadableQuestion

_MOST_TAGS = 500
_LONGEST = 65_535
"""Of markup that is not well formed, which MTurk did not take: tags, and characters. The HTML
parser's time grows with the square of its depth and of an element's attributes."""

_BLOCK = re.compile(
    "address|blockquote|br|caption|center|dd|div|dl|dt|h[1-6]|hr|li|ol|p|pre|table|tr|ul"
).fullmatch
_CELLS = ("td", "th")
_MEDIA = {"img": "image", "audio": "audio", "video": "video", "iframe": "frame", "embed": "frame"}
_CONTROLS = ("input", "select", "textarea", "button", "form", "object", "applet")
_HIDDEN = ("script", "style")


def read(content: Element) -> Iterator[Shown | NotUnderstood]:
    """What is shown: its text, then pictures and links in their order."""
    reading = _Reading()
    try:
        markup = xml_text.text_of(content)
        if len(content):
            _walk_xml(content, reading)
        else:
            _walk(markup, reading)
    except UnreadableQuestion:
        yield NotUnderstood("FormattedContent", "it is not well formed and too large")
        return
    yield from reading.found()


def _walk(markup: str, reading: _Reading) -> None:
    try:
        _walk_xml(xml_text.elements(f"<div>{xml_text.mended(markup)}</div>"), reading)
    except UnreadableQuestion:
        if markup.count("<") > _MOST_TAGS or len(markup) > _LONGEST:
            raise
        body = LexborHTMLParser(markup).body
        if body is not None:
            _walk_html(body, reading)


def _walk_xml(root: Element, reading: _Reading) -> None:
    """A tree of bounded depth, read with a stack all the same."""
    ahead: list[tuple[str, Element]] = [("start", root)]
    while ahead:
        step, one = ahead.pop()
        name = xml_text.local_name(one).lower()
        if step == "start":
            reading.start(name, {key.lower(): value for key, value in one.attrib.items()})
            reading.text(one.text or "")
            ahead.append(("end", one))
            ahead.extend(("start", child) for child in reversed(one))
        else:
            reading.end(name)
            reading.text((one.tail if one is not root else None) or "")


def _walk_html(root: LexborNode, reading: _Reading) -> None:
    ahead: list[tuple[str, LexborNode]] = [("start", root)]
    while ahead:
        step, one = ahead.pop()
        name = one.tag or ""
        if step == "end":
            reading.end(name)
        elif name == "-text":
            reading.text(one.text(deep=False) or "")
        elif one.is_element_node:
            reading.start(name, {key: value or "" for key, value in one.attributes.items()})
            ahead.append(("end", one))
            inside = [*one.iter(include_text=True)]
            ahead.extend(("start", child) for child in reversed(inside))


class _Reading:
    """What a walk through markup meets: text as it is seen, media, links."""

    def __init__(self) -> None:
        self._text: list[str] = []
        self._shown: list[Shown] = []
        self._odd: list[NotUnderstood] = []
        self._links: list[tuple[str, int]] = []
        self._hidden = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if _BLOCK(name):
            self._text.append("\n")
        elif name in _CELLS:
            self._text.append(" ")
        if name in _HIDDEN:
            self._hidden += 1
        if name in _HIDDEN[:1] or name in _CONTROLS:
            why = "MTurk took no such element in formatted content"
            self._odd.append(NotUnderstood(f"{name} in FormattedContent", why))
        if name == "a":
            self._links.append((attributes.get("href", "").strip(), len(self._text)))
        address = attributes.get("src", "").strip()
        if name in _MEDIA and address:
            self._shown.append(Shown(_MEDIA[name], address, attributes.get("alt") or None))

    def text(self, text: str) -> None:
        if text and not self._hidden:
            self._text.append(" ".join(f"|{text}|".split())[1:-1])

    def end(self, name: str) -> None:
        if name in _HIDDEN:
            self._hidden -= 1
        if name == "a" and self._links:
            address, since = self._links.pop()
            if address:
                label = " ".join("".join(self._text[since:]).split())
                self._shown.append(Shown("link", address, label or None))
        if _BLOCK(name):
            self._text.append("\n")

    def found(self) -> Iterator[Shown | NotUnderstood]:
        lines = (" ".join(line.split()) for line in "".join(self._text).split("\n"))
        text = "\n".join(line for line in lines if line)
        if text:
            yield Shown("text", text)
        yield from self._shown
        yield from self._odd
