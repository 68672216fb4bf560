"""Replies of MTurk that somebody recorded."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from defusedxml import ElementTree

from mturk_exodus.demo.account import WireRecord
from tests.real.assembly import Assembly, invented_id
from tests.real.wire import iso_time, members, record

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_PLACEHOLDERS = "a stub: every id and text in it is the word `string`"
_LEFT_OUT = {
    "answers/NYUCCL__psiTurk__get_assignment.json": _PLACEHOLDERS,
    "answers/NYUCCL__psiTurk__get_hit.json": _PLACEHOLDERS,
    "answers/NYUCCL__psiTurk__list_assignments_for_hit.json": _PLACEHOLDERS,
    "answers/tc__java-aws-mturk__Configuration.xml": "configures a code generator, answers nothing",
}
_ANSWER_ALONE = "answers/ScarceMedia__java-aws-mturk-model__QuestionFormAnswers.xml"
_NOW = {"SubjectId": "WorkerId"}
"""What legacy replies call otherwise."""

_RECORD = record(iso_time)
_WIRE_TIMES = {"CreationTime", "Expiration"}


def add_replies(assembly: Assembly) -> None:
    """The records of every reply that has any."""
    assembly.left_out.update(_LEFT_OUT)
    for file, add in _HOW.items():
        add(assembly, file)


def _add_json_hits(assembly: Assembly, file: str) -> None:
    for hit in json.loads(assembly.text(file))["HITs"]:
        assembly.add_hit(file, {name: _on_the_wire(name, hit[name]) for name in hit}, [])


def _on_the_wire(name: str, value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    return iso_time(value) if name in _WIRE_TIMES else value


def _add_assignments(assembly: Assembly, file: str) -> None:
    """Each of these replies is another moment of the same assignment: an assignment of its own."""
    for found in _found(assembly, file, "Assignment"):
        hit_id = assembly.id_of("HIT", file, found["HITId"])
        found["AssignmentId"] = assembly.id_of("assignment", file, found["AssignmentId"])
        assembly.add_hit(file, {"HITId": hit_id}, [found])


def _add_bonuses(assembly: Assembly, file: str) -> None:
    """A bonus is for an assignment, and these have none: they are made, approved and empty."""
    payments = [*_found(assembly, file, "BonusPayment")]
    hit_id = invented_id("HIT", file)
    paid_for = [
        {
            "AssignmentId": payment["AssignmentId"],
            "WorkerId": payment["WorkerId"],
            "AssignmentStatus": "Approved",
        }
        for payment in payments
    ]
    assembly.add_hit(file, {"HITId": hit_id}, paid_for)
    assembly.account.bonus_payments[hit_id] = payments
    assembly.made[file]["bonus payments"] += len(payments)


def _add_searched_hits(assembly: Assembly, file: str) -> None:
    """One of them counts an assignment that no file has: it is given the answer that has none."""
    for hit in _found(assembly, file, "HIT"):
        assignments: list[WireRecord] = []
        if hit["NumberOfAssignmentsCompleted"]:
            assignments.append(
                {
                    "AssignmentId": invented_id("assignment", _ANSWER_ALONE),
                    "AssignmentStatus": "Approved",
                    "Answer": assembly.text(_ANSWER_ALONE),
                }
            )
            assembly.made[_ANSWER_ALONE]["answer documents"] += 1
        assembly.add_hit(file, hit, assignments)


def _add_reviewable_hits(assembly: Assembly, file: str) -> None:
    for hit in _found(assembly, file, "HIT"):
        if hit["HITId"] in assembly.account.hits:
            assembly.made[file]["HITs that another file tells more of"] += 1
        else:
            assembly.add_hit(file, hit, [])


def _add_type(assembly: Assembly, file: str) -> None:
    for each in _found(assembly, file, "QualificationType"):
        assembly.account.qualification_types[each["QualificationTypeId"]] = each
        assembly.made[file]["qualification types"] += 1


def _add_grant(assembly: Assembly, file: str) -> None:
    for each in _found(assembly, file, "Qualification"):
        each["Status"] = "Granted"
        assembly.account.qualifications.setdefault(each["QualificationTypeId"], []).append(each)
        assembly.made[file]["qualifications"] += 1


def _add_request(assembly: Assembly, file: str) -> None:
    for each in _found(assembly, file, "QualificationRequest"):
        assembly.account.qualification_requests.append(each)
        assembly.made[file]["qualification requests"] += 1


_RTURK = "answers/mdp__rturk__"
_HOW: dict[str, Callable[[Assembly, str], None]] = {
    "answers/NYUCCL__psiTurk__list_hits.json": _add_json_hits,
    f"{_RTURK}get_approved_assignments.xml": _add_assignments,
    f"{_RTURK}get_assignments.xml": _add_assignments,
    f"{_RTURK}get_submitted_assignments.xml": _add_assignments,
    f"{_RTURK}get_bonus_payments.xml": _add_bonuses,
    f"{_RTURK}search_hits.xml": _add_searched_hits,
    f"{_RTURK}get_reviewable_hits.xml": _add_reviewable_hits,
    f"{_RTURK}get_qualification_type.xml": _add_type,
    f"{_RTURK}get_qualification_score.xml": _add_grant,
    f"{_RTURK}get_qualification_requests.xml": _add_request,
}


def _found(assembly: Assembly, file: str, tag: str) -> Iterator[WireRecord]:
    """The records of a legacy reply, in today's members."""
    for element in ElementTree.fromstring(assembly.text(file)).iter(tag):
        given = {_NOW.get(child.tag, child.tag): _value(child) for child in element}
        yield members(given, _RECORD[tag])


def _value(element: Element) -> str:
    """An element's text; an amount of money has one inside."""
    return element.findtext("Amount") or element.text or ""
