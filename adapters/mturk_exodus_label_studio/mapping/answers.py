"""What a worker gave, field by field, out of an answer's document.

A form of Crowd HTML Elements gives one JSON object keyed by its elements' names; all others give
texts. Tables of the requester site lay such an object out in dotted columns; it is put together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mturk_exodus.questions.answering.answer_rows import Doubts, rows_of
from mturk_exodus.questions.answering.answers import CROWD_FIELD, Answer, Reading, readings
from mturk_exodus.questions.answering.crowd_answers import (
    json_text,
    output_of,
    values_of,
    whole,
    whole_text,
)
from mturk_exodus.questions.answering.flattened_answers import elements
from mturk_exodus.questions.form import Form
from mturk_exodus.replay.adapter import JSON

TOO_DEEP = "it has more levels than can be written: see the whole answer, which is carried"
_COMMENT = "workerComment"


@dataclass(frozen=True, slots=True)
class Output:
    """What an element of a Crowd form gave, as its JSON said it."""

    said: JSON


@dataclass(frozen=True, slots=True)
class Texts:
    """What any other field gave: texts, None for nothing, each with its type; and whether a `|` in
    them may separate two.
    """

    said: Sequence[tuple[str | None, str]]
    is_unsplit: bool = False


Given = Output | Texts


def given(document: str, form: Form, doubts: Doubts | None) -> dict[str, Given]:
    """What each field was given, in the order of the document.

    Raises:
        UnreadableAnswer: it cannot be read.
    """
    found: dict[str, Given] = {}
    read = readings(document)
    if CROWD_FIELD in document or (doubts and doubts.get("dotted")):
        for name, said in _elements(read, form, doubts or {}):
            _put(found, whole(name), said)
            if isinstance(said, dict) and isinstance(said.get(_COMMENT), str):
                _put(found, f"{whole(name)}.{_COMMENT}", said[_COMMENT])
        if found and all(one.answer.question_identifier == CROWD_FIELD for one in read):
            return found
        for answer, _ in read:
            name = whole(answer.question_identifier)
            if name in found and name != CROWD_FIELD and answer.free_text:
                _put(found, name, answer.free_text)
    texts: dict[str, list[tuple[str | None, str]]] = {}
    unsplit: set[str] = set()
    for field, text, kind in _values_of(read, form, doubts, unsplit):
        if field not in found and not (found and field == CROWD_FIELD):
            texts.setdefault(field, []).append((text, kind))
    return found | {name: Texts(of_it, name in unsplit) for name, of_it in texts.items()}


def _put(found: dict[str, Given], name: str, said: JSON) -> None:
    """Several outputs of one name are a list, which no element gives."""
    there = found.get(name)
    found[name] = Output([there.said, said] if there is not None else said)


def _values_of(
    read: Sequence[Reading], form: Form, doubts: Doubts | None, unsplit: set[str]
) -> Iterator[tuple[str, str | None, str]]:
    """Fields, what they were given, and its type. Only a `|` may separate several values, and only
    then does it take a look at the form. What it cannot settle is noted in `unsplit`.
    """
    # What a table has laid out in columns belongs together; all else is read one by one.
    for part in [read] if doubts else [[one] for one in read]:
        answer = part[0].answer
        if not doubts and not _is_more_than_a_text(answer):
            yield whole(answer.question_identifier), whole(answer.free_text or ""), "text"
            continue
        for row in rows_of(part, lambda: form, doubts):
            if row.certainty == "unsplit":
                unsplit.add(row.field)
            yield row.field, row.value, row.value_type


def _is_more_than_a_text(answer: Answer) -> bool:
    text = answer.free_text
    is_choice = bool(answer.selection_identifiers) or answer.other_selection_text is not None
    return text is None or "|" in text or is_choice or answer.uploaded_file_key is not None


def _elements(read: Sequence[Reading], form: Form, doubts: Doubts) -> Iterator[tuple[str, JSON]]:
    for answer, _ in read:
        if answer.question_identifier == CROWD_FIELD and answer.free_text is not None:
            output = output_of(answer.free_text)
            if output is not None:
                yield from output.elements.items()
    dotted = doubts.get("dotted", ())
    times = Counter(answer.question_identifier for answer, _ in read)
    cells = {
        name: answer.free_text
        for answer, _ in read
        if (name := answer.question_identifier) in dotted
        and answer.free_text is not None
        and "." in name
        and times[name] == 1
    }
    if cells:
        fields = {one.name: (one,) for one in form.fields}
        for element in elements(cells, fields, is_crowd=form.kind == "crowd"):
            yield element.name, element.said


def texts_of(one: Given) -> tuple[list[str], list[str]]:
    """What was chosen or written, and what was written in place of a choice.

    What is empty says nothing: an empty text, a box that was not ticked.

    Raises:
        ValueError: it has more levels than can be written.
    """
    if isinstance(one, Texts):
        said = [*one.said]
    else:
        said = [(value.value, value.value_type) for value in _values(one)]
    chosen = [text for text, kind in said if text and kind != "other"]
    return chosen, [text for text, kind in said if text and kind == "other"]


def _values(one: Output) -> list[JSON]:
    said = one.said
    if isinstance(said, dict) and isinstance(said.get(_COMMENT), str):
        said = {name: value for name, value in said.items() if name != _COMMENT}
    return [*values_of(said)]


def shown(one: Given) -> list[str | None]:
    """All of it as texts; a painted picture as its size and digest."""
    if isinstance(one, Texts):
        return [text for text, _ in one.said]
    try:
        return [
            None if value.value is None else whole(value.value) for value in values_of(one.said)
        ]
    except ValueError:
        return [TOO_DEEP]


def structure_of(one: Given) -> str | None:
    """An object or a list, which no field for a text gives, as JSON; None if it is neither.

    Raises:
        ValueError: it has more levels than can be written.
    """
    if isinstance(one, Output) and isinstance(one.said, dict | list):
        return whole(whole_text(one.said))
    return None


def as_text(several: Mapping[str, Given]) -> str:
    """Several fields as one text of compact JSON."""
    return whole(json_text({name: shown(one) for name, one in several.items()}))
