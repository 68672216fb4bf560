"""Results of the requester site and of the command line tools: a row is an assignment."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping

from mturk_exodus.demo.account import WireRecord
from mturk_exodus.demo.answers import FreeText, answers_xml
from tests.real.assembly import Assembly, invented_id, invented_worker
from tests.real.documents import Questions
from tests.real.wire import members, record, requester_time

Row = dict[str, str]

# The command line tools write the names of the API of their time, in lower case.
_TODAY = {
    "hitid": "HITId",
    "hittypeid": "HITTypeId",
    "title": "Title",
    "description": "Description",
    "keywords": "Keywords",
    "reward": "Reward",
    "creationtime": "CreationTime",
    "assignments": "MaxAssignments",
    "numavailable": "NumberOfAssignmentsAvailable",
    "numpending": "NumberOfAssignmentsPending",
    "numcomplete": "NumberOfAssignmentsCompleted",
    "hitstatus": "HITStatus",
    "reviewstatus": "HITReviewStatus",
    "annotation": "RequesterAnnotation",
    "assignmentduration": "AssignmentDurationInSeconds",
    "autoapprovaldelay": "AutoApprovalDelayInSeconds",
    "hitlifetime": "Expiration",
    "assignmentid": "AssignmentId",
    "workerid": "WorkerId",
    "assignmentstatus": "AssignmentStatus",
    "autoapprovaltime": "AutoApprovalTime",
    "assignmentaccepttime": "AcceptTime",
    "assignmentsubmittime": "SubmitTime",
    "assignmentapprovaltime": "ApprovalTime",
    "assignmentrejecttime": "RejectionTime",
    "deadline": "Deadline",
    "feedback": "RequesterFeedback",
}
_ANSWER = "Answer."
_INPUT = "Input."
_RECORD = record(requester_time)


def add_results(assembly: Assembly) -> None:
    """The HITs and assignments of every table."""
    questions = Questions(assembly)
    for file in assembly.files("batch_csv", "clt_results"):
        rows = [*read(assembly.text(file))]
        for number, together in enumerate(_by_hit(rows)):
            _add_hit(assembly, questions, file, number, together)


def read(text: str) -> Iterator[Row]:
    """The rows by column name. Many are shorter than the header: what they lack is empty."""
    text = text.removeprefix("\N{BYTE ORDER MARK}")
    heading = text.splitlines()[0]
    table = csv.reader(io.StringIO(text, newline=""), delimiter=max("\t;,", key=heading.count))
    names = [_TODAY.get(name, name) for name in next(table)]
    for cells in table:
        yield dict(zip(names, cells, strict=False))


def given_answers(row: Row) -> dict[str, str]:
    """The form fields of a row that are not empty, by name."""
    return {
        name.removeprefix(_ANSWER): value
        for name, value in row.items()
        if name.startswith(_ANSWER) and value
    }


def _by_hit(rows: list[Row]) -> list[list[Row]]:
    """Rows of one HIT together: those of one id or, without ids, those that were shown the same."""
    hits: dict[object, list[Row]] = {}
    for row in rows:
        shown = tuple(item for item in row.items() if not item[0].startswith(_ANSWER))
        hits.setdefault(row.get("HITId", shown), []).append(row)
    return [*hits.values()]


def _add_hit(
    assembly: Assembly, questions: Questions, file: str, number: int, rows: list[Row]
) -> None:
    first = rows[0]
    hit = members(first, _RECORD["HIT"])
    named = hit.get("HITId", f"HIT {number}")
    hit["HITId"] = assembly.id_of("HIT", file, named)
    hit.setdefault("HITTypeId", invented_id("HIT type", file))
    question = questions.of(file, _shown(first))
    if question is not None:
        hit["Question"] = question
    worked = [row for row in rows if row.get("AssignmentId", "-")]
    assignments = [
        _assignment(assembly, file, row, f"{named} {place}", place)
        for place, row in enumerate(worked)
    ]
    assembly.add_hit(file, hit, assignments)


def _assignment(assembly: Assembly, file: str, row: Row, name: str, place: int) -> WireRecord:
    assignment = members(row, _RECORD["Assignment"])
    given = assignment.get("AssignmentId", name)
    assignment["AssignmentId"] = assembly.id_of("assignment", file, given)
    assignment.setdefault("WorkerId", invented_worker(file, place))
    answers = given_answers(row)
    assignment["Answer"] = answers_xml(FreeText(*answer) for answer in answers.items())
    assembly.made[file]["answers"] += len(answers)
    return assignment


def _shown(row: Row) -> Mapping[str, str]:
    """The values of a template's variables; files that were edited have lost the prefix."""
    return {name.removeprefix(_INPUT): value for name, value in row.items()}
