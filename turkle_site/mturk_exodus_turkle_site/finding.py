"""What is there already, of what a history tells."""

import json
import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timezone

from django.db.models import Q
from django.utils.dateparse import parse_datetime
from turkle.models import Task, TaskAssignment

ASSIGNMENT_ID = "mturk_assignment_id"
"""The answer that says what an assignment was called at MTurk."""

_CACHED = 64
_OF_TURKLE = re.compile(r"turkle-[0-9a-f]{8}-([0-9]{1,18})").fullmatch


class Tasks:
    """The tasks of batches, by their HITs; those of the last few batches are remembered. Where a
    HIT is in another batch than it would be now, all of its project's are read; and where it is in
    none of these, all of its archive's: a page has changed since, and its task stayed in the
    project that it had then.
    """

    def __init__(self) -> None:
        self._known = {}

    def of(self, entry):
        """The number of a HIT's task, and its batch's; None if there is none."""
        found = (self._in(*scope).get(entry["hit_id"]) for scope in _scopes(entry))
        return next(filter(None, found), None)

    def moved(self, entry, task_id, batch_id) -> None:
        """A task is in another batch now."""
        for scope, known in self._known.items():
            if scope[0] in _projects(entry) and entry["hit_id"] in known:
                known[entry["hit_id"]] = (task_id, batch_id)

    def _in(self, project, batch) -> dict:
        scope = project, batch
        if scope not in self._known:
            while len(self._known) >= _CACHED:
                self._known.pop(next(iter(self._known)))
            there = Q(batch__project__filename=project)
            if project.endswith("/"):
                there = Q(batch__project__filename__startswith=project)
            if batch is not None:
                there &= Q(batch__filename=batch) | Q(batch__filename__startswith=f"{batch}#")
            self._known[scope] = {}
            for task in Task.objects.filter(there).order_by("id").iterator():
                self._known[scope].setdefault(_hit_of(task), (task.id, task.batch_id))
        return self._known[scope]


def _projects(entry):
    """A HIT's own, and what all of its archive's begin with."""
    return entry["project"], f"{entry['project'].rpartition('/')[0]}/"


def _scopes(entry):
    project, archive = _projects(entry)
    return (project, entry["batch"]), (project, None), (archive, None)


def _hit_of(task):
    """A cell that begins with a quotation mark is a JSON text."""
    cell = task.input_csv_fields.get("mturk_hit_id") or ""
    return json.loads(cell) if cell.startswith('"') else cell


@dataclass
class Work:
    """What of a task is done.

    Attributes:
        names: what tells an assignment: its id at MTurk; what `exodus ingest` calls it whose
            worker did it here, with the second of its submission.
        loaded: so many came with a history.
        done_here: so many did not.
    """

    names: set = field(default_factory=set)
    loaded: int = 0
    done_here: int = 0

    def without(self, assignments) -> list:
        """Those that are new; they count as done from now on."""
        new = []
        for one in assignments:
            names = names_of(one)
            if not self.names & names:
                self.names |= names
                new.append(one)
        return new


def work_on(task_ids) -> dict:
    """The work on tasks."""
    found = defaultdict(Work)
    for one in TaskAssignment.objects.filter(task_id__in=list(task_ids), completed=True):
        work, name = found[one.task_id], _name(one)
        work.names |= {name, (str(one.id), int(one.updated_at.timestamp()))}
        work.loaded += name is not None
        work.done_here += name is None
    return found


def _name(one):
    """The id at MTurk of what was loaded, which expires at no time: anybody may answer with one."""
    name = dict(one.answers or {}).get(ASSIGNMENT_ID) if one.expires_at is None else None
    return name if isinstance(name, str) else None


def names_of(one) -> set:
    """What an assignment may be known by here."""
    number, submitted = _OF_TURKLE(one["assignment_id"]), moment(one["submit_time"])
    if number is None or submitted is None:
        return {one["assignment_id"]}
    return {one["assignment_id"], (number[1], int(submitted.timestamp()))}


def moment(text):
    """A time, in UTC if it does not say; None if it is none."""
    try:
        found = parse_datetime(text or "")
    except ValueError:
        return None
    return found if found is None or found.tzinfo else found.replace(tzinfo=timezone.utc)
