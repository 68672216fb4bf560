"""Values that break what is careless: each field of each record has its own, so that none can
stand in for another.

Where MTurk allows but a few words (a status) or letters (an id), that is what they are.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from mturk_exodus import records
from mturk_exodus.records import Member
from mturk_exodus.replay.fields import RECORDS

HOSTILE = (
    "Ünï¢ødé e\u0301 \u00e9 ß İı 字 👩🏽\u200d🚀 𝔘 \u202eright to left\u202c שלום"  # noqa: RUF001 - it is the point
    " <b onclick=\"x('y')\">&amp;&#38;</b> <!-- --> ]]> ' \" ` \\ \\n %s %00 {0} ${a} {{b}}"
    ' [c] #d @e =1+1 null "; drop table hits; --\ttab\nline\r\nline\u2028line\u00a0\u200b\ufeff'
    "\x1b[31m\x7f\u0085"
)
"""Two ways to write é, a letter outside of the BMP, people joined to one sign, directions, markup,
quotes, escapes, placeholders, formulas, white space of every kind, control characters."""

_LENGTHS = {
    "Title": 128,
    "Description": 2_000,
    "Keywords": 1_000,
    "RequesterAnnotation": 255,
    "RequesterFeedback": 1_024,
    "Name": 200,
    "Reason": 4_000,
    "Content": 20_000,
}
"""Characters; MTurk takes no longer ones (API reference, CreateHIT, ApproveAssignment)."""

_EPOCH = datetime(2019, 3, 31, 1, 59, 59, 123_000, tzinfo=timezone.utc)
_IDS = {"HITId", "HITTypeId", "HITGroupId", "HITLayoutId", "AssignmentId", "WorkerId"} | {
    *("QualificationTypeId", "QualificationRequestId"),
}
_WORDS: Mapping[str, tuple[str, str]] = {
    "HIT.HITStatus": ("Reviewable", "Disposed"),
    "HIT.HITReviewStatus": ("NotReviewed", "ReviewedAppropriate"),
    "Assignment.AssignmentStatus": ("Submitted", "Approved"),
    "QualificationType.QualificationTypeStatus": ("Active", "Inactive"),
    "Qualification.Status": ("Granted", "Revoked"),
    "WorkerDetail.BlockStatus": ("Never Blocked", "Blocked"),
    "NotificationEvent.EventType": ("AssignmentReturned", "AssignmentAbandoned"),
    "Template.Kind": ("layout", "question"),
}

_ORDER: Mapping[str, int] = {
    f"{one.__name__}.{member.name}": place
    for place, (one, member) in enumerate(
        (one, member) for one in RECORDS for _, member in records.members(one)
    )
}


@dataclass(frozen=True)
class Values:
    """Values for every field.

    Attributes:
        seed: another one gives other values and ids, of another account.
        changed: fields (`HIT.Title`) whose values are to be others than those of the same seed
            without them.
    """

    seed: int = 0
    changed: Collection[str] = field(default_factory=frozenset)

    def id(self, member: str, number: int) -> str:
        """An id as MTurk gives them: capital letters and digits. The same thing has the same id in
        all records that name it.
        """
        changed = any(name.endswith(f".{member}") for name in self.changed)
        said = f"{member} {number} {self.seed} {changed}"
        letters = base64.b32encode(hashlib.sha256(said.encode()).digest()).decode()
        return f"A{letters[:13]}" if member == "WorkerId" else f"3{letters[:29]}"

    def text(self, name: str, number: int) -> str:
        """A text that no other field has, with white space round it. What is changed in it is its
        end, which whoever cuts it off does not see.
        """
        member = name.partition(".")[2]
        begin, end = f" {name} {self.seed}.{number} ", f" {self.seed}.{number}{self.mark(name)}. "
        whole = _LENGTHS.get(member)
        room = whole - len(begin) - len(end) if whole else len(HOSTILE)
        repeated = HOSTILE * (room // len(HOSTILE) + 1)
        return f"{begin}{repeated[:room]}{end}"

    def mark(self, name: str) -> str:
        """What a changed value has beside the unchanged one."""
        return " changed" if name in self.changed else ""

    def word(self, name: str) -> str:
        """One of the few that MTurk knows."""
        return _WORDS[name][name in self.changed]

    def number(self, name: str, number: int) -> int:
        """A whole number that no other field has."""
        own = 1_000 + zlib.crc32(name.encode()) % 500_000 * 20 + number
        return own + 10 * (name in self.changed)

    def time(self, name: str, number: int) -> str:
        """A moment with milliseconds that no other field has; later fields have later ones."""
        day = _ORDER[name] + 60 * self.seed
        return records.iso(
            _EPOCH
            + timedelta(days=day, seconds=61 * number, milliseconds=333 * (name in self.changed))
        )

    def money(self, name: str, number: int) -> str:
        """Dollars with more places than a cent has, the last of them zero."""
        return f"{_ORDER[name]}{number}.{70 + 5 * (name in self.changed)}{number}30"

    def structure(self, name: str, number: int) -> dict[str, Any]:
        """Texts, numbers and emptiness, nested."""
        return {
            "Text": self.text(name, number),
            "Numbers": [self.number(name, number), 0, -1, 9_007_199_254_740_993],
            "Truth": [True, False],
            "Empty": {"": [], "ключ \"'<&": {}},
        }

    def of(self, record: type[Any], member: Member, number: int) -> Any:  # noqa: ANN401 - JSON's
        """The value of a record's member."""
        name = f"{record.__name__}.{member.name}"
        if member.name in _IDS:
            return self.id(member.name, number)
        if name in _WORDS:
            return self.word(name)
        if member.convert is records.boolean:
            return (name in self.changed) != bool(number % 2)
        return self._by_kind[member.convert](name, number)

    @property
    def _by_kind(self) -> Mapping[Callable[[Any], Any], Callable[[str, int], Any]]:
        return {
            records.text: self.text,
            records.integer: self.number,
            records.time: self.time,
            records.money: self.money,
            records.structure: self.structure,
        }
