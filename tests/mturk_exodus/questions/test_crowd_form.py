from __future__ import annotations

import html
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mturk_exodus.questions.form import KINDS, Choice, Field, Shown
from mturk_exodus.questions.pages.crowd_form import ELEMENTS
from mturk_exodus.questions.pages.html_form import read
from mturk_exodus.questions.pages.literals import literal

DOCUMENTED = {
    "alert",
    "badge",
    "bounding-box",
    "button",
    "card",
    "checkbox",
    "classifier",
    "classifier-multi-select",
    "entity-annotation",
    "fab",
    "form",
    "icon-button",
    "image-classifier",
    "image-classifier-multi-select",
    "input",
    "instance-segmentation",
    "instructions",
    "keypoint",
    "line",
    "modal",
    "polygon",
    "polyline",
    "radio-button",
    "radio-group",
    "semantic-segmentation",
    "slider",
    "tab",
    "tabs",
    "text-area",
    "toast",
    "toggle-button",
    "textract-analyze-document",
    "rekognition-detect-moderation-labels",
    "text-ranking",
    "question-answer-generation",
}
TEXTS = st.text(st.characters(exclude_categories=["C"]), min_size=1)


def only(page: str) -> Field:
    (field,) = read(page).fields
    return field


def why(page: str) -> dict[str, str]:
    return {one.what: one.why for one in read(page).not_understood}


def test_every_element_that_is_documented_is_known() -> None:
    assert {f"crowd-{name}" for name in DOCUMENTED} == set(ELEMENTS) - {"crowd-slider-label"}
    assert {kind for kind in ELEMENTS.values() if kind} <= KINDS


@pytest.mark.parametrize("element", [one for one, kind in ELEMENTS.items() if kind])
def test_every_element_that_answers_is_a_field(element: str) -> None:
    page = f"<crowd-form><{element} name=a></{element}></crowd-form>"
    field = only(page)
    assert (field.name, field.kind, field.element) == ("a", ELEMENTS[element], element)
    assert read(page).kind == read(f"<{element}></{element}>").kind == "crowd"
    assert read(page).not_understood == ()


@pytest.mark.parametrize("element", [one for one, kind in ELEMENTS.items() if not kind])
def test_an_element_that_is_structure_is_nothing_else(element: str) -> None:
    form = read(f"<{element}>text</{element}>")
    assert (form.fields, form.not_understood) == ((), ())
    assert form.shows == (Shown("text", "text"),)


def test_an_unknown_element_is_named() -> None:
    assert why("<crowd-new name=a></crowd-new>") == {
        "crowd-new": "is no Crowd HTML Element that is known"
    }


def test_a_classifier_asks_about_its_target() -> None:
    page = """<crowd-form><crowd-classifier name=mood categories="['Good', 'Bad']" header="Mood?">
        <classification-target><p>${text}</p><img src=i></classification-target>
        <short-instructions header=How>Read</short-instructions></crowd-classifier></crowd-form>"""
    assert only(page) == Field(
        name="mood",
        kind="classifier",
        element="crowd-classifier",
        label="Mood?",
        choices=(Choice("Good", "Good"), Choice("Bad", "Bad")),
        constraints={"max_selections": 1},
        shows=(Shown("text", "${text}"), Shown("image", "i")),
    )
    assert read(page).shows == (Shown("text", "How\nRead"),)
    assert read(page).variables == ("text",)


@pytest.mark.parametrize(
    ("written", "choices"),
    [
        ("""["a", "b"]""", [("a", "a"), ("b", "b")]),
        ("""['a', 'it\\'s "b"']""", [("a", "a"), ('it\'s "b"', 'it\'s "b"')]),
        ("[1, 2.5]", [("1", "1"), ("2.5", "2.5")]),
        ("['a',]", [("a", "a")]),
        ("[]", []),
        ("", []),
        ("{{ task.input.labels | to_json | escape }}", []),
        ("${labels}", []),
        (
            '[{"label": "PER", "fullDisplayName": "Person", "shortDisplayName": "P"}]',
            [("PER", "Person")],
        ),
        ("[{label: 'LOC', shortDisplayName: 'L'}]", [("LOC", "L")]),
    ],
)
def test_labels_are_choices(written: str, choices: list[tuple[str, str]]) -> None:
    page = f'<crowd-polygon name=a labels="{html.escape(written)}"></crowd-polygon>'
    assert [(one.value, one.label) for one in only(page).choices] == choices
    assert read(page).not_understood == ()


@pytest.mark.parametrize(
    "written", ["a, b", "['a' 'b']", "['it's']", "[", "[[[['", "{}", "[['a']]"]
)
def test_labels_that_cannot_be_read_are_said(written: str) -> None:
    page = f'<crowd-polygon name=a labels="{written}"></crowd-polygon>'
    assert only(page).choices == ()
    assert list(why(page)) == ["crowd-polygon name=a labels"]


def test_labels_that_are_not_filled_in_are_variables() -> None:
    form = read("<crowd-line name=a labels='{{ task.input.labels | to_json }}' src=${image}>")
    assert form.variables == ("image", "task.input.labels")


def test_the_exclusion_category_is_a_choice() -> None:
    page = """<crowd-classifier-multi-select name=a categories="['x']"
        exclusion-category="{ text: 'None' }"></crowd-classifier-multi-select>"""
    assert [one.value for one in only(page).choices] == ["x", "None"]
    assert only(page).constraints == {}


def test_what_is_annotated_is_shown() -> None:
    page = "<crowd-bounding-box name=a src=i.png initial-value='[]'></crowd-bounding-box>"
    assert (only(page).shows, only(page).default) == ((Shown("image", "i.png"),), "[]")
    page = "<crowd-entity-annotation name=a text='Some text'></crowd-entity-annotation>"
    assert only(page).shows == (Shown("text", "Some text"),)


def test_a_comment_to_an_image_is_a_field_of_its_own() -> None:
    page = """<crowd-image-classifier name=a><worker-comment>Why?</worker-comment>
        </crowd-image-classifier><crowd-image-classifier name=b></crowd-image-classifier>"""
    assert [one.name for one in read(page).fields] == ["a", "a.workerComment", "b"]


@pytest.mark.parametrize(
    ("element", "name"),
    [
        ("crowd-textract-analyze-document", "AWS/Textract/AnalyzeDocument/Forms/V1"),
        (
            "crowd-rekognition-detect-moderation-labels",
            "AWS/Rekognition/DetectModerationLabels/Image/V3",
        ),
    ],
)
def test_an_element_of_augmented_ai_has_the_name_of_its_output(element: str, name: str) -> None:
    assert only(f"<{element}></{element}>").name == name


def test_an_element_without_a_name_is_said() -> None:
    assert why("<crowd-keypoint id=k></crowd-keypoint>") == {
        "crowd-keypoint id=k": "has no name: what its answer is called is not known"
    }
    assert why("<crowd-input name=a disabled></crowd-input>") == {
        "crowd-input name=a": "is disabled, so nothing is sent for it"
    }


def test_checkboxes_of_one_name_are_one_field() -> None:
    page = """<p>Which?</p><crowd-checkbox name=a value=1 checked>One</crowd-checkbox>
        <crowd-checkbox name=a value=2 required>Two</crowd-checkbox>
        <crowd-checkbox name=b>Three</crowd-checkbox>"""
    assert read(page).fields == (
        Field(
            name="a",
            kind="multiple_choice",
            element="crowd-checkbox",
            label="Which?",
            choices=(Choice("1", "One", chosen=True), Choice("2", "Two")),
            required=True,
        ),
        Field(
            name="b",
            kind="multiple_choice",
            element="crowd-checkbox",
            choices=(Choice("on", "Three"),),
        ),
    )


def test_radio_buttons_of_a_group_are_one_field_for_each_name() -> None:
    page = """<crowd-radio-group><crowd-radio-button name=a value=1>x</crowd-radio-button>
        <crowd-radio-button name=a value=2>y</crowd-radio-button></crowd-radio-group>
        <crowd-radio-group><crowd-radio-button name=b>x</crowd-radio-button>
        <crowd-radio-button name=c>y</crowd-radio-button></crowd-radio-group>"""
    assert [(one.name, len(one.choices)) for one in read(page).fields] == [
        ("a", 2),
        ("b", 1),
        ("c", 1),
    ]
    assert why(page) == {"crowd-radio-group of b, c": "only one of these fields can be chosen"}


@pytest.mark.parametrize(
    ("markup", "kind", "label", "constraints"),
    [
        (
            "<crowd-input name=a label=L min-length=1 max-length=5>",
            "text",
            "L",
            {"min_length": 1, "max_length": 5},
        ),
        (
            "<p>L</p><crowd-input name=a type=number min=0 max=9>",
            "number",
            "L",
            {"min": 0, "max": 9},
        ),
        ("<crowd-input name=a type=date placeholder=L>", "date", "L", {"format": "date"}),
        ("<crowd-input name=a allowed-pattern=[0-9]>", "text", None, {}),
        (
            "<crowd-input name=a auto-validate allowed-pattern=[0-9]>",
            "text",
            None,
            {"pattern": "(?:[0-9])*"},
        ),
        (
            "<crowd-text-area name=a rows=3 max-rows=9 max-length=80>",
            "text",
            None,
            {"lines": 3, "max_length": 80},
        ),
        (
            "<crowd-slider name=a min=1 max=5 step=2>",
            "slider",
            None,
            {"min": 1, "max": 5, "step": 2},
        ),
        ("<crowd-slider name=a>", "slider", None, {}),
        ("<crowd-button name=a>L</crowd-button>", "button", "L", {}),
        (
            "<crowd-question-answer-generation name=a min-questions=1 max-questions=3"
            " allow-custom-question-tags=true>",
            "question_answer",
            None,
            {"min_selections": 1, "max_selections": 3, "other": True},
        ),
    ],
)
def test_what_is_typed_has_limits(
    markup: str, kind: str, label: str | None, constraints: dict[str, object]
) -> None:
    field = only(markup)
    assert (field.kind, field.label, dict(field.constraints)) == (kind, label, constraints)


def test_texts_are_ranked_by_dimensions() -> None:
    page = """<crowd-text-ranking name=a responses='["x", "y"]' text=About
        ordinal-ranking-dimensions='[{"name":"Clear","allowTie":true},{"name":"Kind"}]'>"""
    assert only(page).label == "Clear, Kind"
    assert [one.value for one in only(page).choices] == ["x", "y"]
    assert why(page) == {"crowd-text-ranking a": "is ranked 2 times over"}


def test_fields_of_html_stand_among_those_of_crowd_elements() -> None:
    page = """<crowd-form><input name=a><crowd-input name=b></crowd-input><select name=c></select>
        <crowd-button form-action=submit>Go</crowd-button></crowd-form>"""
    assert [one.name for one in read(page).fields] == ["a", "b", "c"]


@settings(deadline=None)
@given(st.lists(TEXTS))
def test_a_json_list_is_read_as_it_was_written(values: list[str]) -> None:
    assert literal(json.dumps(values)) == values
    assert literal(json.dumps(values, ensure_ascii=False)) == values
    assert literal(repr(values).replace("\\x", "\\u00")) == values


@settings(deadline=None)
@given(st.text("[]{}:,'\"\\ aé1u0\n"))
def test_no_literal_is_too_strange(text: str) -> None:
    literal(text)


@settings(deadline=None)
@given(st.lists(TEXTS, min_size=1, unique=True), TEXTS)
def test_choices_are_found_exactly(values: list[str], name: str) -> None:
    page = f'<crowd-keypoint name="{html.escape(name)}" labels="{html.escape(json.dumps(values))}">'
    assert (only(page).name, [one.value for one in only(page).choices]) == (name, values)


def test_literals_may_nest_as_deep_as_they_like() -> None:
    assert literal("[" * 200_000 + "]" * 200_000) is None
    assert literal("['" * 100_000) is None
