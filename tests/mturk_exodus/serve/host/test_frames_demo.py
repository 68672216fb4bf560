"""Every kind of question of the invented account, worked in a browser."""

from __future__ import annotations

from random import Random

import pytest

from mturk_exodus.demo.catalogue import CATALOGUE
from mturk_exodus.questions import question
from mturk_exodus.questions.showing import frame_of
from tests.mturk_exodus.serve.host.filling import work
from tests.mturk_exodus.serve.host.stage import ORIGIN, Stage

pytestmark = pytest.mark.live
ASKED = {
    one.key: one.ask(Random(1), 0).question  # noqa: S311 - the same account each time
    for one in CATALOGUE
}
SHOWN = [key for key, text in ASKED.items() if frame_of(text, origin=ORIGIN).document]


def test_most_of_the_account_can_be_shown() -> None:
    elsewhere = {key for key, text in ASKED.items() if frame_of(text, origin=ORIGIN).url}
    assert set(ASKED) - set(SHOWN) - elsewhere == {"boxes", "entities", "surfaces"}
    assert len(SHOWN) > 8


@pytest.mark.parametrize("key", SHOWN)
def test_what_is_filled_in_arrives(shown: Stage, key: str) -> None:
    frame = frame_of(ASKED[key], origin=ORIGIN)
    inside = shown.show(frame, phone=True)
    if frame.kind != "html":  # A page of HTML is as wide as its author made it.
        width = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert inside.evaluate(width) <= 0
    must, did = work(shown, inside, question.read(ASKED[key]))
    assert did == must
    assert len(must) > 0
    assert len(shown.network.posts) == 1
    assert {one for one in shown.network.elsewhere if "lab.example" not in one} == set()
