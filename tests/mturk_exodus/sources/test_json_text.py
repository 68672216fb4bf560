"""JSON in the ways that people keep it."""

from __future__ import annotations

from pathlib import Path

import pytest

from mturk_exodus.sources import json_text
from mturk_exodus.sources.files import local_file
from mturk_exodus.sources.interface import FileRefused


def values(folder: Path, text: str) -> list[object]:
    path = folder / "kept.json"
    path.write_text(text, encoding="utf-8", newline="")
    documents = json_text.documents(local_file(path))
    return [one.value if one.readable else f"not: {one.text}" for one in documents]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ('{"a": 1}', [{"a": 1}]),
        ("[\n1,\n2]\n", [[1, 2]]),
        ("\n[1]\r\n\r\n[2]", [[1], [2]]),
        ("[1]\n[2\n[3]\n", [[1], "not: [2", [3]]),
        ("[1\n\n  \n[2]\r\n", ["not: [1", [2]]),
        ('[1\n["a\u2028b"]\n', ["not: [1", ["a\u2028b"]]),
    ],
)
def test_a_document_or_a_line_for_each(tmp_path: Path, text: str, expected: list[object]) -> None:
    assert values(tmp_path, text) == expected


@pytest.mark.parametrize(
    "text", ["NaN", "[Infinity]", "[" * 150 + "]" * 150, "[" * 100_000, "1" * 5_000]
)
def test_what_an_archive_cannot_hold_is_no_json(text: str) -> None:
    with pytest.raises(json_text.NotJSON):
        json_text.parse(text)


def test_a_number_that_no_computer_holds_stays_as_it_is_written() -> None:
    assert json_text.parse("[1e999, 0.5]") == ["1e999", 0.5]


@pytest.mark.parametrize(("deepest", "expected"), [(2, True), (3, False)])
def test_depth_is_counted_in_brackets(deepest: int, expected: bool) -> None:
    assert json_text.too_deep([{"a": []}], deepest) is expected


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "kept.json"
    path.write_bytes("\ufeff[\udc00]".encode("utf-16-le", "surrogatepass"))
    with pytest.raises(FileRefused):
        list(json_text.documents(local_file(path)))
