"""What an export should do and does not."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from mturk_exodus.archive import Archive
from mturk_exodus.errors import CredentialsRefused, Interrupted
from mturk_exodus.sources.requester_api import credentials
from mturk_exodus.sources.requester_api.exporter import Exporter, Progress, Settings
from tests.fakes.mturk import FakeMTurk, Faults, approve, dispose
from tests.mturk_exodus.sources.requester_api.accounts import minimum, ok_calls, worked
from tests.mturk_exodus.sources.requester_api.equality import assert_equal
from tests.mturk_exodus.sources.requester_api.support import (
    PATIENCE,
    asked,
    export,
    refused,
    rows,
)

if TYPE_CHECKING:
    from pathlib import Path

    from mturk_exodus.demo.account import Account


def expire(fake: FakeMTurk) -> None:
    fake.credentials_error = "ExpiredTokenException"


def test_known_hits_named_when_a_run_is_resumed_are_asked_for(path: Path) -> None:
    # Once: they are planned when the listing ends, and in a resumed pass it has ended before.
    account = worked("LISTED", 2, approved=1)
    worked("DISPOSED", 3, approved=2, account=account)
    dispose(account, "DISPOSED")
    with FakeMTurk(account) as fake:
        fake.after(2, lambda _: expire(fake), "ListHITs")
        refused(CredentialsRefused, path, fake)
        fake.credentials_error = None
        assert export(path, fake, known_hits=["DISPOSED"]).total == 0
        assert asked(fake.log, "GetHIT") == ["DISPOSED"]
        assert_equal(path, fake)


def test_full_said_when_a_later_run_is_resumed_asks_for_all(path: Path) -> None:
    # Once: as above; what `full` would ask for is planned while HITs are listed.
    account = worked("OPEN", 2)
    worked("DONE", 2, approved=2, account=account)
    with FakeMTurk(account) as fake:
        export(path, fake)
        fake.after(ok_calls(fake)["ListHITs"] + 2, lambda _: expire(fake), "ListHITs")
        refused(CredentialsRefused, path, fake, late_bonuses=False)
        fake.credentials_error = None
        mark = len(fake.log)
        export(path, fake, late_bonuses=False, full=True)
        assert set(asked(fake.log[mark:], "ListAssignmentsForHIT")) == {"OPEN", "DONE"}


def test_a_long_list_that_is_asked_again_in_the_same_run_is_asked_to_its_end(path: Path) -> None:
    # Once: rows that this pass has seen already count as held, so page 1 looks like the end.
    def approve_last(account: Account) -> None:
        approve(account, "A-H1-229")

    with FakeMTurk(worked(assignments=230)) as fake:
        fake.after(2, lambda account: approve(account, "A-H1-0"), "ListHITs")
        fake.after(3, approve_last, "ListAssignmentsForHIT")
        assert export(path, fake).total == 0
        assert_equal(path, fake)


def test_one_hit_in_quarantine_does_not_have_all_hits_listed_twice(path: Path) -> None:
    # Once: a refused record counts as received and never as first seen, so pages "have shifted".
    account = worked("H1", 1)
    worked("H2", 1, account=account)
    faults = Faults(mangle={"H1": lambda record: record | {"MaxAssignments": "x"}})
    with FakeMTurk(account, faults=faults) as fake:
        assert export(path, fake).quarantined == 1
        assert ok_calls(fake)["ListHITs"] == minimum(account)["ListHITs"]


def test_short_pages_of_bonuses_are_not_taken_for_the_end_on_the_word_of_a_shorter_list(
    path: Path,
) -> None:
    # Once: one bonus and an empty page "prove" it, where the endpoint's pages hold fifty.
    account = worked("H1", 1, approved=1)
    worked("H2", 1, approved=1, account=account)
    for hit_id, number in (("H1", 1), ("H2", 60)):
        account.bonus_payments[hit_id] = [
            {"WorkerId": "W0", "BonusAmount": f"0.{n:02d}", "AssignmentId": f"A-{hit_id}-0"}
            for n in range(number)
        ]
    with FakeMTurk(account, page_limit=50) as fake:
        export(path, fake, concurrency=1)
        assert rows(path, "select count(*) from bonus_payments") == [(61,)]


def test_what_was_answered_before_the_run_was_stopped_is_kept(path: Path) -> None:
    # Once: the first thread that has nothing under way makes the dispatcher forget the others.
    account = worked("H0", 1)
    for number in range(1, 60):
        worked(f"H{number}", 1, account=account)

    stop = threading.Event()

    def watch(_: Progress) -> None:
        if fake.times("ListAssignmentsForHIT"):
            stop.set()

    with FakeMTurk(account, latency=0.3) as fake:
        settings = Settings(rate=20, first_rate=20, review_results="none", patience=PATIENCE)
        session = credentials.new_session(None)
        with Archive.create(path) as archive, archive.writing(), pytest.raises(Interrupted):
            Exporter(archive, session, fake.endpoint_url, settings, watch, stop).run()
        done = "select subject from work where operation = 'ListAssignmentsForHIT' and state = ?"
        kept = {subject for (subject,) in rows(path, done, "done")}
        assert kept == set(asked(fake.log, "ListAssignmentsForHIT"))
