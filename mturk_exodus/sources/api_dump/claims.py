"""Which files are dumps of API replies, told by their beginnings."""

from __future__ import annotations

import re

from mturk_exodus.sources.api_dump.documents import Dialect
from mturk_exodus.sources.api_dump.json_values import JSON
from mturk_exodus.sources.api_dump.python_reprs import PYTHON
from mturk_exodus.sources.files import SourceFile

_BEGINNING = re.compile(r"\s*(?:#[^\n]*\n\s*)*([A-Za-z_]\w*\s*=\s*)?[(\[{][\s(\[{]*(.?)", re.DOTALL)
_NAMED = re.compile(r"[\"']([A-Z][A-Za-z]{3,30})[\"']\s*:")
_NAMED_TYPE = re.compile(r"\"Type\"\s*:\s*\"(?:Notification|SubscriptionConfirmation)\"")

_MARKS: tuple[frozenset[str], ...] = tuple(
    map(
        frozenset,
        (
            ["HITId"],
            ["AssignmentId", "WorkerId"],
            ["AssignmentId", "AssignmentStatus"],
            ["AssignmentId", "BonusAmount"],
            ["Assignments", "NumResults"],
            ["Assignments", "AcceptTime"],
            ["AcceptTime", "AutoApprovalTime"],
            ["HITs", "NumResults"],
            ["WorkerBlocks"],
            ["WorkerId", "Reason"],
            ["BonusPayments"],
            ["QualificationRequestId"],
            ["QualificationRequests"],
            ["QualificationTypes", "NumResults"],
            ["Qualifications", "NumResults"],
            ["QualificationTypeId", "QualificationTypeStatus"],
            ["QualificationTypeId", "WorkerId"],
            ["QualificationTypeId", "Name", "CreationTime"],
            ["AvailableBalance"],
        ),
    )
)
"""Names any of which, together, are MTurk's. QualificationTypeId alone is in settings as well."""

# Notifications, the host's records, what Prolific said of its participants, and what labelling
# programs write about work that was done elsewhere.
_OF_OTHERS = frozenset(
    {"EventDocVersion", "EventType", "EventTimestamp", "ExodusHost", "ExodusProlific"}
)
_LABEL_STUDIO = ('"annotations"', '"predictions"')
_AMTI = re.compile(r"(?:^|/)results/hit-[^/]+/(?:hit|assignments)\.jsonl$")

_XML_ROOT = re.compile(
    r"\s*(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!--.{0,2000}?-->\s*)*<(?:\w+:)?(\w+)[\s>]", re.DOTALL
)
_LEGACY_ROOT = re.compile(
    r"(?:(?:Get|Search|Create|Register|Grant|Update|Reject|Block|Unblock)\w{0,60}(?:HITs?|Assignments?"
    r"|BonusPayments|Qualifications?|QualificationRequests?|QualificationTypes?|QualificationScore"
    r"|BlockedWorkers|AssignmentsForHIT|ReviewableHITs|HITsForQualificationType"
    r"|QualificationsForQualificationType|AccountBalance))(?:Response|Result)"
)
ANSWER_ROOT = "QuestionFormAnswers"


def claim(file: SourceFile) -> str | None:
    """Why a file is a dump, in a few words; None if it is none."""
    start = file.start
    if is_xml(start):
        return _xml_claim(start)
    if not _BEGINNING.match(start) or _AMTI.search(file.name):
        return None
    names = set(_NAMED.findall(start))
    if (
        names & _OF_OTHERS
        or _NAMED_TYPE.search(start)
        or all(name in start for name in _LABEL_STUDIO)
    ):
        return None
    marks = next((marks for marks in _MARKS if marks <= names), None)
    if marks is None:
        return None
    how = "JSON" if dialect_of(start) is JSON else "printed by Python"
    return f"{how} with {' and '.join(sorted(marks))}"


def is_xml(start: str) -> bool:
    """Whether a text begins as XML does."""
    return start.lstrip()[:1] == "<"


def dialect_of(start: str) -> Dialect:
    """How a text writes its values, as its first text shows."""
    match = _BEGINNING.match(start)
    if match and (match[1] or match[2] in {"'", "u", "b", "<", "d"}):
        return PYTHON
    return JSON


def xml_root(start: str) -> str | None:
    """The name of a document's first element."""
    match = _XML_ROOT.match(start)
    return match[1] if match else None


def _xml_claim(start: str) -> str | None:
    root = xml_root(start)
    if root == ANSWER_ROOT:
        return "an answer as XML"
    if root is not None and _LEGACY_ROOT.fullmatch(root):
        return f"XML of the API before 2017: {root}"
    return None
