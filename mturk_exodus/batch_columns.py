"""The columns of the requester site's batch results, in their order.

98 public files of 2015 to 2023 have these 27, then Input.* and Answer.*, then Approve and Reject.
"""

from __future__ import annotations

OF_THE_HIT = (
    "HITId",
    "HITTypeId",
    "Title",
    "Description",
    "Keywords",
    "Reward",
    "CreationTime",
    "MaxAssignments",
    "RequesterAnnotation",
    "AssignmentDurationInSeconds",
    "AutoApprovalDelayInSeconds",
    "Expiration",
    "NumberOfSimilarHITs",
    "LifetimeInSeconds",
)
RATES = ("LifetimeApprovalRate", "Last30DaysApprovalRate", "Last7DaysApprovalRate")
OF_THE_ASSIGNMENT = (
    "AssignmentId",
    "WorkerId",
    "AssignmentStatus",
    "AcceptTime",
    "SubmitTime",
    "AutoApprovalTime",
    "ApprovalTime",
    "RejectionTime",
    "RequesterFeedback",
    "WorkTimeInSeconds",
    *RATES,
)
INPUT = "Input."
"""Begins the columns of the template's variables."""

ANSWER = "Answer."
"""Begins the columns of what workers gave."""

MARKS = ("Approve", "Reject")
"""For the site's users to fill: a raw download has no cells for them in any row."""


def is_input(column: str) -> bool:
    """Whether it holds a variable of the template, in capitals or not."""
    return _begins(column, INPUT)


def is_answer(column: str) -> bool:
    """Whether it holds what a worker gave to one field, in capitals or not."""
    return _begins(column, ANSWER)


def _begins(column: str, prefix: str) -> bool:
    return len(column) > len(prefix) and column[: len(prefix)].casefold() == prefix.casefold()
