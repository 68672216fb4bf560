"""A page of HTML as a form: every control whose value is sent becomes a field, or part of one.

The standard's own rules decide ("Constructing the entry list"): a control without a name, a
disabled one, one inside a `datalist`, and a plain button send nothing. They are listed as not
understood, because a script may yet make something of them, as are the places where a script makes
controls. Radio buttons of one name in one form are one field; so are checkboxes.

Pages are read as browsers that run scripts read them, but no script is run: see page.py.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from mturk_exodus.questions.form import Choice, Constraint, Field, Form, NotUnderstood
from mturk_exodus.questions.pages import crowd_form, inputs
from mturk_exodus.questions.pages.labels import Labels
from mturk_exodus.questions.pages.page import Element, Page, line
from mturk_exodus.questions.pages.page import read as read_page
from mturk_exodus.questions.pages.surroundings import REGIONS, words
from mturk_exodus.questions.placeholders import conditions, variables, without_tags

_CONTROLS = ("input", "select", "textarea", "button")
_CHOICES = ("radio", "checkbox")
_MADE = re.compile(
    r"""createElement\s{0,9}\(\s{0,9}["'`](input|select|textarea|button|crowd-[a-z-]{1,40})["'`]"""
    r"|<(input|select|textarea|button|crowd-[a-z-]{1,40})\b"
    r"|\.(clone|cloneNode)\s{0,9}\(",
    re.IGNORECASE,
)
_OTHER_PAGES = {
    "iframe": "what is in it is another page",
    "frame": "what is in it is another page",
    "object": "what is in it is not HTML",
    "embed": "what is in it is not HTML",
    "applet": "what is in it is not HTML",
    "canvas": "a script draws it",
}
_LONGEST_NAME = 100
_LONGEST_OPTION = 65_535


def read(html: str) -> Form:
    """The form that a page is: of the kind crowd if a Crowd element asks in it, else html.

    `frame_height` is not the page's to say. Never raises, whatever the text.
    """
    page = read_page(html)
    if page.too_large:
        return Form(kind="html", not_understood=(NotUnderstood("page", page.too_large),))
    return _Reader(page, html).read()


class _Reader:
    """Reads one page."""

    def __init__(self, page: Page, html: str) -> None:
        self._page = page
        self._html = html
        self._controls = [one for one in page.of(*_CONTROLS) if not one.around.datalist]
        self._legends: dict[int, str] = {}
        self._notes: dict[tuple[str, str], None] = {}

    def read(self) -> Form:
        """All of it."""
        crowd = crowd_form.Reader(self._page)
        self._labels = Labels(self._page, self._boundaries(crowd.asking))
        crowd.take_texts(self._labels)
        groups = list(self._groups())
        choices = [one for group in groups for one in group if _type(one) in _CHOICES]
        self._choice_labels = self._labels.find_choices(choices)
        self._legends = self._own_legends(groups)
        found = [(group[0].number, field) for group in groups for field in self._fields(group)]
        found += crowd.fields(self._labels)
        shown, regions = self._labels.show(crowd.targets)
        fields = crowd.with_targets(sorted(found, key=lambda one: one[0]), regions)
        self._note_others()
        self._note_scripts()
        self._note_templates(fields)
        notes = (*crowd.not_understood, *(NotUnderstood(*one) for one in self._notes))
        return Form(
            kind="crowd" if crowd.asks else "html",
            fields=tuple(fields),
            shows=tuple(shown),
            not_understood=notes,
            variables=variables(self._html, self._page.script_texts),
            title=self._page.title,
            scripts=tuple(dict.fromkeys(self._page.script_urls)),
            has_inline_script=bool(self._page.script_texts) or self._page.has_handlers,
        )

    def _boundaries(self, asking: Iterable[Element]) -> list[Element]:
        """Everything that asks and that a worker sees; a text belongs to one of two neighbours."""
        seen = [one for one in self._controls if _type(one) != "hidden" and one.tag != "button"]
        return sorted([*seen, *asking], key=lambda one: one.number)

    def _note(self, what: str, why: str) -> None:
        self._notes[what, why] = None

    def _groups(self) -> Iterator[list[Element]]:
        """The controls that send something, those together that are one field."""
        groups: dict[object, list[Element]] = {}
        for control in self._controls:
            said, name = _type(control), control.attributes.get("name", "")
            if why := _why_not_sent(control, said, name):
                self._note_unsent(control, said, why)
                continue
            key = (self._owner(control), said, name) if said in _CHOICES else control.number
            groups.setdefault(key, []).append(control)
        yield from groups.values()

    def _note_unsent(self, control: Element, said: str, why: str) -> None:
        is_plain = control.tag == "button" or said in ("submit", "reset", "button", "image")
        if control.attributes.get("name") or not is_plain:
            self._note(_describe(control), why)
        elif said == "button":
            self._note(_element(control), "a script says what it does")
        elif said == "image":
            self._note(_element(control), "where it was pressed is sent as x and y")

    def _owner(self, control: Element) -> int | None:
        """Whose field it is: the number of its form."""
        if "form" not in control.attributes:
            return control.around.form
        form = self._page.ids.get(control.attributes["form"])
        return form.number if form is not None and form.tag == "form" else None

    def _own_legends(self, groups: list[list[Element]]) -> dict[int, str]:
        """The legends of fieldsets that hold one field alone: it is that field's label."""
        held: Counter[int] = Counter()
        for group in groups:
            fieldset = group[0].around.fieldset
            if fieldset is not None and _type(group[0]) not in ("hidden", "button"):
                held[fieldset] += 1
        alone = {number for number, fields in held.items() if fields == 1}
        return self._labels.find_legends(alone)

    def _fields(self, group: list[Element]) -> list[Field]:
        """A control's field: and what else a browser sends with it, under which names."""
        field, first, said = self._field(group), group[0], _type(group[0])
        if said == "image":
            return [replace(field, name=f"{field.name}.{axis}", default=None) for axis in "xy"]
        direction = first.attributes.get("dirname")
        if direction and said in _DIRECTED:
            return [field, Field(name=direction, kind="hidden", element="dirname")]
        return [field]

    def _field(self, group: list[Element]) -> Field:
        first, said = group[0], _type(group[0])
        if said in _CHOICES:
            return self._choice_field(group, said)
        if first.tag == "select":
            return self._select(first)
        attributes = first.attributes
        limits: dict[str, Constraint] = inputs.constraints(said, attributes)
        value = inputs.default(said, attributes)
        if first.tag == "textarea":
            rows = inputs.count(attributes.get("rows"))
            limits |= {} if rows is None else {"lines": rows}
            value = "".join(one.text for one in self._page.texts[first.start : first.end]) or None
        return Field(
            name=attributes["name"],
            kind=inputs.kind_of(said),
            element=_element(first),
            label=self._button_label(first) if said in _BUTTONS else self._label(first, said),
            required="required" in attributes and said not in ("hidden", "range", "color"),
            constraints=limits,
            default=value,
        )

    def _button_label(self, button: Element) -> str | None:
        text = self._page.text(button.start, button.end, silent=True)
        attributes = button.attributes
        said = text or attributes.get("alt") or attributes.get("value")
        return self._labels.own(button) or line(said or "") or None

    def _label(self, control: Element, said: str) -> str | None:
        if said == "hidden":
            return None
        legend = self._legends.get(control.around.fieldset or 0)
        found = self._labels.own(control) or legend or self._labels.find_question(control)
        return found or line(control.attributes.get("placeholder", "")) or None

    def _choice_field(self, group: list[Element], said: str) -> Field:
        first = group[0]
        checked = [one for one in group if "checked" in one.attributes]
        chosen = {one.number for one in (checked[-1:] if said == "radio" else checked)}
        choices = tuple(
            Choice(
                one.attributes.get("value", "on"),
                self._choice_labels.get(one.number),
                one.number in chosen,
            )
            for one in group
        )
        legend = self._legends.get(first.around.fieldset or 0)
        return Field(
            name=first.attributes["name"],
            kind=inputs.kind_of(said),
            element=_element(first),
            label=self._labels.find_legend(first) or legend or self._labels.find_question(first),
            choices=choices,
            required=any("required" in one.attributes for one in group),
        )

    def _select(self, select: Element) -> Field:
        multiple = "multiple" in select.attributes
        options = [
            one
            for number in range(select.number + 1, select.last + 1)
            if (one := self._page.elements.get(number)) and one.tag == "option"
        ]
        marked = [one for one in options if "selected" in one.attributes]
        open_ones = [one for one in options if not self._is_closed(one)]
        if not multiple:
            shows_one = inputs.count(select.attributes.get("size")) in (None, 0, 1)
            marked = marked[-1:] or (open_ones[:1] if shows_one else [])
        chosen = {one.number for one in marked}
        return Field(
            name=select.attributes["name"],
            kind="multiple_choice" if multiple else "single_choice",
            element=_element(select),
            label=self._label(select, "select"),
            choices=tuple(self._option(one, one.number in chosen) for one in open_ones),
            required="required" in select.attributes,
        )

    def _is_closed(self, option: Element) -> bool:
        group = self._page.elements.get(option.around.optgroup or 0)
        return "disabled" in option.attributes or bool(group and "disabled" in group.attributes)

    def _option(self, option: Element, chosen: bool) -> Choice:
        text = self._page.text(option.start, option.end, silent=True, longest=_LONGEST_OPTION)
        label = without_tags(option.attributes.get("label", "")) or text or None
        group = self._page.elements.get(option.around.optgroup or 0)
        if group and group.attributes.get("label"):
            label = f"{group.attributes['label'][:_LONGEST_NAME]}: {label or ''}".rstrip()
        return Choice(option.attributes.get("value", text), label, chosen)

    def _note_others(self) -> None:
        """What may ask without being a control."""
        for one in self._page.elements.values():
            if one.around.foreign:
                continue
            if one.tag in _OTHER_PAGES:
                self._note(_describe(one), _OTHER_PAGES[one.tag])
            elif one.attributes.get("contenteditable", "false").lower() in ("", "true"):
                self._note(
                    f"{_describe(one)} contenteditable", "a script has to send what is in it"
                )
            elif "-" in one.tag and not one.tag.startswith("crowd-") and one.tag not in REGIONS:
                self._note(one.tag[:_LONGEST_NAME], "an element of a script's own")
        for markup in self._page.templates:
            for made in _made(markup):
                self._note(f"template with {made}", "a script may put it into the page")

    def _note_scripts(self) -> None:
        for text in self._page.script_texts:
            for made in _made(text):
                self._note(f"script with {made}", "it may make fields")
            if "document.write" in text:
                self._note("script with document.write", "it may make fields")

    def _note_templates(self, fields: Iterable[Field]) -> None:
        reasons = conditions(self._html)
        for one in fields:
            for why in reasons.get(one.name, ()):
                self._note(f"{one.element} {one.name}", why)


_DIRECTED = words("textarea hidden text search tel url email password submit")
"""Controls that tell by `dirname` whether they were written in from the left or from the right."""
_BUTTONS = ("submit", "image", "button", "reset")


def _type(control: Element) -> str:
    if control.tag == "button":
        said = control.attributes.get("type", "").strip().lower()
        return said if said in ("button", "reset") else "submit"
    return inputs.input_type(control.attributes) if control.tag == "input" else control.tag


def _why_not_sent(control: Element, said: str, name: str) -> str | None:
    if said in ("button", "reset"):
        return "a button of this type sends nothing"
    if not name:
        return "has no name, so nothing is sent for it"
    if "disabled" in control.attributes or control.around.disabled:
        return "is disabled, so nothing is sent for it"
    return None


def _element(control: Element) -> str:
    if control.tag == "textarea":
        return "textarea"
    if control.tag == "select":
        return "select multiple" if "multiple" in control.attributes else "select"
    return f"{control.tag} type={_type(control)}"


def _describe(one: Element) -> str:
    """An element and what tells it from others."""
    said = _element(one) if one.tag in _CONTROLS else one.tag
    for name in ("name", "id", "src"):
        if value := one.attributes.get(name):
            return f"{said} {name}={value[:_LONGEST_NAME]}"
    return said


def _made(text: str) -> dict[str, None]:
    """The controls that are made in a text, each once."""
    return dict.fromkeys("".join(found).lower() for found in _MADE.findall(text))
