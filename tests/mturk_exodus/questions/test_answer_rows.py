from __future__ import annotations

import base64
import json
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mturk_exodus.questions.answering.answer_rows import CERTAINTIES, AnswerRow, rows, rows_with
from mturk_exodus.questions.answering.answers import (
    Answer,
    UnreadableAnswer,
    build,
    doubts,
    flat,
    write,
)
from mturk_exodus.questions.answering.crowd_answers import TYPES
from mturk_exodus.questions.form import Choice, Field, Form, NotUnderstood

Short = tuple[str, int, str | None, str, str]
ANY_TEXT = st.text(st.characters(exclude_categories=()))


def form(*fields: Field, kind: str = "html") -> Form:
    return Form(kind=kind, fields=fields)


def field(name: str, kind: str, *choices: str, element: str = "input") -> Field:
    return Field(name=name, kind=kind, element=element, choices=tuple(map(Choice, choices)))


def short(made: Sequence[AnswerRow]) -> list[Short]:
    return [(row.field, row.position, row.value, row.value_type, row.certainty) for row in made]


def of_text(text: str, asked: Form | None = None) -> list[tuple[str | None, str]]:
    """The values of a field `q`, and how sure they are."""
    made = rows(build([("q", text)]), asked, None)
    assert [(row.field, row.position) for row in made] == [("q", n) for n in range(len(made))]
    return [(row.value, row.certainty) for row in made]


def of_crowd(said: object, text: str | None = None) -> list[tuple[str | None, str]]:
    """The values of an element, and what they are."""
    given = json.dumps([{"e": said}]) if text is None else text
    made = rows(build([("taskAnswers", given)]), None, None)
    assert {row.field for row in made} <= {"e"}
    assert [row.position for row in made] == list(range(len(made)))
    return [(row.value, row.value_type) for row in made]


@pytest.mark.parametrize(
    "number",
    ["1e-7", "1.0E5", "1E+2", "-0", "-0.0", "1.10", "0.1", "1.0", "12345678901234567890123", "7"],
)
def test_a_number_is_spelled_as_the_worker_gave_it(number: str) -> None:
    assert of_crowd(None, f'[{{"e": {number}}}]') == [(number, "number")]
    assert of_crowd(None, f'[{{"e": [{number}, [{number}]]}}]') == [
        (number, "number"),
        (f"[{number}]", "json"),
    ]
    box = f'{{"left":{number},"ü":[true,null,"1e-7",{{"x":{number}}}]}}'
    assert of_crowd(None, f'[{{"e": {{"boundingBoxes": [{box}]}}}}]') == [(box, "box")]


def test_each_kind_of_answer_has_its_rows() -> None:
    document = write(
        [
            Answer("text", "x"),
            Answer("empty", ""),
            Answer("chosen", selection_identifiers=("a|b", "c"), other_selection_text="mine"),
            Answer("none"),
            Answer("photo", uploaded_file_key="k", uploaded_file_size_in_bytes=42),
            Answer("text", "y"),
        ]
    )
    assert short(rows(document, None, None)) == [
        ("text", 0, "x", "text", "exact"),
        ("empty", 0, "", "text", "exact"),
        ("chosen", 0, "a|b", "selection", "exact"),
        ("chosen", 1, "c", "selection", "exact"),
        ("chosen", 2, "mine", "other", "exact"),
        ("none", 0, None, "selection", "exact"),
        ("photo", 0, '{"UploadedFileKey":"k","UploadedFileSizeInBytes":42}', "file", "exact"),
        ("text", 1, "y", "text", "exact"),
    ]


BOXES = field("q", "multiple_choice", "a", "b", "c")


@pytest.mark.parametrize(
    ("text", "asked", "values"),
    [
        ("a|b", None, [("a|b", "unsplit")]),
        ("a|b", form(), [("a|b", "unsplit")]),
        ("a|b", form(BOXES), [("a", "form"), ("b", "form")]),
        ("a", form(BOXES), [("a", "exact")]),
        ("a|x", form(BOXES), [("a|x", "unsplit")]),
        ("a|a", form(BOXES), [("a|a", "unsplit")]),
        ("a|a", form(BOXES, field("q", "single_choice", "a")), [("a", "form"), ("a", "form")]),
        ("a|", form(BOXES), [("a|", "unsplit")]),
        ("a|", form(field("q", "multiple_choice", "a", "")), [("a", "form"), ("", "form")]),
        ("a|b", form(field("q", "text")), [("a|b", "form")]),
        ("a|b", form(field("q", "hidden")), [("a|b", "form")]),
        ("a|b", form(field("q", "text"), field("q", "text")), [("a|b", "unsplit")]),
        ("a|b", form(BOXES, field("q", "text")), [("a|b", "unsplit")]),
        ("a|b", form(field("other", "text")), [("a|b", "unsplit")]),
        ("a|b", form(field("q", "single_choice", "a", "b")), [("a|b", "unsplit")]),
        ("a|b", form(field("q", "single_choice", "a|b", "b")), [("a|b", "form")]),
        (
            "yes|no|maybe",
            form(field("q", "multiple_choice", "yes|no", "maybe")),
            [("yes|no", "form"), ("maybe", "form")],
        ),
        (
            "a|b",
            form(field("q", "multiple_choice", "a|b", "a", "b")),
            [("a|b", "unsplit")],
        ),
        (
            "a|b|a",
            form(field("q", "multiple_choice", "a|b", "a", "b")),
            [("a|b", "form"), ("a", "form")],
        ),
        (
            "a|b|b",
            form(field("q", "multiple_choice", "a|b", "b")),
            [("a|b", "form"), ("b", "form")],
        ),
        ('{"x": "1|2"}', None, [('{"x": "1|2"}', "exact")]),
        ("[1]|[2]", None, [("[1]|[2]", "unsplit")]),
    ],
)
def test_a_bar_is_settled_by_the_form(
    text: str, asked: Form | None, values: list[tuple[str, str]]
) -> None:
    assert of_text(text, asked) == values


def test_too_many_ways_to_split_are_none() -> None:
    values = ["|".join("a" * n) for n in range(1, 40)]
    began = time.process_time()
    asked = form(field("q", "multiple_choice", *values))
    assert of_text("|".join("a" * 200), asked)[0][1] == "unsplit"
    assert time.process_time() - began < 5


def test_the_form_is_asked_for_only_if_something_depends_on_it() -> None:
    def never() -> Form | None:
        raise AssertionError

    plain = build([("a", "x"), ("taskAnswers", '[{"b":"1|2"}]')])
    assert len(rows_with(plain, never, None)) == 2
    with pytest.raises(AssertionError):
        rows_with(build([("a", "x|y")]), never, None)


SIZE = {"height": 480, "width": 640}
POINTS = [{"x": 1, "y": 2.5}, {"x": 3, "y": 4}]


@pytest.mark.parametrize(
    ("said", "values"),
    [
        ("x|y", [("x|y", "text")]),
        ("", [("", "text")]),
        (True, [("true", "boolean")]),
        (7, [("7", "number")]),
        (0.1, [("0.1", "number")]),
        (None, [(None, "json")]),
        ({}, [("{}", "json")]),
        ([], [(None, "json")]),
        (["b", "a", 1], [("b", "text"), ("a", "text"), ("1", "number")]),
        ({"on": True, "off": False, "x|y": True}, [("on", "selection"), ("x|y", "selection")]),
        ({"on": False}, [(None, "selection")]),
        ({"label": "Cat"}, [("Cat", "label")]),
        (
            {"label": "Cat", "workerComment": "or dog"},
            [("Cat", "label"), ('{"workerComment":"or dog"}', "json")],
        ),
        ({"labels": ["Cat", "Dog"]}, [("Cat", "label"), ("Dog", "label")]),
        ({"labels": []}, [(None, "label")]),
        (
            {"boundingBoxes": [{"height": 1, "left": 2.5}], "inputImageProperties": SIZE},
            [
                ('{"height":1,"left":2.5}', "box"),
                ('{"inputImageProperties":{"height":480,"width":640}}', "json"),
            ],
        ),
        ({"boundingBoxes": []}, [(None, "box")]),
        ({"boundingBoxes": "none"}, [('{"boundingBoxes":"none"}', "json")]),
        ({"boundingBoxes": [1]}, [('{"boundingBoxes":[1]}', "json")]),
        ({"polygons": [{"vertices": []}]}, [('{"vertices":[]}', "polygon")]),
        ({"polylines": [{"vertices": []}]}, [('{"vertices":[]}', "polyline")]),
        ({"lines": [{"vertices": []}]}, [('{"vertices":[]}', "line")]),
        ({"keypoints": POINTS}, [('{"x":1,"y":2.5}', "keypoint"), ('{"x":3,"y":4}', "keypoint")]),
        ({"entities": [{"startOffset": 0}]}, [('{"startOffset":0}', "text_span")]),
        ({"a": {"b": [1, "é"]}}, [('{"a":{"b":[1,"é"]}}', "json")]),
    ],
)
def test_what_an_element_gives(said: object, values: list[tuple[str | None, str]]) -> None:
    assert of_crowd(said) == values
    assert of_crowd(said, json.dumps({"e": said})) == values
    assert of_crowd(said, str([{"e": said}])) == values


def test_a_painted_picture_stays_in_the_document() -> None:
    png = b"\x89PNG" + bytes(1000)
    picture = {"pngImageData": base64.b64encode(png).decode()}
    told = {"pngImageData": {"size_in_bytes": 1004, "sha256": sha256(png).hexdigest()}}
    ((value, kind),) = of_crowd({"labelMappings": {"sky": {}}, "labeledImage": picture})
    assert value is not None
    assert (json.loads(value), kind) == (
        {"labelMappings": {"sky": {}}, "labeledImage": told},
        "segmentation",
    )
    instances = [{"color": "#2ca02c", "label": "Cat"}]
    first, second = of_crowd({"labeledImage": picture, "instances": instances})
    assert first == ('{"color":"#2ca02c","label":"Cat"}', "instance")
    assert second == (json.dumps({"labeledImage": told}, separators=(",", ":")), "segmentation")


def test_what_python_wrote_is_read_and_marked() -> None:
    text = "[{'a': {'on': True}, 'b': \"it's\", 'c': 'x\\n\\xe9\\u2014\\U0001f600', 'd': None}]"
    assert short(rows(build([("taskAnswers", text)]), None, None)) == [
        ("a", 0, "on", "selection", "rewritten"),
        ("b", 0, "it's", "text", "rewritten"),
        ("c", 0, "x\né—\U0001f600", "text", "rewritten"),
        ("d", 0, None, "json", "rewritten"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "[{}, {}]",
        "[1]",
        "[{'a': 1}, {'b': 2}]",
        "[{'a': open('x')}]",
        "[{'a': (1, 2)}]",
        "[{'a': b'x'}]",
        "[{'a': 1 + 1}]",
        "[{'a': '\\d'}]",
        "[{'a': '\\Uffffffff'}]",
        "[{'a': 1, 'a': 2}]",
        '[{"a": 1, "a": 2}]',
        '[{"a": NaN}]',
        '[{"a": 1e999}]',
        '[{"a": ' + "9" * 5_000 + "}]",
        '[{"a": ' + "[" * 100_000 + "]" * 100_000 + "}]",
        "[{'a': " + "[" * 100_000 + "]" * 100_000 + "}]",
        "-" * 100_000 + "1",
        "'" * 99_999,
        "'" + "\\" * 2_000_000,
    ],
)
def test_what_is_no_output_of_a_form_stays_one_text(text: str) -> None:
    assert short(rows(build([("taskAnswers", text)]), None, None)) == [
        ("taskAnswers", 0, text, "text", "exact")
    ]


def test_half_a_character_is_replaced_and_that_is_said() -> None:
    text = '[{"\\ud83d": "a\\ude00", "b": "\\ud83d\\ude00"}]'
    assert short(rows(build([("taskAnswers", text)]), None, None)) == [
        ("\ufffd", 0, "a\ufffd", "text", "replaced"),
        ("b", 0, "\U0001f600", "text", "exact"),
    ]


def test_two_names_that_become_one_are_not_called_exact() -> None:
    text = '[{"\\ud83d": "a", "\\ud83e": "b"}]'
    assert short(rows(build([("taskAnswers", text)]), None, None)) == [
        ("\ufffd", 0, "a", "text", "replaced"),
        ("\ufffd", 1, "b", "text", "replaced"),
    ]


def test_a_field_that_a_script_may_repeat_does_not_settle_a_bar() -> None:
    asked = form(field("q", "text"))
    assert of_text("a|b", asked) == [("a|b", "form")]
    script = NotUnderstood("script with input", "it may make fields")
    assert of_text("a|b", replace(asked, not_understood=(script,))) == [("a|b", "unsplit")]


def test_a_field_of_several_files_does_not_settle_a_bar() -> None:
    several = field("q", "file")
    one = replace(several, constraints={"max_selections": 1})
    assert of_text("a|b", form(several)) == [("a|b", "unsplit")]
    assert of_text("a|b", form(one)) == [("a|b", "form")]


def test_broken_xml_makes_its_own_rows_less_sure() -> None:
    document = build([("a", "x"), ("b", "y")]).replace(">y<", ">R&D<")
    assert short(rows(document, None, None)) == [
        ("a", 0, "x", "text", "exact"),
        ("b", 0, "R&D", "text", "repaired"),
    ]
    with pytest.raises(UnreadableAnswer):
        rows(document[:-5], None, None)


def table(*cells: tuple[str, str], asked: Form | None = None, **more: list[str]) -> list[Short]:
    """Rows of what a table says, with its doubts."""
    given: Mapping[str, list[str]] = {**doubts(cells), **more}
    return short(rows(build(cells), asked, given))


def test_a_table_s_doubts_make_its_rows_less_sure() -> None:
    assert table(
        ("a", "x"),
        ("b", "\ufffd"),
        ("c", ""),
        ("d", "{}"),
        replaced=["b"],
        empty=["c"],
        rewritten=["d"],
    ) == [
        ("a", 0, "x", "text", "exact"),
        ("b", 0, "\ufffd", "text", "replaced"),
        ("c", 0, "", "text", "replaced"),
        ("d", 0, "{}", "text", "rewritten"),
    ]


CELLS = (
    ("age.on", "true"),
    ("boxes.boundingBoxes", '[{"left":1,"label":"a.b"}]'),
    ("age.under.18", "False"),
    ("boxes.inputImageProperties.height", "480"),
    ("mood.label", "5"),
    ("note", "x"),
)


def test_columns_of_one_element_are_put_together_by_the_form() -> None:
    asked = form(
        field("age", "multiple_choice", "on", "under.18", element="input type=checkbox"),
        field("boxes", "image_box", element="crowd-bounding-box"),
        field("mood", "classifier", element="crowd-classifier"),
        field("note", "text", element="crowd-input"),
        kind="crowd",
    )
    assert table(*CELLS, asked=asked) == [
        ("age", 0, "on", "selection", "form"),
        ("boxes", 0, '{"left":1,"label":"a.b"}', "box", "form"),
        ("boxes", 1, '{"inputImageProperties":{"height":480}}', "json", "form"),
        ("mood", 0, "5", "label", "form"),
        ("note", 0, "x", "text", "exact"),
    ]


def test_without_a_form_only_annotations_prove_an_element() -> None:
    assert table(*CELLS) == [
        ("age.on", 0, "true", "boolean", "flattened"),
        ("boxes", 0, '{"left":1,"label":"a.b"}', "box", "flattened"),
        ("boxes", 1, '{"inputImageProperties":{"height":480}}', "json", "flattened"),
        ("age.under.18", 0, "false", "boolean", "flattened"),
        ("mood.label", 0, "5", "text", "flattened"),
        ("note", 0, "x", "text", "exact"),
    ]


def test_a_field_that_has_a_dot_in_its_name_is_no_element() -> None:
    asked = form(field("age.on", "text"), field("age", "text"))
    assert table(("age.on", "true"), ("age.x", "1|2"), asked=asked) == [
        ("age.on", 0, "true", "text", "exact"),
        ("age.x", 0, "1|2", "text", "unsplit"),
    ]


def test_columns_that_contradict_each_other_stay_apart() -> None:
    asked = form(field("e", "image_box", element="crowd-bounding-box"), kind="crowd")
    assert [row[0] for row in table(("e.a", "1"), ("e.a.b", "2"), asked=asked)] == ["e.a", "e.a.b"]
    many = "e" + "." * 50_000
    assert [row[0] for row in table((many, "1"), asked=asked)] == [many]


FEW = st.text(st.sampled_from("a.|'\"\\\n\u00e9\u2028\ud83d\U0001f600"), max_size=3)
SCALARS = st.none() | st.booleans() | st.integers(-9, 9) | FEW
SAID = st.dictionaries(
    st.sampled_from(["boundingBoxes", "label", "labels", "on", "labeledImage", "a.b"]),
    SCALARS
    | st.lists(SCALARS | st.fixed_dictionaries({"left": SCALARS}), max_size=3)
    | st.dictionaries(FEW, SCALARS, max_size=3),
    max_size=3,
)


@given(st.dictionaries(st.sampled_from(["a", "b.c", "it's"]), SAID | SCALARS))
def test_python_s_notation_gives_the_same_values(said: dict[str, object]) -> None:
    ours = rows(build([("taskAnswers", json.dumps([said]))]), None, None)
    pythons = rows(build([("taskAnswers", str([said]))]), None, None)
    assert [(r.field, r.value, r.value_type) for r in ours] == [
        (r.field, r.value, r.value_type) for r in pythons
    ]


@given(st.dictionaries(st.sampled_from(["x", "y"]), SAID, min_size=1))
def test_a_table_of_a_crowd_form_gives_rows_that_can_be_stored(said: dict[str, object]) -> None:
    cells = flat(build([("taskAnswers", json.dumps([said]))]))
    asked = form(
        *(field(name, "image_box", element="crowd-bounding-box") for name in said), kind="crowd"
    )
    for known in (None, asked):
        made = rows(build(cells.items()), known, doubts(cells.items()))
        _assert_storable(made)


PIECES = st.sampled_from(
    ['[{"a":', "}]", "|", "true", "'", "\\", '{"boundingBoxes":[{"left":1}]}', "{", "]", "&", "<b>"]
)


@given(
    st.lists(
        st.tuples(ANY_TEXT | st.just("taskAnswers"), st.lists(PIECES | ANY_TEXT).map("".join))
    ),
    st.none() | st.dictionaries(st.sampled_from(["joined", "dotted", "empty"]), st.lists(ANY_TEXT)),
)
def test_rows_of_anything_can_be_stored(
    given_texts: list[tuple[str, str]], doubted: dict[str, list[str]] | None
) -> None:
    _assert_storable(rows(build(given_texts), form(BOXES), doubted))
    raw = "".join(f"<Answer><FreeText>{text}</FreeText></Answer>" for _, text in given_texts)
    with suppress(UnreadableAnswer):
        _assert_storable(rows(f"<QuestionFormAnswers>{raw}</QuestionFormAnswers>", None, doubted))


def _assert_storable(made: Sequence[AnswerRow]) -> None:
    keys = [(row.field, row.position) for row in made]
    assert len(keys) == len(set(keys))
    for row in made:
        assert row.value_type in TYPES
        assert row.certainty in CERTAINTIES
        (row.field + (row.value or "")).encode()
