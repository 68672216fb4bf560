"""A HIT that slips between two pages while the HIT that moved it still answers to its id."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from mturk_exodus.sources.requester_api import listing
from tests.fakes.mturk import FakeMTurk, dispose
from tests.mturk_exodus.sources.requester_api.support import export, rows
from tests.mturk_exodus.sources.requester_api.test_moving_account import many

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_in_a_short_listing_the_next_export_finds_it(path: Path) -> None:
    with FakeMTurk(many(250)) as fake:
        fake.after(1, lambda account: dispose(account, "H0007"), "ListHITs")
        export(path, fake)
        assert held(path) == fake.account.hits.keys() - {"H0100"}
        export(path, fake)
        assert held(path) == set(fake.account.hits)


def test_a_long_listing_is_walked_once_more_and_finds_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "_LONG", timedelta(0))
    with FakeMTurk(many(250)) as fake:
        fake.after(1, lambda account: dispose(account, "H0007"), "ListHITs")
        export(path, fake)
        assert held(path) == set(fake.account.hits)
        assert fake.times("ListHITs") == 8


def held(path: Path) -> set[str]:
    return {each for (each,) in rows(path, "select hit_id from hits")}
