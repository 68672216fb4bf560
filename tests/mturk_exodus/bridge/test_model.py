"""Whatever people do in whatever order, it comes to what a dictionary says."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from mturk_exodus.bridge import Redemption
from tests.mturk_exodus.bridge.support import WORKERS, built, later, token

PEOPLE = ("P1", "P2", "P3")
KNOWN, STRANGERS = WORKERS[:3], ("nobody's", "nor this one's")
STEPS = st.lists(
    st.tuples(st.sampled_from((*KNOWN, *STRANGERS)), st.sampled_from(PEOPLE))
    | st.sampled_from([(None, person) for person in PEOPLE]),
    max_size=12,
)


def _expected(owners: dict[str, str], worker_id: str, person: str) -> Redemption:
    if worker_id in STRANGERS:
        return Redemption.UNKNOWN
    if worker_id in owners:
        return Redemption.AGAIN if owners[worker_id] == person else Redemption.TAKEN
    return Redemption.HAS_ANOTHER if person in owners.values() else Redemption.REDEEMED


@settings(max_examples=30, deadline=None)
@given(STEPS)
def test_what_comes_of_it_is_what_a_dictionary_says(steps: list[tuple[str | None, str]]) -> None:
    owners: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        bridge = built(Path(folder) / "bridge", KNOWN)
        for hour, (worker_id, person) in enumerate(steps):
            if worker_id is None:
                assert bridge.forget(person) is (person in owners.values())
                owners = {one: who for one, who in owners.items() if who != person}
                continue
            expected = _expected(owners, worker_id, person)
            assert bridge.redeem(token(worker_id), person, "p", later(hours=2 * hour)) is expected
            if expected is Redemption.REDEEMED:
                owners[worker_id] = person
        held = {digest: one.participant_id for digest, one in bridge.redeemed().items()}
        assert held == {bridge.digest(token(one)): who for one, who in owners.items()}
        assert bridge.counts() == (len(KNOWN), len(owners))
