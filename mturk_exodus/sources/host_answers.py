"""What participants submitted to `exodus host`: one JSON object a line.

    ExodusHost   1, the version of the form
    Assignment   in MTurk's members, as the API would have given it
    HITTypeId    the HIT's
    Panel, StudyId, SessionId   where the participant came from, as the link said; absent if it did
                                not

The host writes these records into the archive itself. Where it cannot reach one, its file comes
here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from mturk_exodus.archive.tables import ASSIGNMENTS
from mturk_exodus.sources import json_text
from mturk_exodus.sources.files import SourceFile
from mturk_exodus.sources.interface import Columns, Derived, Entry, Found, Refused
from mturk_exodus.sources.sayings import derived

_BEGINS = '{"ExodusHost": 1, '
_MEMBERS = (
    "AssignmentId",
    "WorkerId",
    "HITId",
    "AssignmentStatus",
    "AutoApprovalTime",
    "AcceptTime",
    "SubmitTime",
    "Deadline",
    "Answer",
)
_MEANING = {name: name for name in _MEMBERS}


class HostAnswers:
    """Assignments that were worked on at `exodus host`."""

    name: ClassVar[str] = "host"
    title: ClassVar[str] = "work done at exodus host"
    authority: ClassVar[int] = 40

    def claims(self, file: SourceFile) -> str | None:
        """By the first words of its first line."""
        return "records of exodus host" if file.start.startswith(_BEGINS) else None

    def read(self, file: SourceFile) -> Iterator[Columns | Entry | Refused]:
        """Every assignment.

        Raises:
            FileRefused: it is not text, or too long.
        """
        return json_text.entries(file, _entry)

    def derive(self, table: str, raw: Mapping[str, Any]) -> Derived:
        """The assignment in the record."""
        assignment = raw.get("Assignment")
        if not isinstance(assignment, dict):
            return Derived({}, ("Assignment",))
        return derived(table, assignment, _MEANING)


def _entry(number: int, value: object) -> Entry | Refused:
    assignment = value.get("Assignment") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(assignment, dict):
        return Refused(number, "it is no record of exodus host", value)
    if not all(isinstance(assignment.get(name), str) for name in ("AssignmentId", "HITId")):
        return Refused(number, "it has no AssignmentId or no HITId", value)
    return Entry(number, (Found(ASSIGNMENTS, value),))
