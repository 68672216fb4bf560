"""Removes what was made, and nothing else.

An id alone proves nothing: a server on SQLite gives the id of the last task again when that one has
been deleted. So everything is looked at, and must bear its mark, before it is removed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import httpx

from mturk_exodus import errors
from mturk_exodus.replay.adapter import Kept, Making, Receipt
from mturk_exodus.replay.shapes import gone
from mturk_exodus_label_studio.api import Api
from mturk_exodus_label_studio.looking import bears_mark_of, is_of, task_of
from mturk_exodus_label_studio.shapes import Annotation, Task


class Removing:
    """Removes from a server."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def remove(self, makings: Sequence[Making]) -> Iterator[Receipt | Kept]:
        """Annotations with their tasks, then projects, then users."""
        yield from self._tasks(_of(makings, "task"), _of(makings, "annotation"))
        for one in _of(makings, "project"):
            yield self._project(one)
        yield from self._users(_of(makings, "user"))

    def _tasks(
        self, tasks: Sequence[Making], annotations: Sequence[Making]
    ) -> Iterator[Receipt | Kept]:
        there = self._api.tasks(task_of(one.target_id) for one in (*tasks, *annotations))
        ours = _by_task(annotations)
        doomed = []
        for one in tasks:
            task = there.get(int(one.target_id))
            if task is None or not is_of(task, one.key):
                yield _gone(one)
            elif reason := _not_ours(task, _import_ids(ours.get(task.id, ()))):
                yield Kept(one.key, reason)
            else:
                doomed.append((one, task))
        whole = {task.id for _, task in doomed}
        yield from self._delete_tasks(doomed, ours)
        for one in annotations:
            if task_of(one.target_id) not in whole:
                yield self._annotation(one, there.get(task_of(one.target_id)))

    def _delete_tasks(
        self, doomed: Sequence[tuple[Making, Task]], annotations: Mapping[int, Sequence[Making]]
    ) -> Iterator[Receipt]:
        for project in dict.fromkeys(task.project for _, task in doomed):
            mine = [(one, task) for one, task in doomed if task.project == project]
            self._api.delete_tasks(project, [task.id for _, task in mine])
            for one, task in mine:
                yield from (_gone(each) for each in annotations.get(task.id, ()))
                yield _gone(one)

    def _annotation(self, making: Making, task: Task | None) -> Receipt | Kept:
        import_id = int(making.target_id.partition("/")[2])
        for one in task.annotations if task else ():
            if one.import_id == import_id:
                if not one.is_untouched:
                    return Kept(making.key, "a person has changed the annotation there")
                self._delete(one)
        return _gone(making)

    def _delete(self, annotation: Annotation) -> None:
        try:
            self._api.delete_annotation(annotation.id)
        except errors.TargetRejected as error:
            if not gone(error):
                raise

    def _project(self, making: Making) -> Receipt | Kept:
        project = self._api.project(int(making.target_id))
        if project is None:
            return _gone(making)
        if not bears_mark_of(project, making.key):
            return Kept(making.key, "the project's description no longer says that it is ours")
        if project.members.get("task_number") != 0:
            return Kept(making.key, "tasks are left in the project")
        try:
            self._api.delete_project(project.id)
        except errors.TargetRejected as error:
            if not gone(error):
                raise
        return _gone(making)

    def _users(self, makings: Sequence[Making]) -> Iterator[Receipt | Kept]:
        """Whoever is the author of anything stays: it would be by nobody."""
        organization = self._api.whoami().organization if makings else None
        authors = set() if organization is None else self._api.authors(organization)
        for one in makings:
            if int(one.target_id) in authors:
                yield Kept(one.key, "annotations are left that the user is the author of")
            else:
                yield self._user(one)

    def _user(self, making: Making) -> Receipt | Kept:
        try:
            self._api.delete_user(int(making.target_id))
        except errors.TargetRejected as error:
            if not gone(error):
                raise
        except errors.TargetRefused as error:
            if error.status_code != httpx.codes.FORBIDDEN:
                raise
            return Kept(making.key, "only the organization's owner may delete a user")
        return _gone(making)


def _of(makings: Sequence[Making], operation: str) -> list[Making]:
    return [one for one in makings if one.operation == operation]


def _gone(making: Making) -> Receipt:
    return Receipt(making.key, making.target_id)


def _by_task(annotations: Sequence[Making]) -> dict[int, list[Making]]:
    tasks: dict[int, list[Making]] = {}
    for one in annotations:
        tasks.setdefault(task_of(one.target_id), []).append(one)
    return tasks


def _import_ids(annotations: Sequence[Making]) -> set[int]:
    return {int(one.target_id.partition("/")[2]) for one in annotations}


def _not_ours(task: Task, import_ids: set[int]) -> str:
    """What keeps a task: something on it that we did not make, or that a person has changed."""
    for one in task.annotations:
        if one.import_id not in import_ids:
            return "an annotation is on it that is not ours"
        if not one.is_untouched:
            return "a person has changed an annotation on it"
    return f"{task.others[0]} is on it" if task.others else ""
