"""Lists that never come to an end: an export that goes on for ever is one that never says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mturk_exodus.errors import CredentialsRefused
from tests.fakes.mturk import FakeMTurk, TokenLifetime
from tests.mturk_exodus.sources.requester_api.accounts import worked
from tests.mturk_exodus.sources.requester_api.support import export
from tests.mturk_exodus.sources.requester_api.test_paging import repeat

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

MANY = 300


def test_a_token_that_has_always_expired_ends_in_a_failure_not_in_a_loop(path: Path) -> None:
    account = worked(assignments=120)
    with FakeMTurk(account, token_lifetime=TokenLifetime(calls=0)) as fake:
        fake.after(MANY, lambda _: setattr(fake, "credentials_error", "ExpiredTokenException"))
        try:
            missing = export(path, fake)
        except CredentialsRefused:
            raise AssertionError(f"still asking after {len(fake.log)} calls") from None
        assert missing.failed > 0


def test_two_tokens_that_take_turns_end_in_a_failure_not_in_a_loop(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = worked()
    account.worker_blocks[:] = [{"WorkerId": "W1", "Reason": "spam"}]
    with FakeMTurk(account) as fake:
        repeat(
            fake,
            monkeypatch,
            "ListWorkerBlocks",
            lambda given: "p1:b" if given == "p1:a" else "p1:a",
        )
        fake.after(MANY, lambda _: setattr(fake, "credentials_error", "ExpiredTokenException"))
        try:
            missing = export(path, fake)
        except CredentialsRefused:
            raise AssertionError(f"still asking after {len(fake.log)} calls") from None
        assert missing.failed == 1
