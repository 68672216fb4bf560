"""What a whole MTurk requester account holds, as the wire shows it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

WireRecord = dict[str, Any]
"""One record with MTurk's own member names; times are epoch seconds, money is decimal text."""


@dataclass
class Account:
    """An account's records, each in the order in which MTurk lists them.

    Attributes:
        available_balance: what GetAccountBalance answers.
        hits: by HITId. The counters agree with `assignments`.
        assignments: by HITId.
        bonus_payments: by HITId.
        review_policy_results: by HITId, the members of a ListReviewPolicyResultsForHIT reply
            but HITId and NextToken. A HIT without a review policy is not in it.
        qualification_types: by QualificationTypeId, owned by the caller.
        qualifications: by QualificationTypeId, Granted and Revoked together.
        qualification_requests: pending ones.
        worker_blocks: current ones.
        uploads: file content by (AssignmentId, QuestionIdentifier).
    """

    available_balance: str = "0.00"
    hits: dict[str, WireRecord] = field(default_factory=dict)
    assignments: dict[str, list[WireRecord]] = field(default_factory=dict)
    bonus_payments: dict[str, list[WireRecord]] = field(default_factory=dict)
    review_policy_results: dict[str, WireRecord] = field(default_factory=dict)
    qualification_types: dict[str, WireRecord] = field(default_factory=dict)
    qualifications: dict[str, list[WireRecord]] = field(default_factory=dict)
    qualification_requests: list[WireRecord] = field(default_factory=list)
    worker_blocks: list[WireRecord] = field(default_factory=list)
    uploads: dict[tuple[str, str], bytes] = field(default_factory=dict)
