"""What a worker gave, and the QuestionFormAnswers document that MTurk makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

NAMESPACE = (
    "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/"
    "2005-10-01/QuestionFormAnswers.xsd"
)
_HEAD = f'<?xml version="1.0" encoding="ASCII"?><QuestionFormAnswers xmlns="{NAMESPACE}">'
_LAST_BMP = 0xFFFF
_FIRST_ASTRAL = 0x10000


@dataclass(frozen=True)
class FreeText:
    """A text, or whatever an HTML field posted."""

    name: str
    text: str


@dataclass(frozen=True)
class Selected:
    """The options of a SelectionAnswer that were taken; there may be none."""

    name: str
    identifiers: tuple[str, ...]
    other: str | None = None


@dataclass(frozen=True)
class Uploaded:
    """A file; `key` is what MTurk stored it under."""

    name: str
    content: bytes
    key: str


Given: TypeAlias = FreeText | Selected | Uploaded


def answers_xml(given: Iterable[Given], *, surrogates: bool = False) -> str:
    """The Answer member of an assignment.

    The API declares ASCII and writes everything else as numeric character references; carriage
    returns of text areas are references too.

    Args:
        given: one per question that was answered.
        surrogates: write characters beyond U+FFFF as two references to surrogates, which is not
            well-formed XML but is what programs built on UTF-16 leave behind.
    """
    body = "".join(_answer(one, surrogates=surrogates) for one in given)
    return f"{_HEAD}{body}</QuestionFormAnswers>"


def has_astral(given: Iterable[Given]) -> bool:
    """Whether a text holds a character beyond U+FFFF."""
    return any(ord(c) > _LAST_BMP for one in given for c in _texts(one))


def value_of(one: Given) -> str:
    """An answer as one text, which is how review policies compare answers."""
    if isinstance(one, FreeText):
        return one.text.strip()
    return "|".join(sorted(one.identifiers)) if isinstance(one, Selected) else one.key


def _texts(one: Given) -> str:
    if isinstance(one, FreeText):
        return one.text
    return (one.other or "") if isinstance(one, Selected) else ""


def _answer(one: Given, *, surrogates: bool) -> str:
    if isinstance(one, FreeText):
        inner = f"<FreeText>{_ascii(one.text, surrogates=surrogates)}</FreeText>"
    elif isinstance(one, Selected):
        inner = "".join(f"<SelectionIdentifier>{i}</SelectionIdentifier>" for i in one.identifiers)
        if one.other is not None:
            other = _ascii(one.other, surrogates=surrogates)
            inner += f"<OtherSelectionText>{other}</OtherSelectionText>"
    else:
        inner = (
            f"<UploadedFileSizeInBytes>{len(one.content)}</UploadedFileSizeInBytes>"
            f"<UploadedFileKey>{one.key}</UploadedFileKey>"
        )
    return f"<Answer><QuestionIdentifier>{one.name}</QuestionIdentifier>{inner}</Answer>"


def _ascii(text: str, *, surrogates: bool) -> str:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    escaped = escaped.replace("\r", "&#13;")
    if surrogates:
        escaped = "".join(_pair(c) if ord(c) > _LAST_BMP else c for c in escaped)
    return escaped.encode("ascii", "xmlcharrefreplace").decode("ascii")


def _pair(character: str) -> str:
    offset = ord(character) - _FIRST_ASTRAL
    return f"&#{0xD800 + (offset >> 10)};&#{0xDC00 + (offset & 0x3FF)};"
