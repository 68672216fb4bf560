"""What Turkle does with each field of MTurk's records."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from mturk_exodus import records
from mturk_exodus.replay.adapter import Capability, Fidelity
from mturk_exodus.replay.fields import UPLOAD, every_field_of

_IN_ROW = "in the task's row, column mturk_hit (Input.mturk_hit of its results)"
_HISTORY = (
    "no call of Turkle's API makes finished work: in the history file, which is loaded on the"
    " server by mturk_exodus_turkle_site"
)
_CHANGES = "no call of Turkle's API changes a task, so what may change later is not in it"
_KEPT = "Turkle has no place for it; it stays in the archive"

_UNSUPPORTED: Mapping[type, str] = {
    records.Assignment: "Turkle reviews no work; it stays in the archive",
    records.BonusPayment: "Turkle pays nobody; it stays in the archive",
    records.ReviewReport: "Turkle has no review policies",
    records.QualificationType: "Turkle has groups, which have neither values nor tests",
    records.QualificationRequest: "Turkle's groups are not asked for",
    records.WorkerBlock: _KEPT,
    records.WorkerDetail: "Turkle counts a user's assignments itself, and keeps no other",
    records.NotificationEvent: "Turkle takes no events of the past",
    records.AccountBalance: "Turkle pays nobody",
    records.Template: "a project is made from HITs' own pages; files that they were made from stay",
}

_QUALIFIED = (
    "who qualifies, as far as the archive tells, is in a group for each HIT type; Turkle's groups"
    " hold no values"
)
_USER = (
    "a user stands for the worker, under a pseudonym unless `workers` is plain; whose work an"
    " assignment was is in the history file"
)

_OTHERS: Mapping[str, Capability] = {
    "HIT.Question": Capability(
        Fidelity.CONVERTED,
        "its page, in a frame of its own within Turkle's; a QuestionForm as HTML, Crowd elements by"
        " scripts of ours",
    ),
    "HIT.TemplateVariables": Capability(
        Fidelity.CONVERTED, "a column of the task's row for each variable"
    ),
    "Assignment.WorkerId": Capability(Fidelity.APPROXIMATE, _USER),
    "WorkerBlock.WorkerId": Capability(Fidelity.CONVERTED, "the worker's user is not active"),
    UPLOAD: Capability(Fidelity.UNSUPPORTED, "Turkle's answers hold no files"),
}
_MANUAL = ("AssignmentId", "HITId", "AcceptTime", "SubmitTime", "Answer")
_MUTABLE = (
    "HITStatus",
    "HITReviewStatus",
    "MaxAssignments",
    "NumberOfAssignmentsPending",
    "NumberOfAssignmentsAvailable",
    "NumberOfAssignmentsCompleted",
    "RequesterAnnotation",
    "Expiration",
)
CARRIED = frozenset(
    name
    for name, member in records.members(records.HIT)
    if member.name not in {"Question", "TemplateVariables", *_MUTABLE}
)
"""The columns of a HIT that a task's row has."""


def _all() -> dict[str, Capability]:
    found = {**every_field_of(records.HIT, Fidelity.EXACT, _IN_ROW)}
    for record, note in _UNSUPPORTED.items():
        found.update(every_field_of(record, Fidelity.UNSUPPORTED, note))
    found.update(every_field_of(records.Qualification, Fidelity.APPROXIMATE, _QUALIFIED))
    found.update(
        {f"Assignment.{one}": Capability(Fidelity.MANUAL, _HISTORY) for one in _MANUAL},
    )
    found.update({f"HIT.{one}": Capability(Fidelity.MANUAL, _CHANGES) for one in _MUTABLE})
    found["HIT.NumberOfAssignmentsAvailable"] = Capability(
        Fidelity.APPROXIMATE,
        "with those that were pending, how many assignments of its task are open; none: the task"
        " is in a batch that is not active",
    )
    found.update(_OTHERS)
    return found


CAPABILITIES: Mapping[str, Capability] = MappingProxyType(_all())
"""By field (`replay.fields.FIELDS`)."""
