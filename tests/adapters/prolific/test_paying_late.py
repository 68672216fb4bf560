"""Bonuses whose payment is not told as it should be: late, in part, by somebody else, or twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from mturk_exodus import errors
from tests.adapters.prolific.cashing import booked, outcomes, pay, wanted
from tests.adapters.prolific.offered import PAY, SET_UP, Desk, desk

if TYPE_CHECKING:
    from pathlib import Path


def test_a_bonus_that_shows_after_a_while_is_waited_for(at: Desk) -> None:
    at.fake.account.bonus_reads = 2
    study_id = at.published()
    place = at.worked(study_id)
    at.fake.faults.next(PAY, "lost")
    pay(at, study_id, wanted(place.submission_id))
    assert at.waits == [0.0, 5.0, 20.0]
    assert outcomes(at) == [(1, "paid", "the submissions show it")]


def test_a_bonus_that_shows_minutes_later_is_not_paid_again(at: Desk) -> None:
    at.fake.account.bonus_reads = 5
    study_id = at.published()
    place = at.worked(study_id)
    at.fake.faults.next(PAY, "lost_500")
    for _ in range(3):
        with pytest.raises(errors.OutcomeUnknown):
            pay(at, study_id, wanted(place.submission_id))
    assert pay(at, study_id, wanted(place.submission_id)).due.paid_before == 1
    assert place.submission.bonus_payments == [150]


def test_what_is_taken_and_not_shown_yet_is_not_due(at: Desk) -> None:
    at.fake.account.bonus_reads = 100
    study_id = at.published()
    place = at.worked(study_id)
    pay(at, study_id, wanted(place.submission_id))
    due = pay(at, study_id, wanted(place.submission_id)).due
    assert (due.paid_before, due.to_come) == (1, 1)
    assert at.fake.times(PAY) == 1
    place.submission.coming = (0, 0)
    due = pay(at, study_id, wanted(place.submission_id)).due
    assert (due.paid_before, due.to_come) == (1, 0)


class _Portal(httpx.BaseTransport):
    """Lets all but payments through, and answers those itself."""

    def __init__(self, inner: httpx.BaseTransport, code: int, said: bytes) -> None:
        self._inner = inner
        self._answer = code, said

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/pay/"):
            code, said = self._answer
            return httpx.Response(code, content=said)
        return self._inner.handle_request(request)

    def close(self) -> None:
        self._inner.close()


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (200, b"\n<!DOCTYPE html><p>Please sign in."),
        (302, b""),
        (409, b'{"error": {"status": 409, "detail": "It is being paid."}}'),
    ],
    ids=["page", "elsewhere", "conflict"],
)
def test_what_does_not_say_whether_it_is_paid_leaves_that_unknown(
    tmp_path: Path, code: int, said: bytes
) -> None:
    with desk(tmp_path / "mturk.db", lambda inner: _Portal(inner, code, said)) as at:
        study_id = at.published()
        place = at.worked(study_id)
        with pytest.raises(errors.OutcomeUnknown, match="it is not sent again"):
            pay(at, study_id, wanted(place.submission_id))
        assert outcomes(at) == [(1, None, None)]


def test_a_set_up_that_was_about_to_be_paid_is_not_sent_again(at: Desk) -> None:
    """Prolific might give for the same lines what it has given before."""
    study_id = at.published()
    place = at.worked(study_id)
    at.fake.faults.throttle(6, PAY)
    with pytest.raises(errors.TargetUnavailable):
        pay(at, study_id, wanted(place.submission_id))
    (first,) = at.fake.account.bonuses
    at.fake.mangle = lambda name, body: {**body, "id": first} if name == SET_UP else body
    with pytest.raises(errors.TargetNotUnderstood, match="nothing was paid"):
        pay(at, study_id, wanted(place.submission_id))
    assert at.fake.times(PAY, "ok") == 0
    assert [one for _, one, _ in outcomes(at)] == ["not paid"]


def test_a_payment_of_which_some_never_shows_is_ended_by_a_person(at: Desk) -> None:
    study_id = at.published(total_available_places=3)
    one, two, three = (at.worked(study_id) for _ in range(3))
    ids = [one.submission_id, two.submission_id]
    at.fake.faults.next(PAY, "lost")
    at.fake.account.bonus_reads = 1_000
    with pytest.raises(errors.OutcomeUnknown):
        pay(at, study_id, wanted(*ids))
    one.submission.coming = (0, 0)
    with pytest.raises(errors.OutcomeUnknown, match="if it says that it was, with --paid 1"):
        pay(at, study_id, wanted(three.submission_id))
    with booked(at) as (_, _, cashier):
        cashier.believe(1)
        with pytest.raises(errors.TargetRejected, match="no payment 1 whose outcome"):
            cashier.believe(1)
    assert outcomes(at) == [(1, "paid", "a person has looked, and says so")]
    assert len(pay(at, study_id, wanted(*ids, three.submission_id)).due.lines) == 1
    assert two.submission.bonus_payments == [150]
