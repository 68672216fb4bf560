"""QuestionFormAnswers documents as texts by member, and back.

MTurk's own documents have one shape, which a pattern reads ten times as fast as an XML parser. What
is of another shape goes to the parser, and what no parser takes is mended if that is plain.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.etree.ElementTree import Element, ParseError

from defusedxml.ElementTree import fromstring

from mturk_exodus.questions.answering.answer_mending import ANSWER, ROOT, Ambiguous, Said, mended
from mturk_exodus.questions.xml_references import AMPERSANDS, LOST, XML_NAMES, is_allowed, number_of


class UnreadableAnswer(ValueError):
    """A text that is no QuestionFormAnswers document; the message says why, without its words."""


def parsed(xml: str) -> list[list[Said]]:
    """What each answer of a document says, in its order.

    Raises:
        UnreadableAnswer: it is no such document, or it is broken and may mean several things.
    """
    text = xml.strip()
    found = _plain(text)
    if found is not None:
        return found
    try:
        root = fromstring(text, forbid_dtd=True)
    except (ParseError, ValueError, LookupError) as error:
        # What defusedxml forbids is a ValueError, and so is a lone surrogate.
        return _mended(text, type(error).__name__)
    if _local_name(root) != ROOT:
        raise UnreadableAnswer("is not a QuestionFormAnswers document")
    if any(len(member) for answer in root for member in answer):
        return _mended(text, "has markup inside a text")
    return [[Said(_local_name(one), one.text or "") for one in _members(each)] for each in root]


def _local_name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _members(element: Element) -> Element:
    if _local_name(element) != ANSWER:
        raise UnreadableAnswer("holds something else than answers")
    return element


def _mended(xml: str, what: str) -> list[list[Said]]:
    try:
        return mended(xml)
    except Ambiguous:
        reason = what if " " in what else f"is not XML that can be read ({what})"
        raise UnreadableAnswer(reason) from None


# Documents of MTurk's own shape.

_IS_ODD = re.compile("[\r\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]").search
_HEAD = re.compile(
    r'(?:<\?xml version="1\.0"(?: encoding="(?:ASCII|UTF-8)")?(?: standalone="no")?\?>)?[ \t\n]*'
    r'<QuestionFormAnswers(?: xmlns="[^"<&]*")?>[ \t\n]*'
).match
_ANSWER = re.compile(
    r"<Answer>[ \t\n]*<QuestionIdentifier>([^<]*)</QuestionIdentifier>[ \t\n]*"
    r"<FreeText>([^<]*)</FreeText>[ \t\n]*</Answer>[ \t\n]*"
).match
_TAIL = "</QuestionFormAnswers>"


def _plain(xml: str) -> list[list[Said]] | None:
    """What a sound document of free texts says; None if it is another one, or not sound."""
    match = _HEAD(xml)
    if match is None or "]]>" in xml or _IS_ODD(xml):
        return None
    found: list[tuple[str, str]] = []
    end = match.end()
    while (match := _ANSWER(xml, end)) is not None:
        found.append((match[1], match[2]))
        end = match.end()
    if len(xml) != end + len(_TAIL) or not xml.endswith(_TAIL):
        return None
    if "&" in xml:
        try:
            found = [(_sound(name), _sound(text)) for name, text in found]
        except _NotSound:
            return None
    return [[Said("QuestionIdentifier", name), Said("FreeText", text)] for name, text in found]


class _NotSound(ValueError):
    """A text with a `&` that is no reference of XML's own."""


def _sound(text: str) -> str:
    return AMPERSANDS(_referred, text) if "&" in text else text


def _referred(match: re.Match[str]) -> str:
    name, code = match["name"], match["code"]
    if name in XML_NAMES:
        return XML_NAMES[name]
    if code is None or match["low"] is not None or not is_allowed(number_of(code)):
        raise _NotSound
    return chr(number_of(code))


def escaped(text: str) -> str:
    """A text as an element holds it; characters that XML cannot hold become U+FFFD."""
    if not _IS_SPECIAL(text):
        return text
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _REPLACE(LOST, text.replace("\r", "&#13;"))


_NOT_XML = "\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff"
_IS_SPECIAL = re.compile(f"[&<>\r{_NOT_XML}]").search
_REPLACE = re.compile(f"[{_NOT_XML}]").sub


def answer_elements(answers: Iterable[Iterable[Said]]) -> str:
    """The elements of a document that says these texts."""
    return "".join(
        f"<Answer>{''.join(f'<{one.member}>{escaped(one.text)}</{one.member}>' for one in said)}"
        "</Answer>"
        for said in answers
    )
