"""What is to be made of an archive: users, and for each HIT type a group, projects, batches, tasks.

user       for each worker who worked, is blocked, or has been granted a qualification
group      for a HIT type whose requirements can be evaluated: who meets them
project    for a HIT type and each page that its HITs share
access     the project is for the group alone
batch      for what Turkle fixes for all tasks of one: how many assignments, how long
task       for each HIT
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from mturk_exodus.records import HIT, Assignment, WorkerBlock
from mturk_exodus.replay.adapter import Action, Fidelity, Loss, RecordReader, Source
from mturk_exodus_turkle.mapping.carried import words_of
from mturk_exodus_turkle.mapping.eligibility import Eligibility, Eligible
from mturk_exodus_turkle.mapping.pages import Page
from mturk_exodus_turkle.mapping.places import Place, Placed, Places
from mturk_exodus_turkle.mapping.rows import HIT as HIT_COLUMN
from mturk_exodus_turkle.mapping.rows import HIT_ID, PAGE
from mturk_exodus_turkle.mapping.texts import marker, of_turkle, sound_all
from mturk_exodus_turkle.mapping.workers import Workers, came_home

_LONGEST_NAME = 500

_NOT_EVALUATED = "not evaluated, and so not asked for: {}"
_OTHERWISE = (
    "another HIT of its type asks for something else, and who may work on this one is who may work"
    " on that; restrict it on Turkle's admin pages"
)
_NO_TYPE = (
    "HITs without a HIT type have no group: anybody who has an account may work on them, unless"
    " they are restricted on Turkle's admin pages"
)
_ODD_ID = "it cannot be a user's name, or not a worker's; a pseudonym stands for it"
_NO_TIME = (
    "no source kept it, and Turkle wants one: it is the other time of the two, or the first day of"
    " 1970"
)
_NO_WORKER = "no source kept it: the finished work is nobody's there"
_BEFOREHAND = (
    "who may not work there sees nothing of it; MTurk let people look at HITs that they could not"
    " accept"
)


def plan(archive: RecordReader, *, workers: str, opened: str) -> Iterator[Action | Loss]:
    """What is to be made, and what is lost.

    Args:
        archive: what it is made of.
        workers: what workers are called: `pseudonymous` or `plain`.
        opened: which HITs are open for work: as the setting `open`.
    """
    return _Planning(archive, workers == "plain", opened).all()


class _Planning:
    def __init__(self, archive: RecordReader, plain: bool, opened: str) -> None:
        self._archive = archive
        self._places = Places(archive, opened)
        self._workers = Workers(archive, plain)
        self._eligibility = Eligibility(archive)
        self._group_key, self._group_name = "", ""
        self._asked: str | None = None
        self._made: set[str] = set()

    def all(self) -> Iterator[Action | Loss]:
        yield from self._users()
        for hit_type_id in self._archive.hit_types():
            self._made, self._group_key = set(), ""
            yield from self._group(hit_type_id)
            for one in self._places.of(hit_type_id):
                yield from self._task(one)

    def _users(self) -> Iterator[Action | Loss]:
        blocked = {one.worker_id for one in self._archive.every(WorkerBlock)}
        known = {*self._archive.workers(), *blocked, *self._eligibility.workers()}
        if any(map(came_home, known)):
            known -= {self._workers.at_home(one) for one in known}
        for worker_id in sorted(known):
            source = Source(
                "WorkerBlock" if worker_id in blocked else "Worker",
                self._workers.pseudonym(worker_id),
            )
            payload = {
                "username": self._workers.name(worker_id),
                "is_active": worker_id not in blocked,
            }
            key = self._workers.key(worker_id)
            yield Action(key, "user", source, payload, lane="users")
            if self._workers.is_odd(worker_id):
                yield Loss(source, "Assignment.WorkerId", Fidelity.APPROXIMATE, _ODD_ID)
        self._known = sorted(known - blocked)

    def _group(self, hit_type_id: str | None) -> Iterator[Action | Loss]:
        """A HIT type's group, if the archive can tell who belongs to it."""
        requirements = self._asked = self._requirements(hit_type_id)
        if requirements is None:
            return
        eligible = self._eligibility.of(requirements, self._known)
        source = Source("HITType", hit_type_id or "-")
        for one in eligible.not_evaluated:
            note = _NOT_EVALUATED.format(one)
            yield Loss(source, "HIT.QualificationRequirements", Fidelity.MANUAL, note)
        if eligible.workers is None:
            return
        if hit_type_id is None:
            yield Loss(source, "HIT.QualificationRequirements", Fidelity.MANUAL, _NO_TYPE)
            return
        yield self._group_of(hit_type_id, eligible, source)
        yield Loss(source, "HIT.QualificationRequirements", Fidelity.APPROXIMATE, _BEFOREHAND)

    def _requirements(self, hit_type_id: str | None) -> str | None:
        """What a HIT type asks for: any of its HITs tells, but not one that only a batch's file
        has kept.
        """
        said = (one.hit.qualification_requirements for one in self._archive.tasks(hit_type_id))
        return next((one for one in said if one is not None), None)

    def _group_of(self, hit_type_id: str, eligible: Eligible, source: Source) -> Action:
        members = sorted(eligible.workers or ())
        key = f"group:{hit_type_id}"
        digest = hashlib.sha256(f"{self._archive.archive_id} {hit_type_id}".encode()).hexdigest()
        self._group_key, self._group_name = key, f"mturk_{digest[:24]}"
        payload = {
            "name": self._group_name,
            "users": sorted(map(self._workers.name, members)),
        }
        # In the lane of the users, who so are made before it. Did it require them, it would have to
        # be made anew, which Turkle's API cannot, whenever somebody comes to qualify.
        return Action(key, "group", source, payload, lane="users")

    def _task(self, one: Placed) -> Iterator[Action | Loss]:
        (task, page, place), hit = one, one.task.hit
        if place.project not in self._made:
            self._made.add(place.project)
            yield from self._project(place.project, hit, page)
        if place.batch not in self._made:
            self._made.add(place.batch)
            yield self._batch(place, hit)
        source = Source("HIT", hit.hit_id)
        payload = {
            HIT_ID: hit.hit_id,
            HIT_COLUMN: sound_all(words_of(hit)),
            PAGE: sound_all(dict(page.row)),
            "variables": sound_all(dict(task.variables)),
        }
        key, lane = f"task:{hit.hit_id}", f"tasks {place.batch}"
        yield Action(key, "task", source, payload, (place.batch,), lane)
        for fidelity, note in page.losses:
            yield Loss(source, "HIT.Question", fidelity, note)
        if hit.qualification_requirements not in (None, self._asked):
            yield Loss(source, "HIT.QualificationRequirements", Fidelity.MANUAL, _OTHERWISE)
        for each in task.assignments:
            yield from _losses_of(each)

    def _project(self, key: str, hit: HIT, page: Page) -> Iterator[Action]:
        payload = {
            "name": self._title(hit),
            "filename": marker(self._archive.archive_id, "project", key),
            "html_template": page.design.html,
        }
        source = Source("HITType", hit.hit_type_id or "-")
        yield Action(key, "project", source, payload, lane="projects")
        if self._group_key:
            access, said = f"access:{key.partition(':')[2]}", {"group": self._group_name}
            yield Action(access, "access", source, said, (key, self._group_key), lane="access")

    def _batch(self, place: Place, hit: HIT) -> Action:
        title, wanted = self._title(hit), place.wanted
        payload = {
            "name": f"{title} ({wanted} of each)" if wanted else f"{title} (nothing open)",
            "filename": marker(self._archive.archive_id, "batch", place.batch),
            "assignments_per_task": wanted or 1,
            "allotted_assignment_time": place.hours,
            "active": wanted > 0,
        }
        access = (f"access:{place.project.partition(':')[2]}",) if self._group_key else ()
        source = Source("HITType", hit.hit_type_id or "-")
        requires = (place.project, *access)
        return Action(place.batch, "batch", source, payload, requires, lane="batches")

    @staticmethod
    def _title(hit: HIT) -> str:
        said = of_turkle(hit.title or "", _LONGEST_NAME) if hit.hit_type_id else ""
        return said or ("HITs without a title" if hit.hit_type_id else "HITs without a type")


def _losses_of(one: Assignment) -> Iterator[Loss]:
    """What of finished work Turkle wants to know, and no source has kept."""
    source = Source("Assignment", one.assignment_id)
    for name, value in (("AcceptTime", one.accept_time), ("SubmitTime", one.submit_time)):
        if value is None:
            yield Loss(source, f"Assignment.{name}", Fidelity.APPROXIMATE, _NO_TIME)
    if one.worker_id is None:
        yield Loss(source, "Assignment.WorkerId", Fidelity.UNSUPPORTED, _NO_WORKER)
