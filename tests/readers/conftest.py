"""An invented account in an archive, for other people's programs to read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from mturk_exodus.archive import Archive
from mturk_exodus.demo import Account, synthesize
from mturk_exodus.demo.fill import fill
from mturk_exodus.serve import background

HITS = 150


@dataclass(frozen=True)
class Held:
    """An account and the archive that holds it."""

    account: Account
    path: Path

    def counts(self) -> dict[str, int]:
        """How many records each table has."""
        account = self.account
        return {
            "hits": len(account.hits),
            "assignments": sum(map(len, account.assignments.values())),
            "bonus_payments": sum(map(len, account.bonus_payments.values())),
            "qualification_types": len(account.qualification_types),
            "qualifications": sum(map(len, account.qualifications.values())),
            "qualification_requests": len(account.qualification_requests),
            "worker_blocks": len(account.worker_blocks),
        }

    def view_counts(self) -> dict[str, int]:
        """How many rows each view has."""
        found: Counter[str] = Counter(hit_counts=len(self.account.hits))
        for reply in self.account.review_policy_results.values():
            for level in ("Assignment", "HIT"):
                report = reply.get(f"{level}ReviewReport", {})
                found["review_results"] += len(report.get("ReviewResults", []))
                found["review_actions"] += len(report.get("ReviewActions", []))
        return found


@pytest.fixture(scope="package")
def held(tmp_path_factory: pytest.TempPathFactory) -> Held:
    account = synthesize(2005, HITS)
    path = tmp_path_factory.mktemp("readers") / "demo.db"
    with Archive.create(path) as archive:
        fill(archive, account)
    return Held(account, path)


@pytest.fixture(scope="package")
def endpoint(held: Held) -> Iterator[str]:
    """Where the archive is served."""
    with background(held.path) as url:
        yield url
