"""Tokens: who has no key cannot make one, and people who copy one by hand are understood."""

from __future__ import annotations

import string
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mturk_exodus.bridge import MOST_IN_ALL, read, spelled, token_of
from mturk_exodus.bridge.tokens import LENGTH, digest_of
from tests.mturk_exodus.bridge.support import KEY, WORKERS, token

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def test_a_token_follows_from_the_worker_and_the_key_alone() -> None:
    assert token_of(KEY, "A1EXAMPLE") == token_of(KEY, "A1EXAMPLE") == "QYXAYK70YEGNA51Y45EV"
    assert len({token(worker) for worker in WORKERS}) == len(WORKERS)
    assert token_of(bytes(32), "A1EXAMPLE") != token_of(KEY, "A1EXAMPLE")


def test_a_token_is_of_a_hundred_bits_and_none_of_them_is_rarer() -> None:
    """At each place each of 32 letters comes as often as chance has it."""
    tokens = [token(f"A{number}") for number in range(3_200)]
    for place in range(LENGTH):
        counts = Counter(one[place] for one in tokens)
        assert set(counts) == set(LETTERS)
        assert max(counts.values()) < 170


def test_nobody_guesses_a_token() -> None:
    """A million workers, and the most guesses that the host lets through in ten years."""
    guesses = MOST_IN_ALL * 60 * 24 * 365 * 10
    odds = guesses * 1_000_000 / len(LETTERS) ** LENGTH
    assert odds < 1e-15


def test_what_is_kept_of_a_token_does_not_tell_it() -> None:
    kept = digest_of(KEY, token())
    assert len(kept) == 32
    assert kept != digest_of(bytes(32), token())
    assert token().encode() not in kept


@pytest.mark.parametrize(
    "typed",
    [
        "{spelled}",
        "{lower}",
        " {spelled} \n",
        "{spaced}",
        "{dashes}",
    ],
)
def test_a_token_is_read_however_it_was_copied(typed: str) -> None:
    shown = spelled(token())
    said = typed.format(
        spelled=shown,
        lower=shown.lower(),
        spaced=" ".join(token()),
        dashes=shown.replace("-", "\N{EN DASH}"),
    )
    assert read(said) == token()


def test_letters_that_look_like_digits_are_taken_for_them() -> None:
    assert read("OoIiL-l0000-00000-00000") == "00111100000000000000"


@pytest.mark.parametrize(
    "typed", ["", "A1EXAMPLE", "U" * LENGTH, "0" * 19, "0" * 21, "é" * 20, "٣" * 20, "0" * 10_000]
)
def test_what_is_no_token_is_none(typed: str) -> None:
    assert read(typed) is None


@given(st.text(max_size=40) | st.text(string.ascii_letters + string.digits + "- ", max_size=40))
def test_whatever_is_typed_is_a_token_or_nothing(typed: str) -> None:
    found = read(typed)
    assert found is None or (len(found) == LENGTH and set(found) <= set(LETTERS))
