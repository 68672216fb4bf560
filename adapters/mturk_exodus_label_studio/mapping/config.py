"""A project's labeling configuration, written by an XML writer from tags of our own list.

Label Studio takes any tag for valid, and its editor then refuses to open (measured on 1.23.2). No
control is `required`: a worker's answer that MTurk took must stay one that the editor can submit.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from xml.etree.ElementTree import Element, SubElement, tostring

from mturk_exodus.questions.form import Form
from mturk_exodus_label_studio.mapping.controls import (
    BOOLEANS,
    CARRIED,
    PAGE,
    REST,
    Control,
    Option,
    controls_of,
)

TAGS = frozenset(
    {
        *("View", "Header", "HyperText", "Text", "Image"),
        *("Choices", "Choice", "TextArea", "Number", "DateTime", "Labels", "Label"),
        *("RectangleLabels", "PolygonLabels", "VectorLabels", "KeyPointLabels", "BrushLabels"),
    }
)
"""All tags that are ever written."""

_OF_OPTIONS = {"Choices": "Choice"}
_REST_LABEL = "Other answers"


@dataclass(frozen=True)
class Design:
    """A structure of forms, as one project asks it.

    Attributes:
        controls: in the order of the form.
        config: the labeling configuration, XML.
    """

    controls: tuple[Control, ...]
    config: str

    @cached_property
    def digest(self) -> str:
        """Twelve hexadecimal digits that tell this configuration from others."""
        return hashlib.sha256(self.config.encode()).hexdigest()[:12]

    @cached_property
    def by_field(self) -> dict[str, Control]:
        """The controls by what MTurk calls their fields."""
        return {one.field: one for one in self.controls}

    @cached_property
    def by_name(self) -> dict[str, Control]:
        """The controls by their names."""
        return {one.name: one for one in self.controls}


def design_of(form: Form) -> Design:
    """The project that asks what a form asks."""
    return designed(controls_of(form))


def designed(controls: tuple[Control, ...]) -> Design:
    """The project that has these controls."""
    return Design(controls, _config(controls))


def _config(controls: Sequence[Control]) -> str:
    view = Element("View")
    _object(view, "HyperText", PAGE)
    for one in controls:
        _add(view, one)
    _add_text(view, REST, _REST_LABEL)
    hidden = SubElement(view, "View", {"style": "display:none"})
    _fixed_text(hidden, CARRIED)
    return _written(view)


def _written(view: Element) -> str:
    unknown = {one.tag for one in view.iter()} - TAGS
    if unknown:
        raise AssertionError(f"these tags are not on the list: {sorted(unknown)}")
    return tostring(view, encoding="unicode")


def _object(view: Element, tag: str, name: str) -> None:
    attributes = {"name": name, "value": f"${name}"}
    # Without it the editor of a server in its secure mode takes the text for an address.
    if tag != "Image":
        attributes["valueType"] = "text"
    SubElement(view, tag, attributes)


def _add(view: Element, one: Control) -> None:
    SubElement(view, "Header", {"value": f"${one.label}", "size": "5"})
    if one.shown is not None:
        _object(view, "HyperText", one.shown)
    if one.about not in (PAGE, one.shown):
        _object(view, one.about_tag, one.about)
    own = {"name": one.name, "toName": one.about, **dict(one.attributes)}
    if one.tag == "TextArea":
        own |= {"maxSubmissions": "1", "editable": "true"}
    control = SubElement(view, one.tag, own)
    for option in one.options:
        SubElement(control, _OF_OPTIONS.get(one.tag, "Label"), _option(option, one.tag))
    if one.other is not None:
        other = {"name": one.other, "toName": one.about, "maxSubmissions": "1", "editable": "true"}
        SubElement(view, "TextArea", other)


def _option(option: Option, tag: str) -> dict[str, str]:
    said = {"value": option.caption}
    # The editor takes these two for booleans, and opens no more.
    if option.stored not in BOOLEANS:
        said["alias"] = option.stored
    if option.markup is not None and tag in _OF_OPTIONS:
        said["html"] = option.markup
    return said


def _add_text(view: Element, name: str, label: str) -> None:
    SubElement(view, "Header", {"value": label, "size": "5"})
    _fixed_text(view, name)


def _fixed_text(view: Element, name: str) -> None:
    fixed = {"name": name, "toName": PAGE, "maxSubmissions": "1", "editable": "false"}
    SubElement(view, "TextArea", fixed)
