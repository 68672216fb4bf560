"""The columns of the tools' tables: `HITProperties.java` of Amazon's Java SDK lists them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from mturk_exodus.sources.files import SourceFile

HIT_ID = "hitid"
HIT_TYPE_ID = "hittypeid"
ASSIGNMENT_ID = "assignmentid"
WORKER_ID = "workerid"
WORKER_ID_AGAIN = "workerid (2)"
"""Submiterator puts the worker in front of the row and leaves the column where it was."""

INPUT = "input"
"""Not a column: the row of the .input that a HIT was made from."""

ANSWER = "Answer."
ANSWERS = "answers[question_id answer_value]"
"""Where older tools put all answers: names and values by turns, with tabs between them."""

OF_HITS = (
    *(HIT_ID, HIT_TYPE_ID, "title", "description", "keywords", "reward", "creationtime"),
    *("assignments", "numavailable", "numpending", "numcomplete", "hitstatus", "reviewstatus"),
    *("annotation", "assignmentduration", "autoapprovaldelay", "hitlifetime", "viewhit"),
)
OF_ASSIGNMENTS = (
    *(ASSIGNMENT_ID, WORKER_ID, "assignmentstatus", "autoapprovaltime", "assignmentaccepttime"),
    *("assignmentsubmittime", "assignmentapprovaltime", "assignmentrejecttime", "deadline"),
    *("feedback", "reject"),
)

_BETWEEN = re.compile(r"[\t,;]")
_LINE_ENDS = re.compile(r"[\r\n]")


def first_line(file: SourceFile) -> list[str]:
    """The cells of the first line, near enough: the tools' own names need no quoting.

    A header of 1,842 columns is longer than what is known of the file.
    """
    line = _LINE_ENDS.split(file.start, maxsplit=1)[0]
    return [cell.strip(' "') for cell in _BETWEEN.split(line)]


def named(cells: Sequence[str]) -> tuple[str, ...]:
    """The names in a header that stands among the rows, no two alike."""
    seen: Counter[str] = Counter()
    names = []
    for name in map(str.strip, cells):
        seen[name] += 1
        names.append(name if seen[name] == 1 or not name else f"{name} ({seen[name]})")
    return tuple(names)
