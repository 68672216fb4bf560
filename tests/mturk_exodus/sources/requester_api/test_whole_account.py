from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mturk_exodus.archive.gaps import Gaps
from tests.fakes.mturk import FakeMTurk, Faults, TokenBucket
from tests.fakes.mturk_faults import CHANCES, UPLOAD, Chance
from tests.mturk_exodus.sources.requester_api.accounts import (
    assert_fewest,
    ok_calls,
    random_account,
)
from tests.mturk_exodus.sources.requester_api.equality import assert_equal, assert_reviews_equal
from tests.mturk_exodus.sources.requester_api.support import export, rows

if TYPE_CHECKING:
    from pathlib import Path

    from mturk_exodus.demo.account import Account
    from tests.fakes.mturk_paging import PagingMode

NO_GAPS = Gaps(0, 0, 0, 0, 0)
SINGLE: dict[str, dict[str, Any]] = {
    "throttled": {"throttle": TokenBucket(150, 20)},
    "500": {"service_fault": 0.1},
    "503": {"unavailable": 0.1},
    "reset": {"reset": 0.1},
    "body cut off": {"cut_body": 0.1},
    "JSON cut off": {"cut_json": 0.1},
    "not JSON": {"not_json": 0.1},
    "late": {"hang": 0.05, "hang_seconds": 0.2},
}


@pytest.mark.parametrize("review_results", ["all", "probe"])
def test_the_archive_equals_the_account(path: Path, demo: Account, review_results: str) -> None:
    with FakeMTurk(demo) as fake:
        assert export(path, fake, review_results=review_results) == NO_GAPS
        assert_equal(path, fake)
        assert_reviews_equal(path, fake)
        assert fake.writes() == []


def test_an_empty_account_is_exported_too(path: Path) -> None:
    with FakeMTurk(random_account(1, hits=0)) as fake:
        fake.account.qualification_types.clear()
        fake.account.worker_blocks.clear()
        assert export(path, fake, review_results="probe") == NO_GAPS
        assert_equal(path, fake)


@pytest.mark.parametrize("paging", ["offset", "key"])
def test_an_account_is_whole_however_its_pages_are_cut(
    path: Path, demo: Account, paging: PagingMode
) -> None:
    with FakeMTurk(demo, paging=paging) as fake:
        assert export(path, fake) == NO_GAPS
        assert_equal(path, fake)


@pytest.mark.parametrize("fault", SINGLE)
def test_a_fault_loses_and_doubles_nothing_and_costs_its_own_calls_alone(
    path: Path, demo: Account, fault: str
) -> None:
    with FakeMTurk(demo, faults=Faults(**SINGLE[fault])) as fake:
        assert export(path, fake, first_rate=200) == NO_GAPS
        assert_equal(path, fake)
        assert_fewest(ok_calls(fake, "hang"), demo)
        assert len(fake.log) > ok_calls(fake, "hang").total() or fault == "late"


def test_all_faults_together_lose_and_double_nothing(path: Path, demo: Account) -> None:
    faults = Faults(throttle=TokenBucket(250, 30), hang_seconds=0.05)
    for name in CHANCES:
        setattr(faults, name, 0.05)
    with FakeMTurk(demo, faults=faults) as fake:
        assert export(path, fake, first_rate=250, review_results="all") == NO_GAPS
        assert_equal(path, fake)
        assert_reviews_equal(path, fake)


def test_an_upload_is_downloaded_again_when_the_download_breaks(path: Path, demo: Account) -> None:
    breaks = Chance(1.0, frozenset({UPLOAD}), at_most=3)
    cut = Chance(0.5, frozenset({UPLOAD}), at_most=3)
    with FakeMTurk(demo, faults=Faults(reset=breaks, cut_body=cut)) as fake:
        assert export(path, fake) == NO_GAPS
        assert_equal(path, fake)


@pytest.mark.parametrize("seed", range(6))
def test_an_account_by_chance_is_whole(path: Path, seed: int) -> None:
    faults = Faults(seed=seed, service_fault=0.05, reset=0.05, cut_json=0.05)
    with FakeMTurk(random_account(seed), faults=faults) as fake:
        assert export(path, fake) == NO_GAPS
        assert_equal(path, fake)


def test_bonuses_that_are_alike_in_every_member_are_all_kept(path: Path) -> None:
    account = random_account(3)
    payment = next(some[0] for some in account.bonus_payments.values() if some)
    hit_id = next(hit for hit, some in account.bonus_payments.items() if payment in some)
    account.bonus_payments[hit_id] += [dict(payment) for _ in range(240)]
    with FakeMTurk(account) as fake:
        for _ in range(2):
            assert export(path, fake) == NO_GAPS
            assert_equal(path, fake)


def test_the_run_writes_down_how_it_went(path: Path, demo: Account) -> None:
    with FakeMTurk(demo) as fake:
        export(path, fake)
        ((outcome, endpoint, source),) = rows(path, "select outcome, endpoint, source from runs")
        assert (outcome, endpoint, source) == ("complete", fake.endpoint_url, "requester_api")
        counted = rows(path, "select key, value from runs, json_each(calls)")
        assert dict(counted) == ok_calls(fake)


def test_neither_keys_nor_anything_secret_reach_the_archive(
    path: Path, demo: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "SecretThatMustNotBeSeenAnywhere0000000000")
    with FakeMTurk(demo, faults=Faults(service_fault=0.1)) as fake:
        export(path, fake)
    for file in path.parent.iterdir():
        content = file.read_bytes()
        assert b"SecretThatMustNot" not in content
        assert b"AKIAIOSFODNN7EXAMPLE" not in content
