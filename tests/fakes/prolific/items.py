"""The grammar of a batch's pages: what Task Builder can show and ask."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.fakes.prolific.account import Record

MOST_COLUMNS = 2
NEEDED = {
    "dataset_field": ("field",),
    "rich_text": ("content",),
    "image": ("url", "alt_text"),
    "free_text": ("description",),
    "free_text_with_unit": ("description", "unit_options"),
    "multiple_choice": ("description", "answer_limit", "options"),
    "multiple_choice_with_free_text": ("description", "answer_limit", "options", "heading"),
    "file_upload": ("description",),
}
"""Each kind of item with the members that it cannot be without."""
SHOWN = frozenset({"text", "image_url"})
"""Kinds of field that a page can show."""


def issues(pages: object, fields: Record | None) -> list[Record]:
    """Every mistake with its page, row, column and item; `fields` are the dataset's, if any."""
    if not isinstance(pages, list):
        return [_issue("EXPECTED_LIST", {}, "batch_items is a list of pages")]
    found: list[Record] = []
    for at, item in _items(pages, found):
        found += [_issue(kind, at, message) for kind, message in _mistakes(item, fields)]
    for number, page in enumerate(pages):
        shown = [item.get("field") for at, item in _items([page], []) if "field" in item]
        if len(shown) != len(set(shown)):
            found.append(_issue("REPEATED_FIELD", {"page": number}, "a field is shown twice"))
    return found


def instructions(pages: list[Record]) -> int:
    """How many questions the pages ask."""
    asking = NEEDED.keys() - {"dataset_field", "rich_text", "image"}
    return sum(item.get("type") in asking for _, item in _items(pages, []))


def _items(pages: list[Any], found: list[Record]) -> Iterator[tuple[Record, Record]]:
    for page, content in enumerate(pages):
        for row, line in enumerate(content.get("rows", [])):
            columns = line.get("columns", [])
            if not 1 <= len(columns) <= MOST_COLUMNS:
                message = f"a row has one or {MOST_COLUMNS} columns"
                found.append(_issue("BAD_ROW", {"page": page, "row": row}, message))
            for column, cell in enumerate(columns):
                for item, each in enumerate(cell.get("items", [])):
                    yield {"page": page, "row": row, "column": column, "item": item}, each


def _mistakes(item: Record, fields: Record | None) -> Iterator[tuple[str, str]]:
    kind = item.get("type")
    if kind not in NEEDED:
        yield "UNKNOWN_TYPE", f"there is no item {kind}"
        return
    for name in NEEDED[kind]:
        if name not in item:
            yield "MISSING", f"{kind} needs {name}"
    if kind == "dataset_field" and fields is None:
        yield "NO_SCHEMA", "dataset_field needs a dataset with a schema"
    elif kind == "dataset_field" and fields is not None:
        known = fields.get(str(item.get("field")), {}).get("type")
        if known not in SHOWN:
            yield "UNKNOWN_FIELD", f"no field that can be shown: {item.get('field')}"
    if kind == "image" and not str(item.get("url", "")).startswith("https://"):
        yield "BAD_URL", "an image has an https address"
    if "answer_limit" in item and item["answer_limit"] not in {1, -1}:
        yield "BAD_LIMIT", "answer_limit is 1 or -1"


def _issue(kind: str, at: Record, message: str) -> Record:
    return {"type": kind, "message": message} | at
