"""Links that nobody can forge."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mturk_exodus.serve.host.links import is_signed, link, seal, signature, unseal

KEY, OTHER = b"k" * 32, b"o" * 32
HIT = "3HIT00000000000000000000000001"
PROLIFIC = {"PROLIFIC_PID": "{{%PROLIFIC_PID%}}", "STUDY_ID": "{{%STUDY_ID%}}"}


def test_a_link_to_a_hit_keeps_the_panels_placeholders() -> None:
    made = link("https://tasks.example.org/", [HIT], KEY, PROLIFIC)
    assert made == (
        f"https://tasks.example.org/hit/{HIT}/{signature(KEY, 'hit', HIT)}"
        "?PROLIFIC_PID={{%PROLIFIC_PID%}}&STUDY_ID={{%STUDY_ID%}}"
    )
    assert "?" not in link("https://tasks.example.org", [HIT], KEY, {})


def test_a_link_to_several_says_them_in_their_order() -> None:
    several = [HIT, HIT.replace("1", "2")]
    made = link("https://tasks.example.org", several, KEY, {})
    assert unseal(KEY, "hits", made.rpartition("/")[2]) == several


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=20))
def test_what_is_sealed_comes_back_for_its_own_purpose_alone(values: list[str]) -> None:
    sealed = seal(KEY, "frame", values)
    assert unseal(KEY, "frame", sealed) == values
    assert unseal(KEY, "submit", sealed) is None
    assert unseal(OTHER, "frame", sealed) is None


@given(st.data())
def test_whatever_is_changed_is_refused(data: st.DataObject) -> None:
    sealed = seal(KEY, "frame", ["3ASSIGNMENT", "worker"])
    at = data.draw(st.integers(0, len(sealed) - 1))
    other = data.draw(st.text(min_size=0, max_size=2).filter(lambda one: one != sealed[at]))
    assert unseal(KEY, "frame", sealed[:at] + other + sealed[at + 1 :]) is None


@pytest.mark.parametrize(
    "sealed", ["", ".", "a.b", "é.ü", "\ud800.\ud800", "." * 10_000, "W10.", ".W10", "W10.W10"]
)
def test_what_was_never_sealed(sealed: str) -> None:
    assert unseal(KEY, "frame", sealed) is None


def test_a_signature_is_for_what_was_said() -> None:
    assert is_signed(KEY, "hit", HIT, signature(KEY, "hit", HIT))
    assert not is_signed(KEY, "hit", HIT + "0", signature(KEY, "hit", HIT))
    assert not is_signed(KEY, "hit", HIT, "é")
