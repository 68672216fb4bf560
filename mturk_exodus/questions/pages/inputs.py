"""What an `input`, a `textarea` and their like take: kind, constraints and default.

As the HTML standard says ("The input element"); a Crowd element with a `type` takes the same.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from mturk_exodus.questions.form import Constraint
from mturk_exodus.questions.placeholders import is_open

_DATES = frozenset({"date", "month", "week", "time", "datetime-local"})
_TEXTS = frozenset({"email", "url", "tel", "password", "search", "color"})
_KINDS = {
    "number": "number",
    "range": "slider",
    "file": "file",
    "hidden": "hidden",
    "radio": "single_choice",
    "checkbox": "multiple_choice",
    "submit": "button",
    "image": "button",
    "button": "button",
    "reset": "button",
}
_LARGEST = 1e15
_COUNT = re.compile(r"\s{0,9}\d{1,15}\s{0,9}", re.ASCII).fullmatch
_NUMBER = re.compile(
    r"\s{0,9}[-+]?\d{0,30}\.?\d{1,30}(?:[eE][-+]?\d{1,3})?\s{0,9}", re.ASCII
).fullmatch


def input_type(attributes: Mapping[str, str]) -> str:
    """The type of an input; one that no browser knows is `text`."""
    said = attributes.get("type", "").strip().lower()
    return said if said in _KINDS or said in _DATES or said in _TEXTS else "text"


def kind_of(said: str) -> str:
    """The kind of a field for an input's type."""
    return "date" if said in _DATES else _KINDS.get(said, "text")


def number(text: str | None) -> int | float | None:
    """A number as an attribute holds it; None for anything else."""
    if not _NUMBER(text or ""):
        return None
    value = float(text or "")
    if not math.isfinite(value):
        return None
    return int(value) if value.is_integer() and abs(value) < _LARGEST else value


def count(text: str | None) -> int | None:
    """A count as an attribute holds it; None for anything else."""
    return int(text or "") if _COUNT(text or "") else None


def constraints(said: str, attributes: Mapping[str, str]) -> dict[str, Constraint]:
    """What an answer must be, for an input of this type."""
    found: dict[str, Constraint | None] = {}
    kind = kind_of(said)
    if kind in ("number", "slider"):
        found = {name: number(attributes.get(name)) for name in ("min", "max", "step")}
    elif kind == "date":
        found = {name: attributes.get(name, "").strip() or None for name in ("min", "max")}
        found |= {"step": number(attributes.get("step")), "format": said}
    elif kind == "file":
        found = {"accept": attributes.get("accept", "").strip() or None}
        found["max_selections"] = None if "multiple" in attributes else 1
    elif kind == "text":
        found = lengths(attributes) | {"pattern": attributes.get("pattern") or None}
        found["format"] = said if said in _TEXTS else None
    if said == "range":
        found = _range(found)
    return {name: value for name, value in found.items() if value is not None}


def lengths(attributes: Mapping[str, str]) -> dict[str, Constraint | None]:
    """How long a text may be, in characters."""
    return {
        "min_length": count(attributes.get("minlength")),
        "max_length": count(attributes.get("maxlength")),
    }


def _range(said: Mapping[str, Constraint | None]) -> dict[str, Constraint | None]:
    """A range always has bounds: 0 and 100 if it does not say so."""
    lowest, highest = said.get("min"), said.get("max")
    return {
        "min": 0 if lowest is None else lowest,
        "max": 100 if highest is None else highest,
        "step": said.get("step"),
    }


def default(said: str, attributes: Mapping[str, str]) -> str | None:
    """What an input holds before the worker does anything; a range stands in the middle."""
    value = attributes.get("value") or None
    if said != "range" or number(value) is not None or is_open(value or ""):
        return None if kind_of(said) == "file" else value
    bounds = constraints(said, attributes)
    lowest, highest = float(bounds["min"]), float(bounds["max"])
    step = number(attributes.get("step")) or 1
    if highest <= lowest:
        return f"{lowest:g}"
    steps = math.floor((highest - lowest) / 2 / step + 0.5) if step > 0 else 0
    return f"{min(lowest + steps * step, highest):g}"


def from_crowd(attributes: Mapping[str, str]) -> dict[str, str]:
    """A Crowd element's attributes, by the names that HTML has for them.

    `allowed-pattern` is no pattern of the whole: it says which characters can be typed.
    """
    renamed = {"max-length": "maxlength", "min-length": "minlength"}
    kept = {renamed.get(name, name): value for name, value in attributes.items()}
    kept.pop("pattern", None)
    if "auto-validate" in kept and kept.get("allowed-pattern"):
        kept["pattern"] = f"(?:{kept['allowed-pattern']})*"
    return kept
