"""Answers as rows, one for each value, and how sure it is that it was given so."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from mturk_exodus.questions.answering.answers import CROWD_FIELD, Answer, Reading, readings
from mturk_exodus.questions.answering.crowd_answers import (
    Value,
    json_of,
    json_text,
    output_of,
    values_of,
    whole,
)
from mturk_exodus.questions.answering.flattened_answers import Element, elements
from mturk_exodus.questions.form import Field, Form

CERTAINTIES = ("exact", "form", "repaired", "rewritten", "replaced", "flattened", "unsplit")
"""How sure a value is, from the surest.

exact: the document says it. form: what the HIT asked settles it. repaired: its XML was broken, and
could mean one thing. rewritten: JSON that another program wrote anew. replaced: a sign stands in
place of what a file cannot hold, or a word in place of nothing. flattened: out of a column with a
dot in its name, which may be a part of one output. unsplit: a `|` in it may separate two values.
"""

_ORDER = {certainty: place for place, certainty in enumerate(CERTAINTIES)}
_ONE_TEXT = {"text", "number", "date", "slider", "hidden", "file"}
_ONE_CHOICE = {"single_choice", "button"}
_CHOICES = {*_ONE_CHOICE, "multiple_choice"}
_BOOLEANS = {"true", "false", "True", "False"}
_MOST_STEPS = 2_000

AskedFor = Callable[[], Form | None]
Doubts = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """One value that a worker gave.

    Attributes:
        field: the name that it was asked for under; of a form of Crowd HTML Elements, the element.
        position: from 0, among the field's values.
        value: as text, None if the document says that there is none: no option was taken, nothing
            was marked.
        value_type: one of crowd_answers.TYPES. A FreeText is text, whatever its field may be.
        certainty: one of CERTAINTIES.
    """

    field: str
    position: int
    value: str | None
    value_type: str
    certainty: str


def rows(document: str, form: Form | None, doubts: Doubts | None) -> list[AnswerRow]:
    """The values in a QuestionFormAnswers document, in its order.

    Args:
        document: MTurk's, or one that a source has built from a table.
        form: what was asked, if that is known.
        doubts: what a table could not say of it (column `answer_doubts`); None if MTurk wrote it.

    Raises:
        UnreadableAnswer: it cannot be read.
    """
    return rows_with(document, lambda: form, doubts)


def rows_with(document: str, form: AskedFor, doubts: Doubts | None) -> list[AnswerRow]:
    """The same, where the form costs something: it is asked for only if something depends on it."""
    return rows_of(readings(document), form, doubts)


def rows_of(read: Sequence[Reading], form: AskedFor, doubts: Doubts | None) -> list[AnswerRow]:
    """The same, of a document that has been read."""
    made = _Rows(form, doubts or {})
    together = made.together(read)
    for answer, repaired in read:
        element = together.get(answer.question_identifier)
        if element is None:
            made.take(answer, repaired=repaired)
        elif answer.question_identifier == element.members[0]:
            made.take_element(element, repaired=repaired)
    return made.rows


class _Rows:
    """Rows while they are made."""

    def __init__(self, form: AskedFor, doubts: Doubts) -> None:
        self.rows: list[AnswerRow] = []
        self._form = form
        self._fields: Mapping[str, Sequence[Field]] | None = None
        self._is_crowd = False
        self._is_whole = False
        self._doubts = {kind: frozenset(names) for kind, names in doubts.items()}
        self._positions: dict[str, int] = {}

    @property
    def fields(self) -> Mapping[str, Sequence[Field]]:
        """What was asked for, by name; nothing if it is not known."""
        if self._fields is None:
            form, found = self._form(), defaultdict(list)
            for field in form.fields if form else ():
                found[field.name].append(field)
            self._fields = dict(found)
            self._is_crowd = form is not None and form.kind == "crowd"
            # What was not understood may be a script that makes the same field once more.
            self._is_whole = form is not None and not form.not_understood
        return self._fields

    def together(self, read: Sequence[Reading]) -> dict[str, Element]:
        """Elements of which several answers are the parts, by each of these."""
        dotted = self._doubts.get("dotted")
        if not dotted:
            return {}
        cells = {
            answer.question_identifier: answer.free_text
            for answer, _ in read
            if answer.question_identifier in dotted and answer.free_text is not None
        }
        times = Counter(answer.question_identifier for answer, _ in read) if cells else {}
        cells = {name: text for name, text in cells.items() if "." in name and times[name] == 1}
        if not cells:
            return {}
        fields = self.fields
        found = elements(cells, fields, is_crowd=self._is_crowd)
        return {name: element for element in found for name in element.members}

    def take_element(self, element: Element, *, repaired: bool) -> None:
        """The values of an element that was laid out in columns."""
        doubt = {self._doubt_of(name, repaired=repaired) for name in element.members}
        certainty = _least((*doubt, "form" if element.is_of_form else "flattened"))
        self._add(element.name, values_of(element.said), certainty)

    def take(self, answer: Answer, *, repaired: bool) -> None:
        """The values of one answer."""
        name = answer.question_identifier
        doubt = self._doubt_of(name, repaired=repaired)
        if answer.free_text is not None and not self._take_crowd(name, answer.free_text, doubt):
            self._take_text(name, answer.free_text, doubt)
        self._add(name, _other_values(answer), doubt)

    def _doubt_of(self, name: str, *, repaired: bool) -> str:
        doubts = self._doubts
        if not doubts:
            return "repaired" if repaired else "exact"
        return _least(
            (
                "repaired" if repaired else "exact",
                "rewritten" if name in doubts.get("rewritten", ()) else "exact",
                "replaced" if name in doubts.get("replaced", ()) else "exact",
                "replaced" if name in doubts.get("empty", ()) else "exact",
            )
        )

    def _take_crowd(self, name: str, text: str, doubt: str) -> bool:
        """What a form of Crowd HTML Elements gave; false if it is no such thing."""
        output = output_of(text) if name == CROWD_FIELD else None
        if output is None:
            return False
        try:
            values = [(element, values_of(said)) for element, said in output.elements.items()]
        except ValueError:
            return False
        certainty = _least((doubt, "rewritten" if output.rewritten else "exact"))
        for element, given in values:
            self._add(element, given, certainty)
        return True

    def _take_text(self, name: str, text: str, doubt: str) -> None:
        is_dotted = "." in name and name in self._doubts.get("dotted", ())
        unknown = is_dotted and name not in self.fields
        given, certainty = [text], "flattened" if unknown else "exact"
        if "|" in text and not _is_json(text):
            given, settled = _settled(text, self.fields.get(name, ()), whole=self._is_whole)
            certainty = _least((certainty, settled))
        values = [Value(one, "text") for one in given]
        if unknown and text in _BOOLEANS:
            values = [Value(text.lower(), "boolean")]
        self._add(name, values, doubt if certainty == "exact" else _least((doubt, certainty)))

    def _add(self, field: str, values: Iterable[Value], certainty: str) -> None:
        name = whole(field)
        position = self._positions.get(name, 0)
        for value, value_type in values:
            text = None if value is None else whole(value)
            same = text == value and name == field
            sure = certainty if same else _least((certainty, "replaced"))
            self.rows.append(AnswerRow(name, position, text, value_type, sure))
            position += 1
        self._positions[name] = position


def _least(certainties: Iterable[str]) -> str:
    return max(certainties, key=_ORDER.__getitem__)


def _is_json(text: str) -> bool:
    """Whether a text is one object or list: two of them, joined, would be neither."""
    if text[0] not in "[{":
        return False
    try:
        json_of(text)
    except ValueError:
        return False
    return True


def _other_values(answer: Answer) -> list[Value]:
    """What an answer gives that is not free text."""
    values = [Value(one, "selection") for one in answer.selection_identifiers]
    if answer.other_selection_text is not None:
        values.append(Value(answer.other_selection_text, "other"))
    file = {
        "UploadedFileKey": answer.uploaded_file_key,
        "UploadedFileSizeInBytes": answer.uploaded_file_size_in_bytes,
    }
    if any(value is not None for value in file.values()):
        values.append(Value(json_text(file), "file"))
    if not values and answer.free_text is None:
        values.append(Value(None, "selection"))
    return values


def _settled(text: str, fields: Sequence[Field], *, whole: bool) -> tuple[list[str], str]:
    """Whether a `|` separates, as far as the fields of that name tell.

    A browser posts each field's value, and MTurk joins those of one name. So a single field that
    takes a text, or one choice, has given all of it; boxes to tick have given values of theirs.

    Args:
        text: what the answer says.
        fields: those of its name.
        whole: whether nothing in the form may be another field of that name.
    """
    kinds = {field.kind for field in fields}
    if len(fields) == 1 and kinds <= _ONE_TEXT:
        return [text], "form" if whole and _is_one_value(fields[0]) else "unsplit"
    if not kinds or not kinds <= _CHOICES:
        return [text], "unsplit"
    choices = Counter(choice.value for field in fields for choice in field.choices)
    if len(fields) == 1 and kinds <= _ONE_CHOICE:
        return [text], "form" if text in choices else "unsplit"
    values = _only_way(text.split("|"), choices)
    return ([text], "unsplit") if values is None else (values, "form")


def _is_one_value(field: Field) -> bool:
    """A file field posts a value for each file."""
    return field.kind != "file" or field.constraints.get("max_selections") == 1


def _only_way(parts: Sequence[str], choices: Counter[str]) -> list[str] | None:
    """The one way to put parts together to choices, each as often as it can be chosen at most."""
    if len(parts) > sum((value.count("|") + 1) * most for value, most in choices.items()):
        return None
    starts: dict[str, list[list[str]]] = defaultdict(list)
    for value in choices:
        pieces = value.split("|")
        starts[pieces[0]].append(pieces)
    if all(len(pieces) == 1 for group in starts.values() for pieces in group):
        return list(parts) if Counter(parts) <= choices else None
    return _searched(parts, choices, starts)


def _searched(
    parts: Sequence[str], choices: Counter[str], starts: Mapping[str, list[list[str]]]
) -> list[str] | None:
    """The same where choices have a `|` of their own; None if there are too many ways to try."""
    found: list[str] | None = None
    waiting: list[tuple[int, tuple[str, ...]]] = [(0, ())]
    for _ in range(_MOST_STEPS):
        if not waiting:
            return found
        at, taken = waiting.pop()
        if at == len(parts):
            if found is not None:
                return None
            found = list(taken)
            continue
        for pieces in starts.get(parts[at], ()):
            value = "|".join(pieces)
            fits = list(parts[at : at + len(pieces)]) == pieces
            if fits and taken.count(value) < choices[value]:
                waiting.append((at + len(pieces), (*taken, value)))
    return None
