"""Each method of the contract against a real Label Studio."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mturk_exodus import errors
from mturk_exodus.replay.adapter import Action, Kept, Receipt
from mturk_exodus_label_studio import LabelStudioAdapter
from tests.adapters.label_studio.actions import (
    CONFIG,
    Work,
    annotation,
    apply,
    carried_out,
    makings,
    project,
    task,
    user,
)
from tests.adapters.label_studio.servers import Person, Server

pytestmark = pytest.mark.live

Receipts = dict[str, Receipt]


def changed(action: Action, **members: object) -> Action:
    """The same action, whose payload is another."""
    return replace(action, payload={**action.payload, **members})


def test_a_server_is_known_by_its_address(server: Server, adapter: LabelStudioAdapter) -> None:
    assert adapter.identity() == f"{server.url} organization 1"


def test_what_was_made_is_held_as_it_was_sent(
    adapter: LabelStudioAdapter, work: Work, done: Receipts
) -> None:
    assert adapter.held(work.actions, done) == {one.key: one.payload for one in work.actions}


def test_every_receipt_names_what_was_made(person: Person, work: Work, done: Receipts) -> None:
    assert all(not one.found for one in done.values())
    tasks = person.tasks(done[work.project.key].target_id)
    assert [str(one["id"]) for one in tasks] == [done[one.key].target_id for one in work.tasks]
    there = {f"{one['task']}/{one['import_id']}" for each in tasks for one in each["annotations"]}
    assert there == {done[one.key].target_id for one in work.annotations}


def test_what_was_made_is_found_by_its_marks(
    adapter: LabelStudioAdapter, work: Work, done: Receipts
) -> None:
    found = dict(adapter.find([*work.users, work.project], {}))
    found |= adapter.find(work.batch, found)
    assert found == {key: replace(one, found=True) for key, one in done.items()}


def test_what_was_not_made_is_not_found(
    adapter: LabelStudioAdapter, work: Work, done: Receipts
) -> None:
    other = Work(f"{work.name}x")
    assert adapter.find([*other.users, other.project], {}) == {}
    inside = task(work.project, "no such HIT")
    on_it = annotation(inside, work.users[0], "nor such an assignment")
    on_another = annotation(work.tasks[0], work.users[0], "nor this one")
    assert adapter.find([inside, on_it, on_another], done) == {}


def test_a_project_is_empty_until_something_is_in_it(
    adapter: LabelStudioAdapter, work: Work
) -> None:
    receipts: Receipts = {}
    apply(adapter, [*work.users], receipts)
    apply(adapter, [work.project], receipts)
    assert adapter.find(work.batch, receipts) == {}


def test_more_than_one_request_finds_and_holds(adapter: LabelStudioAdapter, work: Work) -> None:
    many = Work(f"{work.name}many", hits=331)
    done = carried_out(adapter, many)
    known = {key: done[key] for key in (many.project.key, *(one.key for one in many.users))}
    found = adapter.find(many.batch, known)
    assert {key: one.target_id for key, one in found.items()} == {
        one.key: done[one.key].target_id for one in many.batch
    }
    assert adapter.held(many.batch, done) == {one.key: one.payload for one in many.batch}


def test_a_user_that_is_there_is_found_rather_than_made(
    adapter: LabelStudioAdapter, work: Work, done: Receipts
) -> None:
    again = list(adapter.apply(work.users, {}))
    assert again == [replace(done[one.key], found=True) for one in work.users]


def test_an_annotation_that_came_later_is_made_once(
    person: Person, adapter: LabelStudioAdapter, work: Work, done: Receipts
) -> None:
    late = annotation(work.tasks[0], work.users[1], f"{work.name}late", "b", was_cancelled=True)
    first, second = (list(adapter.apply([late], done)) for _ in range(2))
    assert (first[0].found, second[0].found) == (False, True)
    assert first[0].target_id == second[0].target_id
    assert adapter.held([late], {**done, late.key: first[0]}) == {late.key: late.payload}
    assert adapter.find([late], done) == {late.key: second[0]}
    assert len(person.tasks(done[work.project.key].target_id)[0]["annotations"]) == 3


def test_a_late_annotation_is_refused_where_its_task_is_asked_something_else(
    person: Person, adapter: LabelStudioAdapter, work: Work, done: Receipts
) -> None:
    late = annotation(work.tasks[0], work.users[1], f"{work.name}elsewhere", "b")
    (first, *rest) = late.payload["result"]
    result = [{**first, "from_name": "nowhere"}, *rest]
    late = replace(late, payload={**late.payload, "result": result})
    with pytest.raises(errors.TargetRejected, match="asks something else"):
        list(adapter.apply([late], done))
    assert len(person.tasks(done[work.project.key].target_id)[0]["annotations"]) == 2


def test_an_annotation_by_nobody_is_the_importing_users(
    person: Person, adapter: LabelStudioAdapter, work: Work, done: Receipts
) -> None:
    one = task(work.project, f"{work.name}nobody")
    first, late = (
        replace(by_nobody, requires=(one.key,))
        for name in ("first", "late")
        for by_nobody in [annotation(one, work.users[0], f"{work.name}{name}", completed_by=None)]
    )
    for batch in ([one, first], [late]):
        apply(adapter, batch, done)
    assert adapter.held([first, late], done) == {each.key: each.payload for each in (first, late)}
    there = person("GET", f"/api/tasks/{done[one.key].target_id}/")["annotations"]
    assert [each["completed_by"]["id"] for each in there] == [1, 1]


@pytest.mark.parametrize("digits", ["0", "7", "1e3", "null", "true", "a,b", 'a"b', "é😀", "%"])
def test_a_task_is_found_by_whatever_its_hit_is_called(
    adapter: LabelStudioAdapter, work: Work, done: Receipts, digits: str
) -> None:
    receipts = dict(done)
    odd = task(work.project, digits)
    near = task(work.project, f"{digits}0")
    apply(adapter, [odd, near], receipts)
    assert adapter.find([odd], done)[odd.key].target_id == receipts[odd.key].target_id


def test_an_edit_by_a_person_is_seen(
    person: Person, adapter: LabelStudioAdapter, work: Work, done: Receipts
) -> None:
    one, other = work.tasks[0], work.annotations[0]
    task_id = done[one.key].target_id
    person("PATCH", f"/api/tasks/{task_id}/", {"data": {**one.payload["data"], "text": "new"}})
    there = person("GET", f"/api/tasks/{task_id}/")["annotations"][0]
    person("PATCH", f"/api/annotations/{there['id']}/", {"result": []})
    person(
        "PATCH", f"/api/projects/{done[work.project.key].target_id}/", {"title": "Another title"}
    )
    held = adapter.held(work.actions, done)
    different = {each.key for each in work.actions if held[each.key] != each.payload}
    assert different == {one.key, other.key, work.project.key}


def test_what_a_person_submits_unchanged_is_equal(
    person: Person, adapter: LabelStudioAdapter, work: Work, done: Receipts
) -> None:
    """The editor says of each region where it came from."""
    one = work.annotations[0]
    there = person("GET", f"/api/tasks/{done[work.tasks[0].key].target_id}/")["annotations"][0]
    result = [{**each, "origin": "manual"} for each in there["result"]]
    person("PATCH", f"/api/annotations/{there['id']}/", {"result": result})
    assert adapter.held([one], done) == {one.key: one.payload}


def test_what_a_person_deleted_is_missing(
    person: Person, adapter: LabelStudioAdapter, work: Work, done: Receipts
) -> None:
    first, second, _ = (done[one.key].target_id for one in work.tasks)
    person("DELETE", f"/api/tasks/{first}/")
    there = person("GET", f"/api/tasks/{second}/")["annotations"][0]
    person("DELETE", f"/api/annotations/{there['id']}/")
    held = adapter.held(work.actions, done)
    gone = {one.key for one in work.actions} - held.keys()
    first_three = [one.key for one in work.batch[:3]]
    assert gone == {*first_three, work.annotations[2].key}


def test_a_deleted_project_is_missing_with_all_that_was_in_it(
    person: Person, adapter: LabelStudioAdapter, work: Work, done: Receipts
) -> None:
    person("DELETE", f"/api/projects/{done[work.project.key].target_id}/")
    assert adapter.held(work.actions, done).keys() == {one.key for one in work.users}
    assert adapter.find([work.project], done) == {}


def test_tasks_for_a_project_that_is_gone_are_refused_with_the_reason(
    person: Person, adapter: LabelStudioAdapter, work: Work
) -> None:
    receipts: Receipts = {}
    apply(adapter, work.users, receipts)
    apply(adapter, [work.project], receipts)
    person("DELETE", f"/api/projects/{receipts[work.project.key].target_id}/")
    with pytest.raises(errors.TargetRejected, match="its project is no longer there"):
        apply(adapter, work.batch, receipts)


def test_a_batch_of_which_one_is_wrong_makes_nothing(
    person: Person, adapter: LabelStudioAdapter, work: Work, done: Receipts
) -> None:
    good, bad = task(work.project, "good"), task(work.project, "bad")
    bad = changed(bad, data={"mturk_hit_id": "bad", "secret": "s3cr3t"})
    with pytest.raises(errors.TargetRejected, match="what the task's data lacks") as caught:
        apply(adapter, [good, bad], dict(done))
    assert "s3cr3t" not in str(caught.value)
    assert len(person.tasks(done[work.project.key].target_id)) == len(work.tasks)


def test_a_worker_who_is_no_user_any_more_is_not_named(
    adapter: LabelStudioAdapter, work: Work, done: Receipts
) -> None:
    stranger = user(f"{work.name}stranger")
    one = task(work.project, "another")
    batch = [one, annotation(one, stranger, f"{work.name}another")]
    with pytest.raises(
        errors.TargetRejected, match="the user that stands for its worker"
    ) as caught:
        apply(adapter, batch, dict(done))
    assert work.name not in str(caught.value)


@pytest.mark.parametrize(
    ("members", "reason"),
    [({"label_config": "<View>"}, "labeling config: no element"), ({"title": "x"}, "its title")],
)
def test_a_project_that_the_server_refuses(
    adapter: LabelStudioAdapter, work: Work, members: dict[str, str], reason: str
) -> None:
    wrong = project(work.name, **members)
    with pytest.raises(errors.TargetRejected, match=reason):
        list(adapter.apply([wrong], {}))
    assert adapter.find([wrong], {}) == {}


@pytest.mark.parametrize("text", ["\ud800", "\U0001f600"[0] + "\udc00"])
def test_half_a_character_is_refused_before_it_is_sent(
    adapter: LabelStudioAdapter, work: Work, done: Receipts, text: str
) -> None:
    with pytest.raises(errors.TargetRejected, match="half a character"):
        list(adapter.apply([task(work.project, "half", text)], done))


def test_a_changed_archive_changes_what_is_there(
    person: Person, adapter: LabelStudioAdapter, work: Work, done: Receipts
) -> None:
    after = [
        changed(work.project, title="Another title", show_instruction=False),
        changed(work.tasks[0], meta={"mturk": {"assignments": [1]}}),
        changed(work.annotations[0], was_cancelled=True),
        changed(work.annotations[1], result=[], lead_time=7.25),
    ]
    for _ in range(3):
        assert list(adapter.revise(after, done)) == [done[one.key] for one in after]
        assert adapter.held(after, done) == {one.key: one.payload for one in after}
    again = [changed(after[2], was_cancelled=False)]
    assert list(adapter.revise(again, done)) == [done[again[0].key]]
    assert adapter.held(again, done) == {again[0].key: again[0].payload}
    for one in person.tasks(done[work.project.key].target_id):
        assert len(one["annotations"]) == 2


def test_a_replacement_that_was_stopped_half_way_is_finished(
    person: Person, adapter: LabelStudioAdapter, work: Work, done: Receipts
) -> None:
    """The new annotation is there, and the old one still is."""
    task_id = done[work.tasks[0].key].target_id
    after = changed(work.annotations[0], lead_time=1.5)
    alone = {**after.payload, "completed_by": int(done[work.users[0].key].target_id)}
    person("POST", f"/api/tasks/{task_id}/annotations/", alone)
    assert list(adapter.revise([after], done)) == [done[after.key]]
    there = person("GET", f"/api/tasks/{task_id}/")["annotations"]
    assert sorted(one["lead_time"] or 0 for one in there) == [0, 1.5]


def test_what_a_person_has_changed_or_deleted_is_not_revised(
    person: Person, adapter: LabelStudioAdapter, work: Work, done: Receipts
) -> None:
    ids = [done[one.key].target_id for one in work.tasks]
    first, second = person("GET", f"/api/tasks/{ids[0]}/")["annotations"]
    person("PATCH", f"/api/annotations/{first['id']}/", {"result": [], "lead_time": 50.0})
    person("DELETE", f"/api/annotations/{second['id']}/")
    person("DELETE", f"/api/tasks/{ids[1]}/")
    after = [changed(one, lead_time=1.5) for one in work.annotations[:3]]
    after.append(changed(work.tasks[1], meta={}))
    said = {one.key: one.reason for one in adapter.revise(after, done) if isinstance(one, Kept)}
    assert said == {
        after[0].key: "a person has changed the annotation there",
        after[1].key: "the annotation has been deleted there",
        after[2].key: "the annotation has been deleted there",
        after[3].key: "the task has been deleted there",
    }
    there = person("GET", f"/api/tasks/{ids[0]}/")["annotations"]
    assert [one["lead_time"] for one in there] == [50.0]


def test_what_a_person_has_begun_to_change_is_not_revised(
    person: Person, adapter: LabelStudioAdapter, work: Work, done: Receipts
) -> None:
    """A draft would be deleted with the annotation that it is of."""
    task_id = done[work.tasks[0].key].target_id
    there = person("GET", f"/api/tasks/{task_id}/")["annotations"][0]["id"]
    person("POST", f"/api/tasks/{task_id}/annotations/{there}/drafts", {"result": []})
    same, after = work.annotations[0], changed(work.annotations[0], lead_time=1.5)
    assert list(adapter.revise([after], done)) == [Kept(after.key, "a draft is on its task")]
    assert list(adapter.revise([same], done)) == [done[same.key]]


def test_a_labeling_config_is_left_alone(
    person: Person, adapter: LabelStudioAdapter, work: Work, done: Receipts
) -> None:
    after = changed(work.project, label_config=CONFIG.replace("A", "Z"), title="Another title")
    (said,) = adapter.revise([after], done)
    assert isinstance(said, Kept)
    there = person("GET", f"/api/projects/{done[after.key].target_id}/")
    assert (there["title"], there["label_config"]) == ("Another title", CONFIG)


def test_a_user_cannot_be_given_another_email(
    adapter: LabelStudioAdapter, work: Work, done: Receipts
) -> None:
    after = changed(work.users[0], email="other@mturk.invalid")
    (said,) = adapter.revise([after], done)
    assert isinstance(said, Kept)
    assert list(adapter.revise([work.users[0]], done)) == [done[after.key]]


def test_all_that_was_made_is_removed(
    person: Person, adapter: LabelStudioAdapter, work: Work, done: Receipts
) -> None:
    before = makings(work.actions, done)
    for _ in range(2):
        gone = list(adapter.remove(before))
        assert {one.key for one in gone if isinstance(one, Receipt)} == done.keys()
        assert len(gone) == len(done)
    assert adapter.held(work.actions, done) == {}
    assert adapter.find([*work.users, work.project], {}) == {}
    projects = person("GET", "/api/projects/", page_size=100)["results"]
    assert done[work.project.key].target_id not in {str(one["id"]) for one in projects}
