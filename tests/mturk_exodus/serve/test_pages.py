from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mturk_exodus.archive import Archive
from mturk_exodus.serve import operations
from mturk_exodus.serve.operations import READS, answer
from tests.mturk_exodus.serve import support

if TYPE_CHECKING:
    from pathlib import Path

    from tests.mturk_exodus.serve.support import Caller

HITS = [support.hit_text(number) for number in range(support.HIT_COUNT)]
GRANTS = [support.qualification_text(number) for number in range(support.WORKER_COUNT)]
LISTS: list[tuple[str, str, dict[str, Any], list[str]]] = [
    (
        "ListAssignmentsForHIT",
        "Assignments",
        {"HITId": "H99"},
        [support.assignment_text(number) for number in range(support.WORKER_COUNT)],
    ),
    (
        "ListBonusPayments",
        "BonusPayments",
        {"HITId": "H99"},
        [support.BONUS, support.OTHER_BONUS, support.BONUS],
    ),
    ("ListHITs", "HITs", {}, HITS),
    ("ListHITsForQualificationType", "HITs", {"QualificationTypeId": "QT1"}, HITS[::4]),
    ("ListQualificationRequests", "QualificationRequests", {}, list(support.REQUESTS)),
    (
        "ListQualificationTypes",
        "QualificationTypes",
        {"MustBeRequestable": False},
        list(support.TYPES),
    ),
    (
        "ListReviewableHITs",
        "HITs",
        {},
        [f'{{"HITId":"H{99 - number}"}}' for number in range(0, support.HIT_COUNT, 3)],
    ),
    ("ListWorkerBlocks", "WorkerBlocks", {}, list(support.BLOCKS)),
    (
        "ListWorkersWithQualificationType",
        "Qualifications",
        {"QualificationTypeId": "QT1"},
        [grant for grant in GRANTS if '"Granted"' in grant],
    ),
]


@pytest.mark.parametrize("size", [1, 2, 10, 100])
@pytest.mark.parametrize(("operation", "member", "asked", "texts"), LISTS)
def test_lists_come_to_an_empty_page_byte_for_byte_and_in_order(
    call: Caller, operation: str, member: str, asked: dict[str, Any], texts: list[str], size: int
) -> None:
    left = list(texts)
    pages = list(call.pages(operation, **asked, MaxResults=size))
    for page, text in pages[:-1]:
        records, left = left[:size], left[size:]
        head = f'{{"NumResults":{len(records)},"NextToken":"{page["NextToken"]}",'
        assert text == f'{head}"{member}":[{",".join(records)}]}}'
        assert len(page["NextToken"]) <= 255
    assert left == []
    assert pages[-1][1] == f'{{"NumResults":0,"{member}":[]}}'


def test_a_page_has_ten_records_unless_asked(call: Caller) -> None:
    assert call("ListHITs")["NumResults"] == 10


def test_every_list_is_paged_here() -> None:
    lists = {name for name in READS if name.startswith("List")}
    assert {row[0] for row in LISTS} == lists - {"ListReviewPolicyResultsForHIT"}


def test_a_plain_boto3_program_reads_it_all(call: Caller) -> None:
    client = call.client

    def everything(operation: str, member: str, **asked: object) -> list[Any]:
        pages = client.get_paginator(operation).paginate(**asked)
        return [each for page in pages for each in page[member]]

    hits = everything("list_hits", "HITs", PaginationConfig={"PageSize": 7})
    assert [hit["HITId"] for hit in hits] == [f"H{99 - n}" for n in range(support.HIT_COUNT)]
    assert {hit["Title"][:7] for hit in hits} == {"Größe ☃"}
    counts = [
        len(everything("list_assignments_for_hit", "Assignments", HITId=hit["HITId"]))
        for hit in hits
    ]
    assert sum(counts) == counts[0] == support.WORKER_COUNT
    assert len(everything("list_bonus_payments", "BonusPayments", HITId="H99")) == 3
    types = everything("list_qualification_types", "QualificationTypes", MustBeRequestable=False)
    grants = [
        grant
        for kind in types
        for status in ("Granted", "Revoked")
        for grant in everything(
            "list_workers_with_qualification_type",
            "Qualifications",
            QualificationTypeId=kind["QualificationTypeId"],
            Status=status,
        )
    ]
    assert len(grants) == support.WORKER_COUNT


ASKED = {operation: asked for operation, _, asked, _ in LISTS} | {
    "GetAssignment": {"AssignmentId": "S50"},
    "GetFileUploadURL": {"AssignmentId": "S50", "QuestionIdentifier": "empty"},
    "GetHIT": {"HITId": "H99"},
    "GetQualificationScore": {"QualificationTypeId": "QT1", "WorkerId": "AW98"},
    "GetQualificationType": {"QualificationTypeId": "QT1"},
    "ListReviewPolicyResultsForHIT": {"HITId": "H99"},
}


@pytest.mark.parametrize("operation", operations.READS)
def test_no_query_reads_a_table_from_its_beginning_or_skips_rows(
    archive_path: Path, operation: str
) -> None:
    statements: list[str] = []
    with Archive.open(archive_path, read_only=True) as archive:
        archive.connection.set_trace_callback(statements.append)
        answer(archive, operation, ASKED.get(operation, {}), "http://localhost")
        archive.connection.set_trace_callback(None)
        assert statements
        for statement in statements:
            assert " offset " not in statement.lower()
            plan = archive.connection.execute(f"explain query plan {statement}").fetchall()
            for *_, step in plan:
                # The balances are read backwards by their key; json_each walks one row's list.
                scanned = step.startswith("SCAN") and "requirement" not in step
                assert not scanned or operation == "GetAccountBalance", (statement, plan)
