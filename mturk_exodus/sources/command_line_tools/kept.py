"""What HITs were made from: variables, settings and questions, each file kept as it is."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from io import StringIO
from typing import Any

from mturk_exodus.sources.files import SourceFile
from mturk_exodus.sources.interface import Columns, Derived, Entry, Refused
from mturk_exodus.sources.kept_text import derive_template
from mturk_exodus.sources.templates import (
    content_of,
    entry_of,
    is_question_of_tools,
    velocity_placeholders,
)

_INPUT = "clt input"
_PROPERTIES = "clt properties"
_QUESTION = "clt question"

_BESIDE = (".input.success", ".success", ".properties", ".question", ".question.xml")
_VARIABLE = re.compile(r"[A-Za-z_][\w.-]{0,99}")
_SETTING = re.compile(r"^[ \t\f]{0,9}([a-z]{1,40})[ \t\f]{0,9}[:=]", re.MULTILINE)
_OF_HITS = {"assignments", "assignmentduration", "hitlifetime", "autoapprovaldelay"}
_OF_TESTS = {"retrydelayinseconds", "testdurationinseconds", "autogranted"}


def is_input(file: SourceFile) -> bool:
    """Whether a file of that name begins with names of variables, or lies beside its HITs."""
    stem, dot, ending = file.base_name.rpartition(".")
    if f"{dot}{ending}" != ".input" or "\0" in file.start:
        return False
    if any(file.sibling(f"{stem}{other}") is not None for other in _BESIDE):
        return True
    line, _, rest = file.start.partition("\n")
    cells = [cell.strip(' "\r') for cell in line.split("\t")]
    return bool(rest.strip()) and all(map(_VARIABLE.fullmatch, cells))


def is_properties(file: SourceFile) -> bool:
    """Whether Java properties have the tools' settings of HITs, or of qualifications."""
    if not file.name.endswith(".properties"):
        return False
    names = set(_SETTING.findall(file.start))
    of_hits = {"title", "reward"} <= names and names & _OF_HITS
    of_tests = {"name", "description"} <= names and names & _OF_TESTS
    return bool(of_hits or of_tests)


def is_question(file: SourceFile) -> bool:
    """Whether a file of that name holds a question."""
    return is_question_of_tools(file)


def read_input(file: SourceFile) -> Iterator[Columns | Entry | Refused]:
    """The whole file; the HITs that were made from its rows come with their list."""
    yield entry_of(file, _INPUT, content_of(file))


def read_properties(file: SourceFile) -> Iterator[Columns | Entry | Refused]:
    """The whole file."""
    yield entry_of(file, _PROPERTIES, content_of(file))


def read_question(file: SourceFile) -> Iterator[Columns | Entry | Refused]:
    """The whole file."""
    yield entry_of(file, _QUESTION, content_of(file))


def derive(raw: Mapping[str, Any]) -> Derived:
    """A file, its digest, and its variables: those that it names or those that it awaits."""
    return derive_template(raw, _header if raw.get("Kind") == _INPUT else velocity_placeholders)


def _header(content: str) -> list[str]:
    try:
        cells = next(csv.reader(StringIO(content), delimiter="\t"), [])
    except csv.Error:
        return []
    return [name for cell in cells if (name := cell.strip().removeprefix("\ufeff"))]
