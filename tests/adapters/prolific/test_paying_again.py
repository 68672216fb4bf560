"""A further bonus for all is paid when it is asked for, and never because of what we advise."""

from __future__ import annotations

import pytest

from mturk_exodus import errors
from mturk_exodus.replay.bonuses import clear_up, prepare
from tests.adapters.prolific.cashing import booked, outcomes, pay, wanted
from tests.adapters.prolific.offered import PAY, Desk
from tests.adapters.prolific.test_commands import bonuses, exodus
from tests.endurance.support import run, the_error


def test_again_is_not_heeded_where_it_becomes_known_that_it_was_paid(at: Desk) -> None:
    study_id = at.published()
    place = at.worked(study_id)
    ours = wanted(place.submission_id)
    pay(at, study_id, ours)
    at.fake.faults.next(PAY, "lost_500")
    at.fake.account.bonus_reads = 4
    for said in ("same command in some minutes, without --again", "again later, without --again"):
        with pytest.raises(errors.OutcomeUnknown, match=said):
            pay(at, study_id, ours, again=True)
    with pytest.raises(
        errors.TargetRejected, match=r"payment 2 of USD 2\.00 for 1 person was made"
    ):
        pay(at, study_id, ours, again=True)
    assert place.submission.bonus_payments == [150, 150]
    assert pay(at, study_id, ours).due.paid_before == 1
    pay(at, study_id, ours, again=True)
    assert place.submission.bonus_payments == [150, 150, 150]


@pytest.mark.parametrize("was_paid", [True, False])
def test_again_is_not_heeded_where_a_person_says_what_came_of_a_payment(
    at: Desk, *, was_paid: bool
) -> None:
    study_id = at.published()
    place = at.worked(study_id)
    at.fake.faults.next(PAY, "reset")
    with pytest.raises(errors.OutcomeUnknown):
        pay(at, study_id, wanted(place.submission_id), again=True)
    with booked(at, again=True, minutes=15) as (_, _, cashier):
        (cashier.believe if was_paid else cashier.give_up)(1)
        with pytest.raises(errors.TargetRejected, match="--again is not heeded"):
            clear_up(cashier, again=True)
        clear_up(cashier, again=False)
    assert at.fake.paid("bonus") == 0


def test_who_is_left_when_again_does_not_come_to_its_end_is_said(at: Desk) -> None:
    study_id = at.published(total_available_places=203)
    places = [at.fake.join().take_part(study_id) for _ in range(203)]
    for place in places:
        place.complete("LOOK1")
    file = bonuses(at, *(f"{place.submission_id},0.10" for place in places))
    assert exodus(at, "bonus", study_id, file, "--yes").returncode == 0
    at.fake.faults.next(PAY, "lost")
    at.fake.account.bonus_reads = 4
    done = exodus(at, "bonus", study_id, file, "--yes", "--again")
    assert done.returncode == 35
    assert "the first 0 are paid once more, of the next 200 see below, and the last 3 are not" in (
        done.stderr
    )
    assert "without --again" in done.stderr
    at.fake.account.bonus_reads = 0
    for place in places:
        place.submission.coming = (0, 0)
    done = exodus(at, "bonus", study_id, file, "--yes", "--again")
    assert done.returncode == 34
    assert "payment 3 of USD 26.67 for 200 people was made" in the_error(done.stderr)
    assert [len(place.submission.bonus_payments) for place in places] == [2] * 200 + [1] * 3


def test_what_somebody_pays_while_we_ask_is_not_paid_again(at: Desk) -> None:
    study_id = at.published()
    place = at.worked(study_id)
    ours = wanted(place.submission_id)
    with booked(at) as (archive, book, cashier):
        found = prepare(archive, at.adapter, book, study_id, ours, again=False)
        place.submission.bonus_payments.append(150)
        with pytest.raises(errors.TargetRejected, match="somebody has paid meanwhile"):
            cashier.pay(study_id, found.ready[0])
    assert (at.fake.times(PAY), outcomes(at)) == (0, [])
    assert pay(at, study_id, ours).due.shown_there == 1


def test_that_it_was_not_paid_cannot_be_said_before_it_would_show(at: Desk) -> None:
    study_id = at.published()
    place = at.worked(study_id)
    at.fake.account.bonus_reads = 1_000
    at.fake.faults.next(PAY, "lost_500")
    file = bonuses(at, f"{place.submission_id},1.50")
    with pytest.raises(errors.OutcomeUnknown):
        pay(at, study_id, wanted(place.submission_id))
    done = exodus(at, "bonus", study_id, file, "--yes", "--not-paid", "1")
    assert done.returncode == 35
    assert "that it was not paid can be said from 20" in the_error(done.stderr)
    with (
        booked(at, minutes=14) as (_, _, cashier),
        pytest.raises(errors.OutcomeUnknown, match="takes minutes until Prolific shows"),
    ):
        cashier.give_up(1)
    assert outcomes(at) == [(1, None, None)]


@pytest.mark.parametrize("by", ["submission", "participant"])
def test_who_is_forgotten_is_not_paid_again_by_the_same_file(at: Desk, by: str) -> None:
    """The archive has lost the assignment that it knew when it paid."""
    study_id = at.published()
    place = at.worked(study_id)
    participant_id = place.submission.participant_id
    name = place.submission_id if by == "submission" else participant_id
    pay(at, study_id, wanted(name))
    assert run("forget", participant_id, "--archive", at.path, "--yes").returncode == 0
    found = pay(at, study_id, wanted(name))
    assert (found.due.paid_before, found.ready) == (1, ())
    assert place.submission.bonus_payments == [150]
