"""What is served of records that files gave: MTurk's form, and nothing that nobody said."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import httpx
import pytest

from mturk_exodus.archive import Archive
from mturk_exodus.archive.gaps import Gaps
from mturk_exodus.archive.tables import (
    ASSIGNMENTS,
    BONUS_PAYMENTS,
    HITS,
    QUALIFICATION_REQUESTS,
    QUALIFICATION_TYPES,
    QUALIFICATIONS,
    REVIEW_REPORTS,
    WORKER_BLOCKS,
    WORKER_DETAILS,
    Raw,
    Table,
)
from mturk_exodus.serve import background
from tests.mturk_exodus.archive import files_support
from tests.mturk_exodus.archive.files_support import (
    Kept,
    Said,
    findings,
    ingest,
    tell,
    values,
)
from tests.mturk_exodus.serve.support import Caller, client_of
from tests.mturk_exodus.sources.requester_api.support import export

NOON = datetime(2017, 7, 14, 2, 40, 0, 250_000, tzinfo=timezone.utc)
NOON_WIRE = 1_500_000_000.25
REQUIREMENTS = [
    {
        "QualificationTypeId": "QT1",
        "Comparator": "In",
        "IntegerValues": [5, 7],
        "LocaleValues": [{"Country": "DE", "Subdivision": "BY"}],
        "RequiredToPreview": False,
        "ActionsGuarded": "Accept",
    }
]
FULL_HIT = {
    "HITId": "H1",
    "HITTypeId": "T1",
    "HITGroupId": "G1",
    "CreationTime": NOON_WIRE,
    "Expiration": "2017-07-21T04:40:00.250+02:00",
    "Title": 'Größe "☃"\n',
    "Description": "",
    "Question": "<HTMLQuestion>\\</HTMLQuestion>",
    "Keywords": "a, b",
    "HITStatus": "Reviewable",
    "MaxAssignments": 2,
    "Reward": "0.50",
    "AutoApprovalDelayInSeconds": 2**40,
    "AssignmentDurationInSeconds": 0,
    "RequesterAnnotation": "BatchId:12;OriginalHitTemplateId:3;",
    "QualificationRequirements": REQUIREMENTS,
    "HITReviewStatus": "NotReviewed",
    "NumberOfAssignmentsPending": 0,
    "NumberOfAssignmentsAvailable": 0,
    "NumberOfAssignmentsCompleted": 1,
}
FULL_WORK = {
    "AssignmentId": "A1",
    "WorkerId": "W1",
    "HITId": "H1",
    "AssignmentStatus": "Approved",
    "AutoApprovalTime": 1_500_000_100,
    "AcceptTime": 1_499_999_990.001,
    "SubmitTime": NOON_WIRE,
    "ApprovalTime": "2017-07-14T02:41:00Z",
    "Answer": '<QuestionFormAnswers x="ü"/>',
    "RequesterFeedback": "Danke",
}
BONUS = {
    "AssignmentId": "A1",
    "WorkerId": "W1",
    "BonusAmount": "0.10",
    "GrantTime": NOON_WIRE,
}
TYPE = {
    "QualificationTypeId": "QT1",
    "Name": "n",
    "IsRequestable": True,
    "AutoGranted": False,
    "AutoGrantedValue": 0,
    "QualificationTypeStatus": "Active",
    "CreationTime": NOON_WIRE,
}
GRANT = {
    "QualificationTypeId": "QT1",
    "WorkerId": "W1",
    "GrantTime": NOON_WIRE,
    "LocaleValue": {"Country": "DE"},
    "Status": "Granted",
}
REQUEST = {"QualificationRequestId": "QR1", "QualificationTypeId": "QT1", "WorkerId": "W5"}
BLOCK = {"WorkerId": "W9"}
REVIEW = {
    "HITId": "H1",
    "HITReviewPolicy": {"PolicyName": "SimplePlurality/2011-09-01"},
    "HITReviewReport": {"ReviewResults": [{"ActionId": "R1", "Key": "k"}]},
}
OF_FILES = {"TemplateVariables": {"x": "1"}}
TOLD = (
    Said(HITS, FULL_HIT | OF_FILES | {"x-words": "the file's own"}),
    Said(HITS, {"HITId": "H2"}),
    Said(ASSIGNMENTS, FULL_WORK | {"AnswerDoubts": {"joined": []}}),
    Said(ASSIGNMENTS, {"AssignmentId": "A2", "HITId": "H1"}),
    Said(ASSIGNMENTS, {"AssignmentId": "A3", "HITId": "IMPLIED", "AssignmentStatus": "Submitted"}),
    Said(BONUS_PAYMENTS, BONUS),
    Said(QUALIFICATION_TYPES, TYPE),
    Said(QUALIFICATION_TYPES, {"QualificationTypeId": "QT2", "Name": "m"}),
    Said(QUALIFICATIONS, GRANT),
    Said(QUALIFICATION_REQUESTS, REQUEST),
    Said(WORKER_BLOCKS, BLOCK),
    Said(WORKER_DETAILS, {"WorkerId": "W9", "LifetimeSubmitted": 5}),
)
Wire = Mapping[str, Any]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of what one file said."""
    path = tmp_path_factory.mktemp("files") / "mturk.db"
    with Archive.create(path) as archive:
        ingest(archive, Kept("everything", "tool", TOLD))
        assert findings(archive) == []
    return path


@pytest.fixture(scope="module")
def call(path: Path) -> Iterator[Caller]:
    with serving(path) as caller:
        yield caller


@contextmanager
def serving(path: Path) -> Iterator[Caller]:
    """Calls to what an archive serves."""
    with background(path) as url, httpx.Client(base_url=url, trust_env=False) as http:
        client = client_of(url)
        yield Caller(url, client, http)
        client.close()


def test_a_hit_has_every_member_that_its_file_gave_and_none_besides(call: Caller) -> None:
    hit = call("GetHIT", HITId="H1")["HIT"]
    wanted = FULL_HIT | {"CreationTime": NOON, "Expiration": NOON.replace(day=21)}
    assert hit == wanted
    assert "file's own" not in call.text("GetHIT", HITId="H1")


@pytest.mark.parametrize("hit_id", ["H2", "IMPLIED"])
def test_of_a_hit_that_is_known_by_its_id_alone_nothing_else_is_said(
    call: Caller, hit_id: str
) -> None:
    assert call("GetHIT", HITId=hit_id)["HIT"] == {"HITId": hit_id}


def test_an_assignment_goes_out_with_its_hit(call: Caller) -> None:
    reply = call("GetAssignment", AssignmentId="A1")
    assert reply["Assignment"] == FULL_WORK | {
        "AutoApprovalTime": datetime(2017, 7, 14, 2, 41, 40, tzinfo=timezone.utc),
        "AcceptTime": datetime(2017, 7, 14, 2, 39, 50, 1000, tzinfo=timezone.utc),
        "SubmitTime": NOON,
        "ApprovalTime": datetime(2017, 7, 14, 2, 41, tzinfo=timezone.utc),
    }
    assert reply["HIT"]["HITId"] == "H1"
    bare = call("GetAssignment", AssignmentId="A2")["Assignment"]
    assert bare == {"AssignmentId": "A2", "HITId": "H1"}
    implied = call("GetAssignment", AssignmentId="A3")
    assert implied["HIT"] == {"HITId": "IMPLIED"}


LISTS: dict[str, tuple[dict[str, Any], str, list[str]]] = {
    "ListHITs": ({}, "HITs", ["H1", "H2", "IMPLIED"]),
    "ListReviewableHITs": ({}, "HITs", ["H1"]),
    "ListHITsForQualificationType": ({"QualificationTypeId": "QT1"}, "HITs", ["H1"]),
    "ListAssignmentsForHIT": ({"HITId": "H1"}, "Assignments", ["A1", "A2"]),
    "ListBonusPayments": ({"HITId": "H1"}, "BonusPayments", ["W1"]),
    "ListQualificationTypes": ({"MustBeRequestable": False}, "QualificationTypes", ["QT1", "QT2"]),
    "ListWorkersWithQualificationType": ({"QualificationTypeId": "QT1"}, "Qualifications", ["QT1"]),
    "ListQualificationRequests": ({}, "QualificationRequests", ["QR1"]),
    "ListWorkerBlocks": ({}, "WorkerBlocks", ["W9"]),
}


@pytest.mark.parametrize("operation", LISTS)
def test_every_list_gives_what_files_gave(call: Caller, operation: str) -> None:
    asked, member, ids = LISTS[operation]
    found = [
        record
        for page, _ in call.pages(operation, **asked, MaxResults=1)
        for record in page[member]
    ]
    assert sorted(next(iter(record.values())) for record in found) == ids


def test_statuses_choose_among_assignments_whose_status_is_known(call: Caller) -> None:
    reply = call("ListAssignmentsForHIT", HITId="H1", AssignmentStatuses=["Approved"])
    assert [each["AssignmentId"] for each in reply["Assignments"]] == ["A1"]


def test_booleans_and_structures_are_what_they_are(call: Caller) -> None:
    found = call("GetQualificationType", QualificationTypeId="QT1")["QualificationType"]
    assert found == TYPE | {"CreationTime": NOON}
    bare = call("GetQualificationType", QualificationTypeId="QT2")["QualificationType"]
    assert bare == {"QualificationTypeId": "QT2", "Name": "m"}
    asked = {"QualificationTypeId": "QT1", "WorkerId": "W1"}
    assert call("GetQualificationScore", **asked)["Qualification"] == GRANT | {"GrantTime": NOON}
    (block,) = call("ListWorkerBlocks")["WorkerBlocks"]
    assert block == BLOCK
    (request,) = call("ListQualificationRequests")["QualificationRequests"]
    assert request == REQUEST
    (bonus,) = call("ListBonusPayments", AssignmentId="A1")["BonusPayments"]
    assert bonus == BONUS | {"GrantTime": NOON}


@pytest.mark.parametrize(
    "seconds",
    [0.001, 0.999, -0.5, 86_399.999, 1_149_000_000.007, 1_500_000_000.499, 4_102_444_799.999],
)
def test_times_are_right_to_the_millisecond(tmp_path: Path, seconds: float) -> None:
    path = tmp_path / "mturk.db"
    with Archive.create(path) as archive:
        ingest(archive, Kept("one", "tool", (Said(HITS, {"HITId": "H", "CreationTime": seconds}),)))
    with serving(path) as call:
        served = json.loads(call.text("GetHIT", HITId="H"))["HIT"]["CreationTime"]
    assert round(served * 1000) == round(seconds * 1000)


def test_a_grant_whose_status_no_file_says_is_in_a_list(tmp_path: Path) -> None:
    """No list would give it otherwise; Granted is the default."""
    path = tmp_path / "mturk.db"
    grant = {"QualificationTypeId": "QT1", "WorkerId": "W1", "IntegerValue": 5}
    with Archive.create(path) as archive:
        ingest(archive, Kept("one", "tool", (Said(QUALIFICATIONS, grant),)))
    with serving(path) as call:
        reply = call("ListWorkersWithQualificationType", QualificationTypeId="QT1")
        assert reply["Qualifications"] == [grant]


def test_a_review_report_of_a_file_goes_out_in_mturk_s_form(tmp_path: Path) -> None:
    """The file's own words need not be a reply."""
    path = tmp_path / "mturk.db"
    with Archive.create(path) as archive:
        said = Said(REVIEW_REPORTS, REVIEW | {"x-words": "the file's own"}, {"page": 0})
        ingest(archive, Kept("one", "dump", (said,)))
        assert findings(archive) == []
    with serving(path) as call:
        reply = call("ListReviewPolicyResultsForHIT", HITId="H1")
        assert {name: reply[name] for name in REVIEW} == REVIEW


def wires(path: Path, table: Table) -> list[tuple[Any, ...]]:
    """A table's rows by column, but for what only files say."""
    names = [name for name in table.columns if name not in ("template_variables", "answer_doubts")]
    with Archive.open(path, read_only=True) as archive:
        return values(archive, f"select {', '.join(names)} from {table.name} order by 1, 2")  # noqa: S608 - our own names


def test_an_export_of_what_is_served_holds_the_same_records(path: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.db"
    with background(path) as url:
        missing = export(again, url, review_results="all")
    assert missing == Gaps(0, 0, 0, 0, 0)
    for table in (
        *(HITS, ASSIGNMENTS, QUALIFICATION_TYPES, QUALIFICATIONS, QUALIFICATION_REQUESTS),
        *(WORKER_BLOCKS, BONUS_PAYMENTS),
    ):
        assert wires(again, table) == wires(path, table), table.name


API_HIT = '{ "HITId":"H1" ,"HITTypeId": "T1","Reward":"0.5","CreationTime":1.5E9,"New":[1, 2]}'
API_WORK = '{"AssignmentId":"A1", "HITId":"H1","Answer":"\\u00fc","AssignmentStatus":"Submitted"}'


@pytest.mark.parametrize("files_first", [True, False])
def test_a_record_that_mturk_gave_goes_out_as_mturk_gave_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, files_first: bool
) -> None:
    """Though its row says more: a file knew the keywords, and of the approval."""
    monkeypatch.setattr(files_support, "raw", as_spelled)
    path = tmp_path / "mturk.db"
    told = (
        Said(HITS, FULL_HIT | OF_FILES),
        Said(ASSIGNMENTS, FULL_WORK),
    )
    api = [Said(HITS, {"": API_HIT}), Said(ASSIGNMENTS, {"": API_WORK})]
    with Archive.create(path) as archive:
        if not files_first:
            tell(archive, api)
        ingest(archive, Kept("file", "dump", told))
        if files_first:
            tell(archive, api)
        assert values(archive, "select assignment_status from assignments") == [("Approved",)]
        assert values(archive, "select keywords from hits") == [("a, b",)]
    with serving(path) as call:
        assert call.post("GetHIT", {"HITId": "H1"}).text == f'{{"HIT":{API_HIT}}}'
        listed = call.post("ListAssignmentsForHIT", {"HITId": "H1"}).text
        assert f'"Assignments":[{API_WORK}]' in listed


def as_spelled(wire: Wire) -> Raw:
    """A record whose very text stands under the empty name."""
    return Raw(wire[""], json.loads(wire[""]))
