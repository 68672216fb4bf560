"""Looks what is at Label Studio already, and in which state.

Everything is known by a mark of its own: a user by the email, a project by the last line of its
description, a task by `mturk_hit_id` in its data, an annotation by its import_id.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from mturk_exodus.replay.adapter import JSON, Action, Receipt
from mturk_exodus_label_studio.api import Api
from mturk_exodus_label_studio.fences import Fences
from mturk_exodus_label_studio.mapping.texts import of_json
from mturk_exodus_label_studio.shapes import Annotation, Project, Task

Receipts = Mapping[str, Receipt]
Payload = Mapping[str, JSON]

_MARK = "mturk-exodus "


def required(action: Action, operation: str) -> str:
    """The key of what an action requires of some operation; empty if it requires none."""
    return next((key for key in action.requires if key.startswith(f"{operation}:")), "")


def of(actions: Iterable[Action], operation: str) -> list[Action]:
    """The actions of an operation."""
    return [one for one in actions if one.operation == operation]


def annotation_id(task_id: int, import_id: int) -> str:
    """What a receipt calls an annotation. The server may give an annotation's own id again."""
    return f"{task_id}/{import_id}"


def task_of(target_id: str) -> int:
    """The task's id, of a task's receipt or of an annotation's."""
    return int(target_id.partition("/")[0])


def is_of(task: Task, key: str) -> bool:
    """Whether a task is made of the HIT of a key."""
    return bool(task.hit_id) and task.hit_id == of_json(key.partition(":")[2])


def bears_mark_of(project: Project, key: str) -> bool:
    """Whether a project is the one of a key, as far as its description says."""
    return any(
        line.startswith(_MARK) and line.split(" ", 2)[-1] == key.strip()
        for line in _lines(project.description)
    )


def ours(task: Task, import_id: int) -> Iterator[Annotation]:
    """The annotations of a task that were made of one assignment. There may be two, for the moment
    in which one takes the other's place.
    """
    return (one for one in task.annotations if one.import_id == import_id)


class Looking:
    """Looks at a server."""

    def __init__(self, api: Api, fences: Fences) -> None:
        self._api = api
        self._fences = fences
        self._emails: dict[int, str] = {}

    def find(self, actions: Sequence[Action], receipts: Receipts) -> dict[str, Receipt]:
        """Which have happened, by their marks."""
        found = self._users(of(actions, "user"))
        found |= self._projects(of(actions, "project"))
        tasks = self._tasks(of(actions, "task"), receipts)
        found |= {key: _found(key, str(task.id)) for key, task in tasks.items()}
        known = {task.id: task for task in tasks.values()}
        found |= self._annotations(of(actions, "annotation"), {**receipts, **found}, known)
        return found

    def held(self, actions: Sequence[Action], receipts: Receipts) -> dict[str, Payload]:
        """What is there of those that have a receipt, in the shape of their payloads."""
        known = [one for one in actions if one.key in receipts]
        tasks = self._tasks_with(known, receipts)
        payloads = self._held_users(of(known, "user"), receipts)
        for one in of(known, "project"):
            project = self._api.project(int(receipts[one.key].target_id))
            if project is not None:
                payloads[one.key] = _only(one.payload, project.members)
        for one in of(known, "task"):
            task = tasks.get(int(receipts[one.key].target_id))
            if task is not None and is_of(task, one.key):
                payloads[one.key] = _only(one.payload, {"data": task.data, "meta": task.meta})
        for one in of(known, "annotation"):
            task = tasks.get(task_of(receipts[one.key].target_id))
            for annotation in ours(task, one.payload["import_id"]) if task else ():
                payloads[one.key] = self.payload(one, annotation)
        return payloads

    def payload(self, action: Action, annotation: Annotation) -> Payload:
        """What an annotation says, as its action would say it."""
        there = {**annotation.members, "completed_by": self._author(action, annotation)}
        ours = {one.get("id"): one for one in action.payload["result"] if isinstance(one, dict)}
        there["result"] = [_without_origin(one, ours) for one in _items(there.get("result"))]
        return _only(action.payload, there)

    def configs(self, annotations: Sequence[Action], receipts: Receipts) -> dict[int, str]:
        """What the projects ask in which annotations' tasks lie, by the tasks' ids."""
        wanted = {int(receipts[required(one, "task")].target_id) for one in annotations}
        tasks = self._api.tasks(sorted(wanted), whole=False)
        asked: dict[int, str] = {}
        for number in {one.project for one in tasks.values()}:
            project = self._api.project(number)
            if project is not None:
                asked[number] = str(project.members.get("label_config"))
        return {one.id: asked[one.project] for one in tasks.values() if one.project in asked}

    def tasks_with(self, actions: Sequence[Action], receipts: Receipts) -> dict[int, Task]:
        """The tasks of actions that have a receipt, and those whose annotations have one."""
        return self._tasks_with([one for one in actions if one.key in receipts], receipts)

    def _tasks_with(self, actions: Sequence[Action], receipts: Receipts) -> dict[int, Task]:
        """A lane is called after its project, which spares asking for it."""
        inside: dict[int, list[int]] = {}
        elsewhere = []
        for one in (*of(actions, "task"), *of(actions, "annotation")):
            task_id = task_of(receipts[one.key].target_id)
            project = receipts.get(one.lane.partition(" ")[2])
            if project is None:
                elsewhere.append(task_id)
            else:
                inside.setdefault(int(project.target_id), []).append(task_id)
        tasks = self._api.tasks(elsewhere)
        for project_id, task_ids in inside.items():
            tasks |= self._api.tasks_in(project_id, task_ids)
        return tasks

    def _users(self, actions: Sequence[Action]) -> dict[str, Receipt]:
        if not actions:
            return {}
        ids = {one.email: one.id for one in reversed(self._api.users())}
        return _receipts((one.key, ids.get(one.payload["email"])) for one in actions)

    def _projects(self, actions: Sequence[Action]) -> dict[str, Receipt]:
        if not actions:
            return {}
        ids: dict[str, int] = {}
        for project in self._api.projects():
            for line in _lines(project.description):
                ids[line] = min(project.id, ids.get(line, project.id))
        return _receipts((one.key, ids.get(_mark(one.payload))) for one in actions)

    def _tasks(self, actions: Sequence[Action], receipts: Receipts) -> dict[str, Task]:
        """Tasks by the keys of their actions. The oldest, if there are two of one HIT."""
        keys_of: dict[int, dict[str, str]] = {}
        for one in actions:
            project = receipts.get(required(one, "project"))
            if project is not None:
                keys = keys_of.setdefault(int(project.target_id), {})
                keys[one.payload["data"]["mturk_hit_id"]] = one.key
        tasks: dict[str, Task] = {}
        for project_id, keys in keys_of.items():
            self._fences.take_away(project_id)
            for task in self._api.tasks_of_hits(project_id, list(keys)):
                other = tasks.setdefault(keys[task.hit_id], task)
                tasks[keys[task.hit_id]] = min(task, other, key=lambda one: one.id)
        return tasks

    def _annotations(
        self, actions: Sequence[Action], receipts: Receipts, known: Mapping[int, Task]
    ) -> dict[str, Receipt]:
        task_ids = {
            one.key: int(receipts[key].target_id)
            for one in actions
            if (key := required(one, "task")) in receipts
        }
        others = [one for one in task_ids.values() if one not in known]
        tasks = {**known, **self._api.tasks(others, whole=False)}
        found = {}
        for one in actions:
            task = tasks.get(task_ids.get(one.key, -1))
            import_id = one.payload["import_id"]
            if task is not None and any(ours(task, import_id)):
                found[one.key] = _found(one.key, annotation_id(task.id, import_id))
        return found

    def _held_users(self, actions: Sequence[Action], receipts: Receipts) -> dict[str, Payload]:
        if not actions:
            return {}
        users = {one.id: one for one in self._api.users()}
        payloads = {}
        for one in actions:
            user = users.get(int(receipts[one.key].target_id))
            if user is not None:
                there = {"email": user.email, "username": user.username}
                payloads[one.key] = _only(one.payload, there)
        return payloads

    def _author(self, action: Action, annotation: Annotation) -> str | None:
        """An annotation by nobody is the importing user's there."""
        is_by_nobody = action.payload["completed_by"] is None
        if is_by_nobody and annotation.completed_by == self._api.whoami().id:
            return None
        return self._email(annotation.completed_by)

    def _email(self, user_id: int | None) -> str | None:
        """Asked for once: an email cannot be changed."""
        if user_id is not None and user_id not in self._emails:
            self._emails |= {one.id: one.email for one in self._api.users()}
        return None if user_id is None else self._emails.get(user_id)


def _receipts(ids: Iterable[tuple[str, int | None]]) -> dict[str, Receipt]:
    return {key: _found(key, str(one)) for key, one in ids if one is not None}


def _found(key: str, target_id: str) -> Receipt:
    return Receipt(key, target_id, found=True)


def _only(payload: Payload, there: Payload) -> Payload:
    return {name: there.get(name) for name in payload}


def _lines(description: str) -> list[str]:
    return [line.strip() for line in description.splitlines()]


def _mark(payload: Payload) -> str:
    lines = _lines(payload["description"])
    return lines[-1] if lines else ""


def _items(result: JSON) -> list[JSON]:
    return result if isinstance(result, list) else []


def _without_origin(item: JSON, ours: Mapping[JSON, Mapping[str, JSON]]) -> JSON:
    """The editor adds `"origin": "manual"` to what is submitted unchanged."""
    if not isinstance(item, dict) or item.get("origin") != "manual":
        return item
    name = item.get("id")
    if isinstance(name, str) and "origin" in ours.get(name, {}):
        return item
    return {member: value for member, value in item.items() if member != "origin"}
