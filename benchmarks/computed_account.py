"""An MTurk account that is computed, not stored.

Record ``i`` is a pure function of ``i``, so an account of two million HITs costs no memory and
two runs see the same one.
"""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    Request = dict[str, Any]

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
CHUNK = 36**3
CHUNKS = tuple(a + b + c for a in DIGITS for b in DIGITS for c in DIGITS)
ID_LENGTH = 30
ID_BITS = 148  # 2**148 < 36**29: what follows the leading 3
ID_FACTOR = 0x9E3779B97F4A7C15F39CC0605CEDC8341082D
ID_INVERSE = pow(ID_FACTOR, -1, 1 << ID_BITS)
INDEX_BITS = 48
HIT, ASSIGNMENT, HIT_TYPE, HIT_GROUP, QUALIFICATION, TOKEN = range(1, 7)

WORKERS = 4001  # prime, so that a HIT's assignments never share a worker
WORKER_BITS = 64
WORKER_FACTOR = 0x9E3779B97F4A7C15
HIT_TYPES = 8
QUALIFICATION_TYPES = 5
GRANTED = 200
REVOKED = 3
BLOCKS = 50
BATCH = 500
FIRST_DAY = 1_785_542_400  # 2026-08-01
CREATION_SPAN = 50 * 86400
DAY = 86400
DEFAULT_PAGE = 10
LARGEST_PAGE = 100
SCHEMAS = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas"


def _scatter(value: int, bits: int, factor: int) -> int:
    mask = (1 << bits) - 1
    value = value * factor & mask
    value ^= value >> (bits // 2)
    return value * factor & mask


def _base36(value: int, chunks: int) -> str:
    parts = []
    for _ in range(chunks):
        value, rest = divmod(value, CHUNK)
        parts.append(CHUNKS[rest])
    return "".join(reversed(parts))


def make_id(kind: int, index: int) -> str:
    """Make the id of record ``index``: 30 characters that begin with 3, as MTurk's do."""
    return "3" + _base36(_scatter(kind << INDEX_BITS | index, ID_BITS, ID_FACTOR), 10)[1:]


def index_of(kind: int, text: str) -> int | None:
    """Turn an id back into the index that it was made from; None when it is not of that kind."""
    if len(text) != ID_LENGTH or not (text.isascii() and text.isalnum()):
        return None
    mask = (1 << ID_BITS) - 1
    value = int(text[1:], 36) * ID_INVERSE & mask
    value ^= value >> (ID_BITS // 2)
    value = value * ID_INVERSE & mask
    index = value & ((1 << INDEX_BITS) - 1)
    return index if value >> INDEX_BITS == kind else None


def worker_id(index: int) -> str:
    """Make the id of a worker: A and 13 characters."""
    return "A" + _base36(_scatter(index + 1, WORKER_BITS, WORKER_FACTOR), 5)[2:]


def _template(record: Request) -> str:
    """Render a record once; each ``<<name>>`` in it becomes a ``%`` placeholder."""
    text = json.dumps(record, separators=(",", ":")).replace("%", "%%")
    text = re.sub(r'"<<#(\w+)>>"', r"%(\1)d", text)
    return re.sub(r"<<(\w+)>>", r"%(\1)s", text)


def _question() -> str:
    rows = "".join(
        f'<p><crowd-radio-group><crowd-radio-button name="q{n}-yes">Yes, statement {n} holds for '
        f'item <<item>></crowd-radio-button><crowd-radio-button name="q{n}-no">No'
        "</crowd-radio-button></crowd-radio-group></p>\n"
        for n in range(1, 8)
    )
    html = (
        '<!DOCTYPE html><html><head><meta charset="utf-8"/><script src="https://assets.crowd.aws/'
        'crowd-html-elements.js"></script></head><body><crowd-form answer-format="flatten-objects">'
        '<h1>Item <<item>></h1><img src="https://images.example.org/items/<<item>>.jpg"/>'
        f"{rows}<crowd-text-area name='comment' rows='4'></crowd-text-area></crowd-form>"
        "</body></html>"
    )
    return (
        f'<HTMLQuestion xmlns="{SCHEMAS}/2011-11-11/HTMLQuestion.xsd"><HTMLContent>'
        f"<![CDATA[{html}]]></HTMLContent><FrameHeight>0</FrameHeight></HTMLQuestion>"
    )


def _answer() -> str:
    fields = {f"q{n}-yes": "true" for n in range(1, 8)}
    fields["comment"] = (
        "Item <<item>>, seen by worker <<worker>>: nothing out of the ordinary. " * 3
    )
    answers = "".join(
        f"<Answer><QuestionIdentifier>{name}</QuestionIdentifier>"
        f"<FreeText>{text}</FreeText></Answer>"
        for name, text in fields.items()
    )
    return (
        '<?xml version="1.0" encoding="ASCII"?><QuestionFormAnswers xmlns="'
        f'{SCHEMAS}/2005-10-01/QuestionFormAnswers.xsd">{answers}</QuestionFormAnswers>'
    )


def _hit_template(hit_type: int) -> str:
    return _template(
        {
            "HITId": "<<id>>",
            "HITTypeId": make_id(HIT_TYPE, hit_type),
            "HITGroupId": make_id(HIT_GROUP, hit_type),
            "CreationTime": "<<#created>>",
            "Title": f"Judge seven statements about a picture (set {hit_type})",
            "Description": "Look at a picture and say which of the seven statements hold.",
            "Question": _question(),
            "Keywords": "image, classification, judgement",
            "HITStatus": "Reviewable",
            "MaxAssignments": "<<#assignments>>",
            "Reward": f"0.{hit_type + 10}",
            "AutoApprovalDelayInSeconds": 3 * DAY,
            "Expiration": "<<#expires>>",
            "AssignmentDurationInSeconds": 3600,
            "RequesterAnnotation": "BatchId:<<batch>>;OriginalHitTemplateId:928390909;",
            "QualificationRequirements": [
                {
                    "QualificationTypeId": make_id(QUALIFICATION, hit_type % QUALIFICATION_TYPES),
                    "Comparator": "GreaterThanOrEqualTo",
                    "IntegerValues": [50],
                    "RequiredToPreview": False,
                    "ActionsGuarded": "Accept",
                }
            ],
            "HITReviewStatus": "NotReviewed",
            "NumberOfAssignmentsPending": 0,
            "NumberOfAssignmentsAvailable": 0,
            "NumberOfAssignmentsCompleted": "<<#assignments>>",
        }
    )


HIT_TEMPLATES = tuple(_hit_template(hit_type) for hit_type in range(HIT_TYPES))
ASSIGNMENT_TEMPLATE = _template(
    {
        "AssignmentId": "<<id>>",
        "WorkerId": "<<worker>>",
        "HITId": "<<hit>>",
        "AssignmentStatus": "Approved",
        "AutoApprovalTime": "<<#auto>>",
        "AcceptTime": "<<#accepted>>",
        "SubmitTime": "<<#submitted>>",
        "ApprovalTime": "<<#approved>>",
        "Answer": _answer(),
    }
)
BONUS_TEMPLATE = _template(
    {
        "WorkerId": "<<worker>>",
        "BonusAmount": "0.25",
        "AssignmentId": "<<assignment>>",
        "Reason": "Thank you for the careful comment.",
        "GrantTime": "<<#granted>>",
    }
)


class RequestError(Exception):
    """A request that MTurk refuses, with the code it gives."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = f"AWS.MechanicalTurk.{code}"


@dataclass(frozen=True)
class Shape:
    """How much there is in the account."""

    hits: int
    assignments_per_hit: int
    bonus_share: float
    qualification_types: int = QUALIFICATION_TYPES
    granted_per_type: int = GRANTED
    revoked_per_type: int = REVOKED
    blocks: int = BLOCKS
    qualification_requests: int = 0


def _page(key: str, total: int, record: Callable[[int], str], request: Request) -> str:
    token = request.get("NextToken")
    start = 0 if token is None else index_of(TOKEN, str(token).removeprefix("p1:"))
    size = int(request.get("MaxResults", DEFAULT_PAGE))
    if start is None or not 1 <= size <= LARGEST_PAGE:
        raise RequestError("InvalidParameterValue", "NextToken or MaxResults is not valid.")
    stop = min(total, start + size)
    if start >= stop:
        return f'{{"NumResults":0,"{key}":[]}}'
    records = ",".join([record(index) for index in range(start, stop)])
    following = make_id(TOKEN, stop)  # MTurk hands one out on the last page with records, too
    return f'{{"NumResults":{stop - start},"NextToken":"p1:{following}","{key}":[{records}]}}'


class Account:
    """The account: each operation's reply, worked out from the indexes that the ids stand for."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.workers = [worker_id(index) for index in range(WORKERS)]
        self.permille = round(shape.bonus_share * 1000)
        self.operations: dict[str, Callable[[Request], str]] = {
            "GetAccountBalance": self.balance,
            "GetHIT": self.get_hit,
            "ListAssignmentsForHIT": self.assignments,
            "ListBonusPayments": self.bonuses,
            "ListHITs": self.hits,
            "ListQualificationRequests": self.qualification_requests,
            "ListQualificationTypes": self.qualification_types,
            "ListReviewPolicyResultsForHIT": self.review_results,
            "ListWorkerBlocks": self.blocks,
            "ListWorkersWithQualificationType": self.qualifications,
        }

    def balance(self, _request: Request) -> str:
        """GetAccountBalance."""
        return '{"AvailableBalance":"1234.56","OnHoldBalance":"0.00"}'

    def hits(self, request: Request) -> str:
        """ListHITs."""
        return _page("HITs", self.shape.hits, self._hit, request)

    def get_hit(self, request: Request) -> str:
        """GetHIT."""
        return f'{{"HIT":{self._hit(self._hit_index(request))}}}'

    def assignments(self, request: Request) -> str:
        """ListAssignmentsForHIT: all of them are approved."""
        hit = self._hit_index(request)
        statuses = request.get("AssignmentStatuses") or ["Approved"]
        total = self.shape.assignments_per_hit if "Approved" in statuses else 0
        return _page("Assignments", total, lambda nth: self._assignment(hit, nth), request)

    def bonuses(self, request: Request) -> str:
        """ListBonusPayments, for a HIT."""
        hit = self._hit_index(request)
        paid = (hit + 1) * self.permille // 1000 - hit * self.permille // 1000
        return _page("BonusPayments", paid, lambda _nth: self._bonus(hit), request)

    def review_results(self, request: Request) -> str:
        """ListReviewPolicyResultsForHIT: no HIT has a policy."""
        self._hit_index(request)
        return json.dumps({"HITId": request["HITId"]})

    def qualification_types(self, request: Request) -> str:
        """ListQualificationTypes."""
        total = self.shape.qualification_types
        return _page("QualificationTypes", total, _qualification_type, request)

    def qualifications(self, request: Request) -> str:
        """ListWorkersWithQualificationType: the granted ones unless it asks for the revoked."""
        type_id = str(request.get("QualificationTypeId", ""))
        nth = index_of(QUALIFICATION, type_id)
        if nth is None or nth >= self.shape.qualification_types:
            raise RequestError("QualificationTypeDoesNotExist", f"{type_id} does not exist.")
        status = request.get("Status", "Granted")
        granted = self.shape.granted_per_type
        total, first = (
            (granted, 0) if status == "Granted" else (self.shape.revoked_per_type, granted)
        )
        tail = f'"GrantTime":{FIRST_DAY},"IntegerValue":100,"Status":"{status}"}}'

        def record(index: int) -> str:
            worker = self.workers[(nth * 500 + first + index) % WORKERS]
            return f'{{"QualificationTypeId":"{type_id}","WorkerId":"{worker}",{tail}'

        return _page("Qualifications", total, record, request)

    def qualification_requests(self, request: Request) -> str:
        """ListQualificationRequests: none is pending."""
        total = self.shape.qualification_requests
        return _page("QualificationRequests", total, lambda _nth: "{}", request)

    def blocks(self, request: Request) -> str:
        """ListWorkerBlocks."""
        return _page(
            "WorkerBlocks",
            self.shape.blocks,
            lambda nth: f'{{"WorkerId":"{self.workers[-nth - 1]}","Reason":"Random answers"}}',
            request,
        )

    def _hit_index(self, request: Request) -> int:
        hit_id = str(request.get("HITId", ""))
        index = index_of(HIT, hit_id)
        if index is None or index >= self.shape.hits:
            now = time.time_ns() // 1_000_000
            raise RequestError("HITDoesNotExist", f"Hit {hit_id} does not exist. ({now})")
        return index

    def _hit(self, index: int) -> str:
        created = FIRST_DAY + index * 2 % CREATION_SPAN
        values = {
            "id": make_id(HIT, index),
            "item": f"{index:08d}",
            "created": created,
            "expires": created + 7 * DAY,
            "assignments": self.shape.assignments_per_hit,
            "batch": 5_000_000 + index // BATCH,
        }
        return HIT_TEMPLATES[index // BATCH % HIT_TYPES] % values

    def _worker(self, hit: int, nth: int) -> str:
        return self.workers[(hit * 7919 + nth * 13) % WORKERS]

    def _assignment(self, hit: int, nth: int) -> str:
        accepted = FIRST_DAY + hit * 2 % CREATION_SPAN + 600 * (nth + 1)
        return ASSIGNMENT_TEMPLATE % {
            "id": make_id(ASSIGNMENT, hit * self.shape.assignments_per_hit + nth),
            "worker": self._worker(hit, nth),
            "hit": make_id(HIT, hit),
            "item": f"{hit:08d}",
            "accepted": accepted,
            "submitted": accepted + 120,
            "approved": accepted + DAY,
            "auto": accepted + 120 + 3 * DAY,
        }

    def _bonus(self, hit: int) -> str:
        return BONUS_TEMPLATE % {
            "worker": self._worker(hit, 0),
            "assignment": make_id(ASSIGNMENT, hit * self.shape.assignments_per_hit),
            "granted": FIRST_DAY + hit * 2 % CREATION_SPAN + 2 * DAY,
        }


def _qualification_type(nth: int) -> str:
    return json.dumps(
        {
            "QualificationTypeId": make_id(QUALIFICATION, nth),
            "CreationTime": FIRST_DAY - DAY * (nth + 1),
            "Name": f"Took part in study {nth}",
            "Description": "Given to everybody who took part in the study.",
            "Keywords": "study",
            "QualificationTypeStatus": "Active",
            "IsRequestable": False,
            "AutoGranted": False,
        }
    )
