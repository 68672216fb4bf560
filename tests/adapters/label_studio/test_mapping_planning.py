"""Plans: keys, users, tasks and what they carry; the same again, and from what strangers wrote."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from mturk_exodus import records
from mturk_exodus.demo.synthesize import synthesize
from mturk_exodus.errors import SettingMissing
from mturk_exodus.questions.answering import answers
from mturk_exodus.questions.templates import recovery
from mturk_exodus.questions.templates.rebuilding import of_names
from mturk_exodus.replay.adapter import Action, Fidelity, Loss, Task
from mturk_exodus.replay.fields import FIELDS
from mturk_exodus_label_studio.capabilities import CAPABILITIES
from mturk_exodus_label_studio.mapping.carried import said_by
from mturk_exodus_label_studio.mapping.planning import plan
from mturk_exodus_label_studio.mapping.validation import problems
from tests.adapters.label_studio.mapping_support import (
    HIT_ID,
    PICTURE,
    SIZE,
    Reader,
    assignment,
    crowd,
    crowd_answer,
    hit,
    notes,
    of,
    page,
    planned,
)

QUESTION = page("<form><p>${greeting}</p><p>Name? <input name=name></p></form>")
ANSWER = answers.build([("name", "Ada")])
BONUS = records.BonusPayment(
    worker_id="AWORKER1", bonus_amount="0.05", assignment_id="3ASSIGNMENT1", reason="thanks"
)
REPORT = records.ReviewReport(hit_id=HIT_ID, hit_review_policy='{"PolicyName":"x"}')


def demo_tasks(hits: int = 120) -> list[Task]:
    """Those of the invented account."""
    account = synthesize(hits=hits)
    return [
        Task(
            hit=records.from_wire(records.HIT, one),
            assignments=tuple(
                records.from_wire(records.Assignment, work)
                for work in account.assignments[hit_id][:4]
            ),
            bonus_payments=tuple(
                records.from_wire(records.BonusPayment, paid)
                for paid in account.bonus_payments[hit_id]
            ),
        )
        for hit_id, one in account.hits.items()
    ]


DEMO = demo_tasks()


def test_keys_and_what_they_require() -> None:
    steps = planned(Task(hit(QUESTION), (assignment(ANSWER),)))
    actions = [one for one in steps if isinstance(one, Action)]
    user, project, task, annotation = actions
    pseudonym = Reader().pseudonym("AWORKER1")
    assert (user.key, user.lane, user.requires) == (f"user:{pseudonym}", "users", ())
    assert project.key.startswith("project:3TYPE:")
    assert (project.lane, project.requires) == ("projects", ())
    assert (task.key, task.requires) == (f"task:{HIT_ID}", (project.key,))
    assert annotation.requires == (task.key, user.key)
    assert annotation.key == "annotation:3ASSIGNMENT1"
    assert task.lane == annotation.lane == f"tasks {project.key}"
    marker = f"mturk-exodus 5f1e {project.key}"
    assert project.payload["description"].splitlines()[-1] == marker


def test_an_annotation() -> None:
    (made,) = of("annotation", planned(Task(hit(QUESTION), (assignment(ANSWER),), (BONUS,))))
    *results, carried = made["result"]
    assert [one["value"] for one in results] == [{"text": ["Ada"]}]
    pseudonym = Reader().pseudonym("AWORKER1")
    assert said_by(carried["value"]["text"][0]) == {
        "Worker": pseudonym,
        "AssignmentId": "3ASSIGNMENT1",
        "HITId": HIT_ID,
        "AssignmentStatus": "Approved",
        "AcceptTime": "2026-05-22T00:58:42.000Z",
        "SubmitTime": "2026-05-22T00:59:24.500Z",
        "Answer": ANSWER,
        "BonusPayments": [
            {
                "Worker": pseudonym,
                "BonusAmount": "0.05",
                "AssignmentId": "3ASSIGNMENT1",
                "Reason": "thanks",
            }
        ],
    }
    rest = {name: value for name, value in made.items() if name not in ("result", "import_id")}
    assert rest == {
        "lead_time": 42.5,
        "was_cancelled": False,
        "ground_truth": False,
        "completed_by": f"{pseudonym}@mturk.invalid",
    }
    assert 0 <= made["import_id"] < 2**63


@pytest.mark.parametrize(
    ("members", "lead_time"),
    [
        ({"accept_time": None}, None),
        ({"submit_time": "soon"}, None),
        ({"submit_time": "2026-05-22T00:58:41.000Z"}, None),
        ({"submit_time": "2026-05-22T00:58:42.000Z"}, 0.0),
    ],
)
def test_time_that_is_not_known_is_none(members: dict[str, Any], lead_time: float | None) -> None:
    (made,) = of("annotation", planned(Task(hit(QUESTION), (assignment(ANSWER, **members),))))
    assert made["lead_time"] == lead_time


def test_rejected_work_is_marked() -> None:
    work = assignment(ANSWER, assignment_status="Rejected")
    (made,) = of("annotation", planned(Task(hit(QUESTION), (work,))))
    assert made["was_cancelled"] is True


def test_a_task_carries_variables_and_the_hits_members() -> None:
    variables = {"greeting": "hello", "a b": "1", "mturk_hit_id": "x", "a__b": "2"}
    orphan = replace(BONUS, assignment_id="3ANOTHER")
    task = Task(hit(QUESTION, reward="0.10"), (), (orphan,), (REPORT,), variables=variables)
    (made,) = of("task", planned(task))
    data, meta = made["data"], made["meta"]["mturk"]
    assert data["greeting"] == "hello"
    assert data["mturk_hit_id"] == HIT_ID
    renamed = {"a_b": "a b", "variable_mturk_hit_id": "mturk_hit_id", "a_b_2": "a__b"}
    assert meta["Variables"] == renamed
    assert {data[key] for key in renamed} == {"1", "x", "2"}
    assert meta["Reward"] == "0.10"
    assert meta["ReviewReports"] == [{"HITId": HIT_ID, "HITReviewPolicy": '{"PolicyName":"x"}'}]
    assert [one["AssignmentId"] for one in meta["BonusPayments"]] == ["3ANOTHER"]
    assert "Question" not in meta
    assert "name" in data["mturk_name_label"].lower()


def test_one_project_for_a_type_and_structure() -> None:
    other = page("<form><p>Another <input name=name type=number></p></form>")
    steps = planned(
        Task(hit(QUESTION, "3A")),
        Task(hit(QUESTION.replace("greeting", "welcome"), "3B")),
        Task(hit(other, "3C")),
        Task(hit(QUESTION, "3D", hit_type_id="3OTHER")),
        Task(hit(QUESTION, "3E", hit_type_id=None)),
    )
    keys = [one.key for one in steps if isinstance(one, Action) and one.operation == "project"]
    assert [key.split(":")[1] for key in keys] == ["3TYPE", "3TYPE", "3OTHER", "-"]
    assert len({*keys}) == len(keys)


@pytest.mark.parametrize(
    ("title", "expected"),
    [("ab", "HITs ab"), ("", "HITs without a title"), ("x" * 51, "x" * 49 + "…"), ("a\n b", "a b")],
)
def test_titles_that_label_studio_takes(title: str, expected: str) -> None:
    (made,) = of("project", planned(Task(hit(QUESTION, title=title))))
    assert made["title"] == expected


def test_plain_workers() -> None:
    works = (assignment(ANSWER, 1, worker_id="A2KX"), assignment(ANSWER, 2, worker_id="no id @"))
    steps = planned(Task(hit(QUESTION), works), workers="plain")
    pseudonym = Reader().pseudonym("no id @")
    assert of("user", steps) == [
        {"email": "a2kx@mturk.invalid", "username": "A2KX"},
        {"email": f"{pseudonym}@mturk.invalid", "username": pseudonym},
    ]
    assert [one.field for one in steps if isinstance(one, Loss)] == ["Assignment.WorkerId"]
    assert "A2Kx" not in "".join(one.key for one in steps if isinstance(one, Action))


def test_another_word_for_workers_is_refused() -> None:
    with pytest.raises(SettingMissing):
        plan(Reader(), workers="open")


def test_nobody_knows_who_worked() -> None:
    steps = planned(Task(hit(QUESTION), (assignment(ANSWER, worker_id=None),)))
    assert of("annotation", steps)[0]["completed_by"] is None
    assert [one.fidelity for one in steps if isinstance(one, Loss)][-1] is Fidelity.UNSUPPORTED


def test_the_demo_account_is_planned_and_valid() -> None:
    steps = planned(*DEMO)
    configs = {
        one.key: one.payload["label_config"]
        for one in steps
        if isinstance(one, Action) and one.operation == "project"
    }
    annotations = [
        one for one in steps if isinstance(one, Action) and one.operation == "annotation"
    ]
    assert len(annotations) == sum(len(one.assignments) for one in DEMO)
    for one in annotations:
        config = configs[one.lane.removeprefix("tasks ")]
        assert problems(one.payload["result"], config) == []
    made = [one for one in steps if isinstance(one, Action)]
    seen: set[str] = set()
    for action in made:
        assert {*action.requires} <= seen
        seen.add(action.key)
    assert len(seen) == len(made)


def test_a_plan_is_the_same_again() -> None:
    assert planned(*DEMO) == planned(*DEMO)


def test_no_workers_id_is_in_a_plan() -> None:
    workers = {one.worker_id for task in DEMO for one in task.assignments}
    for step in planned(*DEMO):
        said = _without_answers(step)
        assert not any(worker in said for worker in workers if worker), said[:200]


def _without_answers(step: Action | Loss) -> str:
    """All of a step but what a worker wrote, who may have written anything."""
    if isinstance(step, Loss) or step.operation != "annotation":
        return repr(step)
    *_, carried = step.payload["result"]
    said = said_by(carried["value"]["text"][0])
    said.pop("Answer", None)
    return repr((step.key, step.requires, {**step.payload, "result": []}, said))


def test_payloads_are_json_that_a_database_can_hold() -> None:
    odd = "NUL \x00, half \ud800"
    task = Task(
        hit(page(f"<form>{odd}<input name='{odd}'></form>"), title=odd, keywords=odd),
        (assignment(answers.build([(odd, odd)]), requester_feedback=odd),),
        (replace(BONUS, reason=odd),),
        variables={odd: odd, "plain": "x"},
    )
    for one in planned(task):
        if isinstance(one, Action):
            written = json.dumps(one.payload, ensure_ascii=False)
            assert "\\u0000" not in written.replace("\\\\u0000", "")
            assert json.loads(written.encode()) == one.payload


def _of_templates(tasks: list[Task]) -> Iterator[Task]:
    """The same tasks as they come from an archive that was compacted."""
    by_type: dict[str | None, list[Task]] = {}
    for one in tasks:
        by_type.setdefault(one.hit.hit_type_id, []).append(one)
    for several in by_type.values():
        questions = [(one.hit.hit_id, str(one.hit.question)) for one in several]
        found = recovery.recover(lambda questions=questions: questions)  # type: ignore[misc] # mypy knows no such default
        for one in several:
            fit = found.fit(str(one.hit.question))
            yield one if fit is None else replace(one, template=fit.template)


def test_compacted_hits_become_the_same() -> None:
    """Filling in a form that was read once is reading each."""
    compacted = [*_of_templates(DEMO)]
    assert sum(one.template is not None for one in compacted) > len(DEMO) // 2
    assert planned(*compacted) == planned(*DEMO)


def test_every_field_is_declared_with_a_reason() -> None:
    assert {*CAPABILITIES} == {*FIELDS}
    assert all(one.note for one in CAPABILITIES.values())


HOSTILE_ANSWERS: list[Any] = [
    None,
    [],
    "text",
    {"boundingBoxes": "all"},
    {"boundingBoxes": [None, 1, "x", [], {}]},
    {"boundingBoxes": [{"left": "1", "top": None, "width": [], "height": {}, "label": "cat"}]},
    {"boundingBoxes": [{"left": 1, "top": 1, "width": 1, "height": 1, "label": "horse"}]},
    {"boundingBoxes": [{"left": 1, "top": 1, "width": 1, "height": 1}], "inputImageProperties": 5},
    {"boundingBoxes": [{"left": 1, "top": 1, "width": 1, "height": 1, "label": {}}]},
]
BOXES = crowd(
    f"<crowd-bounding-box name=x src='{PICTURE}' labels=\"['cat']\"></crowd-bounding-box>"
)


@pytest.mark.parametrize("said", HOSTILE_ANSWERS)
def test_answers_of_a_wrong_shape_are_carried_and_shown(said: Any) -> None:  # noqa: ANN401 - JSON
    if isinstance(said, dict):
        said = {"inputImageProperties": SIZE, **said}
    document = crowd_answer({"x": said})
    steps = planned(Task(hit(BOXES), (assignment(document),)))
    (made,) = of("annotation", steps)
    assert said_by(made["result"][-1]["value"]["text"][0])["Answer"] == document
    assert [one["from_name"] for one in made["result"]] == ["mturk_rest", "mturk"]
    assert problems(made["result"], of("project", steps)[0]["label_config"]) == []
    assert len(notes(steps)) == 1


def test_nan_is_no_json_and_the_answer_is_carried() -> None:
    document = answers.build([("taskAnswers", '[{"x": {"boundingBoxes": [{"left": NaN}]}}]')])
    steps = planned(Task(hit(BOXES), (assignment(document),)))
    assert [one["from_name"] for one in of("annotation", steps)[0]["result"]] == [
        "mturk_rest",
        "mturk",
    ]


def test_the_good_boxes_of_many_are_kept() -> None:
    box = {"left": -5, "top": 1, "width": 300, "height": 1, "label": "cat"}
    boxes = [{**box, "left": one} for one in range(10_000)] + [{**box, "label": "horse"}]
    document = crowd_answer({"x": {"boundingBoxes": boxes, "inputImageProperties": SIZE}})
    steps = planned(Task(hit(BOXES), (assignment(document),)))
    (made,) = of("annotation", steps)
    found = [one for one in made["result"] if one["from_name"] == "x"]
    assert len(found) == len({one["id"] for one in made["result"]}) - 2 == 10_000
    assert notes(steps) == ["an annotation's label is none of the labels"]


@pytest.mark.parametrize(
    ("question", "why"),
    [
        (None, "there is no question"),
        ("not markup", "is neither a question of MTurk nor HTML"),
        (
            "<ExternalQuestion><ExternalURL>https://a.example/?x=1&amp;y",
            "is not XML that can be read",
        ),
    ],
)
def test_hits_without_a_form_are_shown(question: str | None, why: str) -> None:
    steps = planned(Task(hit(question), (assignment(ANSWER),)))
    assert any(why in note for note in notes(steps)), notes(steps)
    assert of("annotation", steps)[0]["result"][0]["from_name"] == "mturk_rest"
    assert of("task", steps)[0]["data"]["mturk_page"]


def test_a_question_that_no_source_kept_is_put_together_and_said_to_be() -> None:
    page = of_names("Mood", {"text": "text"}, ["mood"])
    rebuilt = page.question({"text": "Look."})
    document = answers.build([("mood", "good|bad")])
    task = Task(
        hit(None),
        (assignment(document),),
        template=page.template,
        variables={"text": "Look."},
        rebuilt=rebuilt,
        rebuilt_from="names",
    )
    steps = planned(task)
    assert notes(steps) == ["no source kept the question: it is put together from names"]
    (made,) = of("annotation", steps)
    (first, _) = made["result"]
    assert (first["from_name"], first["value"]) == ("mood", {"text": ["good|bad"]})
    (shown,) = of("task", steps)
    assert "Look." in shown["data"]["mturk_page"]


def test_pages_elsewhere_are_links() -> None:
    external = "<ExternalQuestion><ExternalURL>{}</ExternalURL></ExternalQuestion>"
    good = planned(Task(hit(external.format("https://a.example/?x=1&amp;y=2"))))
    assert 'href="https://a.example/?x=1&amp;y=2"' in of("task", good)[0]["data"]["mturk_page"]
    bad = planned(Task(hit(external.format("javascript:alert(1)"))))
    assert "href" not in of("task", bad)[0]["data"]["mturk_page"]


def test_what_is_shown_does_nothing() -> None:
    body = "<form>&lt;script&gt;x()&lt;/script&gt;<img src='javascript:x()' alt='\"><b>'></form>"
    shown = of("task", planned(Task(hit(page(body)))))[0]["data"]["mturk_page"]
    assert "<script" not in shown
    assert "<img" not in shown
    assert "<b>" not in shown


@pytest.mark.parametrize("answer", ["no XML", "<a/>", "<QuestionFormAnswers><Answer>", ""])
def test_answers_that_cannot_be_read_are_carried(answer: str) -> None:
    steps = planned(Task(hit(QUESTION), (assignment(answer, answer_doubts="[["),)))
    (carried,) = of("annotation", steps)[0]["result"]
    assert said_by(carried["value"]["text"][0])["Answer"] == answer
    assert len(notes(steps)) == bool(answer)
