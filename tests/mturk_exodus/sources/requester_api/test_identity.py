from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mturk_exodus.archive import Archive
from mturk_exodus.errors import OtherAccount, RequesterError
from mturk_exodus.sources.requester_api import endpoints
from mturk_exodus.sources.requester_api.credentials import account_of
from mturk_exodus.sources.requester_api.identity import Identity
from tests.fakes.mturk import FakeMTurk
from tests.mturk_exodus.sources.requester_api.accounts import worked
from tests.mturk_exodus.sources.requester_api.support import export, refused, rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OWN = "http://127.0.0.1:7878"
FIRST, SECOND = "aws:609629065308", "aws:029608264753"


@pytest.fixture
def archive(path: Path) -> Iterator[Archive]:
    with Archive.create(path) as created:
        yield created


def claim(archive: Archive, account: str, endpoint: str, *, same_account: bool = False) -> None:
    whose = Identity(account, endpoint, same_account)
    whose.check(archive)
    whose.claim(archive)


def test_the_account_number_is_read_from_the_key() -> None:
    assert account_of("ASIAY34FZKBOKMUTVV7A") == FIRST
    assert account_of("ASIAQNZGKIQY56JQ7WML") == SECOND


@pytest.mark.parametrize("key", ["AKIAIOSFODNN7EXAMPLE", "AKIA", "", "AKID", "AKIAYäää4FZKBOKMUTV"])
def test_a_key_that_carries_no_account_is_named_by_its_digest(key: str) -> None:
    name = account_of(key)
    assert name.startswith("key:")
    assert len(name) == 20
    assert name == account_of(key)
    assert key[4:] == "" or key[4:] not in name


def test_the_same_account_and_endpoint_are_taken_again(archive: Archive) -> None:
    for _ in range(2):
        claim(archive, FIRST, endpoints.PRODUCTION)
    assert (archive.info("account"), archive.info("endpoint")) == (FIRST, endpoints.PRODUCTION)


@pytest.mark.parametrize("same_account", [False, True])
def test_another_account_number_is_never_taken(archive: Archive, *, same_account: bool) -> None:
    claim(archive, FIRST, endpoints.PRODUCTION)
    with pytest.raises(OtherAccount, match="another --archive"):
        claim(archive, SECOND, endpoints.PRODUCTION, same_account=same_account)
    assert archive.info("account") == FIRST


@pytest.mark.parametrize("same_account", [False, True])
@pytest.mark.parametrize(
    ("held", "given"),
    [
        (endpoints.PRODUCTION, endpoints.SANDBOX),
        (endpoints.SANDBOX, endpoints.PRODUCTION),
        (endpoints.PRODUCTION, OWN),
        (OWN, endpoints.SANDBOX),
    ],
)
def test_production_and_sandbox_are_never_mixed(
    archive: Archive, held: str, given: str, *, same_account: bool
) -> None:
    claim(archive, FIRST, held)
    with pytest.raises(OtherAccount, match=r"production|sandbox"):
        claim(archive, FIRST, given, same_account=same_account)
    assert archive.info("endpoint") == held


def test_another_key_or_address_of_ones_own_is_taken_when_one_says_so(archive: Archive) -> None:
    claim(archive, "key:0123456789abcdef", OWN)
    for account, endpoint in (
        ("key:fedcba9876543210", OWN),
        ("key:0123456789abcdef", "http://127.0.0.1:9"),
    ):
        with pytest.raises(OtherAccount, match="--same-account"):
            claim(archive, account, endpoint)
        claim(archive, account, endpoint, same_account=True)
    claim(archive, FIRST, OWN, same_account=True)
    assert archive.info("account") == FIRST
    with pytest.raises(OtherAccount):
        claim(archive, SECOND, OWN, same_account=True)


def test_an_export_with_another_key_asks_nothing_and_changes_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeMTurk(worked()) as fake:
        export(path, fake)
        mark = len(fake.log)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAI44QH8DHBEXAMPLE")
        assert "--same-account" in refused(OtherAccount, path, fake)
        assert len(fake.log) == mark
        assert rows(path, "select count(*) from runs") == [(1,)]
        assert export(path, fake, same_account=True).total == 0


def test_the_endpoint_is_production_unless_another_is_named() -> None:
    assert endpoints.choose(None, sandbox=False) == endpoints.PRODUCTION
    assert endpoints.choose(None, sandbox=True) == endpoints.SANDBOX
    assert endpoints.choose(f"{OWN}/", sandbox=False) == OWN
    for bad in ("7878", "ftp://x", "http://", "http://me:secret@x", "http://[", "https://u@h"):
        with pytest.raises(RequesterError, match="--endpoint-url") as caught:
            endpoints.choose(bad, sandbox=False)
        assert "secret" not in str(caught.value)
