from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from mturk_exodus.errors import (
    CredentialsNotFound,
    CredentialsRefused,
    EndpointRefused,
    EndpointUnreachable,
)
from mturk_exodus.sources.requester_api import credentials
from mturk_exodus.sources.requester_api.health import Patience
from tests.fakes.mturk import FakeMTurk
from tests.mturk_exodus.sources.requester_api.accounts import minimum, worked
from tests.mturk_exodus.sources.requester_api.equality import assert_equal
from tests.mturk_exodus.sources.requester_api.support import export, refused, rows

if TYPE_CHECKING:
    from pathlib import Path

    from mturk_exodus.demo.account import Account

SHORT = Patience(at_first=0.3, midway=0.3, first_pause=0.01, longest_pause=0.05)
EXPIRED = "ExpiredTokenException"
DONE = "select operation, subject from work where state = 'done'"


def expire(fake: FakeMTurk) -> None:
    fake.credentials_error = EXPIRED


def answered(fake: FakeMTurk, mark: int = 0) -> Counter[tuple[str, str]]:
    """The good calls since then, by operation and all of their parameters."""
    good = (call for call in fake.log[mark:] if call.outcome == "ok")
    return Counter((call.operation, repr(sorted(call.params.items()))) for call in good)


@pytest.mark.parametrize("calls", [1, 4, 30, 60, 120, 200])
def test_refused_credentials_keep_what_was_fetched_and_the_next_run_goes_on_from_there(
    path: Path, demo: Account, calls: int
) -> None:
    with FakeMTurk(demo) as fake:
        fake.after(calls, lambda _: expire(fake))
        message = refused(CredentialsRefused, path, fake)
        assert EXPIRED in message
        done = set(rows(path, DONE))
        assert done
        assert rows(path, "select outcome from runs") == [("refused",)]
        fake.credentials_error = None
        mark = len(fake.log)
        assert export(path, fake).total == 0
        assert_equal(path, fake)
        again = {(call.operation, _subject(call.params)) for call in fake.log[mark:]}
        assert not done & again


def _subject(params: dict[str, str]) -> str:
    first = params.get("HITId") or params.get("QualificationTypeId") or params.get("AssignmentId")
    second = params.get("Status") or params.get("QuestionIdentifier")
    return "/".join(part for part in (first, second) if part)


def test_a_run_in_many_pieces_makes_the_calls_of_one_run_and_a_few(
    path: Path, demo: Account
) -> None:
    with FakeMTurk(demo) as fake:
        for calls in range(25, 250, 25):
            fake.after(calls, lambda _: expire(fake))
        for _ in range(9):
            refused(CredentialsRefused, path, fake, concurrency=1)
            fake.credentials_error = None
        assert export(path, fake, concurrency=1).total == 0
        assert_equal(path, fake)
        # A list of bonuses that was left unfinished is asked from its first page again.
        assert answered(fake).total() <= minimum(demo).total() + 9
        ((passes, runs),) = rows(path, "select count(distinct pass_id), count(*) from runs")
        assert (passes, runs) == (1, 10)


def test_an_endpoint_that_goes_away_is_called_unreachable_and_the_next_run_goes_on(
    path: Path,
) -> None:
    account = worked("H0", 2, approved=1)
    for number in range(1, 40):
        worked(f"H{number}", 2, approved=1, account=account)
    with FakeMTurk(account) as fake:
        fake.after(30, lambda _: setattr(fake.faults, "reset", 1.0))
        message = refused(EndpointUnreachable, path, fake, patience=SHORT)
        assert "kept" in message
        done = set(rows(path, DONE))
        assert len(done) > 5
        fake.faults.reset = 0.0
        mark = len(fake.log)
        assert export(path, fake).total == 0
        assert_equal(path, fake)
        assert not done & {(call.operation, _subject(call.params)) for call in fake.log[mark:]}


def test_where_nobody_listens_the_export_says_so_soon(path: Path) -> None:
    with FakeMTurk(worked()) as fake:
        url = fake.endpoint_url
    message = refused(EndpointUnreachable, path, url, patience=SHORT)
    assert "could not connect" in message
    assert rows(path, "select count(*) from hits") == [(0,)]


def test_an_endpoint_that_goes_away_for_good_keeps_what_was_fetched(path: Path) -> None:
    fake = FakeMTurk(worked("H0", 2, approved=1))
    with fake:
        url = fake.endpoint_url
        export(path, fake)
    refused(EndpointUnreachable, path, url, patience=SHORT)
    assert rows(path, "select count(*) from assignments") == [(2,)]


def test_an_account_that_mturk_does_not_answer_is_refused_in_one_line(path: Path) -> None:
    body = (
        '{"__type":"RequestError","Message":"Your account is closed. (1531774562000)",'
        '"TurkErrorCode":"AWS.MechanicalTurk.AccountClosed"}'
    )
    with FakeMTurk(worked()) as fake:
        fake.refuse_all = (400, body)
        message = refused(EndpointRefused, path, fake)
    assert "AccountClosed" in message
    assert "exodus ingest" in message
    assert "\n" not in message
    assert len(fake.log) == 1


def test_an_account_that_is_closed_midway_is_refused_and_what_was_fetched_is_kept(
    path: Path,
) -> None:
    account = worked("H0", 2, approved=1)
    for number in range(1, 40):
        worked(f"H{number}", 2, approved=1, account=account)
    body = '{"__type":"RequestError","Message":"Closed.","TurkErrorCode":"AWS.MechanicalTurk.X"}'
    with FakeMTurk(account) as fake:
        fake.after(30, lambda _: setattr(fake, "refuse_all", (400, body)))
        refused(EndpointRefused, path, fake)
        assert rows(path, "select count(*) > 0 from assignments") == [(1,)]
        fake.refuse_all = None
        assert export(path, fake).total == 0
        assert_equal(path, fake)


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (403, b"<html>Forbidden</html>", CredentialsRefused),
        (400, '{"__type":"UnrecognizedClientException","message":"no"}', CredentialsRefused),
        (400, '{"__type":"AccessDeniedException","message":"no"}', CredentialsRefused),
        (410, b"<html>Gone</html>", EndpointRefused),
        (404, b"<html>Not found</html>", EndpointRefused),
        (400, '{"__type":"UnknownOperationException","message":""}', EndpointRefused),
        (503, b"<html>Closed</html>", EndpointUnreachable),
        (200, b"<html>Please sign in</html>", EndpointUnreachable),
        (200, b'{"hello":"world"}', EndpointUnreachable),
    ],
)
def test_whatever_answers_in_place_of_mturk_is_told_apart(
    path: Path, status: int, body: str | bytes, error: type[EndpointRefused]
) -> None:
    with FakeMTurk(worked()) as fake:
        fake.refuse_all = (status, body)
        message = refused(error, path, fake, patience=SHORT)
        assert "\n" not in message
        fake.refuse_all = None
        assert export(path, fake).total == 0
        assert_equal(path, fake)


def test_without_credentials_nothing_is_made(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    with pytest.raises(CredentialsNotFound, match="AWS_ACCESS_KEY_ID"):
        credentials.find(credentials.new_session(None))
    with pytest.raises(CredentialsNotFound, match="'nobody'"):
        credentials.new_session("nobody")
    assert not path.exists()


def test_another_region_in_the_environment_changes_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    with FakeMTurk(worked()) as fake:
        assert export(path, fake).total == 0
