"""What is an address, and what is none."""

from __future__ import annotations

import json

import pytest

from mturk_exodus.privacy.scrubbing import KINDS, Scrubber


def scrubber(*kinds: str) -> Scrubber:
    return Scrubber(kinds or tuple(KINDS), lambda kind, _: f"[{kind}]")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("write to ann.smith+1@mail.example.org.", "write to [EMAIL]."),
        ("to=ann%40example.org&x=1", "to=[EMAIL]&x=1"),
        ("<b@x.co>, (c@x.co)", "<[EMAIL]>, ([EMAIL])"),
        ("from 203.0.113.9:8080", "from [IP]:8080"),
        ("2001:db8::8a2e:370:7334", "[IP]"),
        ("call (555) 234-5678 now", "call [PHONE] now"),
        ("+44 20 7946 0958", "[PHONE]"),
        ("tel:555-234-5678", "tel:[PHONE]"),
    ],
)
def test_addresses(text: str, expected: str) -> None:
    assert scrubber()(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "2019-03-12T10:00:00.000Z 2019-03-12 10:00:00",
        "Tue Mar 12 10:00:00 PDT 2019",
        "1500000000.123 0.05 123456789012",
        "version 3.2.1, Chrome/80.0.3987.149, 1.2.3.4.5",
        "::1 0::0 a::b::c 10:20:30",
        "@ann ann@ a@b",
        "3PQ8K71NHXJ4SUNP5TMJLMW0A2BAAC",
    ],
)
def test_no_addresses(text: str) -> None:
    assert scrubber()(text) == text


@pytest.mark.parametrize("text", ["\nann@x.org", "\tann@x.org", 'é"ann@x.org"', "\n203.0.113.9"])
def test_a_text_as_json_means_the_text(text: str) -> None:
    """Of a record's words as of its columns, and of JSON within JSON."""
    scrub = scrubber()
    once, twice = json.dumps(text), json.dumps(json.dumps(text))
    assert json.loads(scrub(once)) == scrub(text) != text
    assert json.loads(json.loads(scrub(twice))) == scrub(text)


def test_only_what_was_chosen_goes() -> None:
    scrub = scrubber("ips")
    assert scrub("a@b.org 203.0.113.9") == "a@b.org [IP]"
    assert dict(scrub.found) == {"ips": 1}
