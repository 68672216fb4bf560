"""What Label Studio does with each field of MTurk's records."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from mturk_exodus import records
from mturk_exodus.replay.adapter import Capability, Fidelity
from mturk_exodus.replay.fields import UPLOAD, every_field_of

_IN_META = "in the task's meta; Label Studio does not act on it"
_HIDDEN = "in a hidden control of the annotation, which survives a person's edit"
_PSEUDONYM = "a user stands for the worker, under a pseudonym unless `workers` is plain"

_HELD: Mapping[type, str] = {
    records.HIT: _IN_META,
    records.ReviewReport: _IN_META,
    records.Assignment: _HIDDEN,
    records.BonusPayment: _HIDDEN,
}
_UNSUPPORTED: Mapping[type, str] = {
    records.QualificationType: "Label Studio has no qualifications: who may work is for its roles",
    records.Qualification: "Label Studio has no qualifications",
    records.QualificationRequest: "Label Studio has no qualifications to ask for",
    records.WorkerBlock: "Label Studio has no blocks: who may not work is not invited",
    records.WorkerDetail: "Label Studio counts a user's annotations itself, and keeps no other",
    records.NotificationEvent: "Label Studio takes no events of the past",
    records.AccountBalance: "Label Studio pays nobody",
    records.Template: "a project is made from HITs' own forms; files that they were made from stay",
}

_QUESTION = (
    "its fields become the project's labeling configuration, what it shows the task's data; layout,"
    " scripts, and what an answer must be (required, patterns, lengths) do not"
)

_OTHERS: Mapping[str, Capability] = {
    "HIT.Question": Capability(Fidelity.APPROXIMATE, _QUESTION),
    "Assignment.WorkerId": Capability(Fidelity.CONVERTED, _PSEUDONYM),
    "BonusPayment.WorkerId": Capability(Fidelity.CONVERTED, _PSEUDONYM),
    "BonusPayment.BonusAmount": Capability(Fidelity.EXACT, f"{_HIDDEN}; no money is paid again"),
    UPLOAD: Capability(
        Fidelity.UNSUPPORTED, "an annotation holds no files; what MTurk stored it under is text"
    ),
}


def _all() -> dict[str, Capability]:
    found: dict[str, Capability] = {}
    for held, note in _HELD.items():
        found.update(every_field_of(held, Fidelity.EXACT, note))
    for record, note in _UNSUPPORTED.items():
        found.update(every_field_of(record, Fidelity.UNSUPPORTED, note))
    found.update(_OTHERS)
    return found


CAPABILITIES: Mapping[str, Capability] = MappingProxyType(_all())
"""By field (`replay.fields.FIELDS`)."""
