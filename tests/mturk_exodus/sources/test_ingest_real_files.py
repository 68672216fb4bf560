"""Public files of real requesters, each taken whole or refused with a reason."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from mturk_exodus.archive import Archive
from mturk_exodus.archive.verify import verify
from mturk_exodus.sources.ingest import Ingest, Report
from mturk_exodus.sources.registry import installed
from tests.mturk_exodus.archive.files_support import differences, dump, in_memory
from tests.real.assembly import folder as public_folder

PUBLIC = public_folder()
GROUPS = ("batch_csv", "clt_results", "answers", "questions", "templates")
FILES = [path for group in GROUPS for path in sorted((PUBLIC / group).glob("*"))]
pytestmark = pytest.mark.skipif(
    not FILES, reason="the public files are not here: EXODUS_FIXTURES names their folder"
)
INSTALLED = installed()

NO_IDS = "has no HITId and no AssignmentId column"
BAD_IDS = "its HITId is not one"
PLACEHOLDER = "a placeholder of the API's documentation"


class Held(NamedTuple):
    """What is in a file."""

    source: str
    entries: int
    hits: int = 0
    assignments: int = 0


CLT = "command_line_tools"
RESULTS = "UKPLab__argument-reasoning-comprehension-task__"
KEPT = {
    "facebookresearch__craftassist__Batch_3449808_batch_results.csv": Held(
        "batch_csv", 543, 181, 543
    ),
    "facebookresearch__craftassist__mturk_free_generations_02_14.head200.results.csv": Held(
        "batch_csv", 597, 199, 597
    ),
    "facebookresearch__craftassist__testresults.csv": Held("batch_csv", 1, 1, 1),
    "thegricean__overinformativeness__overinf.csv": Held(CLT, 6, 1, 6),
    "thegricean__overinformativeness__overinf2.csv": Held(CLT, 55, 1, 55),
    "thegricean__modals__evidence.results": Held(CLT, 40, 1, 40),
    "thegricean__modals__raw.txt": Held(CLT, 50, 1, 50),
    "NYUCCL__psiTurk__list_hits.json": Held("api_dump", 3, 3),
    "mdp__rturk__get_approved_assignments.xml": Held("api_dump", 1, 1, 1),
    "mdp__rturk__get_assignments.xml": Held("api_dump", 1, 1, 1),
    "mdp__rturk__get_bonus_payments.xml": Held("api_dump", 3),
    "mdp__rturk__get_qualification_requests.xml": Held("api_dump", 1),
    "mdp__rturk__get_qualification_score.xml": Held("api_dump", 1),
    "mdp__rturk__get_qualification_type.xml": Held("api_dump", 1),
    "mdp__rturk__get_reviewable_hits.xml": Held("api_dump", 3, 3),
    "mdp__rturk__get_submitted_assignments.xml": Held("api_dump", 1, 1, 1),
    "mdp__rturk__search_hits.xml": Held("api_dump", 2, 2),
}
CLT_RESULTS = {
    "00-devel": (5, 5, 4),
    "01-pilot-claims": (100, 20, 100),
    "02-pilot-claims": (100, 10, 100),
    "03-pilot-claims": (50, 10, 50),
    "05-pilot-claims": (90, 10, 90),
    "20-pilot-stance": (50, 10, 50),
    "21-pilot-stance": (360, 20, 360),
    "31-pilot-reasons": (234, 13, 234),
    "40-pilot-reason-gist": (3, 3, 2),
    "50-pilot-warrants": (40, 8, 40),
    "51-pilot-warrants": (30, 8, 30),
    "53-pilot-warrants": (45, 15, 45),
    "56-warrants-qualification": (54, 6, 54),
    "60-pilot-reason-disambiguation": (180, 10, 180),
    "71-alternative-warrants": (800, 200, 800),
    "80-aw-validation-pilot": (137, 10, 137),
    "90-original-warrant-pilot": (50, 10, 50),
    "95-validation-task-pilot": (180, 10, 180),
    "99-upper-bound": (185, 10, 185),
}
"""Rows, HITs, assignments. Two of the files have HITs that nobody has worked on."""

REFUSED = {
    **{f"CrowdTruth__CrowdTruth-core__platform_amt{n}.csv": BAD_IDS for n in (1, 2, 4, 5)},
    "CrowdTruth__CrowdTruth-core__empty_rows.csv": BAD_IDS,
    "NYUCCL__psiTurk__get_assignment.json": PLACEHOLDER,
    "NYUCCL__psiTurk__get_hit.json": PLACEHOLDER,
    "NYUCCL__psiTurk__list_assignments_for_hit.json": PLACEHOLDER,
    "ScarceMedia__java-aws-mturk-model__QuestionFormAnswers.xml": (
        "an answer without its assignment's id"
    ),
}
UNKNOWN = {"tc__java-aws-mturk__Configuration.xml"}


def take(archive: Archive, paths: list[Path]) -> Report:
    return Ingest(archive, INSTALLED).run([str(path) for path in paths], lambda _: None)


def counts(archive: Archive) -> tuple[int, int]:
    query = "select (select count(*) from hits), (select count(*) from assignments)"
    ((hits, assignments),) = archive.connection.execute(query).fetchall()
    return hits, assignments


def expected(path: Path) -> Held | str | None:
    """What is in a file, or why it is refused; None if it is no source's."""
    if path.name in KEPT:
        return KEPT[path.name]
    if path.name in REFUSED:
        return REFUSED[path.name]
    if path.name in UNKNOWN:
        return None
    if path.name.startswith("turking-bench__") and path.suffix == ".csv":
        return NO_IDS
    if path.parent.name == "clt_results":
        (held,) = [
            figures
            for start, figures in CLT_RESULTS.items()
            if path.name.startswith(f"{RESULTS}{start}")
        ]
        return Held(CLT, *held)
    assert path.parent.name == "templates", path
    return Held("templates", 1)


QUESTIONS = [path for path in FILES if path.parent.name == "questions"]


@pytest.mark.parametrize(
    "path", [path for path in FILES if path not in QUESTIONS], ids=lambda path: path.name
)
def test_a_file_is_taken_whole_or_refused_with_a_reason(path: Path) -> None:
    with in_memory() as archive:
        report = take(archive, [path])
        assert list(verify(archive, INSTALLED.meanings())) == []
        wanted = expected(path)
        reasons = [str(file.reason) for file in report.refused]
        assert not any("fault of the source" in reason for reason in reasons)
        assert report.entries == report.entries_kept + report.entries_refused
        if wanted is None:
            assert (report.unknown, report.refused) == (1, [])
        elif isinstance(wanted, str):
            assert report.kept == 0
            (reason,) = reasons
            assert wanted in reason
        else:
            assert report.entries_refused == 0
            assert dict(report.by_source) == {wanted.source: 1}, reasons
            if path.parent.name != "templates":
                assert (report.entries_kept, *counts(archive)) == wanted[1:]


@pytest.mark.parametrize("path", QUESTIONS, ids=lambda path: path.name)
def test_what_hits_were_made_from_is_taken_whole(path: Path) -> None:
    with in_memory() as archive:
        report = take(archive, [path])
        assert (report.kept, report.entries_refused) == (1, 0), report.refused
        assert report.entries == (1 if path.suffix != ".success" else report.gathered.new["hits"])
        assert list(verify(archive, INSTALLED.meanings())) == []


def test_of_questions_each_is_the_tools_that_filled_it() -> None:
    """Those of the command line tools have placeholders of theirs, or their names."""
    with in_memory() as archive:
        report = take(archive, QUESTIONS)
        assert dict(report.by_source) == {"templates": 22, CLT: 25}
        assert (report.entries_kept, report.entries_refused) == (22 + 23 + 20 + 200, 0)
        assert list(verify(archive, INSTALLED.meanings())) == []


def test_all_at_once_is_the_same_as_one_by_one_and_backwards() -> None:
    with in_memory() as together, in_memory() as apart, in_memory() as backwards:
        report = take(together, FILES)
        for path in FILES:
            take(apart, [path])
        take(backwards, FILES[::-1])
        assert report.kept + report.copies + len(report.refused) + report.unknown == len(FILES)
        assert len(report.refused) == sum(
            isinstance(expected(path), str) for path in FILES if path not in QUESTIONS
        )
        first = dump(together)
        assert differences(first, dump(apart)) == {}
        backward = dump(backwards)
        first.pop("files"), backward.pop("files")  # which of two copies is the copy
        assert differences(first, backward) == {}
        for archive in (together, apart, backwards):
            assert list(verify(archive, INSTALLED.meanings())) == []


def test_one_run_over_the_folder_is_as_much() -> None:
    with in_memory() as archive:
        report = take(archive, [PUBLIC / group for group in GROUPS])
        assert report.kept + report.copies + len(report.refused) + report.unknown == len(FILES)
        again = take(archive, [PUBLIC / group for group in GROUPS])
        assert (again.kept, again.copies) == (0, report.kept + report.copies)
        assert list(verify(archive, INSTALLED.meanings())) == []
