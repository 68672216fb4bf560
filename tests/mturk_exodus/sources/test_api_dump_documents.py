"""Dumps that are large, broken off, or written to break a reader."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mturk_exodus.sources.api_dump import documents
from mturk_exodus.sources.interface import Entry, FileRefused, Refused
from tests.mturk_exodus.sources.test_api_dump import (
    BONUS,
    GRANT,
    HIT,
    METADATA,
    found,
    read,
    reasons,
)


def test_of_a_file_that_breaks_off_the_records_before_the_break_are_kept() -> None:
    text = json.dumps({"NumResults": 3, "HITs": [HIT, HIT, HIT]}, indent=2)

    entries = read(text[:-60])

    assert [type(entry) for entry in entries] == [Entry, Entry, Refused]
    assert "broken or cut off" in reasons(text[:-60])[0]


def test_a_broken_line_costs_no_other_line() -> None:
    """Wherever it was cut off."""
    line = json.dumps({**HIT, "MaxAssignments": 12, "QualificationRequirements": [{"a": True}, 3]})
    whole = json.dumps(GRANT)
    for length in range(1, len(line)):
        text = f"{whole}\n{line[:length]}\n{whole}\nnothing at all\n{whole}\n"

        tables = [table for table, _ in found(text)]

        assert tables.count("qualifications") == 3, line[:length]


def test_records_behind_a_break_in_a_list_of_lines_are_read() -> None:
    line = json.dumps(HIT)

    assert len(found(f"[\n{line},\n{line[:-20]},\n{line}\n]\n")) == 2


@pytest.mark.parametrize("bomb", ["[" * 100_000, '{"HITId":' * 100_000, "[" * 90 + "]" * 90])
def test_depth_is_refused_and_no_crash(bomb: str) -> None:
    with pytest.raises(FileRefused):
        read(bomb)


def test_a_list_of_numbers_is_one_thing_that_is_no_record() -> None:
    assert len(reasons(json.dumps([HIT, {"HITs": [1, 2, "three", None] * 1000}]))) == 1


def test_a_record_that_is_nested_too_deep_is_refused() -> None:
    deep = f'{{"HITId": "3A", "Title": "T", "QualificationRequirements": {"[" * 200}{"]" * 200}}}'

    assert len(reasons(f"[{deep}, {json.dumps(HIT)}]")) == 1


def test_a_member_that_comes_twice_is_kept_twice() -> None:
    ((_, raw),) = found('{"HITId": "3A", "Title": "old", "Title": "new"}')

    assert raw == {"HITId": "3A", "Title": "new", "Title (2)": "old"}


def test_two_lists_of_one_name_are_both_read() -> None:
    text = f'{{"HITs": [{json.dumps(HIT)}], "HITs": [{json.dumps({**HIT, "HITId": "3B"})}]}}'

    assert sorted(raw["HITId"] for _, raw in found(text)) == ["3B", "3HITONE"]


def test_numbers_stay_exact_and_what_is_none_stays_text() -> None:
    ((_, raw),) = found(
        '{"HITId": "3A", "Title": "T", "MaxAssignments": 1e999, "Reward": 0.1000000000000000000001,'
        f' "Keywords": NaN, "Expiration": Infinity, "a": {"9" * 5000}, "b": {2**70}, "c": 0.05}}'
    )

    assert raw["MaxAssignments"] == "1e999"
    assert raw["Reward"] == "0.1000000000000000000001"
    assert raw["Keywords"] is None
    assert raw["Expiration"] == "Infinity"
    assert raw["a"] == "9" * 5000
    assert raw["b"] == 2**70
    assert raw["c"] == 0.05


def test_lone_surrogates_and_nul_do_not_hurt() -> None:
    ((_, raw),) = found(r'{"HITId": "3A", "Title": "a\ud83d", "Description": "b\u0000"}')

    assert raw["Title"] == "a\ud83d"


def test_a_list_that_does_not_fit_into_the_window_is_read_record_by_record(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The same records whatever the window; each form of file breaks at every place of it."""
    hits = [{**HIT, "HITId": f"3{n:05}", "Description": "é" * n} for n in range(40)]
    bonuses = [BONUS] * 5
    forms = [
        json.dumps({"NumResults": 40, "HITs": hits, "ResponseMetadata": METADATA}),
        json.dumps(hits, indent=3),
        json.dumps({hit["HITId"]: hit for hit in hits}),
        json.dumps({hit["HITId"]: [hit] for hit in hits}),
        "\n".join(map(json.dumps, hits)),
        repr(hits),
        repr({"HITs": hits}),
        json.dumps([{"BonusPayments": bonuses}, {"BonusPayments": bonuses}]),
    ]
    expected = [[each for entry in read(form) for each in _contents(entry)] for form in forms]

    for window in (150, 333, 1001):
        monkeypatch.setattr(documents, "WINDOW", window)
        assert [[each for e in read(form) for each in _contents(e)] for form in forms] == expected


def _contents(entry: Entry | Refused) -> list[Any]:
    assert isinstance(entry, Entry)
    return [(each.table.name, each.raw, each.context) for each in entry.found]


def test_a_long_text_is_read_and_a_record_beyond_the_limit_is_not() -> None:
    long = json.dumps({**HIT, "Description": "x" * 9_000_000})

    ((_, raw),) = found(f"[{long}]")
    assert len(raw["Description"]) == 9_000_000
    too_long = "x" * (documents.LONGEST * 11 // 10)
    with pytest.raises(FileRefused):
        found(json.dumps({**HIT, "Description": too_long}))
