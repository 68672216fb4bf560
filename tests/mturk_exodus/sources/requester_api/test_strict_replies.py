"""Texts that are no JSON and are taken for it."""

from __future__ import annotations

import pytest

from mturk_exodus.sources.requester_api.replies import BadReply, parse


@pytest.mark.parametrize("body", [b'{"a":1,}', b'{"HITs":[{},]}', b'{"HITs":[],}'])
def test_a_comma_before_the_end_is_no_json(body: bytes) -> None:
    # Once: _after_comma() goes on to the closing mark. MTurk never sends it; strictness alone.
    with pytest.raises(BadReply):
        parse(body)
