"""The AWS CLI and a plain boto3 script read a served archive."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.readers.conftest import HITS, Held

pytestmark = pytest.mark.live

Run = Callable[..., "subprocess.CompletedProcess[str]"]
SCRIPT = Path(__file__).with_name("plain_boto3.py")


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nobody's settings and no pager."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_PAGER", "")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def aws(readers: Path, endpoint: str, home: None) -> Run:  # noqa: ARG001 - it must be there
    """Runs `aws mturk` against the served archive."""

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [
                *(str(readers / "aws"), "mturk", *words),
                *("--endpoint-url", endpoint, "--region", "us-east-1", "--output", "json"),
            ],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


def _reply(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert (done.returncode, done.stderr) == (0, "")
    reply: dict[str, Any] = json.loads(done.stdout)
    return reply


def _busiest(held: Held) -> str:
    """The HIT with the most assignments among those with bonuses."""
    account = held.account
    return max(account.bonus_payments, key=lambda hit_id: len(account.assignments[hit_id]))


def _ids(records: list[dict[str, Any]], member: str) -> list[str]:
    return sorted(record[member] for record in records)


def test_list_hits_pages_by_itself(aws: Run, held: Held) -> None:
    hits = _reply(aws("list-hits"))["HITs"]

    assert len(hits) == HITS
    assert _ids(hits, "HITId") == sorted(held.account.hits)


def test_get_hit(aws: Run, held: Held) -> None:
    hit_id = _busiest(held)

    hit = _reply(aws("get-hit", "--hit-id", hit_id))["HIT"]

    expected = held.account.hits[hit_id]
    told = ("HITId", "Title", "Question", "Reward", "MaxAssignments", "HITStatus")
    assert {name: hit[name] for name in told} == {name: expected[name] for name in told}


def test_list_assignments_for_hit(aws: Run, held: Held) -> None:
    hit_id = _busiest(held)
    expected = held.account.assignments[hit_id]

    found = _reply(aws("list-assignments-for-hit", "--hit-id", hit_id))["Assignments"]

    assert _ids(found, "AssignmentId") == _ids(expected, "AssignmentId")
    assert _ids(found, "Answer") == _ids(expected, "Answer")


def test_list_bonus_payments(aws: Run, held: Held) -> None:
    hit_id = _busiest(held)

    paid = _reply(aws("list-bonus-payments", "--hit-id", hit_id))["BonusPayments"]

    assert _ids(paid, "BonusAmount") == _ids(held.account.bonus_payments[hit_id], "BonusAmount")


def test_list_qualification_types(aws: Run, held: Held) -> None:
    words = ("list-qualification-types", "--no-must-be-requestable")

    found = _reply(aws(*words))["QualificationTypes"]

    assert _ids(found, "QualificationTypeId") == sorted(held.account.qualification_types)


def test_a_write_is_refused_in_words(aws: Run, held: Held) -> None:
    done = aws("delete-hit", "--hit-id", _busiest(held))

    assert done.returncode != 0
    assert "This is a read-only archive, not MTurk" in done.stderr
    assert not done.stdout


@pytest.mark.usefixtures("home")
def test_a_plain_boto3_script_reads_it_whole(endpoint: str, held: Held) -> None:
    done = subprocess.run(
        [sys.executable, SCRIPT, endpoint],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert _reply(done) == held.counts()
