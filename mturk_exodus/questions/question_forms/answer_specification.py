"""What a QuestionForm lets workers answer: text, a choice, a file (MTurk's API reference)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from mturk_exodus.questions import xml_text
from mturk_exodus.questions.form import Choice, Constraint, NotUnderstood, Shown
from mturk_exodus.questions.question_forms import question_content

_OF_A_TEXT = ("Constraints", "DefaultText", "NumberOfLinesSuggestion")
_RULES = ("IsNumeric", "Length", "AnswerFormatRegex")
_OF_A_SELECTION = (
    "MinSelectionCount",
    "MaxSelectionCount",
    "StyleSuggestion",
    "Selections",
    "OtherSelection",
)
_OF_A_FILE = ("MinFileSizeInBytes", "MaxFileSizeInBytes")
_STYLES = ("radiobutton", "checkbox", "list", "dropdown", "combobox", "multichooser")
_FOR_SEVERAL = ("checkbox", "multichooser")
_COUNTS_GROUPS = re.compile(r"\\[1-9]|\\k<").search
_CLASSES = re.compile(r"\\[dDwWsSbB]").sub
_NO_NUMBER = "it is no number"


@dataclass(slots=True)
class Asked:
    """What an answer must be: a field without its name and its question; as form.Field.

    It is filled in while it is read.
    """

    kind: str
    element: str
    choices: tuple[Choice, ...] = ()
    constraints: dict[str, Constraint] = field(default_factory=dict)
    default: str | None = None
    shows: tuple[Shown, ...] = ()
    implies_required: bool = False
    not_understood: list[NotUnderstood] = field(default_factory=list)

    def limit(self, name: str, what: str, value: str | None, *, least: int | None = None) -> None:
        """Note a number that limits an answer, if it is one."""
        if value is None:
            return
        number = xml_text.number(value)
        if number is None or (least is not None and (number < least or not _is_whole(number))):
            self.not_understood.append(NotUnderstood(what, _NO_NUMBER))
        else:
            self.constraints[name] = number


def asked(answer: Element) -> Asked:
    """What a FreeTextAnswer, a SelectionAnswer or a FileUploadAnswer lets workers answer."""
    name = xml_text.local_name(answer)
    if name == "SelectionAnswer":
        return _selection(answer)
    return _file(answer) if name == "FileUploadAnswer" else _free_text(answer)


def _is_whole(number: float) -> bool:
    return isinstance(number, int)


def _said(element: Element, name: str) -> str | None:
    found = xml_text.child(element, name)
    return None if found is None else xml_text.text_of(found)


def _free_text(answer: Element) -> Asked:
    said = Asked("text", "FreeTextAnswer", default=_said(answer, "DefaultText"))
    said.not_understood.extend(xml_text.unexpected(answer, _OF_A_TEXT))
    lines = _said(answer, "NumberOfLinesSuggestion")
    said.limit("lines", "NumberOfLinesSuggestion", lines, least=1)
    constraints = xml_text.child(answer, "Constraints")
    if constraints is not None:
        _constrain(said, constraints)
    return said


def _constrain(said: Asked, constraints: Element) -> None:
    said.not_understood.extend(xml_text.unexpected(constraints, _RULES))
    numeric = xml_text.child(constraints, "IsNumeric")
    if numeric is not None:
        said.kind = "number"
        said.limit("min", "minValue", numeric.get("minValue"))
        said.limit("max", "maxValue", numeric.get("maxValue"))
    length = xml_text.child(constraints, "Length")
    if length is not None:
        said.limit("min_length", "minLength", length.get("minLength"), least=0)
        said.limit("max_length", "maxLength", length.get("maxLength"), least=0)
        said.implies_required = bool(said.constraints.get("min_length"))
    patterns = (one for one in constraints if xml_text.local_name(one) == "AnswerFormatRegex")
    _match(said, [*patterns])


def _match(said: Asked, rules: list[Element]) -> None:
    """Regular expressions, each of which must be found in an answer.

    Several of them become one that looks ahead for each, where that means the same.
    """
    patterns = [(one.get("regex", ""), one.get("flags", "")) for one in rules]
    if not patterns:
        return
    (pattern, flags), *more = patterns
    if more:
        flags_that_matter = {its for one, its in patterns if _has_letters(one)}
        if len(flags_that_matter) > 1 or any(_COUNTS_GROUPS(one) for one, _ in patterns):
            why = "an answer must match this one as well, and they do not make one"
            said.not_understood += [NotUnderstood(f"AnswerFormatRegex {x}", why) for x, _ in more]
        else:
            pattern = "^" + "".join(rf"(?=[\s\S]*?(?:{one}))" for one, _ in patterns)
            flags = next(iter(flags_that_matter), "")
    said.constraints["pattern"] = pattern
    if flags:
        said.constraints["pattern_flags"] = flags
    told = [text for one in rules if (text := one.get("errorText", "").strip())]
    if told:
        said.constraints["error_text"] = "\n".join(dict.fromkeys(told))


def _has_letters(pattern: str) -> bool:
    """Whether a pattern means something else if it ignores case, the one flag that MTurk has."""
    return any(one.isalpha() for one in _CLASSES("", pattern))


def _selection(answer: Element) -> Asked:
    said = Asked("single_choice", "SelectionAnswer")
    said.not_understood.extend(xml_text.unexpected(answer, _OF_A_SELECTION))
    style = (_said(answer, "StyleSuggestion") or "").strip().lower()
    _count(said, answer, style)
    if style in _STYLES:
        said.element = f"SelectionAnswer style={style}"
    elif style:
        said.not_understood.append(NotUnderstood("StyleSuggestion", "MTurk has no such style"))
    selections = xml_text.child(answer, "Selections")
    if selections is None:
        said.not_understood.append(NotUnderstood("SelectionAnswer", "it has no Selections"))
    else:
        _choose(said, selections)
    for parent in (answer, selections):
        other = None if parent is None else xml_text.child(parent, "OtherSelection")
        if other is not None:
            _allow_other(said, other)
    return said


def _count(said: Asked, answer: Element, style: str) -> None:
    """How many may be chosen: one, unless something else is said."""
    least, most = (_said(answer, name) for name in ("MinSelectionCount", "MaxSelectionCount"))
    said.limit("min_selections", "MinSelectionCount", least, least=0)
    said.limit("max_selections", "MaxSelectionCount", most, least=1)
    unknown = most is not None and "max_selections" not in said.constraints
    several = style in _FOR_SEVERAL if unknown else said.constraints.get("max_selections", 1) != 1
    said.kind = "multiple_choice" if several else "single_choice"


def _choose(said: Asked, selections: Element) -> None:
    said.not_understood.extend(xml_text.unexpected(selections, ("Selection", "OtherSelection")))
    choices: list[Choice] = []
    shows: list[Shown] = []
    for one in selections:
        if xml_text.local_name(one) == "Selection":
            pieces = [*question_content.pieces(one, ("SelectionIdentifier",))]
            said.not_understood.extend(question_content.not_understood_of(pieces))
            choices.extend(_choice(said, one, pieces))
            shows.extend(question_content.media_of(pieces))
    said.choices, said.shows = tuple(choices), tuple(shows)


def _choice(
    said: Asked, selection: Element, pieces: list[question_content.Piece]
) -> Iterator[Choice]:
    value = _said(selection, "SelectionIdentifier")
    if not value or value.isspace():
        said.not_understood.append(NotUnderstood("Selection", "it has no SelectionIdentifier"))
        return
    media = question_content.media_of(pieces)
    stands_for = next((one.label or one.value for one in media), None)
    yield Choice(value, question_content.text_of(pieces) or stands_for)


def _allow_other(said: Asked, other: Element) -> None:
    """A text in place of a choice. It may be constrained as any text; a choice has no such room."""
    text = _free_text(other)
    said.constraints["other"] = True
    if "lines" in text.constraints:
        said.constraints["lines"] = text.constraints.pop("lines")
    said.not_understood.extend(text.not_understood)
    if text.constraints or text.default or text.kind != "text":
        why = "what is written in place of a choice has rules or a text of its own"
        said.not_understood.append(NotUnderstood("OtherSelection", why))


def _file(answer: Element) -> Asked:
    """A file, which MTurk took until 2017-12-12."""
    said = Asked("file", "FileUploadAnswer")
    said.not_understood.extend(xml_text.unexpected(answer, _OF_A_FILE))
    said.limit("min_bytes", "MinFileSizeInBytes", _said(answer, "MinFileSizeInBytes"), least=0)
    said.limit("max_bytes", "MaxFileSizeInBytes", _said(answer, "MaxFileSizeInBytes"), least=0)
    return said
