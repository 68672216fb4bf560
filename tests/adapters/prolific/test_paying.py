"""Bonuses: paid once whatever is answered, to the cent, and never while an outcome is unknown."""

from __future__ import annotations

import json
import random
import signal
import sqlite3
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import httpx
import pytest

from mturk_exodus import errors
from mturk_exodus.archive import Archive
from mturk_exodus.replay.bonuses import prepare
from mturk_exodus.replay.offered import chosen
from tests.adapters.prolific.cashing import booked, outcomes, pay, wanted
from tests.adapters.prolific.offered import PAY, SET_UP, Desk, desk
from tests.conftest import ROOT
from tests.endurance.support import environment
from tests.fakes.prolific import Faults

if TYPE_CHECKING:
    from pathlib import Path

AFTER = ["lost", "lost_500", "lost_gateway", "cut_body"]
"""Paid, though the answer does not say so."""
BEFORE = ["server_error", "unavailable", "reset"]
"""Not paid, and the answer does not say that either."""


def test_a_bonus_is_paid_by_assignment_submission_or_participant(at: Desk) -> None:
    study_id = at.published(total_available_places=3)
    places = [at.worked(study_id) for _ in range(3)]
    names = [
        at.assignment_of(places[0]),
        places[1].submission_id,
        places[2].submission.participant_id,
    ]
    found = pay(at, study_id, wanted(*names))
    assert [one.submission.bonus_payments for one in places] == [[150]] * 3
    assert at.fake.times(PAY) == 1
    assert {line.assignment_id for line in found.due.lines} == {
        at.assignment_of(place) for place in places
    }
    assert outcomes(at) == [(1, "paid", "the target took it")]


def test_the_same_file_again_pays_what_was_added_to_it(at: Desk) -> None:
    study_id = at.published(total_available_places=2)
    one, two = (at.worked(study_id).submission_id for _ in range(2))
    pay(at, study_id, wanted(one))
    second = pay(at, study_id, wanted(one, two))
    assert (len(second.due.lines), second.due.paid_before) == (1, 1)
    third = pay(at, study_id, wanted(one, two))
    assert (third.ready, third.due.paid_before) == ((), 2)
    assert at.fake.paid("bonus") == 300
    pay(at, study_id, wanted(one, two), again=True)
    assert at.fake.paid("bonus") == 600


def test_another_reason_is_another_bonus(at: Desk) -> None:
    study_id = at.published()
    place = at.worked(study_id)
    for reason in ("first week", "second week", "first week"):
        found = pay(at, study_id, wanted(place.submission_id, reason=reason))
    assert place.submission.bonus_payments == [150, 150]
    assert (found.due.paid_before, found.due.had_others) == (1, 0)
    assert pay(at, study_id, wanted(place.submission_id, amount="2")).due.had_others == 1


def test_the_assignments_of_one_visit_are_paid_in_one_sum(at: Desk) -> None:
    study_id = at.published()
    place = at.fake.join().take_part(study_id)
    first, second = at.answered(place, hits=2)
    place.complete("LOOK1")
    pay(at, study_id, [*wanted(first, amount="0.25"), *wanted(second, amount="0.5")])
    assert place.submission.bonus_payments == [75]
    assert not pay(
        at, study_id, [*wanted(first, amount="0.25"), *wanted(second, amount="0.50")]
    ).ready


def test_a_set_has_200_at_most_and_they_are_paid_one_after_the_other(at: Desk) -> None:
    study_id = at.published(total_available_places=203)
    ids = []
    for _ in range(203):
        place = at.fake.join().take_part(study_id)
        place.complete("LOOK1")
        ids.append(place.submission_id)
    pay(at, study_id, wanted(*ids, amount="0.10"))
    assert [len(each.lines) for each in at.fake.account.bonuses.values()] == [200, 3]
    assert at.fake.paid("bonus") == 2030
    assert at.fake.times(PAY) == 2


@pytest.mark.parametrize("fault", AFTER)
def test_a_bonus_whose_answer_is_lost_is_found_and_never_sent_again(at: Desk, fault: str) -> None:
    study_id = at.published()
    place = at.worked(study_id)
    at.fake.faults.next(PAY, fault)
    pay(at, study_id, wanted(place.submission_id))
    assert place.submission.bonus_payments == [150]
    assert at.fake.times(PAY) == 1
    ((_, outcome, _),) = outcomes(at)
    assert outcome == "paid"
    assert not pay(at, study_id, wanted(place.submission_id)).ready
    assert at.fake.times(PAY) == 1


@pytest.mark.parametrize("fault", BEFORE)
def test_what_did_not_come_stays_unknown_until_a_person_says_so(at: Desk, fault: str) -> None:
    study_id = at.published()
    one, two = (at.worked(study_id) for _ in range(2))
    at.fake.faults.next(PAY, fault)
    with pytest.raises(errors.OutcomeUnknown, match="it is not sent again"):
        pay(at, study_id, wanted(one.submission_id))
    assert at.waits == [0.0, 5.0, 20.0]
    for names in ([one.submission_id], [two.submission_id]):
        with pytest.raises(errors.OutcomeUnknown, match="--not-paid 1") as error:
            pay(at, study_id, wanted(*names))
        assert "0 of 1 submissions show it" in str(error.value)
    assert at.fake.times(PAY) == 1
    assert outcomes(at) == [(1, None, None)]
    with booked(at, minutes=15) as (_, _, cashier):
        cashier.give_up(1)
    pay(at, study_id, wanted(one.submission_id))
    assert at.fake.paid("bonus") == 150


def test_what_comes_late_is_found_later(at: Desk) -> None:
    """Prolific pays within minutes of the answer, and here there is not even one."""
    study_id = at.published()
    places = [at.worked(study_id) for _ in range(2)]
    ids = [place.submission_id for place in places]
    at.fake.faults.next(PAY, "reset")
    with pytest.raises(errors.OutcomeUnknown):
        pay(at, study_id, wanted(*ids))
    places[0].submission.bonus_payments.append(150)
    with pytest.raises(errors.OutcomeUnknown, match="1 of 2 submissions show it"):
        pay(at, study_id, wanted(*ids))
    with (
        booked(at, minutes=15) as (_, _, cashier),
        pytest.raises(errors.OutcomeUnknown, match="it was paid, or is being paid"),
    ):
        cashier.give_up(1)
    places[1].submission.bonus_payments.append(150)
    assert pay(at, study_id, wanted(*ids)).due.paid_before == 2
    assert outcomes(at) == [(1, "paid", "the submissions show it")]


def test_an_equal_bonus_of_before_is_not_taken_for_this_one(at: Desk) -> None:
    study_id = at.published()
    place = at.worked(study_id)
    pay(at, study_id, wanted(place.submission_id, reason="first"))
    at.fake.faults.next(PAY, "reset")
    with pytest.raises(errors.OutcomeUnknown):
        pay(at, study_id, wanted(place.submission_id, reason="second"))
    with pytest.raises(errors.OutcomeUnknown, match="0 of 1"):
        pay(at, study_id, wanted(place.submission_id, reason="second"))


def test_a_bonus_that_comes_late_is_not_taken_for_the_next_one(at: Desk) -> None:
    """Prolific takes a payment, and shows it minutes later; meanwhile an equal one is sent."""
    study_id = at.published()
    place = at.worked(study_id)
    pay(at, study_id, wanted(place.submission_id, reason="first"))
    shown = place.submission.bonus_payments
    shown.clear()
    at.fake.faults.next(PAY, "reset")
    with pytest.raises(errors.OutcomeUnknown):
        pay(at, study_id, wanted(place.submission_id, reason="second"))
    shown.append(150)
    with pytest.raises(errors.OutcomeUnknown, match="0 of 1"):
        pay(at, study_id, wanted(place.submission_id, reason="second"))
    shown.append(150)
    assert pay(at, study_id, wanted(place.submission_id, reason="second")).due.paid_before == 1


def test_looking_that_fails_says_nothing_of_a_payment(at: Desk) -> None:
    study_id = at.published()
    place = at.worked(study_id)
    look = "GET /submissions/{id}/"
    with booked(at) as (archive, book, cashier):
        bonuses = wanted(place.submission_id)
        found = prepare(archive, at.adapter, book, study_id, bonuses, again=False)
        at.fake.faults.next(PAY, "lost")
        at.fake.faults.next(look, "ok", *["unavailable"] * 18)
        with pytest.raises(errors.OutcomeUnknown, match="not sent again"):
            cashier.pay(study_id, found.ready[0])
    assert outcomes(at) == [(1, None, None)]
    assert pay(at, study_id, bonuses).due.paid_before == 1
    assert at.fake.times(PAY) == 1


def test_only_what_is_unknown_can_be_given_up(at: Desk) -> None:
    study_id = at.published()
    pay(at, study_id, wanted(at.worked(study_id).submission_id))
    for number in (1, 2):
        with (
            booked(at) as (_, _, cashier),
            pytest.raises(errors.TargetRejected, match=f"no payment {number} whose"),
        ):
            cashier.give_up(number)


def test_a_burst_of_too_many_requests_pays_once(at: Desk) -> None:
    study_id = at.published()
    place = at.worked(study_id)
    at.fake.faults.throttle(4, PAY)
    pay(at, study_id, wanted(place.submission_id))
    assert place.submission.bonus_payments == [150]
    assert (at.fake.times(PAY, "throttle"), at.fake.times(PAY, "ok")) == (4, 1)


def test_too_many_requests_without_an_end_is_not_paid_and_can_be_tried_again(at: Desk) -> None:
    study_id = at.published()
    place = at.worked(study_id)
    at.fake.faults.throttle(6, PAY)
    with pytest.raises(errors.TargetUnavailable):
        pay(at, study_id, wanted(place.submission_id))
    ((_, outcome, reason),) = outcomes(at)
    assert outcome == "not paid"
    assert "429" in reason
    pay(at, study_id, wanted(place.submission_id))
    assert place.submission.bonus_payments == [150]


@pytest.mark.parametrize("seed", range(6))
def test_whatever_goes_wrong_everybody_gets_it_once(at: Desk, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - trouble that comes again
    study_id = at.published(total_available_places=4)
    places = [at.worked(study_id) for _ in range(4)]
    bonuses = wanted(*(place.submission_id for place in places), amount="0.75")
    for _ in range(12):
        operation = chance.choice([PAY, SET_UP, "GET /submissions/{id}/", "GET /submissions/"])
        at.fake.faults.next(operation, chance.choice([*BEFORE, *AFTER, "ok"]))
        try:
            pay(at, study_id, bonuses[: chance.randint(1, 4)])
        except errors.OutcomeUnknown:
            _give_up(at)
        except errors.TargetError:
            pass
    at.fake.faults = Faults()
    _give_up(at)
    pay(at, study_id, bonuses)
    assert [one.submission.bonus_payments for one in places] == [[75]] * 4


def _give_up(at: Desk) -> None:
    """A person looks at Prolific's own site, which shows the truth."""
    with suppress(errors.TargetError), booked(at, minutes=15) as (_, _, cashier):
        for left in cashier.settle():
            cashier.give_up(left.unknown.payment_id)


def test_what_prolific_refuses_is_not_paid(at: Desk) -> None:
    """Somebody spends the money between the question and the answer."""
    study_id = at.published()
    place = at.worked(study_id)
    with booked(at) as (archive, book, cashier):
        bonuses = wanted(place.submission_id)
        found = prepare(archive, at.adapter, book, study_id, bonuses, again=False)
        at.fake.account.workspaces[at.fake.account.workspace_id].funds = 0
        with pytest.raises(errors.TargetRejected, match="balance is too small"):
            cashier.pay(study_id, found.ready[0])
    assert [one for _, one, _ in outcomes(at)] == ["not paid"]
    assert at.fake.paid("bonus") == 0


@pytest.mark.parametrize("fault", [*BEFORE, *AFTER, "not_json", "cut_json"])
def test_a_set_up_that_goes_wrong_pays_nothing_and_leaves_nothing_unknown(
    at: Desk, fault: str
) -> None:
    study_id = at.published()
    place = at.worked(study_id)
    at.fake.faults.next(SET_UP, fault)
    with pytest.raises(errors.TargetError):
        pay(at, study_id, wanted(place.submission_id))
    assert outcomes(at) == []
    pay(at, study_id, wanted(place.submission_id))
    assert place.submission.bonus_payments == [150]


class _Alters(httpx.BaseTransport):
    """Answers a set-up with another sum."""

    def __init__(self, inner: httpx.BaseTransport, **changes: float) -> None:
        self._inner = inner
        self._changes = changes

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self._inner.handle_request(request)
        if not request.url.path.endswith("/bonus-payments/"):
            return response
        response.read()
        said = response.json()
        for name, more in self._changes.items():
            said[name] += more
        return httpx.Response(response.status_code, content=json.dumps(said).encode())

    def close(self) -> None:
        self._inner.close()


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": 1, "total_amount": 1},
        {"amount": -1, "total_amount": -1},
        {"amount": 14_850, "total_amount": 14_850},
        {"total_amount": 1},
        {"fees": -1},
        {"vat": 2},
        {"fees": 1.5},
        {"amount": 0.5, "total_amount": 0.5},
        {"fees": -51, "total_amount": -51},
        {"vat": -11, "total_amount": -11},
    ],
)
def test_a_sum_that_differs_by_a_cent_is_not_paid(
    tmp_path: Path, changes: dict[str, float]
) -> None:
    with desk(tmp_path / "mturk.db", lambda inner: _Alters(inner, **changes)) as at:
        study_id = at.published()
        place = at.worked(study_id)
        with pytest.raises(errors.SumDiffers, match="nothing was paid"):
            pay(at, study_id, wanted(place.submission_id))
        assert at.fake.times(PAY) == 0
        assert outcomes(at) == []


def test_fees_may_have_a_fraction_of_a_cent(tmp_path: Path) -> None:
    """As in Prolific's own example."""
    more = {"fees": 0.34, "total_amount": 0.34}
    with desk(tmp_path / "mturk.db", lambda inner: _Alters(inner, **more)) as at:
        study_id = at.published()
        place = at.worked(study_id)
        found = pay(at, study_id, wanted(place.submission_id))
        assert str(found.cost) == "USD 2.0034"
        assert place.submission.bonus_payments == [150]


def test_another_copy_of_the_archive_does_not_pay_it_again(at: Desk, tmp_path: Path) -> None:
    """A backup is put back from before a payment: Prolific's own word counts."""
    study_id = at.published()
    place = at.worked(study_id)
    with sqlite3.connect(at.path) as connection:
        connection.execute("vacuum into ?", [str(tmp_path / "copy.db")])
    pay(at, study_id, wanted(place.submission_id))
    at.path = tmp_path / "copy.db"
    second = pay(at, study_id, wanted(place.submission_id))
    assert (second.ready, second.due.shown_there) == ((), 1)
    assert place.submission.bonus_payments == [150]


def test_who_did_not_take_part_is_named_by_line_and_nobody_is_paid(at: Desk) -> None:
    study_id, other = at.published(), at.published()
    place, elsewhere = at.worked(study_id), at.worked(other)
    names = [place.submission_id, elsewhere.submission_id, at.assignment_of(elsewhere), "3NOBODY"]
    with pytest.raises(errors.BonusesUnreadable, match=r"lines 2, 3, 4 has no submission") as error:
        pay(at, study_id, wanted(*names))
    assert elsewhere.submission_id not in str(error.value)
    assert at.fake.times(SET_UP) == 0


def test_who_has_several_submissions_is_to_be_named_by_one(at: Desk) -> None:
    several = {"max_submissions_per_participant": 2, "max_concurrent_submissions": -1}
    study_id = at.published(submissions_config=several)
    person = at.fake.join()
    for _ in range(2):
        person.take_part(study_id).complete("LOOK1")
    with pytest.raises(errors.BonusesUnreadable, match="line 1 has several submissions"):
        pay(at, study_id, wanted(person.id))


def test_a_study_that_the_archive_has_not_made_is_none_to_pay_for(at: Desk) -> None:
    strange = at.researcher.draft()
    with (
        Archive.open(at.path) as archive,
        pytest.raises(errors.NoSuchRecord, match="this archive has made no study"),
    ):
        chosen(archive, at.adapter, [strange])
    ours = at.draft()
    with (
        Archive.open(at.path) as archive,
        pytest.raises(errors.NoSuchRecord, match=f"it has made {ours}"),
    ):
        chosen(archive, at.adapter, [strange])


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_between_intention_and_outcome_nothing_is_sent_twice(at: Desk, when: str) -> None:
    study_id = at.published()
    place = at.worked(study_id)
    child = subprocess.run(
        [
            *(sys.executable, "-m", "tests.adapters.prolific.paying_child"),
            *(str(at.path), at.fake.url, study_id, place.submission_id, when),
        ],
        env=environment(),
        cwd=ROOT,
        check=False,
        timeout=120,
    )
    assert child.returncode == -signal.SIGKILL
    assert outcomes(at) == [(1, None, None)]
    bonuses = wanted(place.submission_id)
    if when == "after":
        assert pay(at, study_id, bonuses).due.paid_before == 1
    else:
        with pytest.raises(errors.OutcomeUnknown, match="payment 1"):
            pay(at, study_id, bonuses)
    assert at.fake.times(PAY) == (when == "after")
    assert place.submission.bonus_payments == [150] * (when == "after")


def test_of_two_at_once_one_is_told_to_wait(at: Desk) -> None:
    study_id = at.published()
    place = at.worked(study_id)
    with booked(at), pytest.raises(errors.ArchiveBusy):
        pay(at, study_id, wanted(place.submission_id))


@pytest.mark.parametrize(
    "statement",
    [
        "update payments set total = '0.00'",
        "delete from payments",
        "update payment_lines set amount = '0.01'",
        "delete from payment_lines",
        "update payment_outcomes set outcome = 'not paid'",
        "delete from payment_outcomes",
    ],
)
def test_what_was_paid_is_not_rewritten(at: Desk, statement: str) -> None:
    study_id = at.published()
    pay(at, study_id, wanted(at.worked(study_id).submission_id))
    with (
        Archive.open(at.path) as archive,
        pytest.raises(sqlite3.IntegrityError, match="only added to"),
    ):
        archive.connection.execute(statement)


def test_a_set_up_stands_in_the_archive_once(at: Desk) -> None:
    """So it is sent once, whatever the program does."""
    study_id = at.published()
    place = at.worked(study_id)
    with booked(at) as (archive, book, cashier):
        found = prepare(
            archive, at.adapter, book, study_id, wanted(place.submission_id), again=False
        )
        cashier.pay(study_id, found.ready[0])
        with pytest.raises(errors.TargetNotUnderstood, match="set up before"):
            cashier.pay(study_id, found.ready[0])
        (row,) = archive.connection.execute("select * from payments").fetchall()
        with pytest.raises(sqlite3.IntegrityError):
            archive.connection.execute(
                "insert into payments values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", [2, *row[1:]]
            )
    assert at.fake.times(PAY) == 1


def test_the_intention_outlasts_a_power_cut(at: Desk) -> None:
    with booked(at) as (archive, _, _):
        assert archive.connection.execute("pragma synchronous").fetchone() == (2,)
