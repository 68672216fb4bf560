"""What an element of a page stands in, as far as that changes what it asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace


def words(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


INLINE = words(
    """a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark nobr q s
    samp small span strike strong sub sup time tt u var wbr input select button textarea option
    optgroup img audio video source crowd-badge"""
)
"""Elements that do not end a line of text."""
REGIONS = words(
    """classification-target full-instructions short-instructions worker-comment short-summary
    detailed-instructions positive-example negative-example"""
)
"""Parts of Crowd elements that have names of their own."""
_SILENT = words("select textarea button datalist")
_GROUPS = words("group radiogroup")


@dataclass(frozen=True, slots=True)
class Around:
    """What an element stands in, each by the element's number; None if it stands in none.

    Attributes:
        foreign: whether it is SVG's or MathML's, where an `input` is none.
        disabled: whether a fieldset disables it.
        datalist: whether it only is a suggestion.
        region: a part of a Crowd element with a meaning of its own, the outermost.
        silent: whether its text belongs to a control rather than to the page.
        group: the nearest element of the role group or radiogroup, or a crowd-radio-group.
    """

    form: int | None = None
    label: int | None = None
    fieldset: int | None = None
    select: int | None = None
    optgroup: int | None = None
    media: int | None = None
    group: int | None = None
    region: int | None = None
    foreign: bool = False
    disabled: bool = False
    datalist: bool = False
    silent: bool = False


def inside(tag: str, attributes: Mapping[str, str], number: int, around: Around) -> Around:
    """What the children of an element stand in."""
    if around.foreign:
        return _inside_foreign(tag, around)
    if tag in ("svg", "math"):
        return replace(around, foreign=True)
    if tag in _SILENT:
        return _inside_control(tag, number, around)
    if tag in REGIONS:
        return replace(around, region=around.region or number)
    return _inside_container(tag, attributes, number, around)


def _inside_foreign(tag: str, around: Around) -> Around:
    if tag in ("foreignObject", "desc", "title", "annotation-xml"):
        return replace(around, foreign=False, silent=False)
    return replace(around, silent=True) if tag in ("style", "script") else around


def _inside_control(tag: str, number: int, around: Around) -> Around:
    around = replace(around, silent=True, datalist=around.datalist or tag == "datalist")
    return replace(around, select=number) if tag == "select" else around


def _inside_container(
    tag: str, attributes: Mapping[str, str], number: int, around: Around
) -> Around:
    if tag == "form":
        around = replace(around, form=number)
    elif tag == "label":
        around = replace(around, label=number)
    elif tag == "optgroup":
        around = replace(around, optgroup=number)
    elif tag in ("audio", "video"):
        around = replace(around, media=number)
    elif tag == "fieldset":
        disabled = around.disabled or "disabled" in attributes
        around = replace(around, fieldset=number, disabled=disabled)
    if tag == "crowd-radio-group" or attributes.get("role") in _GROUPS:
        around = replace(around, group=number)
    return around
