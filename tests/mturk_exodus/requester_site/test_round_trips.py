"""Batch results in and out again: public files, look-alikes of any content, an invented account."""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mturk_exodus.archive import Archive
from mturk_exodus.demo import synthesize
from mturk_exodus.demo.fill import fill
from mturk_exodus.questions.answering import answers
from mturk_exodus.requester_site import selections
from tests.mturk_exodus.requester_site.support import (
    file_of,
    holding,
    ingest,
    row,
    table,
    written,
)
from tests.real.assembly import folder

PUBLIC = folder() / "batch_csv"
needs_public_files = pytest.mark.skipif(
    not PUBLIC.is_dir(), reason="the public files are not here: EXODUS_FIXTURES names their folder"
)
RAW = (
    "facebookresearch__craftassist__Batch_3449808_batch_results.csv",
    "facebookresearch__craftassist__mturk_free_generations_02_14.head200.results.csv",
    "facebookresearch__craftassist__testresults.csv",
)
EDITED = (
    "CrowdTruth__CrowdTruth-core__empty_rows.csv",
    "CrowdTruth__CrowdTruth-core__platform_amt1.csv",
    "CrowdTruth__CrowdTruth-core__platform_amt2.csv",
    "CrowdTruth__CrowdTruth-core__platform_amt4.csv",
    "CrowdTruth__CrowdTruth-core__platform_amt5.csv",
)


@needs_public_files
@pytest.mark.parametrize("name", RAW)
def test_a_public_download_comes_out_byte_for_byte(name: str, tmp_path: Path) -> None:
    """But for the last line's end, which whoever published them has changed in two of three."""
    with Archive.create(tmp_path / "mturk.db") as archive:
        assert ingest(archive, PUBLIC / name).kept == 1
        text, told = written(archive)
    assert text.removesuffix("\r\n").encode() == (PUBLIC / name).read_bytes().rstrip(b"\r\n")
    assert told.rows == text.count("\r\n") - 1


@needs_public_files
@pytest.mark.parametrize("name", EDITED)
def test_an_edited_public_file_comes_out_cell_by_cell(name: str, tmp_path: Path) -> None:
    """Its HIT ids are numbers, which are nobody's; they are made long enough here."""
    with (PUBLIC / name).open(newline="", encoding="utf-8-sig") as file:
        columns, *lines = csv.reader(file)
    rows = [dict(zip(columns, cells, strict=False)) for cells in lines if any(cells)]
    for cells in rows:
        cells["HITId"] = f"3HIT{cells['HITId']:0>26}"
    copy = tmp_path / "copy.csv"
    with copy.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([columns, *(cells.values() for cells in rows)])
    with Archive.create(tmp_path / "mturk.db") as archive:
        report = ingest(archive, copy)
        got = table(written(archive)[0])[1]
    assert (report.entries_kept, report.entries_refused) == (len(rows), 0)
    assert [{name: cells.get(name, "") for name in columns} for cells in got] == rows


# UTF-8 can hold it, and so can a text file.
any_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
names = st.text(st.characters(exclude_categories=["Cc", "Cs", "Z"]), min_size=1, max_size=8)
ids = st.from_regex(r"3[A-Z0-9]{29}", fullmatch=True)


@st.composite
def downloads(draw: st.DrawFn) -> str:
    """A download of one batch: anything in any cell that is not an id."""
    variables = draw(st.lists(names, max_size=3, unique_by=str.casefold))
    fields = sorted(draw(st.lists(names, max_size=3, unique_by=str.casefold)))
    inputs = [f"Input.{name}" for name in variables]
    given_ = [f"Answer.{name}" for name in fields]
    hits = {
        hit_id: draw(st.fixed_dictionaries(dict.fromkeys(["Title", "Reward", *inputs], any_text)))
        for hit_id in draw(st.lists(ids, min_size=1, max_size=3, unique=True))
    }
    told = dict.fromkeys(["RequesterFeedback", "SubmitTime", *given_], any_text)
    work = st.fixed_dictionaries(told, optional={"Approve": any_text, "Reject": any_text})
    rows = [
        row(hit_id, work_id, **hits[hit_id], **draw(work))
        for work_id in draw(st.lists(ids, min_size=1, max_size=5, unique=True))
        for hit_id in [draw(st.sampled_from(sorted(hits)))]
    ]
    return file_of(rows, [*inputs, *given_])


@given(downloads())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_download_comes_out_byte_for_byte(content: str) -> None:
    with TemporaryDirectory() as name, holding(Path(name), content) as archive:
        assert written(archive)[0] == content


def test_an_account_of_the_api_comes_back_from_its_files(tmp_path: Path) -> None:
    with Archive.create(tmp_path / "account.db") as account:
        fill(account, synthesize(7, hits=120))
        files, unreadable = [], 0
        for selection in selections.everything(account):
            text, told = written(account, selection)
            files.append(tmp_path / selection.file_name)
            files[-1].write_bytes(text.encode())
            unreadable += told.unreadable
        with Archive.create(tmp_path / "again.db") as again:
            report = ingest(again, *files)
            ours, theirs = dict(work_in(account)), dict(work_in(again))
    assert not report.incomplete, "each check of a sound file must hold"
    assert len(files) > 5
    assert {id_: said(one) for id_, one in theirs.items()} == {
        id_: said(one) for id_, one in ours.items()
    }
    differing = [id_ for id_ in ours if not same(ours[id_]["answer"], theirs[id_]["answer"])]
    assert len(differing) == unreadable < len(ours) / 20


def work_in(archive: Archive) -> Iterator[tuple[str, sqlite3.Row]]:
    cursor = archive.connection.cursor()
    cursor.row_factory = sqlite3.Row
    for one in cursor.execute("select * from assignments join hits using (hit_id)"):
        yield one["assignment_id"], one


def said(one: sqlite3.Row) -> dict[str, Any]:
    """What batch results have columns for; they know seconds."""
    texts = ("worker_id", "hit_id", "hit_type_id", "assignment_status", "requester_feedback")
    of_hit = ("title", "description", "keywords", "reward", "requester_annotation")
    numbers = (
        "max_assignments",
        "assignment_duration_in_seconds",
        "auto_approval_delay_in_seconds",
    )
    times = (
        *("accept_time", "submit_time", "auto_approval_time", "approval_time", "rejection_time"),
        *("creation_time", "expiration"),
    )
    return {name: one[name] for name in (*texts, *of_hit, *numbers)} | {
        name: (one[name] or "")[:19] for name in times
    }


def same(one: str | None, other: str | None) -> bool:
    return one == other or (one is not None and other is not None and answers.same(one, other))
