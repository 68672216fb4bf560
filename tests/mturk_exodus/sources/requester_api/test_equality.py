"""The comparison that the other tests lean on sees what differs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.fakes.mturk import FakeMTurk, pay_bonus
from tests.mturk_exodus.sources.requester_api.accounts import add_type, worked
from tests.mturk_exodus.sources.requester_api.equality import assert_equal
from tests.mturk_exodus.sources.requester_api.support import export

if TYPE_CHECKING:
    from pathlib import Path

    from mturk_exodus.demo.account import Account

CHANGES: dict[str, Any] = {
    "title": lambda account: account.hits["H1"].update(Title="x"),
    "time": lambda account: account.hits["H1"].update(Expiration=1.001),
    "member": lambda account: account.hits["H1"].update(New=1),
    "assignment": lambda account: account.assignments["H1"].pop(),
    "answer": lambda account: account.assignments["H1"][0].update(Answer="x"),
    "bonus": lambda account: pay_bonus(account, "A-H1-0"),
    "bonus lost": lambda account: account.bonus_payments["H1"].pop(),
    "grant": lambda account: account.qualifications["Q1"][0].update(IntegerValue=9),
    "block": lambda account: account.worker_blocks.append({"WorkerId": "W9"}),
    "upload": lambda account: account.uploads.update({("A-H1-0", "q"): b"x"}),
    "balance": lambda account: setattr(account, "available_balance", "9.99"),
}


def small() -> Account:
    account = worked(approved=2)
    pay_bonus(account, "A-H1-0")
    pay_bonus(account, "A-H1-0")
    add_type(account, "Q1", 1, 1)
    return account


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of the small account."""
    path = tmp_path_factory.mktemp("equality") / "mturk.db"
    with pytest.MonkeyPatch.context() as keys, FakeMTurk(small()) as fake:
        keys.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
        keys.setenv("AWS_SECRET_ACCESS_KEY", "example")
        export(path, fake)
    return path


def test_the_same_account_is_equal(exported: Path) -> None:
    with FakeMTurk(small()) as fake:
        assert_equal(exported, fake)


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_differs_is_seen(exported: Path, change: str) -> None:
    with FakeMTurk(small()) as fake:
        CHANGES[change](fake.account)
        with pytest.raises(AssertionError):
            assert_equal(exported, fake)
