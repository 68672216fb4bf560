"""What each field of a form becomes: a control of Label Studio's editor, and what it is about.

One project is for one structure: names, kinds, choices and limits of fields. What differs from HIT
to HIT besides (what is asked, what is shown) is in the task's data. Choices that differ make
another project: the editor could take them from the data (`<Choices value="$field">`), but what it
then does with aliases was not measured, so it is not relied on.

Of the editor (its source, `core/Tree.tsx`, `mixins/SelectedModel.js`): every attribute but `value`
that says `true` or `false` becomes a boolean, which no alias may be; a choice is found by its alias
or its caption, whichever comes first, so no caption may be another's alias.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from types import MappingProxyType

from mturk_exodus.questions.form import Choice, Field, Form, Shown
from mturk_exodus.replay.adapter import Fidelity
from mturk_exodus_label_studio.mapping.texts import LOST, Apart, Names, inert, of_xml

PAGE = "mturk_page"
"""The object that shows what belongs to no field; also its key in a task's data."""
CARRIED = "mturk"
"""The hidden control that carries what else MTurk knows of an assignment."""
REST = "mturk_rest"
"""The control for answers that no other control can show."""

_REGIONS: Mapping[str, str] = MappingProxyType(
    {
        "image_box": "RectangleLabels",
        "image_polygon": "PolygonLabels",
        "image_polyline": "VectorLabels",
        "image_line": "VectorLabels",
        "image_keypoint": "KeyPointLabels",
        "image_segmentation": "BrushLabels",
        "image_instances": "BrushLabels",
    }
)
_CHOICES = ("single_choice", "multiple_choice", "button")
_AS_TEXT: Mapping[str, str] = MappingProxyType(
    {
        "file": "Label Studio takes no files from annotators: what MTurk stored it under is text",
        "ranking": "what the element gives is kept as JSON text",
        "document_analysis": "what the element gives is kept as JSON text",
        "question_answer": "what the element gives is kept as JSON text",
    }
)
BOOLEANS = ("true", "false")
"""What the editor takes for no text, in every attribute but `value`."""

_FINEST_STEP = 1024
_OTHER = "_other"


@dataclass(frozen=True, slots=True)
class Option:
    """What can be chosen.

    Attributes:
        value: what MTurk's answer says.
        stored: what Label Studio's result says.
        caption: what a person reads; no two of a control are alike.
        markup: the same as HTML, where the caption has to be what is stored.
    """

    value: str
    stored: str
    caption: str
    markup: str | None = None


@dataclass(frozen=True, slots=True)
class Control:
    """A control of the editor.

    Attributes:
        name: in the configuration and in results.
        field: what MTurk calls it.
        kind: the field's.
        tag: Choices, TextArea, Number, DateTime, or one of the tags for regions.
        attributes: beside name and toName.
        options: what can be chosen.
        about: the object that it is about, Image, Text or HyperText.
        shown: the HyperText that shows what belongs to it alone, None if nothing does.
        other: the TextArea for what is written in place of a choice, None if nothing can be.
        losses: what of it is not as it was, and how much survives.
    """

    name: str
    field: str
    kind: str
    tag: str
    attributes: tuple[tuple[str, str], ...] = ()
    options: tuple[Option, ...] = ()
    about: str = PAGE
    shown: str | None = None
    other: str | None = None
    losses: tuple[tuple[Fidelity, str], ...] = ()

    @property
    def label(self) -> str:
        """The key of what is asked in a task's data."""
        return f"mturk_{self.name}_label"

    @property
    def type(self) -> str:
        """The type of its results."""
        return self.tag.lower()

    @property
    def about_tag(self) -> str:
        """What kind of object it is about."""
        return {"image": "Image", "text": "Text"}.get(self.about.rpartition("_")[2], "HyperText")


def controls_of(form: Form) -> tuple[Control, ...]:
    """A control for each name that an answer can have. They are what tells one project's forms
    from another's.
    """
    names = Names()
    return tuple(_control(one, names.of(one.name, _OTHER)) for one in asked(form))


def asked(form: Form) -> Iterator[Field]:
    """The fields of a form, those of one name as one."""
    groups: dict[str, list[Field]] = {}
    for one in form.fields:
        # MTurk itself fills this in, and takes it out of the answer.
        if one.kind != "hidden" or one.name != "assignmentId":
            groups.setdefault(one.name, []).append(one)
    for group in groups.values():
        yield group[0] if len(group) == 1 and group[0].kind != "button" else _merged(group)


def _merged(group: Sequence[Field]) -> Field:
    first = group[0]
    label = " / ".join(dict.fromkeys(one.label for one in group if one.label)) or None
    shows = tuple(dict.fromkeys(shown for one in group for shown in one.shows))
    if not all(one.kind in _CHOICES for one in group):
        return Field(name=first.name, kind="text", element="several", label=label, shows=shows)
    if all(one.kind == "button" for one in group):
        choices = [Choice(one.default or "", one.label) for one in group]
        return replace(
            first, kind="single_choice", element="button", choices=tuple(choices), shows=shows
        )
    return replace(
        first,
        kind="multiple_choice",
        label=label,
        choices=tuple(choice for one in group for choice in one.choices),
        constraints={},
        shows=shows,
    )


def _control(field: Field, name: str) -> Control:
    options, losses = _options(field.choices)
    shown = f"mturk_{name}_shown" if _beside(field) else None
    about = shown or PAGE
    made = Control(name, field.name, field.kind, "TextArea", about=about, shown=shown)
    if field.kind in _REGIONS or field.kind == "text_span":
        return _region(made, field, options, losses)
    if field.kind in (*_CHOICES, "classifier"):
        return _choices(made, field, options, losses)
    if field.kind in ("number", "slider"):
        return replace(made, tag="Number", attributes=_numeric(field))
    if field.kind == "date" and field.constraints.get("format") == "date":
        attributes = (("only", "date"), ("format", "%Y-%m-%d"))
        return replace(made, tag="DateTime", attributes=attributes)
    return _text(made, field)


def _text(made: Control, field: Field) -> Control:
    losses = [(Fidelity.APPROXIMATE, _AS_TEXT[field.kind])] if field.kind in _AS_TEXT else []
    if field.kind == "file":
        losses = [(Fidelity.UNSUPPORTED, _AS_TEXT["file"])]
    if field.element == "several":
        losses.append((Fidelity.APPROXIMATE, "several fields of one name are one text"))
    rows = field.constraints.get("lines")
    lines = (("rows", str(min(int(rows), 99))),) if isinstance(rows, int | float) else ()
    return replace(made, tag="TextArea", attributes=lines, losses=tuple(losses))


def _region(
    made: Control, field: Field, options: tuple[Option, ...], losses: list[tuple[Fidelity, str]]
) -> Control:
    kind = "text" if field.kind == "text_span" else "image"
    if not options or picture_of(field, kind) is None:
        what = "labels" if not options else "text" if kind == "text" else "picture"
        why = f"the form does not say its {what}: what the element gives is kept as JSON text"
        return replace(made, kind="json", losses=((Fidelity.APPROXIMATE, why),))
    return replace(
        made,
        tag=_REGIONS.get(field.kind, "Labels"),
        options=options,
        about=f"mturk_{made.name}_{kind}",
        losses=tuple(losses),
    )


def _choices(
    made: Control, field: Field, options: tuple[Option, ...], losses: list[tuple[Fidelity, str]]
) -> Control:
    if not options:
        why = "the form does not say its choices: what was chosen is text"
        return replace(made, losses=((Fidelity.APPROXIMATE, why),))
    several = field.kind == "multiple_choice" or (
        field.kind == "classifier" and field.constraints.get("max_selections") != 1
    )
    attributes = [("choice", "multiple" if several else "single-radio")]
    if field.element == "select":
        attributes = [("choice", "single"), ("layout", "select")]
    return replace(
        made,
        tag="Choices",
        attributes=tuple(attributes),
        options=options,
        other=f"{made.name}{_OTHER}" if field.constraints.get("other") is True else None,
        losses=tuple(losses),
    )


def all_shown(form: Form) -> Iterator[Shown]:
    """All that a form shows, wherever it stands."""
    yield from form.shows
    for one in form.fields:
        yield from one.shows


def picture_of(field: Field, kind: str) -> Shown | None:
    """The one thing that regions are drawn on: an image, or a text."""
    return next((one for one in field.shows if one.kind == kind), None)


def beside(field: Field) -> Iterator[Shown]:
    """What a field shows besides what regions are drawn on."""
    on = None
    if field.choices and (field.kind in _REGIONS or field.kind == "text_span"):
        on = picture_of(field, "text" if field.kind == "text_span" else "image")
    return (one for one in field.shows if one is not on)


def _beside(field: Field) -> bool:
    return any(beside(field))


def _numeric(field: Field) -> tuple[tuple[str, str], ...]:
    """Limits as the editor checks them. It adds steps as binary fractions, and refuses to submit
    what is then off by the last digit: such a step is left out.
    """
    limits = {
        name: value
        for name in ("min", "max", "step")
        if isinstance(value := field.constraints.get(name), int | float)
    }
    step = limits.get("step")
    if step is not None and not _is_binary(step, limits.get("min", 0)):
        del limits["step"]
    found = [(name, _number(value)) for name, value in limits.items()]
    if field.kind == "slider" and {"min", "max"} <= limits.keys():
        found.append(("slider", "true"))
    return tuple(found)


def _is_binary(*numbers: float) -> bool:
    return numbers[0] > 0 and all(float(one * _FINEST_STEP).is_integer() for one in numbers)


def _number(value: float) -> str:
    return str(value) if isinstance(value, int) else repr(value)


def _options(choices: Iterable[Choice]) -> tuple[tuple[Option, ...], list[tuple[Fidelity, str]]]:
    """Options with captions that are unique, and nobody's value but their own."""
    losses: dict[tuple[Fidelity, str], None] = {}
    values: dict[str, Choice] = {}
    for one in choices:
        if not one.value:
            losses[Fidelity.APPROXIMATE, "an empty choice is the same as none"] = None
        elif one.value in values:
            losses[Fidelity.APPROXIMATE, "two choices of one value are one"] = None
        else:
            values[one.value] = one
    stored = _stored(values)
    if any(LOST in one and LOST not in value for value, one in stored.items()):
        losses[Fidelity.APPROXIMATE, "a choice holds a character that XML cannot hold"] = None
    captions = _captions(values, stored)
    made = [
        Option(value, stored[value], captions[value], _markup(choice, stored[value]))
        for value, choice in values.items()
    ]
    return tuple(made), [*losses]


def _stored(values: Iterable[str]) -> dict[str, str]:
    apart = Apart()
    return {value: apart.of(of_xml(value), "{} ({})") for value in values}


def _captions(values: Mapping[str, Choice], stored: Mapping[str, str]) -> dict[str, str]:
    aliases, taken = {*stored.values()}, set[str]()
    captions: dict[str, str] = {}
    for value, choice in values.items():
        own = stored[value]
        said = own if own in BOOLEANS else _plain(choice) or own
        caption, number = said, 1
        while caption in taken or (caption in aliases and caption != own):
            caption = f"{said} ({inert(own)})" if number == 1 else f"{said} ({number})"
            number += 1
        taken.add(caption)
        captions[value] = caption
    return captions


def _plain(choice: Choice) -> str:
    return " ".join(inert(of_xml(choice.label or choice.value)).split())


def _markup(choice: Choice, stored: str) -> str | None:
    said = " ".join(of_xml(choice.label or "").split())
    return escape(said) if stored in BOOLEANS and said and said != stored else None
