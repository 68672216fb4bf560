"""Every public recording of a reply: what of it is kept, and why the rest is not."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from mturk_exodus.records import from_wire
from mturk_exodus.sources.api_dump import APIDump
from mturk_exodus.sources.files import local_file
from mturk_exodus.sources.interface import Entry, FileRefused

_CHECKOUT = Path(__file__).resolve().parents[3]
_NAMED = os.environ.get("EXODUS_FIXTURES")
_FOLDER = Path(_NAMED) if _NAMED else _CHECKOUT.parent / "shared" / "fixtures" / "mturk"
ANSWERS = _FOLDER / "answers"

pytestmark = pytest.mark.skipif(
    not ANSWERS.is_dir(), reason=f"the public files are not at {ANSWERS}; set EXODUS_FIXTURES"
)

_PSITURK = "NYUCCL__psiTurk__"
_RTURK = "mdp__rturk__"
KEPT = {
    f"{_PSITURK}list_hits.json": {"hits": 3},
    f"{_RTURK}get_approved_assignments.xml": {"assignments": 1},
    f"{_RTURK}get_assignments.xml": {"assignments": 1},
    f"{_RTURK}get_bonus_payments.xml": {"bonus_payments": 3},
    f"{_RTURK}get_qualification_requests.xml": {"qualification_requests": 1},
    f"{_RTURK}get_qualification_score.xml": {"qualifications": 1},
    f"{_RTURK}get_qualification_type.xml": {"qualification_types": 1},
    f"{_RTURK}get_reviewable_hits.xml": {"hits": 3},
    f"{_RTURK}get_submitted_assignments.xml": {"assignments": 1},
    f"{_RTURK}search_hits.xml": {"hits": 2},
}
REFUSED = {
    f"{_PSITURK}get_assignment.json": "placeholder",
    f"{_PSITURK}get_hit.json": "placeholder",
    f"{_PSITURK}list_assignments_for_hit.json": "placeholder",
    "ScarceMedia__java-aws-mturk-model__QuestionFormAnswers.xml": "without its assignment's id",
}
OF_NO_SOURCE = {"tc__java-aws-mturk__Configuration.xml": "configures a code generator"}


def test_every_file_is_accounted_for() -> None:
    assert {path.name for path in ANSWERS.iterdir()} == {*KEPT, *REFUSED, *OF_NO_SOURCE}


@pytest.mark.parametrize("name", KEPT)
def test_each_record_of_a_reply_is_kept_and_each_member_understood(name: str) -> None:
    source, file = APIDump(), local_file(ANSWERS / name)
    tables: Counter[str] = Counter()

    assert source.claims(file)
    for entry in source.read(file):
        assert isinstance(entry, Entry)
        assert entry.doubts == ()
        for found in entry.found:
            derived = source.derive(found.table.name, found.raw)
            from_wire(found.table.record, dict(derived.wire))
            assert derived.unreadable == ()
            assert len(derived.wire) == len(found.raw)
            tables[found.table.name] += 1

    assert tables == KEPT[name]


@pytest.mark.parametrize("name", REFUSED)
def test_what_holds_no_record_is_refused_with_the_reason(name: str) -> None:
    source, file = APIDump(), local_file(ANSWERS / name)

    assert source.claims(file)
    with pytest.raises(FileRefused, match=REFUSED[name]):
        list(source.read(file))


@pytest.mark.parametrize("name", OF_NO_SOURCE)
def test_what_is_no_reply_is_not_claimed(name: str) -> None:
    assert APIDump().claims(local_file(ANSWERS / name)) is None
