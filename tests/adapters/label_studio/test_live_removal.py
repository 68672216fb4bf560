"""Nothing is removed from a real Label Studio that is not ours."""

from __future__ import annotations

import pytest

from mturk_exodus.replay.adapter import Kept, Receipt
from mturk_exodus_label_studio import LabelStudioAdapter
from tests.adapters.label_studio.actions import Work, annotation, apply, makings
from tests.adapters.label_studio.servers import Person

pytestmark = pytest.mark.live

Receipts = dict[str, Receipt]


def kept(adapter: LabelStudioAdapter, work: Work, done: Receipts) -> dict[str, str]:
    """Ask for all to be removed; what is not, and why."""
    said = list(adapter.remove(makings(work.actions, done)))
    assert {one.key for one in said} == done.keys()
    return {one.key: one.reason for one in said if isinstance(one, Kept)}


def test_a_task_that_a_person_has_annotated(
    person: Person, adapter: LabelStudioAdapter, work: Work, done: Receipts
) -> None:
    task_id = done[work.tasks[0].key].target_id
    person("POST", f"/api/tasks/{task_id}/annotations/", {"result": []})
    assert kept(adapter, work, done) == {
        work.tasks[0].key: "an annotation is on it that is not ours",
        work.project.key: "tasks are left in the project",
    }
    (left,) = person.tasks(done[work.project.key].target_id)
    assert [one["import_id"] for one in left["annotations"]] == [None]


def test_an_annotation_that_a_person_has_changed(
    person: Person, adapter: LabelStudioAdapter, work: Work, done: Receipts
) -> None:
    there = person("GET", f"/api/tasks/{done[work.tasks[0].key].target_id}/")["annotations"][0]
    person("PATCH", f"/api/annotations/{there['id']}/", {"result": []})
    assert kept(adapter, work, done) == {
        work.annotations[0].key: "a person has changed the annotation there",
        work.tasks[0].key: "a person has changed an annotation on it",
        work.project.key: "tasks are left in the project",
        work.users[0].key: "annotations are left that the user is the author of",
    }


@pytest.mark.parametrize("kind", ["drafts", "predictions"])
def test_a_task_that_something_else_hangs_on(
    person: Person, adapter: LabelStudioAdapter, work: Work, done: Receipts, kind: str
) -> None:
    task_id = done[work.tasks[0].key].target_id
    if kind == "drafts":
        person("POST", f"/api/tasks/{task_id}/drafts", {"result": []})
    else:
        person("POST", "/api/predictions/", {"task": int(task_id), "result": []})
    assert kept(adapter, work, done) == {
        work.tasks[0].key: f"a {kind[:-1]} is on it",
        work.project.key: "tasks are left in the project",
    }


def test_a_project_that_a_person_has_put_tasks_into(
    person: Person, adapter: LabelStudioAdapter, work: Work, done: Receipts
) -> None:
    project_id = done[work.project.key].target_id
    person("POST", f"/api/projects/{project_id}/import", [{"data": {"text": "mine"}}])
    assert kept(adapter, work, done) == {work.project.key: "tasks are left in the project"}
    (left,) = person.tasks(project_id)
    assert left["data"] == {"text": "mine"}


def test_a_project_that_no_longer_bears_our_mark(
    person: Person, adapter: LabelStudioAdapter, work: Work, done: Receipts
) -> None:
    project_id = done[work.project.key].target_id
    person("PATCH", f"/api/projects/{project_id}/", {"description": "mine now"})
    assert kept(adapter, work, done).keys() == {work.project.key}


def test_a_task_that_got_the_id_of_ours(
    person: Person, adapter: LabelStudioAdapter, work: Work, done: Receipts
) -> None:
    """SQLite gives the last task's id again."""
    project_id = done[work.project.key].target_id
    last = done[work.tasks[-1].key].target_id
    person("DELETE", f"/api/tasks/{last}/")
    person("POST", f"/api/projects/{project_id}/import", [{"data": {"text": "mine"}}])
    assert [str(one["id"]) for one in person.tasks(project_id)][-1] == last
    assert kept(adapter, work, done) == {work.project.key: "tasks are left in the project"}
    (left,) = person.tasks(project_id)
    assert left["data"] == {"text": "mine"}


def test_annotations_without_their_task(
    person: Person, adapter: LabelStudioAdapter, work: Work, done: Receipts
) -> None:
    some = makings(work.annotations[:2], done)
    assert list(adapter.remove(some)) == [Receipt(one.key, one.target_id) for one in some]
    tasks = person.tasks(done[work.project.key].target_id)
    assert [len(one["annotations"]) for one in tasks] == [0, 2, 2]


def test_an_annotation_that_another_archive_made(
    adapter: LabelStudioAdapter, work: Work, done: Receipts
) -> None:
    """It is not in this ledger."""
    other = annotation(work.tasks[0], work.users[0], f"{work.name}other")
    apply(adapter, [other], dict(done))
    assert kept(adapter, work, done).keys() == {
        work.tasks[0].key,
        work.project.key,
        work.users[0].key,
    }
