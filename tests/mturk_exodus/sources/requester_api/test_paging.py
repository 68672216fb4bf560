from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.fakes.mturk import FakeMTurk, TokenLifetime
from tests.mturk_exodus.sources.requester_api.accounts import random_account, worked
from tests.mturk_exodus.sources.requester_api.equality import assert_equal, assert_reviews_equal
from tests.mturk_exodus.sources.requester_api.support import export, rows

if TYPE_CHECKING:
    from pathlib import Path

    from mturk_exodus.demo.account import Account


def test_pages_shorter_than_asked_lose_nothing(path: Path, demo: Account) -> None:
    with FakeMTurk(demo, short_pages=True) as fake:
        assert export(path, fake, review_results="all").total == 0
        assert_equal(path, fake)
        assert_reviews_equal(path, fake)


@pytest.mark.parametrize("seed", range(4))
def test_short_pages_lose_nothing_of_an_account_by_chance(path: Path, seed: int) -> None:
    with FakeMTurk(random_account(seed + 60, hits=6), short_pages=True) as fake:
        assert export(path, fake).total == 0
        assert_equal(path, fake)
        assert export(path, fake).total == 0
        assert_equal(path, fake)


@pytest.mark.parametrize("limit", [1, 7, 10, 50])
def test_an_endpoint_with_smaller_pages_loses_nothing(path: Path, limit: int) -> None:
    with FakeMTurk(random_account(77, hits=4), page_limit=limit) as fake:
        assert export(path, fake).total == 0
        assert_equal(path, fake)


@pytest.mark.parametrize("calls", [2, 4, 8])
def test_a_list_whose_token_has_expired_begins_again_and_doubles_nothing(
    path: Path, calls: int
) -> None:
    account = random_account(81, hits=6)
    for number in range(120):
        worked(f"X{number}", 1, approved=1, account=account)
    with FakeMTurk(account, token_lifetime=TokenLifetime(calls=calls)) as fake:
        # Should it never end, this ends it, and the equality below fails.
        fake.after(5000, lambda _: setattr(fake, "credentials_error", "ExpiredTokenException"))
        export(path, fake)
        assert_equal(path, fake)


def test_tokens_that_live_some_seconds_lose_nothing(path: Path) -> None:
    lifetime = TokenLifetime(seconds=0.05)
    with FakeMTurk(random_account(82, hits=6), token_lifetime=lifetime, latency=0.01) as fake:
        fake.after(5000, lambda _: setattr(fake, "credentials_error", "ExpiredTokenException"))
        assert export(path, fake).total == 0
        assert_equal(path, fake)


def test_a_token_that_comes_back_unchanged_ends_in_a_failure_not_in_a_loop(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeMTurk(random_account(83, hits=3)) as fake:
        repeat(fake, monkeypatch, "ListWorkerBlocks", lambda _: "p1:always")
        fake.account.worker_blocks[:] = [{"WorkerId": "W1", "Reason": "spam"}]
        missing = export(path, fake)
        assert missing.failed == 1
        ((subject, reason),) = rows(
            path, "select operation, reason from work where state = 'failed'"
        )
        assert subject == "ListWorkerBlocks"
        assert "token" in reason
        assert fake.times("ListWorkerBlocks") < 40


def repeat(
    fake: FakeMTurk,
    monkeypatch: pytest.MonkeyPatch,
    operation: str,
    token_of: Any,  # noqa: ANN401 - a function
) -> None:
    """Let an operation give its first page for ever, with whatever token that function makes."""
    run = fake._operations.run

    def endless(name: str, params: dict[str, Any]) -> str:
        if name != operation:
            return str(run(name, params))
        given = params.pop("NextToken", None)
        first, token = run(name, params), str(token_of(given))
        start = first.index('"NextToken":"') + len('"NextToken":"')
        return first[:start] + token + first[first.index('"', start) :]

    monkeypatch.setattr(fake._operations, "run", endless)
