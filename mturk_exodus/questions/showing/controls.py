"""What a QuestionForm lets people answer, as HTML's own controls.

StyleSuggestion, as MTurk's API reference has it: radiobutton, checkbox, list, dropdown, combobox
(a text with suggestions), multichooser (a list of which several can be chosen).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from html import escape
from xml.etree.ElementTree import Element

from mturk_exodus.questions import xml_text
from mturk_exodus.questions.question_forms.answer_specification import Asked, asked
from mturk_exodus.questions.showing.content import Content
from mturk_exodus.questions.showing.frame import OTHER_SELECTION

_LISTS = ("list", "dropdown", "multichooser", "combobox")
_NOT_MET = "This is not in the form that is asked for."
_MOST_LINES = 40


@dataclass(frozen=True, slots=True)
class Control:
    """What a question is answered with.

    Attributes:
        asked: what its answer must be.
        answer: the element that says so.
        name: QuestionIdentifier.
        required: whether it must be answered.
        described: the ids of what is asked, for those who do not see it.
    """

    asked: Asked
    answer: Element
    name: str
    required: bool
    described: str

    def html(self, content: Content) -> str:
        """The control."""
        if xml_text.local_name(self.answer) == "SelectionAnswer":
            return self._selection(content)
        return _text(self.answer, self.asked, self.name, self._needs(self.required), self._says())

    @property
    def limits(self) -> str:
        """Attributes of the field set, that tell how many may be chosen."""
        if not self._several:
            return ""
        said = self.asked.constraints
        least = said.get("min_selections", 1)
        most = said.get("max_selections", 1)
        needed = "true" if self.required else "false"
        return f' data-least="{least}" data-most="{most}" data-required="{needed}"'

    def _says(self) -> str:
        return f' aria-labelledby="{self.described}"'

    def _needs(self, required: bool) -> str:
        return " required" if required else ""

    @property
    def _several(self) -> bool:
        return self.asked.kind == "multiple_choice"

    def _selection(self, content: Content) -> str:
        style = self.asked.element.rpartition("=")[2]
        has_other = bool(self.asked.constraints.get("other"))
        as_list = style in _LISTS and not (self._several and style == "combobox")
        choices = self._list(style) if as_list else self._boxes(content)
        if has_other and not as_list:
            kind = "checkbox" if self._several else "radio"
            choices += self._box(kind, "", "Other", " data-stands-for-other")
        return choices + (self._other() if has_other else "")

    def _boxes(self, content: Content) -> str:
        kind = "checkbox" if self._several else "radio"
        parts = []
        for identifier, shown in _choices(self.answer, content):
            needed = self._needs(self.required and kind == "radio")
            parts.append(self._box(kind, identifier, shown, needed))
        return "".join(parts)

    def _box(self, kind: str, value: str, shown: str, more: str) -> str:
        return (
            f'<label class="choice"><input type="{kind}" name="{escape(self.name)}"'
            f' value="{escape(value)}"{more}><span>{shown}</span></label>'
        )

    def _list(self, style: str) -> str:
        """A combobox is a list beside a text to write: what it shows is not what it gives."""
        several = " multiple" if self._several else ""
        has_other = bool(self.asked.constraints.get("other"))
        size = min(len(self.asked.choices) + has_other, 8)
        rows = f' size="{max(size, 2)}"' if style in ("list", "multichooser") else ""
        options = [
            f'<option value="{escape(one.value)}">{escape(one.label or one.value)}</option>'
            for one in self.asked.choices
        ]
        if not rows:
            options.insert(0, '<option value="">&#8211;</option>')
        if has_other:
            options.append('<option value="" data-stands-for-other>Other</option>')
        needed = self._needs(self.required)
        return (
            f'<select name="{escape(self.name)}"{several}{rows}{needed}{self._says()}>'
            f"{''.join(options)}</select>"
        )

    def _other(self) -> str:
        other = next(
            one for one in self.answer.iter() if xml_text.local_name(one) == "OtherSelection"
        )
        said = ' data-other aria-label="Other" placeholder="Other"'
        field = _text(other, asked(other), f"{self.name}{OTHER_SELECTION}", "", said)
        return f'<div class="other">{field}</div>'


def _choices(answer: Element, content: Content) -> list[tuple[str, str]]:
    """SelectionIdentifiers, each with what is shown for it."""
    selections = xml_text.child(answer, "Selections")
    found = []
    for one in () if selections is None else selections:
        identifier = xml_text.text_of(xml_text.child(one, "SelectionIdentifier"))
        if xml_text.local_name(one) == "Selection" and identifier.strip():
            found.append((identifier, content.inline(one) or escape(identifier)))
    return found


def _text(answer: Element, rules: Asked, name: str, needed: str, more: str) -> str:
    said = rules.constraints
    limits = "".join(
        f' {attribute}="{said[key]}"'
        for key, attribute in (
            ("min", "min"),
            ("max", "max"),
            ("min_length", "minlength"),
            ("max_length", "maxlength"),
        )
        if key in said
    )
    common = f'name="{escape(name)}"{needed}{limits}{_rules(answer)}{more}'
    default = escape(rules.default or "")
    if rules.kind == "number":
        return f'<input type="number" step="any" {common} value="{default}">'
    lines = min(int(said.get("lines", 1)), _MOST_LINES)
    if lines > 1:
        # A parser takes away the line end that stands first.
        return f'<textarea rows="{lines}" {common}>\n{default}</textarea>'
    return f'<input type="text" {common} value="{default}">'


def _rules(answer: Element) -> str:
    """Regular expressions, each with its own words for what does not match it."""
    constraints = xml_text.child(answer, "Constraints")
    rules = [
        (one.get("regex", ""), one.get("flags", ""), one.get("errorText", "").strip() or _NOT_MET)
        for one in (() if constraints is None else constraints)
        if xml_text.local_name(one) == "AnswerFormatRegex"
    ]
    return f' data-rules="{escape(json.dumps(rules))}"' if rules else ""
