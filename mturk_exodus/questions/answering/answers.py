"""What a worker gave: QuestionFormAnswers documents, and what the requester site shows of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, NamedTuple

from mturk_exodus.questions.answering.answer_mending import Said
from mturk_exodus.questions.answering.answer_xml import (
    UnreadableAnswer,
    answer_elements,
    escaped,
    parsed,
)
from mturk_exodus.questions.answering.crowd_answers import json_text, whole

__all__ = [
    "CROWD_FIELD",
    "NAMESPACE",
    "Answer",
    "Reading",
    "UnreadableAnswer",
    "build",
    "doubts",
    "flat",
    "read",
    "readings",
    "same",
    "says_no_more",
    "write",
]

NAMESPACE = (
    "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/"
    "2005-10-01/QuestionFormAnswers.xsd"
)
CROWD_FIELD = "taskAnswers"
"""The one field of a form of Crowd HTML Elements: a JSON array that holds one object."""

_HEAD = f'<?xml version="1.0" encoding="UTF-8"?>\n<QuestionFormAnswers xmlns="{NAMESPACE}">'
_NAME_ENDS = "</QuestionIdentifier><FreeText>"
_ANSWER_ENDS = "</FreeText></Answer>"
_TAIL = "</QuestionFormAnswers>"

_ONCE = (
    "QuestionIdentifier",
    "FreeText",
    "OtherSelectionText",
    "UploadedFileKey",
    "UploadedFileSizeInBytes",
)
_NAME_AND_TEXT = 2
_SIZE = re.compile(r"\s*([0-9]{1,18})\s*")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a worker gave to one question.

    Attributes:
        question_identifier: a QuestionForm's identifier, or the name of a form's field.
        free_text: a text, or whatever an HTML field posted; None if it was not of that kind.
        selection_identifiers: the options that were taken.
        other_selection_text: what was written in place of an option.
        uploaded_file_key: what MTurk stored an uploaded file under.
        uploaded_file_size_in_bytes: its size.
    """

    question_identifier: str
    free_text: str | None = None
    selection_identifiers: tuple[str, ...] = ()
    other_selection_text: str | None = None
    uploaded_file_key: str | None = None
    uploaded_file_size_in_bytes: int | None = None


def build(answers: Iterable[tuple[str, str]]) -> str:
    """The document that says these texts, by name; one FreeText each.

    Characters that XML cannot hold become U+FFFD; everything else is read back as it was.
    """
    parts = [f"{_beginning(name)}{escaped(text)}{_ANSWER_ENDS}" for name, text in answers]
    return f"{_HEAD}{''.join(parts)}{_TAIL}"


@lru_cache(4096)
def _beginning(name: str) -> str:
    return f"<Answer><QuestionIdentifier>{escaped(name)}{_NAME_ENDS}"


def write(answers: Iterable[Answer]) -> str:
    """The document that says these answers, of whatever kind.

    What `read` gave is read back as it was; characters that XML cannot hold become U+FFFD.
    """
    return f"{_HEAD}{answer_elements(map(_said_by, answers))}{_TAIL}"


def _said_by(answer: Answer) -> Iterator[Said]:
    yield Said("QuestionIdentifier", answer.question_identifier)
    if answer.free_text is not None:
        yield Said("FreeText", answer.free_text)
    for selected in answer.selection_identifiers:
        yield Said("SelectionIdentifier", selected)
    if answer.other_selection_text is not None:
        yield Said("OtherSelectionText", answer.other_selection_text)
    if answer.uploaded_file_size_in_bytes is not None:
        yield Said("UploadedFileSizeInBytes", str(answer.uploaded_file_size_in_bytes))
    if answer.uploaded_file_key is not None:
        yield Said("UploadedFileKey", answer.uploaded_file_key)


def doubts(given: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """What columns cannot tell of the answers in them: fields, by what is not known.

    joined: a `|` stands between several values, and in what people type.
    dotted: of a form of Crowd HTML Elements that was taken apart, or a name with a dot of its own.
    """
    joined, dotted = [], []
    for name, text in given:
        if "|" in text:
            joined.append(name)
        if "." in name or name == CROWD_FIELD:
            dotted.append(name)
    return {kind: names for kind, names in (("joined", joined), ("dotted", dotted)) if names}


class Reading(NamedTuple):
    """An answer, and whether it had to be repaired: no XML parser takes what stands there."""

    answer: Answer
    repaired: bool


def read(xml: str) -> list[Answer]:
    """The answers of a document, in its order.

    The encoding that the document declares (the API says ASCII, older programs UTF-8) is that of
    bytes; this is text already. A document that is broken is read where it can mean but one thing.

    Raises:
        UnreadableAnswer: whatever is wrong with it: it is not well formed, has a DTD, is not a
            QuestionFormAnswers document, or says what such a document cannot.
    """
    return [_answer(said) for said in parsed(xml)]


def readings(xml: str) -> list[Reading]:
    """The same, and which of them had to be repaired.

    Raises:
        UnreadableAnswer: as read.
    """
    return [Reading(_answer(said), any(one.repaired for one in said)) for said in parsed(xml)]


def _answer(said: list[Said]) -> Answer:
    if len(said) == _NAME_AND_TEXT and (said[0].member, said[1].member) == _ONCE[:2]:
        return Answer(said[0].text, said[1].text)
    texts: dict[str, list[str]] = {}
    for member, text, _ in said:
        texts.setdefault(member, []).append(text)
    selected = tuple(texts.pop("SelectionIdentifier", ()))
    if not texts.keys() <= set(_ONCE):
        raise UnreadableAnswer("has an answer of an unknown kind")
    if any(len(values) > 1 for values in texts.values()):
        raise UnreadableAnswer("has an answer that says something twice")
    name, free, other, key, size = (texts.get(member, [None])[0] for member in _ONCE)
    if name is None:
        raise UnreadableAnswer("has an answer without a QuestionIdentifier")
    return Answer(name, free, selected, other, key, None if size is None else _size(size))


def _size(text: str) -> int:
    match = _SIZE.fullmatch(text)
    if match is None:
        raise UnreadableAnswer("has a size that is not a number")
    return int(match[1])


def flat(xml: str) -> dict[str, str]:
    """The answers by name, as the columns of the requester site's results show them.

    Values of one name are joined with `|`, as in 98 public files, and the text of another option
    follows them (Amazon's Perl SDK does so). What a form of Crowd HTML Elements gives is taken
    apart into dotted names.

    Raises:
        UnreadableAnswer: as read.
    """
    cells: dict[str, str] = {}
    for answer in read(xml):
        for name, text in _cells(answer):
            cells[name] = f"{cells[name]}|{text}" if name in cells else text
    return cells


def _cells(answer: Answer) -> Iterable[tuple[str, str]]:
    if answer.question_identifier == CROWD_FIELD and answer.free_text is not None:
        dotted = _taken_apart(answer.free_text)
        if dotted is not None:
            return dotted
    given = [answer.free_text, *answer.selection_identifiers, answer.other_selection_text]
    texts = [text for text in (*given, answer.uploaded_file_key) if text is not None]
    return [(answer.question_identifier, "|".join(texts))]


def _taken_apart(text: str) -> list[tuple[str, str]] | None:
    """`[{"age": {"on": true}}]` as `age.on`, `true`; None if it is not of that shape."""
    try:
        given = json.loads(text)
        if not isinstance(given, list) or len(given) != 1 or not isinstance(given[0], dict):
            return None
        return list(_leaves("", given[0]))
    except (ValueError, RecursionError):
        return None


def _leaves(prefix: str, given: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in given.items():
        if isinstance(value, dict):
            yield from _leaves(f"{prefix}{name}.", value)
        else:
            yield whole(f"{prefix}{name}"), _leaf(value)


def _leaf(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return whole(value)
    return whole(json_text(value))


def same(one: str, other: str) -> bool:
    """Whether two documents say the same.

    Ends of lines and white space around texts do not count, nor does it count how JSON is
    spelled, or whether what was not answered is left out or empty. A document that cannot be read
    is the same only as itself.
    """
    if one == other:
        return True
    try:
        ours, theirs = _said(one), _said(other)
    except UnreadableAnswer:
        return False
    return len(ours) == len(theirs) and all(
        name == its_name and _alike(text, its_text)
        for (name, text), (its_name, its_text) in zip(ours, theirs, strict=True)
    )


def says_no_more(all_of_it: str, part: str) -> bool:
    """Whether a document says nothing that another does not say too.

    A copy of a table without some of its columns says less, and contradicts nothing.
    """
    if all_of_it == part:
        return True
    try:
        said = dict(_said(all_of_it))
        return all(name in said and _alike(said[name], text) for name, text in _said(part))
    except UnreadableAnswer:
        return False


def _said(xml: str) -> list[tuple[str, str]]:
    said = ((_plain(name), _plain(text)) for name, text in flat(xml).items())
    return sorted((name, text) for name, text in said if text)


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def _alike(one: str, other: str) -> bool:
    if one == other:
        return True
    if one[0] not in "[{" or other[0] not in "[{":
        return False
    try:
        return bool(_json(one) == _json(other))
    except (ValueError, RecursionError):
        return False


def _json(text: str) -> object:
    return json.loads(text, parse_int=_number, parse_float=_number, parse_constant=_no_number)


def _number(text: str) -> tuple[str, Decimal]:
    """1 and 1.0 are one number, and true is none."""
    try:
        return ("number", Decimal(text))
    except InvalidOperation as error:
        raise ValueError("is out of every range") from error


def _no_number(text: str) -> object:
    raise ValueError(f"{text} is not JSON")
