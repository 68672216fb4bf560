"""The fields of MTurk's records: an adapter says of each what becomes of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mturk_exodus import records
from mturk_exodus.replay.adapter import Capability, Fidelity

RECORDS: tuple[type[Any], ...] = (
    records.HIT,
    records.Assignment,
    records.BonusPayment,
    records.ReviewReport,
    records.QualificationType,
    records.Qualification,
    records.QualificationRequest,
    records.WorkerBlock,
    records.WorkerDetail,
    records.NotificationEvent,
    records.AccountBalance,
    records.Template,
)

UPLOAD = "Upload.Content"
"""A file that a worker sent in. It is no record of MTurk's, but it can be lost all the same."""


def fields_of(record: type[Any]) -> Iterator[str]:
    """The fields of a record, `HIT.Title`."""
    return (f"{record.__name__}.{member.name}" for _, member in records.members(record))


FIELDS: tuple[str, ...] = (*(name for one in RECORDS for name in fields_of(one)), UPLOAD)
"""Every field, in the order of the records."""


def every_field_of(record: type[Any], fidelity: Fidelity, note: str) -> Mapping[str, Capability]:
    """The same capability for all fields of a record."""
    return dict.fromkeys(fields_of(record), Capability(fidelity, note))
