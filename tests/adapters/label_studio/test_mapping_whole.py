"""Nothing of an answer or a question vanishes, or changes, without a word."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mturk_exodus.questions.answering import answers
from mturk_exodus.questions.templates.template import Template
from mturk_exodus.replay.adapter import Task
from mturk_exodus_label_studio.mapping.data import LONGEST_TEXT
from tests.adapters.label_studio.mapping_support import (
    PICTURE,
    SIZE,
    Reader,
    asked_and_answered,
    assignment,
    crowd,
    crowd_answer,
    hit,
    notes,
    of,
    page,
    planned,
    png,
)

RED = (255, 0, 0, 255)
BOX = {"label": "a", "left": 1, "top": 2, "width": 3, "height": 4}
BOXES = crowd(f"<crowd-bounding-box name=b src='{PICTURE}' labels=\"['a']\"></crowd-bounding-box>")
INSTANCES = crowd(
    f"<crowd-instance-segmentation name=b src='{PICTURE}' labels=\"['a']\">"
    "</crowd-instance-segmentation>"
)
SPANS = crowd(
    "<crowd-entity-annotation name=b labels=\"[{'label': 'a'}]\" text='Some text'>"
    "</crowd-entity-annotation>"
)
MORE = "an answer says more than its control can show"


def rest_of(results: list[dict[str, Any]]) -> Any:  # noqa: ANN401 - JSON
    """What stands in *Other answers*; None if nothing does."""
    texts = [one["value"]["text"][0] for one in results if one["from_name"] == "mturk_rest"]
    return json.loads(texts[0]) if texts else None


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (BOXES, {"boundingBoxes": [BOX], "comment": "it is broken"}),
        (BOXES, {"boundingBoxes": [], "unusable": True}),
        (BOXES, {"boundingBoxes": [{**BOX, "note": "?"}]}),
        (BOXES, {"boundingBoxes": [BOX], "inputImageProperties": {**SIZE, "depth": 3}}),
        (SPANS, {"entities": [{"label": "a", "startOffset": 0, "endOffset": 4, "sure": False}]}),
    ],
)
def test_what_an_element_says_beyond_its_annotations(question: str, said: dict[str, Any]) -> None:
    said = {"inputImageProperties": SIZE, **said} if question == BOXES else said
    _, results, losses = asked_and_answered(question, crowd_answer({"b": said}))
    assert MORE in losses
    assert "b" in rest_of(results)


@pytest.mark.parametrize(
    ("listed", "why"),
    [
        ([{"label": "a", "color": "#00ff00"}], "an instance is not in the painted picture"),
        (["a"], "an annotation is no object"),
    ],
)
def test_instances_that_are_not_painted(listed: list[Any], why: str) -> None:
    picture = {"pngImageData": png(2, 1, [RED, RED])}
    said = {"instances": listed, "labeledImage": picture}
    _, _, losses = asked_and_answered(INSTANCES, crowd_answer({"b": said}))
    assert why in losses


def test_two_outputs_of_one_name_are_both_kept() -> None:
    question = crowd("<crowd-input name=t></crowd-input>")
    twice = [("taskAnswers", '[{"t":"one"}]'), ("taskAnswers", '[{"t":"two"}]'), ("t", "three")]
    _, results, losses = asked_and_answered(question, answers.build(twice))
    assert json.loads(results[0]["value"]["text"][0]) == [["one", "two"], "three"]
    assert losses == ["an answer is more than a text: it is kept as JSON text"]


@pytest.mark.parametrize("said", [{"yes": True, "no": False}, ["a", None, ""], {"a": {"b": 1}}])
def test_a_text_that_is_a_structure_is_json(said: object) -> None:
    question = crowd("<crowd-input name=t></crowd-input>")
    _, results, losses = asked_and_answered(question, crowd_answer({"t": said}))
    assert json.loads(results[0]["value"]["text"][0]) == said
    assert losses == ["an answer is more than a text: it is kept as JSON text"]


@pytest.mark.parametrize("name", ["t", "another"])
def test_what_is_too_deep_to_be_written_is_told(name: str) -> None:
    deep = "[" * 600 + "1.10" + "]" * 600
    document = answers.build([("taskAnswers", f'[{{"{name}":{deep}}}]')])
    _, results, losses = asked_and_answered(crowd("<crowd-input name=t></crowd-input>"), document)
    assert losses
    assert "more levels" in json.dumps(rest_of(results))


@pytest.mark.parametrize("text", ["02139", "1_000", "\uff11\uff12", "-0", "+5", " 5"])
def test_a_number_with_other_signs_is_kept_as_text_too(text: str) -> None:
    question = page("<form><input type=number name=n></form>")
    _, results, losses = asked_and_answered(question, answers.build([("n", text)]))
    assert losses == ["a number has signs that the editor does not keep"]
    assert rest_of(results) == {"n": [text]}


def test_a_bar_that_may_separate_is_told() -> None:
    boxes = "".join(f"<input type=checkbox name=c value='{one}'>" for one in ("a|b", "a", "b"))
    document = answers.build([("c", "a|b")])
    _, results, losses = asked_and_answered(page(f"<form>{boxes}</form>"), document)
    assert losses == ["a | in what was chosen may separate two choices"]
    assert rest_of(results) == {"c": ["a|b"]}


def test_a_workers_id_in_the_answer_is_the_pseudonym() -> None:
    question = page("<form><input type=hidden name=workerId><input name=t></form>")
    document = answers.build([("workerId", "A1B2C3D4E5F6G7"), ("t", "mine")])
    feedback = "Thanks, A1B2C3D4E5F6G7!"
    task = Task(
        hit(question),
        (assignment(document, worker_id="A1B2C3D4E5F6G7", requester_feedback=feedback),),
    )
    steps = planned(task)
    assert "A1B2C3D4E5F6G7" not in json.dumps(of("annotation", steps))
    assert Reader().pseudonym("A1B2C3D4E5F6G7") in json.dumps(of("annotation", steps))
    assert notes(steps) == ["it says the worker's id, for which the pseudonym stands"] * 2
    assert "A1B2C3D4E5F6G7" in json.dumps(of("annotation", planned(task, workers="plain")))


def test_workers_whose_ids_differ_in_case_stay_two() -> None:
    works = (assignment(None, 1, worker_id="AB3X"), assignment(None, 2, worker_id="Ab3X"))
    emails = [one["email"] for one in of("user", planned(Task(hit(None), works), workers="plain"))]
    assert len({*emails}) == 2


def test_a_text_that_is_cut_is_told() -> None:
    text = "word " * (LONGEST_TEXT // 5 + 1)
    for shown, cut in ((text[:LONGEST_TEXT].strip(), 0), (text, 1)):
        question = page(f"<form><p>{shown}</p><input name=t></form>")
        assert len(notes(planned(Task(hit(question))))) == cut


def test_elements_of_one_name_show_what_each_shows() -> None:
    element = (
        "<crowd-image-classifier name=c src='https://x.org/{0}.png' header='Head {0}'"
        " categories=\"['a']\"></crowd-image-classifier>"
    )
    question = crowd(element.format(1) + element.format(2))
    (task,) = of("task", planned(Task(hit(question))))
    said = json.dumps(task["data"])
    for one in ("1.png", "2.png", "Head 1", "Head 2"):
        assert one in said


def buttons(template: Template | None, hit_id: str, *labels: str) -> Task:
    """A HIT that asks with buttons."""
    return Task(hit(BUTTONS.render(labels), hit_id), template=template)


BUTTONS = Template(
    (
        "<HTMLQuestion><HTMLContent><![CDATA[<form><button name=pick value=1>",
        0,
        "</button><button name=pick value=2>",
        1,
        "</button></form>]]></HTMLContent></HTMLQuestion>",
    ),
    ("a", "b"),
)


@pytest.mark.parametrize("template", [None, BUTTONS], ids=["whole", "compacted"])
def test_what_buttons_say_is_each_hits_own(template: Template | None) -> None:
    one, other = ("3HIT1", "Cat", "Dog"), ("3HIT2", "Horse", "Cow")
    together = planned(buttons(template, *one), buttons(template, *other))
    configs = [project["label_config"] for project in of("project", together)]
    assert ['value="Cat"' in config for config in configs] == [True, False]
    assert ['value="Horse"' in config for config in configs] == [False, True]
    assert planned(buttons(template, *other)) == together[2:]


def test_what_is_shown_makes_a_project_of_its_own() -> None:
    element = (
        "<crowd-classifier name=c categories=\"['a']\" header=h>"
        "<classification-target>{}</classification-target></crowd-classifier>"
    )
    empty, heard = (crowd(element.format(one)) for one in ("", "<audio src='https://x.org/a.mp3'>"))
    tasks = of("task", planned(Task(hit(empty, "3HIT1")), Task(hit(heard, "3HIT2"))))
    assert ["a.mp3" in json.dumps(one["data"]) for one in tasks] == [False, True]


@pytest.mark.parametrize("value", ["qSlot0Zx", "qSlot99Zx", f"qSlot{'9' * 5000}Zx"])
def test_a_value_like_our_own_marks_is_a_value(value: str) -> None:
    before, after = page("<form><p>|</p><input name=t></form>").split("|")
    template = Template((before, 0, after), ("a",))
    (task,) = of("task", planned(Task(hit(template.render([value])), template=template)))
    assert value in task["data"]["mturk_page"]


def test_a_chessboard_is_refused_and_the_rest_is_made() -> None:
    side = 1500
    board = [RED if (x + y) % 2 else (0, 0, 0, 0) for y in range(side) for x in range(side)]
    said = {
        "instances": [{"label": "a", "color": "#ff0000"}],
        "labeledImage": {"pngImageData": png(side, side, board)},
    }
    _, _, losses = asked_and_answered(INSTANCES, crowd_answer({"b": said}))
    assert losses == ["the painted picture is too finely painted for the editor"]


def test_times_with_and_without_a_zone() -> None:
    work = assignment(None, accept_time="2026-05-22T00:00:00Z", submit_time="2026-05-22T00:01:00")
    (made,) = of("annotation", planned(Task(hit(None), (work,))))
    assert made["lead_time"] == 60
