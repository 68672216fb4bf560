"""studies.toml: which batches and HIT types belong to which study; people write it.

    [[study]]
    title = "Labels of images"
    paper = "https://doi.org/10.1000/xyz"
    irb = "2019-114"
    grant = "NSF 1234567"
    batches = ["3449808"]
    hit_types = ["3TYPE..."]

A HIT belongs to the study that names its batch; else to the one that names its HIT type; else to
none.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from mturk_exodus.audit import toml_tables
from mturk_exodus.errors import StudiesUnreadable

_LISTS = ("batches", "hit_types")
_HEAD = """\
# Which batches and HIT types belong to which study. A first draft: those with one title are one
# study. Edit it, then: exodus audit --studies THIS-FILE
"""


@dataclass(frozen=True)
class Study:
    """A study: what people know of it, and the ids of its batches and HIT types."""

    title: str
    paper: str = ""
    irb: str = ""
    grant: str = ""
    batches: tuple[str, ...] = ()
    hit_types: tuple[str, ...] = ()


def read(path: Path) -> tuple[Study, ...]:
    """The studies of a file.

    Raises:
        StudiesUnreadable: it cannot be read, or does not say what it must.
    """
    listed = toml_tables.tables(path, "study", StudiesUnreadable)
    studies = tuple(_study(path, number, one) for number, one in enumerate(listed, 1))
    for name in _LISTS:
        _refuse_twice(path, name, studies)
    return studies


def written(studies: Iterable[Study]) -> Iterable[str]:
    """Such a file, line by line."""
    yield _HEAD
    for study in studies:
        yield "\n[[study]]\n"
        for one in fields(Study):
            yield f"{one.name} = {_toml(getattr(study, one.name))}\n"


def _toml(value: str | tuple[str, ...]) -> str:
    """JSON's texts and lists of them are TOML's, but for one character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _study(path: Path, number: int, told: dict[str, Any]) -> Study:
    where = f"study {number} in {path}"
    known = {one.name for one in fields(Study)}
    if unknown := sorted(told.keys() - known):
        raise StudiesUnreadable(
            f"{where} has {unknown[0]!r}, which is unknown; there are {', '.join(sorted(known))}"
        )
    for name, value in told.items():
        if not (_is_texts(value) if name in _LISTS else isinstance(value, str)):
            kind = "a list of texts" if name in _LISTS else "a text"
            raise StudiesUnreadable(f"{name} of {where} must be {kind}")
    if not told.get("title"):
        raise StudiesUnreadable(f"{where} has no title")
    given: dict[str, Any] = {
        name: tuple(one) if name in _LISTS else one for name, one in told.items()
    }
    return Study(**given)


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _refuse_twice(path: Path, name: str, studies: Iterable[Study]) -> None:
    seen: set[str] = set()
    for study in studies:
        for one in getattr(study, name):
            if one in seen:
                raise StudiesUnreadable(f"{path} names {one} twice in {name}; leave it in one")
            seen.add(one)
