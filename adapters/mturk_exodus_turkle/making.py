"""Makes users, groups, projects, batches and tasks, and brings them up to date."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from mturk_exodus import errors
from mturk_exodus.replay.adapter import JSON, Action, Kept, Receipt
from mturk_exodus.replay.shapes import gone
from mturk_exodus_turkle import refusals
from mturk_exodus_turkle.api import Api, ids, users_of
from mturk_exodus_turkle.fences import Fences
from mturk_exodus_turkle.looking import (
    Looking,
    Receipts,
    number_of,
    of,
    project_of,
    required,
    task_id,
)
from mturk_exodus_turkle.mapping.rows import HIT_ID, csv_of

_CHANGEABLE = ("name", "active", "allotted_assignment_time")
_MEMBERS = 500
"""Users that are put into a group by one request."""


class Making:
    """Makes and changes what is on a server.

    Args:
        api: of the server.
        looking: at it.
        fences: round its projects.
        check: sees to it that workers may be named there, or raises.
    """

    def __init__(
        self, api: Api, looking: Looking, fences: Fences, check: Callable[[], None]
    ) -> None:
        self._api = api
        self._looking = looking
        self._fences = fences
        self._check = check

    def apply(self, actions: Sequence[Action], receipts: Receipts) -> Iterator[Receipt]:
        """Make these. Turkle makes one thing for a request, but for tasks."""
        for one in of(actions, "user"):
            self._check()
            yield self._user(one)
        for one in of(actions, "group"):
            yield self._group(one)
        for one in of(actions, "project"):
            yield Receipt(one.key, str(self._api.make_project(_project_body(one))))
        for one in of(actions, "access"):
            yield self._access(one, receipts)
        for one in of(actions, "batch"):
            yield self._batch(one, receipts)
        tasks = of(actions, "task")
        for key in dict.fromkeys(required(one, "batch") for one in tasks):
            some = [one for one in tasks if required(one, "batch") == key]
            yield from self._tasks(some, receipts[key])

    def revise(self, actions: Sequence[Action], receipts: Receipts) -> Iterator[Receipt | Kept]:
        """Bring these up to date. Turkle does not say who changed a thing, so that our word is the
        last one, but for tasks, which its API cannot change.
        """
        held = self._looking.held(actions, receipts)
        for one in actions:
            there = held.get(one.key)
            if there == one.payload:
                yield receipts[one.key]
            elif there is None and one.operation != "access":
                yield Kept(one.key, f"the {one.operation} has been deleted there")
            else:
                yield self._revised(one, there or {}, receipts)

    def _revised(
        self, action: Action, there: Mapping[str, JSON], receipts: Receipts
    ) -> Receipt | Kept:
        if action.operation == "task":
            return Kept(action.key, refusals.NO_CHANGE)
        number = number_of(receipts[action.key].target_id)
        changed = {
            name: value for name, value in action.payload.items() if there.get(name) != value
        }
        if action.operation == "user":
            return self._revised_user(action, changed, receipts[action.key])
        if action.operation == "group":
            self._revise_group(action, number)
        elif action.operation == "access":
            return self._access(action, receipts)
        elif action.operation == "project":
            self._api.change_project(number, changed)
            self._fences.forget(number)
        elif changed.keys() - set(_CHANGEABLE):
            return Kept(action.key, "Turkle fixes how many assignments the tasks of a batch have")
        else:
            self._api.change_batch(number, changed)
        return receipts[action.key]

    def _revised_user(
        self, action: Action, changed: Mapping[str, JSON], receipt: Receipt
    ) -> Receipt | Kept:
        """Whom another has made, and locked out, is not let in again."""
        if receipt.found and changed.get("is_active"):
            return Kept(action.key, refusals.LOCKED_OUT)
        self._api.change_user(number_of(receipt.target_id), changed)
        return receipt

    def _user(self, action: Action) -> Receipt:
        """With a password that nobody knows: whoever is to work there is given another."""
        body = {**action.payload, "password": secrets.token_urlsafe(32)}
        try:
            number = self._api.make_user(body)
        except errors.TargetRejected as error:
            return self._there_already(action, error)
        self._looking.there_is(action.payload["username"], number)
        return Receipt(action.key, str(number))

    def _group(self, action: Action) -> Receipt:
        """Empty at first: Turkle puts members in one by one, and may be cut off midway."""
        name, members = action.payload["name"], self._members(action)
        try:
            number, there = self._api.make_group(name, []), set[int]()
        except errors.TargetRejected as error:
            group = self._api.group(name) if refusals.is_there_already(error) else None
            if group is None:
                raise
            number, there = group.id, set(users_of(group))
        self._put_in(number, members - there)
        return Receipt(action.key, str(number))

    def _put_in(self, group_id: int, users: Collection[int]) -> None:
        left = sorted(users)
        for start in range(0, len(left), _MEMBERS):
            self._api.add_to_group(group_id, left[start : start + _MEMBERS])

    def _members(self, action: Action) -> set[int]:
        names = action.payload["users"]
        numbers = self._looking.numbers_of(names)
        if not all(one in numbers for one in names):
            raise errors.TargetRejected("a worker who is to be in it is not there")
        return {numbers[one] for one in names}

    def _there_already(self, action: Action, error: errors.TargetRejected) -> Receipt:
        if not refusals.is_there_already(error):
            raise error
        found = self._looking.find([action], {})
        if action.key not in found:
            raise errors.TargetRejected(refusals.ADMINISTERS) from None
        return found[action.key]

    def _revise_group(self, action: Action, group_id: int) -> None:
        members_of = {one.id: set(users_of(one)) for one in self._api.groups()}
        there, wanted = members_of.get(group_id, set()), self._members(action)
        self._put_in(group_id, wanted - there)
        for user_id in sorted(there - wanted):
            others = [one for one, users in members_of.items() if user_id in users]
            self._api.change_user(user_id, {"groups": [one for one in others if one != group_id]})

    def _access(self, action: Action, receipts: Receipts) -> Receipt:
        """Batches take it over when they are made; those that are there already are told first, so
        that a project that is restricted has none that is open to all.
        """
        project = receipts[required(action, "project")]
        group = number_of(receipts[required(action, "group")].target_id)
        number = number_of(project.target_id)
        try:
            for batch_id in ids(self._api.batches(number)):
                self._api.restrict_batch(batch_id, [group])
            self._api.restrict(number, [group])
        except errors.TargetRejected as error:
            raise _without_its_project(error) from None
        return Receipt(action.key, project.target_id)

    def _batch(self, action: Action, receipts: Receipts) -> Receipt:
        """Without tasks at first: it is published, for nothing can be published later."""
        project_id = number_of(receipts[required(action, "project")].target_id)
        csv_text = csv_of((), self._fences.columns(project_id))
        body = {**action.payload, "project": project_id, "csv_text": csv_text, "published": True}
        return Receipt(action.key, f"{project_id}/{self._api.make_batch(body)}")

    def _tasks(self, tasks: Sequence[Action], batch: Receipt) -> Iterator[Receipt]:
        """One request. Whoever is cut off has some of them."""
        project_id = project_of(batch.target_id)
        try:
            made = self._added(tasks, batch)
        except errors.OutcomeUnknown:
            self._looking.nobody_knows(project_id)
            raise
        except errors.TargetRejected as error:
            raise _without_its_project(error) from None
        if made != len(tasks):
            self._looking.nobody_knows(project_id)
            raise errors.OutcomeUnknown("Turkle has made fewer tasks than it was told to")
        self._looking.there_are(project_id, (one.payload[HIT_ID] for one in tasks))
        for one in tasks:
            yield Receipt(one.key, task_id(batch, one))

    def _added(self, tasks: Sequence[Action], batch: Receipt) -> int:
        """Refused rows are sent again if another fence was put up in between."""
        project_id, number = project_of(batch.target_id), number_of(batch.target_id)
        rows = [one.payload for one in tasks]
        columns = self._fences.columns(project_id)
        try:
            return self._api.add_tasks(number, csv_of(rows, columns))
        except errors.TargetRejected as error:
            self._fences.forget(project_id)
            if not refusals.is_fenced_off(error) or self._fences.columns(project_id) == columns:
                raise
        return self._api.add_tasks(number, csv_of(rows, self._fences.columns(project_id)))


def _project_body(action: Action) -> JSON:
    """What its batches say again, each for itself, is as restrictive as can be here."""
    return {
        **action.payload,
        "assignments_per_task": 1,
        "allotted_assignment_time": 24,
        "login_required": True,
        "active": True,
        "custom_permissions": False,
    }


def _without_its_project(error: errors.TargetRejected) -> errors.TargetRejected:
    if not gone(error):
        return error
    for_all = errors.TargetRejected(refusals.PROJECT_GONE)
    for_all.is_for_all = True
    return for_all
