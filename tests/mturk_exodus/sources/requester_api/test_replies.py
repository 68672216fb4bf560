from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mturk_exodus.sources.requester_api.replies import BadReply, parse

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
SPACE = st.sampled_from(["", " ", "\n\t ", "\r\n"])


def test_records_keep_the_very_text_that_came() -> None:
    first = '{"Answer" : "\\u00e9\\/",\n "SubmitTime":1.531774562E9,"b":{"c":[1, 2 ]}}'
    second = '{"Größe":1.000}'
    body = f' {{"NumResults" :2, "HITs": [ {first} ,{second}\n] ,"NextToken":"p1:x"}} '
    reply = parse(body.encode())
    assert [raw.text for raw in reply.records("HITs")] == [first, second]
    assert [raw.wire for raw in reply.records("HITs")] == [json.loads(first), json.loads(second)]
    assert reply.next_token == "p1:x"  # noqa: S105 - a NextToken
    assert reply.whole().text == f'{{"NumResults":2,"HITs":[ {first} ,{second}\n]}}'


@given(st.dictionaries(st.text(), JSON, max_size=5), SPACE, SPACE, st.booleans())
def test_any_json_object_is_read_as_json_reads_it(
    members: dict[str, Any], comma: str, colon: str, escaped: bool
) -> None:
    separators = (f"{comma},{comma}", f"{colon}:{colon}")
    text = json.dumps(members, ensure_ascii=escaped, separators=separators)
    reply = parse(text.encode("utf-8", "surrogatepass") if escaped else _utf8(text))
    wanted = json.loads(_utf8(text))
    assert reply.members == wanted
    assert {name: json.loads(part) for name, part in reply.texts.items()} == wanted
    for name, raws in reply.lists.items():
        assert [json.loads(raw.text) for raw in raws] == wanted[name]
        assert all(raw.text in text.encode("utf-8", "replace").decode() for raw in raws)


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "replace")


@given(st.binary(max_size=80))
def test_any_bytes_are_a_reply_or_a_bad_one(body: bytes) -> None:
    # Anything else that is raised is a mistake.
    with suppress(BadReply):
        parse(body)


@given(st.data())
def test_every_reply_that_is_cut_off_is_a_bad_one(data: st.DataObject) -> None:
    whole = b'{"HITs":[{"HITId":"H1","Title":"\xc3\xa9"},{"a":[1,2.5e3]}],"NumResults":2}'
    with pytest.raises(BadReply):
        parse(whole[: data.draw(st.integers(0, len(whole) - 1))])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"HITs"',
        b"<html></html>",
        b'{"a":1} x',
        b'{"a":1}{"a":2}',
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b'{"a":[1 2]}',
        b'{"a" 1}',
        b"{1:2}",
        b'{"a":"\xff"}',
        b'\xef\xbb\xbf{"a":1}',
        b'{"a":' + b"[" * 100_000,
        b'{"a":{"b":' + b"[" * 100_000,
        b'{"a":' + b"9" * 5000 + b"}",
        b'{"a":"\n"}',
    ],
)
def test_what_is_no_whole_json_object_is_a_bad_reply(body: bytes) -> None:
    with pytest.raises(BadReply):
        parse(body)


def test_a_page_without_its_list_or_with_another_count_is_a_bad_reply() -> None:
    with pytest.raises(BadReply, match="no list HITs"):
        parse(b'{"NumResults":0}').records("HITs")
    with pytest.raises(BadReply, match="no list HITs"):
        parse(b'{"HITs":{"a":1}}').records("HITs")
    with pytest.raises(BadReply, match="NumResults"):
        parse(b'{"HITs":[{}],"NumResults":2}').records("HITs")
    with pytest.raises(BadReply, match="no HIT"):
        parse(b'{"HIT":[]}').structure("HIT")
    assert parse(b'{"HITs":[]}').records("HITs") == []


@pytest.mark.parametrize("token", ["null", '""', "5", "{}", "[]"])
def test_a_token_that_is_no_text_is_none(token: str) -> None:
    assert parse(f'{{"NextToken":{token}}}'.encode()).next_token is None
