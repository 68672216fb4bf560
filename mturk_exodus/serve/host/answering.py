"""A posted form as the QuestionFormAnswers document that MTurk made of it.

What is known of MTurk's way, and from where:

- A name that comes several times is one FreeText, its values joined with `|` (98 public files of
  the requester site).
- `assignmentId` is not among the answers. `hitId` and `workerId` are, if the page's own form has
  them: requesters' programs read `Answer.workerId` from their results. So is a submit button's name
  (`Answer.Submit HIT` in 19 public files).
- What was not answered is absent, not empty: none of the public documents and files that we hold
  has an empty FreeText, or a `|` with nothing on one side of it. Whether a text field that was sent
  empty made an empty FreeText or none is not established; here it makes none, and among values that
  are joined it is left out.
- A post without any field was refused ("The HIT was not submitted correctly", which jsPsych's
  documentation warns of since its pull request 668).
- Lines of a textarea end with CR LF, as a browser posts them; the CR was written as `&#13;`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum

from mturk_exodus.questions.answering.answers import CROWD_FIELD, Answer, build, write
from mturk_exodus.questions.form import Form
from mturk_exodus.questions.showing.frame import OTHER_SELECTION

MOST_FIELDS = 5_000
MOST_BYTES = 4 * 2**20
"""Of all names and values, in UTF-8."""

_OF_MTURK = "assignmentId"
_SELECTIONS = {"single_choice", "multiple_choice"}

Fields = dict[str, list[str]]


class NotTaken(str, Enum):
    """Why a post is no answer."""

    NOTHING = "no field was sent"
    TOO_MANY = "too many fields"
    TOO_LONG = "too many bytes"


def document_of(posted: Iterable[tuple[str, str]], form: Form) -> str | NotTaken:
    """The document that says what was posted.

    Characters that XML cannot hold become U+FFFD.

    Args:
        posted: names and values, in the order of the form.
        form: what the HIT asks. It decides how a QuestionForm's fields are read
            (`frames.Frame` says how they are named); other forms are taken as they come.

    Returns:
        A QuestionFormAnswers document, perhaps without any answer; or why there is none.
    """
    fields = _fields(posted)
    if isinstance(fields, NotTaken):
        return fields
    if form.kind == "question_form":
        return write(_answers(fields, form))
    return build((name, text) for name, text in _texts(fields) if text)


def _fields(posted: Iterable[tuple[str, str]]) -> Fields | NotTaken:
    """Values by name, in the order in which the names came first."""
    fields: Fields = {}
    size = 0
    for number, (name, value) in enumerate(posted, start=1):
        size += _bytes(name) + _bytes(value)
        if number > MOST_FIELDS:
            return NotTaken.TOO_MANY
        if size > MOST_BYTES:
            return NotTaken.TOO_LONG
        if name not in ("", _OF_MTURK):
            fields.setdefault(name, []).append(value)
    return fields or NotTaken.NOTHING


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def _texts(fields: Mapping[str, list[str]]) -> Iterator[tuple[str, str]]:
    for name, values in fields.items():
        whole = _crowd_output(values) if name == CROWD_FIELD else None
        yield name, whole or "|".join(value for value in values if value)


def _crowd_output(values: Iterable[str]) -> str | None:
    """The first value that is a JSON array, to the letter: a `|` would make it none."""
    return next((value for value in values if _is_array(value)), None)


def _is_array(value: str) -> bool:
    try:
        return isinstance(json.loads(value), list)
    except (ValueError, RecursionError):
        return False


def _answers(fields: Mapping[str, list[str]], form: Form) -> Iterator[Answer]:
    """What was posted of a QuestionForm; one Answer for each question that was answered."""
    selections = {field.name for field in form.fields if field.kind in _SELECTIONS}
    others = {name.removesuffix(OTHER_SELECTION): name for name in fields if _is_other(name)}
    for name in dict.fromkeys(name.removesuffix(OTHER_SELECTION) for name in fields):
        given = tuple(value for value in fields.get(name, ()) if value)
        written = "|".join(value for value in fields.get(others.get(name, ""), ()) if value)
        if name in selections and (given or written):
            yield Answer(
                name,
                selection_identifiers=tuple(dict.fromkeys(given)),
                other_selection_text=written or None,
            )
        elif given:
            yield Answer(name, "|".join(given))


def _is_other(name: str) -> bool:
    return name.endswith(OTHER_SELECTION)
