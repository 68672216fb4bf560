"""Loads finished work: `exodus import --target turkle` writes the file, a JSON text on each line.

    {"format": "mturk-exodus history", "version": 1, ...}
    {"project": ..., "batch": ..., "hit_id": ..., "open": 2, "assignments": [{"assignment_id": ...,
        "worker": ..., "accept_time": ..., "submit_time": ..., "answers": {}}]}

`project` and `batch` are the file names that Turkle knows them by. The tasks are there already.
What was loaded before is not loaded again: an assignment carries its MTurk id among its answers.
Nor is what was done here, has gone into an archive (`exodus ingest`) and comes back with it.

Turkle fixes for a batch how many assignments each of its tasks has. A task of which two were done
at MTurk and one is open has three; so it goes into a batch beside its own (`#2` behind the file
name), whose tasks all have as many. That batch is said to be as old as its own, for by a batch's
time of creation `exodus ingest` knows what was done in it.
"""

import json
import re
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timezone
from itertools import islice

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.db import transaction
from turkle.models import Batch, Task, TaskAssignment

from mturk_exodus_turkle_site.finding import ASSIGNMENT_ID, Tasks, moment, work_on

FORMAT = "mturk-exodus history"
_AT_ONCE = 500
_LONGEST_NAME = 150
_IS_NAME = re.compile(r"[\w.@+-]+").fullmatch
"""Django's own rule."""
_UNKNOWN = datetime(1970, 1, 1, tzinfo=timezone.utc)
"""Turkle wants a time, even where nobody kept one."""


class NotHistory(ValueError):
    """A file that is no such history; the message says why."""


@dataclass
class Loaded:
    """What was done.

    Attributes:
        assignments: that were loaded now.
        already: that were there.
        missing: HITs whose task is not at this server.
        nobodys: that are nobody's, because their workers' names are administrators'.
        users: that were made, and cannot log in.
    """

    assignments: int = 0
    already: int = 0
    missing: int = 0
    nobodys: int = 0
    users: int = 0
    batches: set = field(default_factory=set)


def load(lines) -> Loaded:
    """Load a history, a few hundred HITs in a transaction.

    Raises:
        NotHistory: it is something else, or of a later version.
    """
    entries = (json.loads(line) for line in lines if line.strip())
    _check(next(entries, None))
    loaded, tasks = Loaded(), Tasks()
    try:
        while some := list(islice(entries, _AT_ONCE)):
            with transaction.atomic():
                _load(some, loaded, tasks)
    finally:
        for batch in Batch.objects.filter(id__in=loaded.batches):
            batch.update_completed_status()
    return loaded


def _check(head) -> None:
    if not isinstance(head, dict) or head.get("format") != FORMAT:
        raise NotHistory("this is no history that `exodus import --target turkle` has written")
    if head.get("version") != 1:
        raise NotHistory("this history was written by a later version of mturk-exodus")


def _load(entries, loaded, tasks) -> None:
    found = []
    for entry in entries:
        task = tasks.of(entry)
        if task is None:
            loaded.missing += 1
        elif entry["assignments"]:
            found.append((entry, *task))
    there = work_on(task_id for _, task_id, _ in found)
    made, places = [], defaultdict(list)
    for entry, task_id, batch_id in found:
        work = there[task_id]
        new = work.without(entry["assignments"])
        loaded.already += len(entry["assignments"]) - len(new)
        loaded.batches.add(batch_id)
        if new:
            made += [(one, task_id) for one in new]
            places[_place(entry, batch_id, work, len(new))].append((entry, task_id))
            work.loaded += len(new)
    for (batch_id, open_, done, is_done), some in places.items():
        batch = _beside(batch_id, open_, done)
        loaded.batches.add(batch.id)
        moved = Task.objects.filter(id__in=[task_id for _, task_id in some])
        moved.update(batch=batch, completed=is_done)
        for entry, task_id in some:
            tasks.moved(entry, task_id, batch.id)
    users = _users([one for one, _ in made], loaded)
    with _times_as_given():
        TaskAssignment.objects.bulk_create(_assignment(one, task, users) for one, task in made)
    loaded.assignments += len(made)


def _place(entry, batch_id, work, new):
    """Where a task belongs: beside which batch, how many are open and done, whether it is finished.

    What was done here was open before: how many were, its batch says.
    """
    open_, done = entry["open"], work.loaded + new
    if work.done_here:
        own = Batch.objects.get(id=batch_id)
        open_ = own.assignments_per_task - int(own.filename.partition("#")[2] or 0)
    return batch_id, open_, done, work.done_here >= open_


def _users(assignments, loaded) -> dict:
    """Users' numbers by their names; None for whoever administers this server."""
    names = {_name(one["worker"]) for one in assignments if one["worker"] is not None}
    there = _numbers(names)
    new = [User(username=name, password=make_password(None)) for name in sorted(names - set(there))]
    User.objects.bulk_create(new)
    loaded.users += len(new)
    loaded.nobodys += sum(there.get(one["worker"], 0) is None for one in assignments)
    return there | _numbers(one.username for one in new)


def _name(name) -> str:
    if isinstance(name, str) and len(name) <= _LONGEST_NAME and _IS_NAME(name):
        return name
    raise NotHistory("it names a worker as no user can be called")


def _numbers(names) -> dict:
    """SQLite takes some thousand names at once."""
    found, left = {}, iter(names)
    while some := list(islice(left, _AT_ONCE)):
        for one in User.objects.filter(username__in=some):
            found[one.username] = None if one.is_staff or one.is_superuser else one.id
    return found


def _assignment(one, task_id, users) -> TaskAssignment:
    accepted, submitted = moment(one["accept_time"]), moment(one["submit_time"])
    submitted = submitted or accepted or _UNKNOWN
    return TaskAssignment(
        task_id=task_id,
        assigned_to_id=users.get(one["worker"]),
        answers={**one["answers"], ASSIGNMENT_ID: one["assignment_id"]},
        completed=True,
        created_at=accepted or submitted,
        updated_at=submitted,
    )


@contextmanager
def _times_as_given():
    """Turkle's columns write the present otherwise, whatever they are told."""
    created, updated = (
        TaskAssignment._meta.get_field(name)  # noqa: SLF001 - Django says so
        for name in ("created_at", "updated_at")
    )
    created.auto_now_add = updated.auto_now = False
    try:
        yield
    finally:
        created.auto_now_add = updated.auto_now = True


def _beside(batch_id, open_, done) -> Batch:
    """The batch whose tasks have as many assignments done and as many open."""
    own = Batch.objects.get(id=batch_id)
    mark = own.filename.partition("#")[0]
    filename = f"{mark}#{done}"
    alike = Batch.objects.filter(project=own.project, filename=filename)
    found = alike.filter(assignments_per_task=open_ + done).first()
    if found is not None:
        return found
    batch = Batch(
        project=own.project,
        filename=filename,
        name=own.name,
        active=open_ > 0,
        published=own.published,
        allotted_assignment_time=own.allotted_assignment_time,
        assignments_per_task=open_ + done,
        created_by=own.created_by,
        login_required=own.login_required,
    )
    batch.save()
    batch.copy_project_permissions()
    batch.save()
    Batch.objects.filter(id=batch.id).update(created_at=own.created_at)
    return batch
