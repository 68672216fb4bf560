"""The XML of questions: mended where it is clear what was meant, read without DTD or entities."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from html.entities import html5
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml.common import DTDForbidden
from defusedxml.ElementTree import DefusedXMLParser

from mturk_exodus.questions.form import NotUnderstood, UnreadableQuestion
from mturk_exodus.questions.xml_references import (
    AMPERSANDS,
    LOST,
    XML_NAMES,
    is_allowed,
    joined,
    number_of,
)

DEEPEST = 200
"""Levels. MTurk's own elements need 8; the rest is for pages that are not CDATA."""

SKIPPED = r"<!\[CDATA\[(?:.*?\]\]>|.*)|<!--(?:.*?-->|.*)|<\?(?:.*?\?>|.*)"
"""What holds no tags and no references; one that is not closed goes on to the end."""

_SKIPPED = re.compile(SKIPPED, re.DOTALL).finditer

# Jinja and Velocity write comments and directives in front of a document.
_PROLOGUE = re.compile(
    rf"\s+|\ufeff|{SKIPPED}|##[^\n]*|#\*.*?\*#|#[a-z]{{2,20}}\b[^\n<]*"
    r"|\{#.*?#\}|\{%.*?%\}",
    re.DOTALL,
).match
_DIRECTIVE = re.compile(r"#(?:foreach|if|elseif|else|end|set|macro|parse)\b|\{%")
_DOCTYPE = re.compile(r"<!DOCTYPE\b", re.IGNORECASE).match
_ROOT = re.compile(r"<(?:[^\s<>/:!?\"'&=]{1,100}:)?([^\s<>/:!?\"'&=]{1,100})(?=[\s/>])").match

_WHOLE = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII).fullmatch
_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,18}\.?[0-9]{0,18}|\.[0-9]{1,18})", re.ASCII).fullmatch


class _TooDeep(ValueError):
    """More levels than any question has."""


class _Builder(TreeBuilder):
    """A tree of bounded depth."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = 0

    def start(self, tag: str, attrs: dict[str, str], /) -> Element:
        self._depth += 1
        if self._depth > DEEPEST:
            raise _TooDeep
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> Element:
        self._depth -= 1
        return super().end(tag)


def root_at(text: str) -> int:
    """Where the first element begins, behind declarations, comments and a template's directives."""
    at = 0
    while (match := _PROLOGUE(text, at)) and match.end() > at:
        at = match.end()
    return at


def root_name(text: str) -> str | None:
    """The name of the first element without its prefix; `!DOCTYPE` if a DTD stands before it."""
    at = root_at(text)
    if _DOCTYPE(text, at):
        return "!DOCTYPE"
    root = _ROOT(text, at)
    return root[1] if root else None


def parse(text: str, name: str) -> Element:
    """The root of a document of MTurk's.

    The encoding that a document declares is that of bytes; this is text already. So are byte
    order marks passed over, and white space and directives of templates before the declaration.
    What else is mended says `mended`.

    Args:
        text: the document.
        name: what its root must be, in whatever namespace.

    Raises:
        UnreadableQuestion: it is not well formed, has a DTD, is nested too deeply, or has another
            root.
    """
    at = root_at(text)
    if _DOCTYPE(text, at):
        raise UnreadableQuestion("has a DTD, which no question of MTurk has")
    # Ends of lines stay, so that errors tell the line.
    root = elements(mended("\n" * text.count("\n", 0, at) + text[at:]))
    if local_name(root) != name:
        raise UnreadableQuestion(f"is no {name}")
    return root


def elements(xml: str) -> Element:
    """XML as a tree, as strictly as XML has it.

    Raises:
        UnreadableQuestion: as parse.
    """
    parser = DefusedXMLParser(target=_Builder(), forbid_dtd=True)
    try:
        parser.feed(xml)
        root: Element = parser.close()
    except ParseError as error:
        before = ", before its template is filled in," if _DIRECTIVE.search(xml) else ""
        line = error.position[0]
        raise UnreadableQuestion(f"is not XML{before} that can be read (line {line})") from None
    except DTDForbidden:
        raise UnreadableQuestion("has a DTD, which no question of MTurk has") from None
    except _TooDeep:
        raise UnreadableQuestion(f"is nested more than {DEEPEST} levels deep") from None
    except (ValueError, LookupError) as error:  # a lone surrogate, for one
        raise UnreadableQuestion(f"is not XML that can be read ({type(error).__name__})") from None
    return root


def mended(xml: str) -> str:
    """XML with what no parser takes, but where it is clear what was meant, put right.

    References to characters that XML has not, emoji in two halves, HTML's named characters
    (`&nbsp;`), and an `&` that begins no reference, as in addresses. A declaration goes: what it
    says of encodings is not true of text. CDATA sections and comments stay to the letter.
    """
    parts: list[str] = []
    at = 0
    for skipped in _SKIPPED(xml):
        parts += AMPERSANDS(_right, xml[at : skipped.start()]), _kept(skipped[0])
        at = skipped.end()
    return "".join([*parts, AMPERSANDS(_right, xml[at:])])


def _kept(skipped: str) -> str:
    """A declaration's lines, or what is none as it is."""
    return "\n" * skipped.count("\n") if skipped[:6].strip() == "<?xml" else skipped


def _right(match: re.Match[str]) -> str:
    """What a `&` and what follows it should have been."""
    name, code = match["name"], match["code"]
    if match["high"] is not None:
        return joined(match)
    if code is not None:
        return match[0] if is_allowed(number_of(code)) else LOST
    if name is None:
        return "&amp;"
    characters = "" if name in XML_NAMES else html5.get(f"{name};", "")
    return "".join(f"&#{ord(one)};" for one in characters) or match[0]


def has_directives(text: str) -> bool:
    """Whether directives of Velocity or Jinja are in a text."""
    return _DIRECTIVE.search(text) is not None


def local_name(element: Element) -> str:
    """An element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def child(element: Element, name: str) -> Element | None:
    """The first child of that name, in whatever namespace."""
    return next((one for one in element if local_name(one) == name), None)


def text_of(element: Element | None) -> str:
    """All text in an element, to the letter; none if there is no element."""
    return "" if element is None else "".join(element.itertext())


def tidy(text: str) -> str:
    """A text without the indentation of the document; its lines stay, as MTurk shows them."""
    return "\n".join(line.strip() for line in text.strip().splitlines())


def unexpected(element: Element, known: Collection[str]) -> Iterator[NotUnderstood]:
    """What is in an element and not among what MTurk's schema has there."""
    name = local_name(element)
    stray = [element.text, *(one.tail for one in element)]
    if any(text and not text.isspace() for text in stray):
        directed = any(has_directives(text or "") for text in stray)
        why = "it is a template's directive" if directed else "MTurk has no text there"
        yield NotUnderstood(f"text in {name}", why)
    for one in element:
        if local_name(one) not in known:
            yield NotUnderstood(f"{local_name(one)} in {name}", "MTurk has no such element there")


def whole(text: str) -> int | None:
    """A whole number of at most 18 digits."""
    return int(text) if _WHOLE(text.strip()) else None


def number(text: str) -> int | float | None:
    """A number, whole if it is written so."""
    plain = text.strip()
    exact = whole(plain)
    return float(plain) if exact is None and _NUMBER(plain) else exact
