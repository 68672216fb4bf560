"""Bonuses go once to whom they are meant for, however a file names them, and whoever's ids a link
was opened with.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mturk_exodus import errors
from mturk_exodus.replay.bonuses import prepare
from tests.adapters.prolific.cashing import booked, pay, wanted
from tests.adapters.prolific.offered import PAY, SET_UP, Desk

if TYPE_CHECKING:
    from tests.fakes.prolific import Place


def unanswered(at: Desk, study_id: str) -> Place:
    """A participant who is back with the code; the archive has no answer of hers yet."""
    place = at.fake.join().take_part(study_id)
    place.complete("LOOK1")
    return place


@pytest.mark.parametrize("hits", [1, 2])
def test_answers_that_come_after_a_bonus_do_not_make_it_due_again(at: Desk, hits: int) -> None:
    study_id = at.published()
    place = unanswered(at, study_id)
    pay(at, study_id, wanted(place.submission_id))
    at.answered(place, hits)
    assert pay(at, study_id, wanted(place.submission_id)).due.paid_before == 1
    assert place.submission.bonus_payments == [150]


def test_a_second_answer_of_a_visit_does_not_make_its_bonus_due_again(at: Desk) -> None:
    study_id = at.published()
    place = at.worked(study_id)
    pay(at, study_id, wanted(place.submission_id))
    _, second = at.answered(place, hits=2)
    assert not pay(at, study_id, wanted(place.submission_id)).ready
    assert pay(at, study_id, wanted(second)).ready
    assert place.submission.bonus_payments == [150, 150]


def test_each_assignment_of_a_visit_has_a_bonus_of_its_own(at: Desk) -> None:
    study_id = at.published()
    place = unanswered(at, study_id)
    first, second = at.answered(place, hits=2)
    for names in ([first], [first, second], [second, first]):
        found = pay(at, study_id, wanted(*names))
    assert (found.ready, found.due.paid_before) == ((), 2)
    assert place.submission.bonus_payments == [150, 150]


def test_who_stands_in_a_file_under_two_names_is_not_paid_twice(at: Desk) -> None:
    study_id = at.published()
    place = at.worked(study_id)
    names = [place.submission_id, place.submission.participant_id, at.assignment_of(place)]
    with pytest.raises(errors.BonusesUnreadable, match="lines 2, 3 stands in another line") as told:
        pay(at, study_id, wanted(*names))
    assert place.submission_id not in str(told.value)
    assert at.fake.times(SET_UP) == 0


@pytest.mark.parametrize("turn", [1, -1])
def test_a_submission_and_one_of_its_assignments_are_not_both_paid(at: Desk, turn: int) -> None:
    study_id = at.published()
    place = unanswered(at, study_id)
    first, second = at.answered(place, hits=2)
    names = [place.submission_id, first][::turn]
    with pytest.raises(errors.BonusesUnreadable, match="line 2 stands in another line"):
        pay(at, study_id, wanted(*names))
    assert at.fake.times(SET_UP) == 0
    pay(at, study_id, [*wanted(place.submission_id, reason="all"), *wanted(first, second)])
    assert place.submission.bonus_payments == [450]


def test_how_many_submissions_were_read_is_told(at: Desk) -> None:
    """They are read one by one, which takes its time where there are many."""
    study_id = at.published(total_available_places=24)
    ids = [unanswered(at, study_id).submission_id for _ in range(24)]
    told: list[int] = []
    with booked(at) as (archive, book, _):
        prepare(
            archive,
            at.adapter,
            book,
            study_id,
            wanted(*ids[:23]),
            again=False,
            progress=told.append,
        )
    assert told == [*[1] * 24, 10, 10, 3]


def test_work_under_somebody_elses_submission_is_paid_to_nobody(at: Desk) -> None:
    """Who opens a link can write another id into it: a visit's, or a participant's."""
    study_id = at.published(total_available_places=2)
    place, other = (unanswered(at, study_id) for _ in range(2))
    assignment_id = at.answered_as(other.submission.participant_id, place)
    with pytest.raises(errors.BonusesUnreadable, match="line 1 was worked on under the id of a"):
        pay(at, study_id, wanted(assignment_id))
    assert at.fake.times(SET_UP) == 0
    found = pay(at, study_id, wanted(place.submission_id))
    assert [line.assignment_id for line in found.due.lines] == [None]


def test_what_shows_although_it_was_given_up_is_not_paid_again_with_what_is_new(at: Desk) -> None:
    """Somebody was too sure, or the archive is a copy of one that has paid."""
    study_id = at.published()
    place = at.worked(study_id)
    ours = [*wanted(place.submission_id), *wanted(place.submission_id, reason="kind", amount="0.3")]
    new = wanted(place.submission_id, reason="quick", amount="0.25")
    at.fake.faults.next(PAY, "reset")
    with pytest.raises(errors.OutcomeUnknown):
        pay(at, study_id, ours)
    with booked(at, minutes=15) as (_, _, cashier):
        cashier.give_up(1)
    place.submission.bonus_payments.append(180)
    found = pay(at, study_id, [*new, *ours])
    assert (found.due.shown_there, found.due.had_others) == (2, 1)
    assert place.submission.bonus_payments == [180, 25]
