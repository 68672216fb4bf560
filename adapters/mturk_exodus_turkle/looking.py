"""Looks what is at Turkle already, and in which state.

Everything is known by a mark of its own: a user and a group by the name, a project and a batch by
its file name, a task by the column mturk_hit_id of its row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from mturk_exodus.replay.adapter import JSON, Action, Receipt
from mturk_exodus_turkle.api import Api, users_of
from mturk_exodus_turkle.fences import Fences, without_fence
from mturk_exodus_turkle.mapping.rows import HIT_ID, Row
from mturk_exodus_turkle.shapes import Thing

Receipts = Mapping[str, Receipt]
Payload = Mapping[str, JSON]

_FEW = 30
"""Users that are asked for one by one."""
_BESIDE = re.compile(r".*#([0-9]{1,9})", re.DOTALL).fullmatch
_READ = 4
"""Batches whose rows are remembered."""


def required(action: Action, operation: str) -> str:
    """The key of what an action requires of some operation; empty if it requires none."""
    return next((key for key in action.requires if key.startswith(f"{operation}:")), "")


def of(actions: Iterable[Action], operation: str) -> list[Action]:
    """The actions of an operation."""
    return [one for one in actions if one.operation == operation]


def project_of(target_id: str) -> int:
    """The project's id, of a batch's receipt or of a task's."""
    return int(target_id.partition("/")[0])


def number_of(target_id: str) -> int:
    """The id of a user, a group, a project, or a batch in its project."""
    return int(target_id.rpartition("/")[2])


class Looking:
    """Looks at a server."""

    def __init__(self, api: Api, fences: Fences) -> None:
        self._api = api
        self._fences = fences
        self._hits: dict[int, set[str]] = {}
        self._read: dict[int, dict[str, Row]] = {}
        self._numbers: dict[str, int] = {}

    def find(self, actions: Sequence[Action], receipts: Receipts) -> dict[str, Receipt]:
        """Which have happened, by their marks."""
        found = self._found_users(of(actions, "user"))
        for one in of(actions, "group"):
            group = self._api.group(one.payload["name"])
            if group is not None and (one.key in receipts or self._is_full(one, group)):
                found |= _found(one, str(group.id))
        found |= self._found_projects(of(actions, "project"), receipts)
        for one in of(actions, "access"):
            found |= _found(one, self._access(one, receipts))
        found |= self._found_batches(of(actions, "batch"), receipts)
        for one in of(actions, "task"):
            batch = receipts.get(required(one, "batch"))
            if batch is not None and one.payload[HIT_ID] in self._hits_of(batch):
                found |= _found(one, task_id(batch, one))
        return found

    def held(self, actions: Sequence[Action], receipts: Receipts) -> dict[str, Payload]:
        """What is there of those that have a receipt, in the shape of their payloads."""
        known = [one for one in actions if one.key in receipts]
        payloads = self._held_users(of(known, "user"), receipts)
        payloads |= self._held_groups(of(known, "group"), receipts)
        for one in of(known, "project"):
            project = self._api.project(number_of(receipts[one.key].target_id))
            if project is not None and project.text("filename") == one.payload["filename"]:
                payloads[one.key] = _project(one.payload, project)
        for one in of(known, "access"):
            if self._access(one, receipts) is not None:
                payloads[one.key] = one.payload
        for one in of(known, "batch"):
            batch = self._api.batch(number_of(receipts[one.key].target_id))
            if batch is not None and batch.text("filename") == one.payload["filename"]:
                payloads[one.key] = _only(one.payload, batch.members)
        return payloads | self._held_tasks(of(known, "task"), receipts)

    def given(self, receipts: Receipts) -> int:
        """How many assignments people have finished there: without those of the history, which are
        as many for each task as the batch's file name says.
        """
        projects = [number_of(one.target_id) for key, one in receipts.items() if _is_project(key)]
        batches = [one for project_id in projects for one in self._api.batches(project_id)]
        return sum(map(self._given_in, batches))

    def _given_in(self, batch: Thing) -> int:
        finished, tasks = self._api.progress(batch.id)
        beside = _BESIDE(batch.text("filename"))
        return finished - tasks * int(beside[1]) if beside else finished

    def there_are(self, project_id: int, hit_ids: Iterable[str]) -> None:
        """These have been made."""
        if project_id in self._hits:
            self._hits[project_id].update(hit_ids)
        self._read.clear()

    def nobody_knows(self, project_id: int) -> None:
        """It is not known which tasks of a project are there."""
        self._hits.pop(project_id, None)
        self._read.clear()

    def there_is(self, username: str, number: int) -> None:
        """A user has been made."""
        self._numbers[username] = number

    def numbers_of(self, names: Sequence[str]) -> Mapping[str, int]:
        """The users of these names, and others; each is asked for once."""
        unknown = [one for one in names if one not in self._numbers]
        self._numbers |= {name: one.id for name, one in self._users(unknown).items()}
        return self._numbers

    def _is_full(self, action: Action, group: Thing) -> bool:
        """Whether whoever was to be in it is: Turkle may have been cut off midway."""
        wanted = action.payload["users"]
        numbers, there = self.numbers_of(wanted), set(users_of(group))
        return all(numbers.get(one) in there for one in wanted)

    def _found_users(self, actions: Sequence[Action]) -> dict[str, Receipt]:
        names = self._users(one.payload["username"] for one in actions)
        return {
            one.key: Receipt(one.key, str(names[one.payload["username"]].id), found=True)
            for one in actions
            if one.payload["username"] in names
        }

    def _users(self, names: Iterable[str]) -> dict[str, Thing]:
        wanted = dict.fromkeys(names)
        if len(wanted) > _FEW:
            users: Iterator[Thing | None] = iter(self._api.users())
        else:
            users = (self._api.user(name) for name in wanted)
        there = [one for one in users if one is not None and not _administers(one)]
        found = {one.text("username"): one for one in there}
        return {name: one for name, one in found.items() if name in wanted}

    def _found_projects(self, actions: Sequence[Action], receipts: Receipts) -> dict[str, Receipt]:
        found: dict[str, Receipt] = {}
        sought = []
        for one in actions:
            receipt = receipts.get(one.key)
            project = None if receipt is None else self._api.project(number_of(receipt.target_id))
            if project is not None and project.text("filename") == one.payload["filename"]:
                found |= _found(one, str(project.id))
            else:
                sought.append(one)
        marks = {one.payload["filename"]: one for one in sought}
        projects = sorted(self._api.projects(), key=lambda one: one.id) if sought else []
        for project in reversed(projects):
            action = marks.get(project.text("filename"))
            if action is not None:
                found |= _found(action, str(project.id))
        return found

    def _found_batches(self, actions: Sequence[Action], receipts: Receipts) -> dict[str, Receipt]:
        found: dict[str, Receipt] = {}
        projects = {
            one.key: number_of(receipts[key].target_id)
            for one in actions
            if (key := required(one, "project")) in receipts
        }
        for project_id in dict.fromkeys(projects.values()):
            there = {one.text("filename"): one.id for one in self._api.batches(project_id)[::-1]}
            for one in actions:
                batch_id = there.get(one.payload["filename"])
                if projects.get(one.key) == project_id and batch_id is not None:
                    found |= _found(one, f"{project_id}/{batch_id}")
        return found

    def _access(self, action: Action, receipts: Receipts) -> str | None:
        """The project's id, if it is for the group and nobody else."""
        project, group = (receipts.get(required(action, one)) for one in ("project", "group"))
        if project is None or group is None:
            return None
        there = self._api.access(number_of(project.target_id))
        return project.target_id if there == [number_of(group.target_id)] else None

    def _hits_of(self, batch: Receipt) -> set[str]:
        """The HITs that have a task in a project. Whatever was sent before is settled then."""
        project_id = project_of(batch.target_id)
        if project_id not in self._hits:
            self._fences.put_up(project_id)
            self._hits[project_id] = {
                row[HIT_ID]
                for one in self._api.batches(project_id)
                for row in self._api.rows(one.id)
            }
        return self._hits[project_id]

    def _held_tasks(self, actions: Sequence[Action], receipts: Receipts) -> dict[str, Payload]:
        payloads: dict[str, Payload] = {}
        for key in dict.fromkeys(required(one, "batch") for one in actions):
            some = [one for one in actions if required(one, "batch") == key]
            wanted = {one.payload[HIT_ID]: one.key for one in some}
            for batch_id in self._beside(receipts[key]) if key in receipts else ():
                rows = self._rows(batch_id)
                found = [hit_id for hit_id in wanted if hit_id in rows]
                payloads |= {wanted.pop(hit_id): rows[hit_id] for hit_id in found}
                if not wanted:
                    break
        return payloads

    def _beside(self, batch: Receipt) -> Iterator[int]:
        """A batch, and those into which the server's plug-in has put tasks of it."""
        number = number_of(batch.target_id)
        own = self._api.batch(number)
        if own is None:
            return
        yield number
        for one in self._api.batches(project_of(batch.target_id)):
            if one.text("filename").startswith(f"{own.text('filename')}#"):
                yield one.id

    def _rows(self, batch_id: int) -> dict[str, Row]:
        if batch_id not in self._read:
            if len(self._read) >= _READ:
                self._read.clear()
            self._read[batch_id] = {one[HIT_ID]: one for one in self._api.rows(batch_id)}
        return self._read[batch_id]

    def _held_users(self, actions: Sequence[Action], receipts: Receipts) -> dict[str, Payload]:
        users = self._users(one.payload["username"] for one in actions)
        there = {one.id: one for one in users.values()}
        return {
            one.key: _only(one.payload, there[number].members)
            for one in actions
            if (number := number_of(receipts[one.key].target_id)) in there
        }

    def _held_groups(self, actions: Sequence[Action], receipts: Receipts) -> dict[str, Payload]:
        if not actions:
            return {}
        names = {one.id: one.text("username") for one in self._api.users()}
        groups = {one.id: one for one in self._api.groups()}
        payloads: dict[str, Payload] = {}
        for one in actions:
            group = groups.get(number_of(receipts[one.key].target_id))
            if group is not None:
                users = sorted(names.get(member, "") for member in users_of(group))
                payloads[one.key] = {"name": group.text("name"), "users": users}
        return payloads


def _is_project(key: str) -> bool:
    return key.startswith("project:")


def task_id(batch: Receipt, task: Action) -> str:
    """What a receipt calls a task: Turkle's API tells no task's number."""
    return f"{project_of(batch.target_id)}/{task.payload[HIT_ID]}"


def _found(action: Action, target_id: str | None) -> dict[str, Receipt]:
    return {} if target_id is None else {action.key: Receipt(action.key, target_id, found=True)}


def _only(payload: Payload, there: Payload) -> Payload:
    return {name: there.get(name) for name in payload}


def _project(payload: Payload, project: Thing) -> Payload:
    template = without_fence(project.text("html_template"))
    return _only(payload, {**project.members, "html_template": template})


def _administers(user: Thing) -> bool:
    """No worker is ever taken for one who does, whatever they are called."""
    return any(user.members.get(name) for name in ("is_staff", "is_superuser"))
