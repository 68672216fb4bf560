"""Any text and any value at all: read or refused, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from mturk_exodus.archive.tables import TABLES, Table
from mturk_exodus.records import from_wire, members
from mturk_exodus.sources.api_dump import APIDump
from mturk_exodus.sources.api_dump.shapes import REPLY_MEMBERS
from mturk_exodus.sources.interface import FileRefused
from tests.mturk_exodus.sources.test_api_dump import file_of, read

NAMES = sorted({member.name for table in TABLES for _, member in members(table.record)})
ANY_NAME = st.sampled_from([*NAMES, *REPLY_MEMBERS, "ResponseMetadata", "SubjectId"]) | st.text(
    max_size=5
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=20)
    | st.sampled_from(["3A", "string", "0.05", "2020-01-02T03:04:05Z", 1577934245.5, "\ud800"])
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(ANY_NAME, inner, max_size=8),
    max_leaves=40,
)
DIALECTS = st.sampled_from([json.dumps, repr, lambda value: json.dumps(value, indent=1)])


def _try(text: str) -> None:
    APIDump().claims(file_of(text))
    try:
        read(text)
    except FileRefused as refusal:
        assert str(refusal)  # noqa: PT017 - a refusal is one of two good ends


@given(VALUES, DIALECTS, st.floats(0, 1))
def test_any_value_is_read_or_refused_whole_or_cut_off(
    value: object, dialect: Callable[[object], str], part: float
) -> None:
    text = dialect(value).encode("utf-8", "replace").decode()

    _try(text)
    _try(text[: int(len(text) * part)])


@given(st.text(st.characters(exclude_categories=["Cs"])), st.sampled_from(["", "<", "{", "['"]))
def test_any_text_is_read_or_refused(text: str, first: str) -> None:
    _try(first + text)


@given(st.sampled_from(TABLES), st.dictionaries(ANY_NAME, VALUES, max_size=4))
def test_whatever_is_derived_is_what_the_model_allows(table: Table, raw: dict[str, Any]) -> None:
    derived = APIDump().derive(table.name, raw)
    required = {member.name for _, member in members(table.record) if member.required}

    if required <= derived.wire.keys():
        from_wire(table.record, dict(derived.wire))
    assert not set(derived.unreadable) - raw.keys()
