"""What has the form of a worker id or an address is found, and what has not is not."""

from __future__ import annotations

import pytest

from mturk_exodus.audit.privacy import personal

ID, EMAIL, ADDRESS = 1, 2, 4


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, 0),
        ("", 0),
        ('<?xml version="1.0"?><FreeText>nothing at all</FreeText>', 0),
        ("for A1EXAMPLEWORKER only", ID),
        ("https://example.org/?w=A1EXAMPLEWORKER&x=1", ID),
        ("ABSOLUTELYNOT and AWSMechanicalTurk", 0),
        ("3A1EXAMPLEWORKER0000000000000A", 0),
        ("write to some.body+x@mail.example.org!", EMAIL),
        ("at @home, or a@b", 0),
        ("I was at 192.0.2.17.", ADDRESS),
        ("<FreeText>192.0.2.17</FreeText>", ADDRESS),
        ("version 1.2.3.4.5 and 300.1.1.1", 0),
        ("2001:db8:0:0:0:0:0:1", ADDRESS),
        ("12:30:45:11:11:11:11:11:11", 0),
        ("A1EXAMPLEWORKER a@example.org 192.0.2.17", ID + EMAIL + ADDRESS),
    ],
)
def test_personal(text: str | None, expected: int) -> None:
    assert personal(text) == expected
