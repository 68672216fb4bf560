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
from mturk_exodus.questions.answering.crowd_answers import json_text, output_of, values_of, whole
from mturk_exodus.questions.answering.flattened_answers import elements
from mturk_exodus.questions.form import Form
from mturk_exodus.replay.adapter import JSON

_COMMENT = "workerComment"


@dataclass(frozen=True, slots=True)
class Output:
    """What an element of a Crowd form gave, as its JSON said it."""

    said: JSON


@dataclass(frozen=True, slots=True)
class Texts:
    """What any other field gave: texts, None for nothing, each with its type."""

    said: Sequence[tuple[str | None, str]]


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
            found[whole(name)] = Output(said)
            if isinstance(said, dict) and isinstance(said.get(_COMMENT), str):
                found[f"{whole(name)}.{_COMMENT}"] = Output(said[_COMMENT])
        if found and all(one.answer.question_identifier == CROWD_FIELD for one in read):
            return found
    texts: dict[str, list[tuple[str | None, str]]] = {}
    for field, text, kind in _values_of(read, form, doubts):
        if field not in found and not (found and field == CROWD_FIELD):
            texts.setdefault(field, []).append((text, kind))
    return found | {name: Texts(of_it) for name, of_it in texts.items()}


def _values_of(
    read: Sequence[Reading], form: Form, doubts: Doubts | None
) -> Iterator[tuple[str, str | None, str]]:
    """Fields, what they were given, and its type. Only a `|` may separate several values, and only
    then does it take a look at the form.
    """
    if doubts or any(_is_more_than_a_text(one.answer) for one in read):
        for row in rows_of(read, lambda: form, doubts):
            yield row.field, row.value, row.value_type
        return
    for answer, _ in read:
        yield whole(answer.question_identifier), whole(answer.free_text or ""), "text"


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
    try:
        return [*values_of(said)]
    except ValueError:
        return []


def shown(one: Given) -> list[str | None]:
    """All of it as texts; a painted picture as its size and digest."""
    if isinstance(one, Texts):
        return [text for text, _ in one.said]
    try:
        return [
            None if value.value is None else whole(value.value) for value in values_of(one.said)
        ]
    except ValueError:
        return [None]


def as_text(several: Mapping[str, Given]) -> str:
    """Several fields as one text of compact JSON."""
    return whole(json_text({name: shown(one) for name, one in several.items()}))
