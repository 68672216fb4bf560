"""QuestionFormAnswers documents that no XML parser takes, read as what they can only mean.

The schema (QuestionFormAnswers.xsd, 2005-10-01) has eight elements, and none holds both elements
and text. So only they are taken for markup, and only where they may stand; every other `<` and `&`
is text. What can be understood in two ways is not read at all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html.entities import html5
from typing import NamedTuple

from mturk_exodus.questions.xml_references import (
    AMPERSANDS,
    LOST,
    XML_NAMES,
    is_allowed,
    joined,
    number_of,
)

ROOT, ANSWER = "QuestionFormAnswers", "Answer"
MEMBERS = (
    "QuestionIdentifier",
    "FreeText",
    "SelectionIdentifier",
    "OtherSelectionText",
    "UploadedFileKey",
    "UploadedFileSizeInBytes",
)


class Said(NamedTuple):
    """A text in an answer.

    Attributes:
        member: the element that it stands in.
        text: what it says.
        repaired: whether no XML parser would have read it.
    """

    member: str
    text: str
    repaired: bool = False


class Ambiguous(ValueError):
    """Broken, and it is not plain what is meant."""


def mended(xml: str) -> list[list[Said]]:
    """What each answer of a broken document says.

    Raises:
        Ambiguous: it is not plain what is meant.
    """
    return _Mender().answers_of(xml)


_NO_CHARACTER = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_TAGS = re.compile(
    rf"<(?P<ends>/)?(?:[A-Za-z_][\w.-]{{0,30}}:)?(?P<name>{'|'.join((ROOT, ANSWER, *MEMBERS))})"
    r"(?:\s[^<>]*?)?(?P<empty>/)?>"
).finditer


class _Mender:
    """Reads a broken document from its beginning to its end."""

    def __init__(self) -> None:
        self._open: list[str] = []
        self._answers: list[list[Said]] = []

    def answers_of(self, xml: str) -> list[list[Said]]:
        """What its answers say; `Ambiguous` if that is not plain."""
        end = _after_declarations(xml)
        is_over = False
        for tag in _TAGS(xml, end):
            before, end = xml[end : tag.start()], tag.end()
            if is_over or (not self._is_in_text and before.strip()):
                raise Ambiguous
            self._meet(tag, before)
            is_over = not self._open
        if not is_over or xml[end:].strip():
            raise Ambiguous
        return self._answers

    @property
    def _is_in_text(self) -> bool:
        return bool(self._open) and self._open[-1] in MEMBERS

    def _meet(self, tag: re.Match[str], before: str) -> None:
        name = tag["name"]
        if not tag["ends"]:
            self._begin(name)
        if tag["ends"] or tag["empty"]:
            if not self._open or self._open.pop() != name or (tag["ends"] and tag["empty"]):
                raise Ambiguous
            if name in MEMBERS:
                self._answers[-1].append(_text(name, "" if tag["empty"] else before))

    def _begin(self, name: str) -> None:
        if name not in _INSIDE.get(tuple(self._open), ()):
            raise Ambiguous
        if name == ANSWER:
            self._answers.append([])
        self._open.append(name)


_INSIDE: Mapping[tuple[str, ...], tuple[str, ...]] = {
    (): (ROOT,),
    (ROOT,): (ANSWER,),
    (ROOT, ANSWER): MEMBERS,
}


def _after_declarations(xml: str) -> int:
    """Where the root may begin: some programs write a declaration before the one that is there."""
    start = 1 if xml.startswith("\ufeff") else 0
    while True:
        rest = len(xml) - len(xml[start:].lstrip())
        if not xml.startswith("<?xml", rest):
            return start
        end = xml.find("?>", rest)
        if end < 0:
            return start
        start = end + 2


def _text(member: str, written: str) -> Said:
    """What stands between two tags of a broken document."""
    plain = written.replace("\r\n", "\n").replace("\r", "\n")
    if "<![CDATA[" in plain:
        return Said(member, _of_cdata(plain))
    kinds: set[str] = set()
    text = AMPERSANDS(lambda match: _mended_reference(match, kinds), plain)
    if ("<" in plain or "bare" in kinds) and "named" in kinds:
        # Either nothing was escaped or some of it was; what `&amp;` stood for is not to be known.
        raise Ambiguous
    whole = _NO_CHARACTER.sub(LOST, _paired(text))
    repaired = "<" in plain or "]]>" in plain or whole != text or bool(kinds & _MENDED)
    return Said(member, whole, repaired)


_MENDED = {"bare", "mended", "html"}


_CDATA = re.compile(r"(\s*)<!\[CDATA\[(.*)]]>(\s*)", re.DOTALL).fullmatch


def _of_cdata(text: str) -> str:
    match = _CDATA(text)
    if match is None or "]]>" in match[2] or "<![CDATA[" in match[2] or _NO_CHARACTER.search(text):
        raise Ambiguous
    return _paired(f"{match[1]}{match[2]}{match[3]}")


def _mended_reference(match: re.Match[str], kinds: set[str]) -> str:
    """What a `&` and what follows it should have been; adds to kinds how it was written."""
    if match["high"] is not None:
        kinds.add("mended")
        return joined(match)
    if match["code"] is not None:
        code = number_of(match["code"])
        kinds.add("numeric" if is_allowed(code) else "mended")
        return chr(code) if is_allowed(code) else LOST
    name = match["name"]
    if name in XML_NAMES:
        kinds.add("named")
        return XML_NAMES[name]
    if name is not None and f"{name};" in html5:
        kinds.update(("named", "html"))
        return html5[f"{name};"]
    kinds.add("bare")
    return match[0]


def _paired(text: str) -> str:
    """Halves of characters that stand beside each other are one; others are lost."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
