"""Texts of files as the wire's values: epoch numbers, whole numbers, amounts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone

from mturk_exodus.demo.account import WireRecord

Convert = Callable[[str], object]

_HOURS = {"GMT": 0, "CET": 1, "CEST": 2, "PST": -8, "PDT": -7}


def requester_time(text: str) -> int:
    """Epoch seconds of `Sat Oct 28 04:17:01 PDT 2017`; the zone changes from row to row."""
    *words, zone, year = text.split()
    local = datetime.strptime(" ".join((*words, year)), "%a %b %d %H:%M:%S %Y")  # noqa: DTZ007 - the zone follows
    return _epoch(local.replace(tzinfo=timezone(timedelta(hours=_HOURS[zone]))))


def iso_time(text: str) -> int:
    """Epoch seconds of `2009-10-26T05:17:18Z` or `2019-05-24 14:49:59-06:00`."""
    return _epoch(datetime.fromisoformat(text.replace("Z", "+00:00")))


def amount(text: str) -> str:
    """`$0.05` without its sign."""
    return text.removeprefix("$")


def members(given: Mapping[str, str], wanted: Mapping[str, Convert]) -> WireRecord:
    """Those of `wanted` that are given and not empty, as values of the wire."""
    return {name: convert(given[name]) for name, convert in wanted.items() if given.get(name)}


def _epoch(moment: datetime) -> int:
    return int(moment.timestamp())


def record(time: Convert) -> dict[str, dict[str, Convert]]:
    """By kind of record, what becomes of each member's text; `time` reads its times."""
    return {
        "HIT": {
            **dict.fromkeys(("HITId", "HITTypeId", "Title", "Description", "Keywords"), str),
            **dict.fromkeys(("RequesterAnnotation", "HITStatus", "HITReviewStatus"), str),
            **dict.fromkeys(("CreationTime", "Expiration"), time),
            **dict.fromkeys(("AssignmentDurationInSeconds", "AutoApprovalDelayInSeconds"), int),
            "MaxAssignments": int,
            "NumberOfAssignmentsAvailable": int,
            "NumberOfAssignmentsPending": int,
            "NumberOfAssignmentsCompleted": int,
            "Reward": amount,
        },
        "Assignment": {
            **dict.fromkeys(("AssignmentId", "WorkerId", "HITId", "AssignmentStatus"), str),
            **dict.fromkeys(("AutoApprovalTime", "AcceptTime", "SubmitTime"), time),
            **dict.fromkeys(("ApprovalTime", "RejectionTime", "Deadline"), time),
            **dict.fromkeys(("Answer", "RequesterFeedback"), str),
        },
        "BonusPayment": {
            **dict.fromkeys(("WorkerId", "AssignmentId", "Reason"), str),
            "BonusAmount": amount,
            "GrantTime": time,
        },
        "QualificationType": {
            **dict.fromkeys(("QualificationTypeId", "Name", "Description", "Keywords"), str),
            "CreationTime": time,
            "QualificationTypeStatus": str,
            "RetryDelayInSeconds": int,
            "IsRequestable": lambda text: text == "true",
        },
        "Qualification": {
            **dict.fromkeys(("QualificationTypeId", "WorkerId"), str),
            "GrantTime": time,
            "IntegerValue": int,
        },
        "QualificationRequest": {
            **dict.fromkeys(("QualificationRequestId", "QualificationTypeId"), str),
            **dict.fromkeys(("WorkerId", "Test", "Answer"), str),
            "SubmitTime": time,
        },
    }
