"""What Python prints of replies, read without running any of it."""

from __future__ import annotations

import datetime as dt
import json
from pprint import pformat
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mturk_exodus.sources.api_dump.python_reprs import scan
from tests.mturk_exodus.sources.test_api_dump import SOURCE, found, reasons

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(min_value=-(10**200), max_value=10**200)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=30,
)


@given(PLAIN)
def test_a_printed_value_reads_as_the_value(value: object) -> None:
    printed = repr(value)

    assert scan(printed, 0) == (value, len(printed))


@given(PLAIN, st.integers(min_value=10, max_value=100))
def test_a_pretty_printed_value_reads_as_the_value(value: object, width: int) -> None:
    assert scan(f"[{pformat(value, width=width)}]", 0)[0] == [value]


@given(PLAIN)
def test_json_reads_as_python_too(value: object) -> None:
    assert scan(json.dumps([value]), 0)[0] == [value]


@given(st.text() | PLAIN.map(repr).map(lambda text: text[: len(text) // 2]))
def test_any_text_is_a_value_or_none(text: str) -> None:
    try:
        value, end = scan(text, 0)
    except ValueError:
        return
    assert end <= len(text)
    json.dumps(value, allow_nan=False)


@pytest.mark.parametrize(
    ("printed", "read"),
    [
        ("datetime.datetime(2021, 1, 2, 3, 4, tzinfo=tzutc())", "2021-01-02T03:04:00+00:00"),
        (repr(dt.datetime(2021, 1, 2, tzinfo=dt.timezone.utc)), "2021-01-02T00:00:00+00:00"),
        (
            repr(dt.datetime(2021, 1, 2, 3, tzinfo=dt.timezone(dt.timedelta(hours=-7)))),
            "2021-01-02T03:00:00-07:00",
        ),
        (
            "datetime.datetime(2021, 1, 2, 3, 4, 5, 6, tzoffset('PDT', -25200))",
            "2021-01-02T03:04:05.000006-07:00",
        ),
        (
            "datetime.datetime(2021, 1, 2, 3, 4, 5, tzinfo=zoneinfo.ZoneInfo(key='UTC'))",
            "2021-01-02T03:04:05+00:00",
        ),
        ("datetime.datetime(2021, 1, 2, 3, 4, tzinfo=<UTC>)", "2021-01-02T03:04:00+00:00"),
        ("Timestamp('2021-01-02 03:04:05-0700', tz='pytz')", "2021-01-02 03:04:05-0700"),
        ("Decimal('0.05')", "0.05"),
        ("OrderedDict([('a', 1), ('b', OrderedDict())])", {"a": 1, "b": {}}),
        ("defaultdict(<class 'list'>, {'a': [1]})", {"a": [1]}),
        ("(1, 'a', ())", [1, "a", []]),
        ("('a' \n 'b')", "ab"),
        ("u'caf\\xe9 \\ud83d\\ude00'", "café 😀"),
        ("{1: nan, 2: NaT}", {"1": None, "2": None}),
        ("12L", 12),
    ],
)
def test_what_python_prints_of_other_things(printed: str, read: object) -> None:
    assert scan(printed, 0) == (read, len(printed))


@pytest.mark.parametrize(
    "printed",
    [
        "datetime.datetime(2021, 1, 2, 3, 4, 5, tzinfo=tzlocal())",
        "datetime.datetime(2021, 1, 2, 3, 4, 5)",
        "datetime.datetime(2021, 13, 2, tzinfo=tzutc())",
        "datetime.datetime('a', [], tzinfo=tzutc())",
        "datetime.datetime(tzutc(), tzinfo=tzutc())",
        "tzoffset(None, 10**9)",
        "datetime.timedelta(days=999999999999)",
        "__import__('os').system('false')",
        "ObjectId('5f1')",
        "open('a')",
        "<Response [200]>",
        "tzutc()",
        "OrderedDict([1, 2])",
    ],
)
def test_what_says_no_value_stays_its_own_text_or_is_none(printed: str) -> None:
    text = f"[{printed}]"
    try:
        value, _ = scan(text, 0)
    except ValueError:
        return
    assert value == [printed]


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "f(" * 100_000,
        "{'a': " * 100_000,
        "[1, , 2]",
        "[1 2]",
        "{'a' 'b'}",
        "{'a': 1 'b': 2}",
        "{['a']: 1}",
        "1 + 1",
        "lambda: 0",
        "'open",
        "...",
        "f'{1}'",
    ],
)
def test_what_is_no_literal_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="not a literal"):
        scan(f"[{text}]", 0)


def _printed(**members: Any) -> str:  # noqa: ANN401 - whatever a reply holds
    response = {"NumResults": 1, "Assignments": [{"AssignmentId": "3B", "HITId": "3A", **members}]}
    return repr({**response, "ResponseMetadata": {"HTTPStatusCode": 200}})


def test_a_printed_reply_keeps_its_times_and_names_those_whose_zone_is_unknown() -> None:
    printed = _printed(
        WorkerId="A1",
        AcceptTime=dt.datetime(2021, 1, 2, 3, 4, 5, tzinfo=dt.timezone.utc),
        SubmitTime=dt.datetime(2021, 1, 2, 3, 5, 5, tzinfo=dt.timezone.utc),
        Answer='<a>it\'s "so"\n</a>',
    )
    local = "datetime.datetime(2021, 1, 2, 3, 5, 5, tzinfo=tzlocal())"
    printed = printed.replace(
        "datetime.datetime(2021, 1, 2, 3, 5, 5, tzinfo=datetime.timezone.utc)", local
    )

    ((table, raw),) = found(printed)
    derived = SOURCE.derive(table, raw)

    assert raw["AcceptTime"] == "2021-01-02T03:04:05+00:00"
    assert raw["SubmitTime"] == local
    assert raw["Answer"] == '<a>it\'s "so"\n</a>'
    assert derived.wire["AcceptTime"] == "2021-01-02T03:04:05.000Z"
    assert derived.unreadable == ("SubmitTime",)


def test_replies_printed_one_after_the_other_and_pretty_printed_are_read() -> None:
    hits = [{"HITId": f"3{n}", "Title": "long " * 40, "Reward": "0.05"} for n in range(3)]
    text = "\n".join([repr({"HIT": hits[0]}), pformat({"HIT": hits[1]}), f"last = {hits[2]!r}"])

    assert [raw for _, raw in found(text)] == hits


def test_a_printed_reply_that_was_shortened_is_refused_and_the_next_one_read() -> None:
    shortened = "{'HITs': [{'HITId': '3A', 'Title': 'T'}, ...]}"

    text = f"{shortened}\n{{'HITId': '3B', 'Title': 'T'}}\n"

    assert [raw["HITId"] for _, raw in found(text)] == ["3A", "3B"]
    assert len(reasons(text)) == 1
