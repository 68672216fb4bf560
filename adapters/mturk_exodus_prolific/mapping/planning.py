"""What is to be made of an archive, and what is lost: a project, groups, and studies.

A change of the archive changes only what it is about: keys are made of MTurk's own ids. A study is
made of links that lead to equally many HITs of a type, 500 of them at most.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import islice

from mturk_exodus import pay, records
from mturk_exodus.completion import code_of
from mturk_exodus.records import HIT
from mturk_exodus.replay.adapter import Action, Fidelity, Loss, RecordReader, Source
from mturk_exodus_prolific.mapping.links import Link, Links, read
from mturk_exodus_prolific.mapping.predicates import BLOCKED, Predicate
from mturk_exodus_prolific.mapping.pricing import Note, Price, price_of
from mturk_exodus_prolific.mapping.requirements import Admission, admission
from mturk_exodus_prolific.mapping.studies import mark_of, notes_of, payload_of
from mturk_exodus_prolific.mapping.terms import Terms
from mturk_exodus_prolific.mapping.texts import title_of

PROJECT = "project:own"
"""The key of the project that is the archive's own."""

_MOST_LINKS = 500
_NO_TYPE = "it is not known of which HIT type it is, and so what it pays"
_NO_LINK = (
    "no link leads to it: it has no assignment left, or it cannot be shown; see exodus host --check"
)
_PARTLY = "its link leads to other HITs, too, which were not chosen, or are of another type"
_REBUILT = "no source kept the question: it is put together from "


def plan(archive: RecordReader, terms: Terms) -> Iterator[Action | Loss]:
    """What is to be made, in an order in which it can be made, and what is lost.

    Raises:
        SettingMissing: the links cannot be read.
    """
    with read(terms.links) as links:
        yield from _Plan(archive, terms, links).all()


class _Plan:
    """A plan while it is made."""

    def __init__(self, archive: RecordReader, terms: Terms, links: Links) -> None:
        self._archive = archive
        self._terms = terms
        self._links = links
        self._code = code_of(archive.archive_id)
        self._names = {
            one.qualification_type_id: one.name for one in archive.every(records.QualificationType)
        }
        self._has_blocks = next(iter(archive.every(records.WorkerBlock)), None) is not None
        self._made: set[str] = set()

    def all(self) -> Iterator[Action | Loss]:
        """All of it."""
        for hit_type_id in self._archive.hit_types():
            if hit_type_id is None:
                for task in self._archive.tasks(None):
                    yield _lost(task.hit.hit_id, "HIT.HITTypeId", Fidelity.MANUAL, _NO_TYPE)
            else:
                yield from self._type(hit_type_id)

    def _type(self, hit_type_id: str) -> Iterator[Action | Loss]:
        self._links.begin()
        times, hit = pay.Times(), None
        for task in self._archive.tasks(hit_type_id):
            for one in task.assignments:
                times.add(one.accept_time, one.submit_time)
            if not self._links.meet(task.hit.hit_id):
                yield _lost(task.hit.hit_id, "HIT.HITId", Fidelity.UNSUPPORTED, _NO_LINK)
                continue
            hit = hit or _without_question(task.hit)
            if task.rebuilt_from is not None:
                why = _REBUILT + task.rebuilt_from
                yield _lost(task.hit.hit_id, "HIT.Question", Fidelity.APPROXIMATE, why)
        for hit_id in self._links.partly():
            yield _lost(hit_id, "HIT.HITId", Fidelity.MANUAL, _PARTLY)
        if hit is not None:
            yield from self._studies(hit_type_id, hit, times.median)

    def _studies(self, hit_type_id: str, hit: HIT, seconds: int | None) -> Iterator[Action | Loss]:
        who = admission(hit.qualification_requirements, self._is_own, self._terms.filters)
        told: set[Note] = set()
        for place, hits in enumerate(self._links.sizes(), start=1):
            price, notes = price_of(hit.reward, hits, seconds, self._terms)
            if price is None:
                for field, fidelity, note in notes:
                    yield from (
                        _lost(one, field, fidelity, note) for one in self._links.hits_of(hits)
                    )
                continue
            told.update(notes, notes_of(hit, price, hits))
            told.update(("HIT.QualificationRequirements", *one) for one in who.losses)
            yield from self._of_size(f"study:{hit_type_id}:{place}", hit, hits, price, who)
        source = Source("HITType", hit_type_id)
        for field, fidelity, note in sorted(told, key=lambda one: (one[0], one[2])):
            yield Loss(source, field, fidelity, note)

    def _of_size(
        self, prefix: str, hit: HIT, hits: int, price: Price, who: Admission
    ) -> Iterator[Action]:
        links = self._links.whole(hits)
        number = 0
        while some := list(islice(links, _MOST_LINKS)):
            number += 1
            yield from self._study(f"{prefix}.{number}", hit, some, price, who)

    def _study(
        self, key: str, hit: HIT, links: list[Link], price: Price, who: Admission
    ) -> Iterator[Action]:
        required = [*self._once(self._project()), *self._once(self._blocked())]
        for one in dict.fromkeys((*who.allow, *who.block)):
            required += self._once(self._group(one))
        yield from required
        payload = payload_of(
            hit,
            links,
            price,
            who,
            self._terms,
            code=self._code,
            archive_id=self._archive.archive_id,
            key=key,
        )
        requires = [one.key for one in dict.fromkeys((*who.allow, *who.block))]
        if self._has_blocks:
            payload["filters"] = _with_blocked(payload["filters"])
            requires.append(BLOCKED)
        if self._terms.project is None:
            requires.append(PROJECT)
        source = Source("HITType", hit.hit_type_id or "-")
        yield Action(key, "study", source, payload, tuple(requires), "studies")

    def _once(self, action: Action | None) -> list[Action]:
        if action is None or action.key in self._made:
            return []
        self._made.add(action.key)
        return [action]

    def _project(self) -> Action | None:
        if self._terms.project is not None:
            return None
        archive_id = self._archive.archive_id
        short = hashlib.sha256(archive_id.encode()).hexdigest()[:8]
        payload = {"title": f"From MTurk (exodus {short})"}
        return Action(PROJECT, "project", Source("Archive", archive_id), payload, lane="projects")

    def _blocked(self) -> Action | None:
        if not self._has_blocks:
            return None
        return self._group_action(BLOCKED, Source("WorkerBlock", "-"), "blocked workers")

    def _group(self, predicate: Predicate) -> Action:
        type_id = predicate.qualification_type_id
        name = f"{self._names.get(type_id) or type_id}"
        source = Source("QualificationType", type_id)
        return self._group_action(predicate.key, source, name, predicate.words)

    def _group_action(self, key: str, source: Source, name: str, words: str = "") -> Action:
        payload = {
            "name": f"MTurk: {title_of(name)}{words}",
            "description": mark_of(self._archive.archive_id, key),
        }
        return Action(key, "group", source, payload, lane="groups")

    def _is_own(self, qualification_type_id: str) -> bool:
        return qualification_type_id in self._names


def _with_blocked(filters: list[dict[str, object]]) -> list[dict[str, object]]:
    keys = next((one["block"] for one in filters if "block" in one), [])
    others = [one for one in filters if "block" not in one]
    return [*others, {"block": [*(keys if isinstance(keys, list) else []), BLOCKED]}]


def _without_question(hit: HIT) -> HIT:
    """What is kept of a type, which is asked for no page."""
    return HIT(**{name: getattr(hit, name) for name in _OF_TYPE}, hit_id=hit.hit_id)


_OF_TYPE = (
    *("hit_type_id", "title", "description", "reward", "auto_approval_delay_in_seconds"),
    *("assignment_duration_in_seconds", "qualification_requirements"),
)


def _lost(hit_id: str, field: str, fidelity: Fidelity, note: str) -> Loss:
    return Loss(Source("HIT", hit_id), field, fidelity, note)
