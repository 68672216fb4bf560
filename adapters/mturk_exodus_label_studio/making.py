"""Makes users, projects, tasks and annotations, and brings them up to date."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import NoReturn

from mturk_exodus import errors
from mturk_exodus.replay.adapter import JSON, Action, Kept, Receipt
from mturk_exodus.replay.shapes import gone
from mturk_exodus_label_studio import refusals
from mturk_exodus_label_studio.api import PROJECT_MEMBERS, Api
from mturk_exodus_label_studio.bodies import Bodies
from mturk_exodus_label_studio.fences import Fences
from mturk_exodus_label_studio.looking import (
    Looking,
    Receipts,
    annotation_id,
    of,
    ours,
    required,
    task_of,
)
from mturk_exodus_label_studio.shapes import Annotation, Task

_NAMESPACE = uuid.UUID("6d0f3f5e-6a83-5c0e-9a57-2f0d5e4c7b11")


class Making:
    """Makes and changes what is on a server."""

    def __init__(self, api: Api, looking: Looking, fences: Fences, bodies: Bodies) -> None:
        self._api = api
        self._bodies = bodies
        self._fences = fences
        self._looking = looking

    def apply(self, actions: Sequence[Action], receipts: Receipts) -> Iterator[Receipt]:
        """Make these, each with what it requires first."""
        for one in of(actions, "user"):
            yield self._user(one)
        for one in of(actions, "project"):
            yield Receipt(one.key, str(self._api.make_project(dict(one.payload))))
        tasks = of(actions, "task")
        together = {one.key for one in tasks}
        hanging: dict[str, list[Action]] = {}
        later = []
        for one in of(actions, "annotation"):
            if required(one, "task") in together:
                hanging.setdefault(required(one, "task"), []).append(one)
            else:
                later.append(one)
        if tasks:
            yield from self._import(tasks, hanging, receipts)
        configs = self._looking.configs(later, receipts) if later else {}
        for one in later:
            yield self._annotation(one, receipts, configs)

    def revise(self, actions: Sequence[Action], receipts: Receipts) -> Iterator[Receipt | Kept]:
        """Bring these up to date, but for what people have changed."""
        held = self._looking.held(_but_annotations(actions), receipts)
        for one in of(actions, "user"):
            yield self._revised_user(one, receipts, held)
        for one in of(actions, "project"):
            yield self._revised_project(one, receipts, held)
        for one in of(actions, "task"):
            yield self._revised_task(one, receipts, held)
        annotations = of(actions, "annotation")
        tasks = self._looking.tasks_with(annotations, receipts)
        for one in annotations:
            task = tasks.get(task_of(receipts[one.key].target_id))
            yield self._revised_annotation(one, task, receipts)

    def _user(self, action: Action) -> Receipt:
        try:
            return Receipt(action.key, str(self._api.make_user(dict(action.payload))))
        except errors.TargetRejected as error:
            if not refusals.is_there_already(error):
                raise
            found = self._looking.find([action], {})
            if action.key not in found:
                raise
            return found[action.key]

    def _import(
        self, tasks: Sequence[Action], hanging: Mapping[str, Sequence[Action]], receipts: Receipts
    ) -> Iterator[Receipt]:
        """One request: the server makes all of it, or nothing."""
        project = int(receipts[required(tasks[0], "project")].target_id)
        try:
            body = self._bodies.together(tasks, hanging, self._fences.of(project))
            annotations = sum(len(hanging.get(one.key, ())) for one in tasks)
            ids = self._api.import_tasks(project, body, len(tasks), annotations)
        except errors.TargetRejected as error:
            _without_its_project(error)
        for task, task_id in zip(tasks, ids, strict=True):
            yield Receipt(task.key, str(task_id))
            for one in hanging.get(task.key, ()):
                yield Receipt(one.key, annotation_id(task_id, one.payload["import_id"]))

    def _annotation(
        self, action: Action, receipts: Receipts, configs: Mapping[int, str]
    ) -> Receipt:
        """A single one. Its unique_id keeps a second one from being made."""
        task_id = int(receipts[required(action, "task")].target_id)
        if task_id in configs and not _fits(action, configs[task_id]):
            raise errors.TargetRejected(
                "its task stayed in a project that asks something else, as people work on it there"
            )
        receipt = Receipt(action.key, annotation_id(task_id, action.payload["import_id"]))
        try:
            self._api.make_annotation(task_id, _annotation_alone(action, receipts))
        except errors.TargetRejected as error:
            if gone(error):
                raise errors.TargetRejected("its task is no longer there") from None
            if not refusals.is_there_already(error):
                raise
            return Receipt(receipt.key, receipt.target_id, found=True)
        return receipt

    def _revised_user(
        self, action: Action, receipts: Receipts, held: Mapping[str, Mapping[str, JSON]]
    ) -> Receipt | Kept:
        if action.key not in held:
            return Kept(action.key, "the user has been deleted there")
        if held[action.key] != action.payload:
            return Kept(action.key, "Label Studio does not let a user's email be changed")
        return receipts[action.key]

    def _revised_project(
        self, action: Action, receipts: Receipts, held: Mapping[str, Mapping[str, JSON]]
    ) -> Receipt | Kept:
        """Label Studio does not say who changed a project, so that our word is the last one. Only
        a labeling config is left alone, for what hangs on it.
        """
        if action.key not in held:
            return Kept(action.key, "the project has been deleted there")
        there = held[action.key]
        changed = {
            name: value
            for name, value in action.payload.items()
            if name in PROJECT_MEMBERS.split(",") and there.get(name) != value
        }
        config = changed.pop("label_config", None)
        if changed:
            self._api.change_project(int(receipts[action.key].target_id), changed)
        if config is not None:
            return Kept(action.key, "its labeling config is another; annotations depend on it")
        return receipts[action.key]

    def _revised_task(
        self, action: Action, receipts: Receipts, held: Mapping[str, Mapping[str, JSON]]
    ) -> Receipt | Kept:
        if action.key not in held:
            return Kept(action.key, "the task has been deleted there")
        if held[action.key] != action.payload:
            self._api.change_task(int(receipts[action.key].target_id), dict(action.payload))
        return receipts[action.key]

    def _revised_annotation(
        self, action: Action, task: Task | None, receipts: Receipts
    ) -> Receipt | Kept:
        """A new one takes the old one's place, so that one that was written twice was written by a
        person. The new one comes first, lest there be none if we are stopped in between.
        """
        there = list(ours(task, action.payload["import_id"])) if task else []
        if task is None or not there:
            return Kept(action.key, "the annotation has been deleted there")
        if not all(one.is_untouched for one in there):
            return Kept(action.key, "a person has changed the annotation there")
        right = [one for one in there if self._looking.payload(action, one) == action.payload]
        if not right and task.others:
            return Kept(action.key, f"{task.others[0]} is on its task")
        if not right:
            self._replace(action, receipts)
        for one in _all_but_first(there, right):
            self._api.delete_annotation(one.id)
        return receipts[action.key]

    def _replace(self, action: Action, receipts: Receipts) -> None:
        task_id = task_of(receipts[action.key].target_id)
        self._api.make_annotation(task_id, _annotation_alone(action, receipts))


def _fits(action: Action, config: str) -> bool:
    """Whether a project has all controls that an annotation says something of. The editor drops
    what is of none.
    """
    names = {item["from_name"] for item in action.payload["result"]}
    return all(f' name="{name}"' in config for name in names)


def _but_annotations(actions: Sequence[Action]) -> list[Action]:
    return [one for one in actions if one.operation != "annotation"]


def _all_but_first(there: Sequence[Annotation], right: Sequence[Annotation]) -> list[Annotation]:
    kept = {one.id for one in right[:1]}
    return [one for one in there if one.id not in kept]


def _annotation_alone(action: Action, receipts: Receipts) -> JSON:
    """An annotation by itself; its author is given by number. The same content has the same
    unique_id, which the server takes once only.
    """
    content = json.dumps([action.key, action.payload], sort_keys=True)
    body = {**action.payload, "unique_id": str(uuid.uuid5(_NAMESPACE, content))}
    author = receipts.get(required(action, "user"))
    if author is None:
        del body["completed_by"]
    else:
        body["completed_by"] = int(author.target_id)
    return body


def _without_its_project(error: errors.TargetRejected) -> NoReturn:
    if not gone(error):
        raise error
    for_all = errors.TargetRejected(refusals.PROJECT_GONE)
    for_all.is_for_all = True
    raise for_all
