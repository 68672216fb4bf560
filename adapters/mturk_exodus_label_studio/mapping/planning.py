"""What is to be made of an archive, and what is lost: users, projects, tasks, annotations.

A change of the archive changes only what it is about: keys are made of MTurk's own ids, and a
project's of its HIT type and its configuration.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html import escape

from mturk_exodus.errors import SettingMissing
from mturk_exodus.questions.form import Form
from mturk_exodus.records import HIT, Assignment, members
from mturk_exodus.replay.adapter import Action, Fidelity, Loss, RecordReader, Source, Task
from mturk_exodus_label_studio.mapping.annotating import payload_of
from mturk_exodus_label_studio.mapping.carried import Words, bonus_of, meta_of, without_id
from mturk_exodus_label_studio.mapping.config import Design
from mturk_exodus_label_studio.mapping.controls import all_shown
from mturk_exodus_label_studio.mapping.data import LONGEST_TEXT, can_be_loaded, data_of, keys_of
from mturk_exodus_label_studio.mapping.reading import Forms
from mturk_exodus_label_studio.mapping.texts import of_html, of_json

PSEUDONYMOUS, PLAIN = "pseudonymous", "plain"
"""What workers are called at the target: by their pseudonyms, or by their ids."""
HOST = "mturk.invalid"
"""The domain of users' addresses, which nobody can ever have (RFC 2606)."""

_LONGEST_TITLE, _SHORTEST_TITLE = 50, 3
_LONGEST_DESCRIPTION = 2_000
_IS_ID = re.compile("[A-Z0-9]{1,64}").fullmatch
_NO_ADDRESS = "a picture's address is none that a browser can load"
_CHANGED = "a text holds what Label Studio's database cannot"
_REBUILT = "no source kept the question: it is put together from "
_NOBODY = "it is not known who worked: the annotation is the importing user's"
_NAMED = "it says the worker's id, for which the pseudonym stands"
_CUT = f"a text is shown up to its first {LONGEST_TEXT:,} characters"
_MEMBERS = {name: f"Assignment.{member.name}" for name, member in members(Assignment)}
_ODD_ID = "the worker's id can be no user's name: the pseudonym stands for it"


def plan(archive: RecordReader, *, workers: str) -> Iterator[Action | Loss]:
    """What is to be made, in an order in which it can be made, and what is lost.

    Args:
        archive: all that is known.
        workers: PSEUDONYMOUS, and no payload says a worker's id, except where a text that someone
            wrote says it; or PLAIN.

    Raises:
        SettingMissing: workers is neither.
    """
    if workers not in (PSEUDONYMOUS, PLAIN):
        raise SettingMissing(f"workers must be {PSEUDONYMOUS} or {PLAIN}")
    return _Plan(archive, plain=workers == PLAIN).all()


class _Plan:
    """A plan while it is made."""

    def __init__(self, archive: RecordReader, *, plain: bool) -> None:
        self._archive = archive
        self._plain = plain
        self._forms = Forms()
        self._pseudonyms: dict[str, str] = {}
        self._projects: set[str] = set()

    def all(self) -> Iterator[Action | Loss]:
        """All of it."""
        for worker_id in self._archive.workers():
            yield from self._user(worker_id)
        for hit_type_id in self._archive.hit_types():
            self._projects = set()
            for task in self._archive.tasks(hit_type_id):
                yield from self._task(task)

    def _user(self, worker_id: str) -> Iterator[Action | Loss]:
        pseudonym = self._pseudonym(worker_id)
        key = f"user:{pseudonym}"
        payload = {"email": self._email(worker_id), "username": self._name(worker_id)}
        yield Action(key, "user", Source("Worker", pseudonym), payload, lane="users")
        if self._plain and not _IS_ID(worker_id):
            source = Source("Worker", pseudonym)
            yield Loss(source, "Assignment.WorkerId", Fidelity.APPROXIMATE, _ODD_ID)

    def _pseudonym(self, worker_id: str) -> str:
        found = self._pseudonyms.get(worker_id)
        if found is None:
            found = self._pseudonyms[worker_id] = self._archive.pseudonym(worker_id)
        return found

    def _name(self, worker_id: str) -> str:
        return worker_id if self._plain and _IS_ID(worker_id) else self._pseudonym(worker_id)

    def _email(self, worker_id: str) -> str:
        return f"{self._name(worker_id).lower()}@{HOST}"

    def _task(self, task: Task) -> Iterator[Action | Loss]:
        hit = task.hit
        form, design = self._forms.of(task)
        project = f"project:{hit.hit_type_id or '-'}:{design.digest}"
        if project not in self._projects:
            self._projects.add(project)
            yield self._project(project, hit, design)
        data = data_of(hit.hit_id, form, design, task.variables, hit.title)
        bonuses = self._bonuses(task)
        keys = keys_of(tuple(task.variables))
        renamed = {key: name for key, name in zip(keys, task.variables, strict=True) if key != name}
        own = {one.assignment_id for one in task.assignments}
        orphans = [one for name, several in bonuses.items() if name not in own for one in several]
        payload = {"data": data, "meta": meta_of(task, orphans, renamed)}
        key, lane = f"task:{hit.hit_id}", f"tasks {project}"
        source = Source("HIT", hit.hit_id)
        yield Action(key, "task", source, payload, (project,), lane)
        for fidelity, note in _losses(task, form, design, data):
            yield Loss(source, "HIT.Question", fidelity, note)
        yield from self._annotations(task, form, design, data, bonuses, key, lane)

    def _annotations(
        self,
        task: Task,
        form: Form,
        design: Design,
        data: Words,
        bonuses: dict[str, list[Words]],
        task_key: str,
        lane: str,
    ) -> Iterator[Action | Loss]:
        for one in task.assignments:
            worker = one.worker_id
            changed = {} if worker is None else without_id(one, worker, self._name(worker))
            payload, losses = payload_of(
                replace(one, **changed) if changed else one,
                form,
                design,
                data,
                worker=self._name(worker) if worker else None,
                email=self._email(worker) if worker else None,
                bonuses=bonuses.get(one.assignment_id, ()),
            )
            key, source = f"annotation:{one.assignment_id}", Source("Assignment", one.assignment_id)
            requires = (task_key, f"user:{self._pseudonym(worker)}") if worker else (task_key,)
            yield Action(key, "annotation", source, payload, requires, lane)
            if not worker:
                yield Loss(source, "Assignment.WorkerId", Fidelity.UNSUPPORTED, _NOBODY)
            for name in changed:
                yield Loss(source, _MEMBERS[name], Fidelity.APPROXIMATE, _NAMED)
            for note in losses:
                yield Loss(source, "Assignment.Answer", Fidelity.APPROXIMATE, note)

    def _bonuses(self, task: Task) -> dict[str, list[Words]]:
        found: dict[str, list[Words]] = {}
        for one in task.bonus_payments:
            worker = self._name(one.worker_id) if one.worker_id else None
            found.setdefault(one.assignment_id, []).append(bonus_of(one, worker))
        return found

    def _project(self, key: str, hit: HIT, design: Design) -> Action:
        title = _title(hit)
        said = of_json(hit.description or "") if hit.hit_type_id else ""
        marker = f"mturk-exodus {self._archive.archive_id} {key}"
        payload = {
            "title": title,
            "description": f"{said[:_LONGEST_DESCRIPTION]}\n{marker}".lstrip(),
            "label_config": design.config,
            "expert_instruction": _instruction(title, said) if said else "",
            "show_instruction": False,
        }
        source = Source("HITType", hit.hit_type_id or "-")
        return Action(key, "project", source, payload, lane="projects")


def _instruction(title: str, said: str) -> str:
    return f"<h4>{escape(of_html(title))}</h4><p>{escape(of_html(said))}</p>"


def _title(hit: HIT) -> str:
    """A title that Label Studio takes: of 3 to 50 characters."""
    said = " ".join(of_json(hit.title or "").split()) if hit.hit_type_id else ""
    if not said:
        said = "HITs without a title" if hit.hit_type_id else "HITs without a type"
    if len(said) < _SHORTEST_TITLE:
        said = f"HITs {said}"
    return said if len(said) <= _LONGEST_TITLE else f"{said[: _LONGEST_TITLE - 1]}…"


def _losses(task: Task, form: Form, design: Design, data: Words) -> Iterator[tuple[Fidelity, str]]:
    """What of a question does not arrive, each reason once."""
    found: dict[tuple[Fidelity, str], None] = {}
    if task.rebuilt_from is not None:
        found[Fidelity.APPROXIMATE, _REBUILT + task.rebuilt_from] = None
    for one in form.not_understood:
        found[Fidelity.UNSUPPORTED, f"not understood: {one.why}"] = None
    for control in design.controls:
        found.update(dict.fromkeys(control.losses))
        if control.about_tag == "Image" and not can_be_loaded(data[control.about]):
            found[Fidelity.MANUAL, _NO_ADDRESS] = None
    if any(len(one.value) > LONGEST_TEXT for one in all_shown(form)):
        found[Fidelity.APPROXIMATE, _CUT] = None
    if any(of_json(one) != one for one in task.variables.values()):
        found[Fidelity.APPROXIMATE, _CHANGED] = None
    return iter(found)
