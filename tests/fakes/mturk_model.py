"""The requester API's operations and parameters, and the qualification types of Amazon's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fakes.mturk_wire import Params, frontend_error

if TYPE_CHECKING:
    from mturk_exodus.demo.account import WireRecord

_PAGED = "NextToken MaxResults"

PARAMETERS: dict[str, str] = {
    "GetAccountBalance": "",
    "GetAssignment": "AssignmentId!",
    "GetFileUploadURL": "AssignmentId! QuestionIdentifier!",
    "GetHIT": "HITId!",
    "GetQualificationScore": "QualificationTypeId! WorkerId!",
    "GetQualificationType": "QualificationTypeId!",
    "ListAssignmentsForHIT": f"HITId! AssignmentStatuses {_PAGED}",
    "ListBonusPayments": f"HITId AssignmentId {_PAGED}",
    "ListHITs": _PAGED,
    "ListHITsForQualificationType": f"QualificationTypeId! {_PAGED}",
    "ListQualificationRequests": f"QualificationTypeId {_PAGED}",
    "ListQualificationTypes": f"Query MustBeRequestable! MustBeOwnedByCaller {_PAGED}",
    "ListReviewPolicyResultsForHIT": (
        f"HITId! PolicyLevels RetrieveActions RetrieveResults {_PAGED}"
    ),
    "ListReviewableHITs": f"HITTypeId Status {_PAGED}",
    "ListWorkerBlocks": _PAGED,
    "ListWorkersWithQualificationType": f"QualificationTypeId! Status {_PAGED}",
}
"""Each read operation's parameters; "!" marks one that must be given."""

WRITES = frozenset(
    {
        "AcceptQualificationRequest",
        "ApproveAssignment",
        "AssociateQualificationWithWorker",
        "CreateAdditionalAssignmentsForHIT",
        "CreateHIT",
        "CreateHITType",
        "CreateHITWithHITType",
        "CreateQualificationType",
        "CreateWorkerBlock",
        "DeleteHIT",
        "DeleteQualificationType",
        "DeleteWorkerBlock",
        "DisassociateQualificationFromWorker",
        "NotifyWorkers",
        "RejectAssignment",
        "RejectQualificationRequest",
        "SendBonus",
        "SendTestEventNotification",
        "UpdateExpirationForHIT",
        "UpdateHITReviewStatus",
        "UpdateHITTypeOfHIT",
        "UpdateNotificationSettings",
        "UpdateQualificationType",
    }
)

_BOOLEANS = {"MustBeRequestable", "MustBeOwnedByCaller", "RetrieveActions", "RetrieveResults"}
_CHOICES: dict[tuple[str, str], set[str]] = {
    ("ListAssignmentsForHIT", "AssignmentStatuses"): {"Submitted", "Approved", "Rejected"},
    ("ListReviewPolicyResultsForHIT", "PolicyLevels"): {"Assignment", "HIT"},
    ("ListReviewableHITs", "Status"): {"Reviewable", "Reviewing"},
    ("ListWorkersWithQualificationType", "Status"): {"Granted", "Revoked"},
}


def check(operation: str, params: Params) -> None:
    """Refuse what the service model does not allow."""
    names = PARAMETERS[operation].split()
    required = {name.rstrip("!") for name in names if name.endswith("!")}
    for name in sorted(required - params.keys()):
        raise frontend_error("ValidationException", f"'{name}' must not be null")
    for name in sorted(params.keys() - {name.rstrip("!") for name in names}):
        raise frontend_error("ValidationException", f"'{name}' is not a member of {operation}")
    for name, value in params.items():
        if not _is_valid(operation, name, value):
            raise frontend_error("ValidationException", f"'{name}' has a value that is not allowed")


def _is_valid(operation: str, name: str, value: object) -> bool:
    if name == "MaxResults":
        return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 100
    if name in _BOOLEANS:
        return isinstance(value, bool)
    choices = _CHOICES.get((operation, name))
    if choices is None or name == "Status":
        return isinstance(value, str) and (choices is None or value in choices)
    return isinstance(value, list) and all(str(each) in choices for each in value)


def _system_type(type_id: str, name: str) -> WireRecord:
    return {
        "QualificationTypeId": type_id,
        "CreationTime": 1_341_948_900,
        "Name": name,
        "Description": name,
        "QualificationTypeStatus": "Active",
        "IsRequestable": False,
        "AutoGranted": False,
    }


def system_types() -> dict[str, WireRecord]:
    """Qualification types of Amazon's own, which HITs refer to and no requester owns."""
    names = {
        "2F1QJWKUDD8XADTFD2Q0G6UTO95ALH": "Masters",
        "00000000000000000040": "Worker_NumberHITsApproved",
        "00000000000000000060": "Worker_Adult",
        "00000000000000000071": "Worker_Locale",
        "000000000000000000L0": "Worker_PercentAssignmentsApproved",
    }
    return {type_id: _system_type(type_id, name) for type_id, name in names.items()}
