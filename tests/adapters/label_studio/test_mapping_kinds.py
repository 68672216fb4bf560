"""Every kind of field: the piece of configuration that asks it, and the result that answers it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mturk_exodus.questions.answering import answers
from mturk_exodus.replay.adapter import Task
from mturk_exodus_label_studio.mapping.config import design_of
from mturk_exodus_label_studio.mapping.regions import Size
from tests.adapters.label_studio.mapping_support import (
    PICTURE,
    SIZE,
    asked_and_answered,
    assignment,
    crowd,
    crowd_answer,
    form,
    hit,
    notes,
    of,
    page,
    planned,
    png,
)
from tests.adapters.label_studio.reading_back import answers_of, decoded

IMAGE = {"original_width": 200, "original_height": 100, "image_rotation": 0}

PLAIN = [
    pytest.param(
        "<p>Cat? <label><input type=radio name=cat value=y>Yes</label>"
        "<label><input type=radio name=cat value=n>No</label></p>",
        [("cat", "n")],
        '<Choices name="cat" toName="mturk_page" choice="single-radio">'
        '<Choice value="Yes" alias="y" /><Choice value="No" alias="n" /></Choices>',
        {"choices": ["n"]},
        id="radio",
    ),
    pytest.param(
        "<label><input type=checkbox name=c value=a>A</label>"
        "<label><input type=checkbox name=c value=b>B</label>",
        [("c", "a|b")],
        '<Choices name="c" toName="mturk_page" choice="multiple">'
        '<Choice value="A" alias="a" /><Choice value="B" alias="b" /></Choices>',
        {"choices": ["a", "b"]},
        id="checkbox",
    ),
    pytest.param(
        "<select name=s><option value=''>choose<option value=1>one<option value=2>two</select>",
        [("s", "2")],
        '<Choices name="s" toName="mturk_page" choice="single" layout="select">'
        '<Choice value="one" alias="1" /><Choice value="two" alias="2" /></Choices>',
        {"choices": ["2"]},
        id="select",
    ),
    pytest.param(
        "<textarea name=t rows=3></textarea>",
        [("t", " one\r\ntwo 😀 ")],
        '<TextArea name="t" toName="mturk_page" rows="3" maxSubmissions="1" editable="true" />',
        {"text": [" one\r\ntwo 😀 "]},
        id="textarea",
    ),
    pytest.param(
        "<input type=number name=n min=0 max=24 step=0.5>",
        [("n", "6.50")],
        '<Number name="n" toName="mturk_page" min="0" max="24" step="0.5" />',
        {"number": 6.5},
        id="number",
    ),
    pytest.param(
        "<input type=range name=r min=1 max=9 step=0.1>",
        [("r", "7")],
        '<Number name="r" toName="mturk_page" min="1" max="9" slider="true" />',
        {"number": 7},
        id="slider, whose step no binary number is",
    ),
    pytest.param(
        "<input type=date name=d>",
        [("d", "2024-02-29")],
        '<DateTime name="d" toName="mturk_page" only="date" format="%Y-%m-%d" />',
        {"datetime": "2024-02-29"},
        id="date",
    ),
    pytest.param(
        "<input type=month name=m>",
        [("m", "2024-02")],
        '<TextArea name="m" toName="mturk_page" maxSubmissions="1" editable="true" />',
        {"text": ["2024-02"]},
        id="month",
    ),
    pytest.param(
        "<button name=b value=good>Good</button><button name=b value=bad>Bad</button>",
        [("b", "bad")],
        '<Choices name="b" toName="mturk_page" choice="single-radio">'
        '<Choice value="Good" alias="good" /><Choice value="Bad" alias="bad" /></Choices>',
        {"choices": ["bad"]},
        id="buttons",
    ),
    pytest.param(
        "<input type=hidden name='made by a script'>",
        [("made by a script", "[1, 2]")],
        '<TextArea name="made_by_a_script" toName="mturk_page" maxSubmissions="1"'
        ' editable="true" />',
        {"text": ["[1, 2]"]},
        id="hidden",
    ),
]


@pytest.mark.parametrize(("body", "answer", "piece", "value"), PLAIN)
def test_plain_fields(
    body: str, answer: list[tuple[str, str]], piece: str, value: dict[str, Any]
) -> None:
    text = page(f"<form>{body}</form>")
    config, results, _ = asked_and_answered(text, answers.build(answer))
    assert piece in config
    name = piece.split('"')[1]
    kind = piece.split(maxsplit=1)[0].strip("<").lower()
    assert results == [
        {"id": "m0", "from_name": name, "to_name": "mturk_page", "type": kind, "value": value}
    ]


def _regions(tag: str, labels: str = "cat dog") -> str:
    options = "".join(f'<Label value="{one}" alias="{one}" />' for one in labels.split())
    about = "mturk_x_text" if tag == "Labels" else "mturk_x_image"
    shown = "Text" if tag == "Labels" else "Image"
    more = ' valueType="text"' if tag == "Labels" else ""
    return (
        f'<Header value="$mturk_x_label" size="5" />'
        f'<{shown} name="{about}" value="${about}"{more} />'
        f'<{tag} name="x" toName="{about}">{options}</{tag}>'
    )


REGIONS = [
    pytest.param(
        "crowd-bounding-box",
        "RectangleLabels",
        {"boundingBoxes": [{"left": 20, "top": 5, "width": 50, "height": 25, "label": "dog"}]},
        {"x": 10.0, "y": 5.0, "width": 25.0, "height": 25.0, "rotation": 0},
        id="box",
    ),
    pytest.param(
        "crowd-polygon",
        "PolygonLabels",
        {
            "polygons": [
                {
                    "label": "dog",
                    "vertices": [{"x": 0, "y": 0}, {"x": 200, "y": 0}, {"x": 1, "y": 99}],
                }
            ]
        },
        {"points": [[0.0, 0.0], [100.0, 0.0], [0.5, 99.0]], "closed": True},
        id="polygon",
    ),
    pytest.param(
        "crowd-polyline",
        "VectorLabels",
        {"polylines": [{"label": "dog", "vertices": [{"x": 2, "y": 1}, {"x": 4, "y": 3}]}]},
        {
            "vertices": [
                {"id": "m0p0", "x": 1.0, "y": 1.0, "prevPointId": None, "isBezier": False},
                {"id": "m0p1", "x": 2.0, "y": 3.0, "prevPointId": "m0p0", "isBezier": False},
            ],
            "closed": False,
        },
        id="polyline",
    ),
    pytest.param(
        "crowd-line",
        "VectorLabels",
        {"lines": [{"label": "dog", "vertices": [{"x": 2, "y": 1}, {"x": 4, "y": 3}]}]},
        {
            "vertices": [
                {"id": "m0p0", "x": 1.0, "y": 1.0, "prevPointId": None, "isBezier": False},
                {"id": "m0p1", "x": 2.0, "y": 3.0, "prevPointId": "m0p0", "isBezier": False},
            ],
            "closed": False,
        },
        id="line",
    ),
    pytest.param(
        "crowd-keypoint",
        "KeyPointLabels",
        {"keypoints": [{"label": "dog", "x": 50, "y": 75.5}]},
        {"x": 25.0, "y": 75.5, "width": 0.75},
        id="keypoint",
    ),
]


@pytest.mark.parametrize(("element", "tag", "said", "value"), REGIONS)
def test_regions(element: str, tag: str, said: dict[str, Any], value: dict[str, Any]) -> None:
    text = crowd(f"<{element} name=x src='{PICTURE}' labels=\"['cat','dog']\"></{element}>")
    output = {**said, "inputImageProperties": SIZE}
    config, results, losses = asked_and_answered(text, crowd_answer({"x": output}))
    assert _regions(tag) in config
    assert results == [
        {
            "id": "m0",
            "from_name": "x",
            "to_name": "mturk_x_image",
            "type": tag.lower(),
            "value": {**value, tag.lower(): ["dog"]},
            **IMAGE,
        }
    ]
    assert losses == []
    ((given,),) = said.values()
    assert answers_of(results, design_of(form(text)), {}) == {"x": [given]}


def test_coordinates_are_numbers_however_they_are_spelled() -> None:
    element = "crowd-bounding-box"
    text = crowd(f"<{element} name=x src='{PICTURE}' labels=\"['cat']\"></{element}>")
    box = '{"left":0.00005,"top":-0,"width":2.50,"height":3,"label":"cat"}'
    said = f'[{{"x":{{"boundingBoxes":[{box}],"inputImageProperties":{json.dumps(SIZE)}}}}}]'
    _, results, losses = asked_and_answered(text, answers.build([("taskAnswers", said)]))
    value = {"x": 0.000025, "y": 0.0, "width": 1.25, "height": 3.0, "rotation": 0}
    assert [one["value"] for one in results] == [{**value, "rectanglelabels": ["cat"]}]
    assert losses == []


def test_entities_are_counted_in_characters() -> None:
    sentence = "😀 met Ada"
    text = crowd(
        f"<crowd-entity-annotation name=x text='{sentence}' labels=\"['cat','dog']\">"
        "</crowd-entity-annotation>"
    )
    entity = {"startOffset": 7, "endOffset": 10, "label": "cat"}
    config, results, losses = asked_and_answered(text, crowd_answer({"x": {"entities": [entity]}}))
    assert _regions("Labels") in config
    value = {"start": 6, "end": 9, "text": "Ada", "labels": ["cat"]}
    about = {"from_name": "x", "to_name": "mturk_x_text", "type": "labels"}
    assert results == [{"id": "m0", **about, "value": value}]
    assert losses == []
    data = {"mturk_x_text": sentence}
    assert answers_of(results, design_of(form(text)), data) == {"x": [entity]}


RED, BLUE, WHITE, CLEAR = (
    (255, 0, 0, 255),
    (0, 0, 254, 255),
    (255, 255, 255, 255),
    (255, 0, 0, 0),
)


def test_semantic_masks_pixel_for_pixel() -> None:
    pixels = [RED, BLUE, WHITE, CLEAR, RED, RED]
    output = {
        "labelMappings": {"cat": {"color": "#ff0000"}, "dog": {"color": "#0000FE"}},
        "labeledImage": {"pngImageData": png(3, 2, pixels)},
        "inputImageProperties": {"width": 3, "height": 2},
    }
    element = "crowd-semantic-segmentation"
    text = crowd(f"<{element} name=x src='{PICTURE}' labels=\"['cat','dog']\"></{element}>")
    config, results, losses = asked_and_answered(text, crowd_answer({"x": output}))
    assert _regions("BrushLabels") in config
    assert losses == []
    masks = {
        one["value"]["brushlabels"][0]: decoded(one["value"]["rle"], Size(3, 2)) for one in results
    }
    assert masks == {"cat": b"\xff\0\0\0\xff\xff", "dog": b"\0\xff\0\0\0\0"}
    assert {one["original_width"] for one in results} == {3}


def test_instances_of_one_label_stay_apart() -> None:
    output = {
        "instances": [{"color": "#ff0000", "label": "cat"}, {"color": "#0000fe", "label": "cat"}],
        "labeledImage": {"pngImageData": png(2, 1, [RED, BLUE])},
        "inputImageProperties": {"width": 2, "height": 1},
    }
    element = "crowd-instance-segmentation"
    text = crowd(f"<{element} name=x src='{PICTURE}' labels=\"['cat']\"></{element}>")
    _, results, losses = asked_and_answered(text, crowd_answer({"x": output}))
    found = answers_of(results, design_of(form(text)), {})["x"]
    assert [(one["label"], one["pixels"]) for one in found] == [
        ("cat", b"\xff\0"),
        ("cat", b"\0\xff"),
    ]
    assert losses == []


CLASSIFIERS = [
    ("crowd-classifier", {"label": "cat"}, "single-radio", ["cat"]),
    ("crowd-classifier-multi-select", {"labels": ["dog", "cat"]}, "multiple", ["dog", "cat"]),
    ("crowd-image-classifier", {"label": "dog"}, "single-radio", ["dog"]),
    ("crowd-image-classifier-multi-select", {"labels": ["cat"]}, "multiple", ["cat"]),
]


@pytest.mark.parametrize(("element", "output", "choice", "chosen"), CLASSIFIERS)
def test_classifiers(element: str, output: dict[str, Any], choice: str, chosen: list[str]) -> None:
    about = f"src='{PICTURE}'" if "image" in element else ""
    text = crowd(
        f"<{element} name=x {about} categories=\"['cat','dog']\">"
        f"<classification-target>What is it?</classification-target></{element}>"
    )
    config, results, _ = asked_and_answered(text, crowd_answer({"x": output}))
    assert (
        '<HyperText name="mturk_x_shown" value="$mturk_x_shown" valueType="text" />'
        f'<Choices name="x" toName="mturk_x_shown" choice="{choice}">'
    ) in config
    assert [one["value"] for one in results] == [{"choices": chosen}]
    assert "<Image" not in config, "a picture of a host without CORS is shown in no Image"


def test_a_classifiers_comment_is_a_field_of_its_own() -> None:
    element = "crowd-image-classifier"
    text = crowd(
        f"<{element} name=x src='{PICTURE}' categories=\"['cat']\">"
        f"<worker-comment>why?</worker-comment></{element}>"
    )
    said = {"x": {"label": "cat", "workerComment": "whiskers"}}
    _, results, losses = asked_and_answered(text, crowd_answer(said))
    assert [(one["from_name"], one["value"]) for one in results] == [
        ("x", {"choices": ["cat"]}),
        ("x_workerComment", {"text": ["whiskers"]}),
    ]
    assert losses == []


def test_small_crowd_elements() -> None:
    text = crowd(
        "<crowd-checkbox name=ok>Done</crowd-checkbox>"
        "<crowd-radio-group><crowd-radio-button name=v value=a>A</crowd-radio-button>"
        "<crowd-radio-button name=v value=b>B</crowd-radio-button></crowd-radio-group>"
        "<crowd-slider name=s min=0 max=10></crowd-slider><crowd-input name=i></crowd-input>"
    )
    said = {"ok": {"on": True}, "v": {"a": False, "b": True}, "s": 7, "i": "text"}
    _, results, losses = asked_and_answered(text, crowd_answer(said))
    assert {one["from_name"]: one["value"] for one in results} == {
        "ok": {"choices": ["on"]},
        "v": {"choices": ["b"]},
        "s": {"number": 7},
        "i": {"text": ["text"]},
    }
    assert losses == []


def test_what_was_not_ticked_is_no_result() -> None:
    text = crowd("<crowd-checkbox name=ok>Done</crowd-checkbox>")
    _, results, losses = asked_and_answered(text, crowd_answer({"ok": {"on": False}}))
    assert (results, losses) == ([], [])


def test_other_texts_of_a_question_form() -> None:
    text = (
        "<QuestionForm><Question><QuestionIdentifier>q 1</QuestionIdentifier><QuestionContent>"
        "<Text>Which?</Text></QuestionContent><AnswerSpecification><SelectionAnswer><Selections>"
        "<Selection><SelectionIdentifier>a</SelectionIdentifier><Text>A</Text></Selection>"
        "<OtherSelection/></Selections></SelectionAnswer></AnswerSpecification></Question>"
        "</QuestionForm>"
    )
    answer = answers.write([answers.Answer("q 1", other_selection_text="none of it")])
    config, results, losses = asked_and_answered(text, answer)
    assert (
        '<TextArea name="q_1_other" toName="mturk_page" maxSubmissions="1" editable="true" />'
    ) in config
    assert [(one["from_name"], one["type"], one["value"]) for one in results] == [
        ("q_1_other", "textarea", {"text": ["none of it"]})
    ]
    assert losses == []
    assert answers_of(results, design_of(form(text)), {}) == {"q 1": ["none of it"]}


def test_columns_with_dots_are_put_together() -> None:
    element = "crowd-bounding-box"
    text = crowd(f"<{element} name=x src='{PICTURE}' labels=\"['cat']\"></{element}>")
    box = {"left": 2, "top": 1, "width": 4, "height": 3, "label": "cat"}
    cells = [
        ("x.boundingBoxes", json.dumps([box])),
        ("x.inputImageProperties.width", "200"),
        ("x.inputImageProperties.height", "100"),
    ]
    doubts = json.dumps({"dotted": [name for name, _ in cells]})
    work = assignment(answers.build(cells), answer_doubts=doubts)
    steps = planned(Task(hit(text), (work,)))
    results = of("annotation", steps)[0]["result"][:-1]
    assert answers_of(results, design_of(form(text)), {}) == {"x": [box]}
    assert notes(steps) == []


def test_a_crowd_form_beside_other_fields() -> None:
    text = crowd("<crowd-input name=i></crowd-input><input type=hidden name=h>")
    document = answers.build([("taskAnswers", '[{"i":"text"}]'), ("h", "more")])
    _, results, losses = asked_and_answered(text, document)
    assert [(one["from_name"], one["value"]) for one in results] == [
        ("i", {"text": ["text"]}),
        ("h", {"text": ["more"]}),
    ]
    assert losses == []
