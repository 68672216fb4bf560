"""What Prolific does with each field of MTurk's records."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from mturk_exodus import records
from mturk_exodus.replay.adapter import Capability, Fidelity
from mturk_exodus.replay.fields import UPLOAD, every_field_of

_ARCHIVED = "Prolific takes no work of the past; it stays in the archive"
_HIT = "a study knows links and places, and nothing of a HIT; the archive and the host keep it"
_BLOCK = (
    "MTurk's worker ids mean nothing to Prolific and are not shown to it; a group is made for"
    " those who are blocked, which is empty until they are known by their new ids"
)
_GRANT = (
    "MTurk's worker ids mean nothing to Prolific and are not shown to it; a group is made for each"
    " thing that a study requires, which is empty until people are known by their new ids"
)
_TYPE = (
    "Prolific has groups of participants in place of qualifications, without values, tests or"
    " requests"
)

_UNSUPPORTED: Mapping[type, str] = {
    records.HIT: _HIT,
    records.Assignment: _ARCHIVED,
    records.BonusPayment: "no bonus is paid again; it stays in the archive",
    records.ReviewReport: "Prolific has no review policies, and takes no results of the past",
    records.QualificationType: _TYPE,
    records.QualificationRequest: "Prolific has no qualifications to ask for",
    records.WorkerDetail: "Prolific counts its participants' submissions itself",
    records.NotificationEvent: "Prolific takes no events of the past",
    records.AccountBalance: "money at MTurk cannot be moved; Prolific's web page takes new money",
    records.Template: "pages stay with the host, which shows them",
}
_MANUAL: Mapping[type, str] = {records.WorkerBlock: _BLOCK, records.Qualification: _GRANT}

_OF_A_TYPE = "a study's, and so that of all HITs of a type"
_TIMES = "the median from accept to submit of a type's assignments is the time that a study says"

_OTHERS: Mapping[str, str] = {
    "HIT.HITId": "a link leads to it, alone or with others of its type",
    "HIT.HITTypeId": "a study for each HIT type, at most 500 links in one",
    "HIT.Title": f"{_OF_A_TYPE}, on one line",
    "HIT.Description": f"{_OF_A_TYPE}, as paragraphs",
    "HIT.Question": "the host shows it, and Prolific a link to the host",
    "HIT.MaxAssignments": "places of its link, as many as the host still offers",
    "HIT.Reward": (
        "that of a visit, in the workspace's currency: the sum of its HITs; below the minimum it"
        " is not made, or raised to it if `pay` says so"
    ),
    "HIT.AutoApprovalDelayInSeconds": (
        "0 is approved at once, by the code; everything else waits for a person, 21 days at most"
    ),
    "HIT.AssignmentDurationInSeconds": (
        "the time that is allowed for a visit, in minutes, within Prolific's limits"
    ),
    "HIT.QualificationRequirements": (
        "filters of residence, approval rate and number of submissions; groups for the account's"
        " own qualifications"
    ),
    "Assignment.AcceptTime": _TIMES,
    "Assignment.SubmitTime": _TIMES,
    "QualificationType.QualificationTypeId": f"{_TYPE}; a group for each thing that is required",
    "QualificationType.Name": f"{_TYPE}; it is the group's name",
}
_NONE: Mapping[str, str] = {
    "HIT.Keywords": "Prolific has one label of its own for a study, and no keywords",
    "HIT.Expiration": "a study does not end by itself; stop it on Prolific's web page",
    UPLOAD: "Prolific keeps no answers, and so no files",
}


def _all() -> dict[str, Capability]:
    found: dict[str, Capability] = {}
    for record, note in _UNSUPPORTED.items():
        found.update(every_field_of(record, Fidelity.UNSUPPORTED, note))
    for record, note in _MANUAL.items():
        found.update(every_field_of(record, Fidelity.MANUAL, note))
    for name, note in _OTHERS.items():
        found[name] = Capability(Fidelity.APPROXIMATE, note)
    for name, note in _NONE.items():
        found[name] = Capability(Fidelity.UNSUPPORTED, note)
    return found


CAPABILITIES: Mapping[str, Capability] = MappingProxyType(_all())
"""By field (`replay.fields.FIELDS`)."""
