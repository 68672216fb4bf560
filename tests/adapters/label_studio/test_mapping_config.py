"""Configurations: names, captions and characters that Label Studio would stumble over."""

from __future__ import annotations

from xml.etree.ElementTree import Element, fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mturk_exodus.questions.form import Choice, Field, Form
from mturk_exodus.replay.adapter import Fidelity
from mturk_exodus_label_studio.mapping.config import TAGS, design_of
from mturk_exodus_label_studio.mapping.texts import Apart, Names
from mturk_exodus_label_studio.mapping.validation import rules_of


def _form(*choices: Choice, kind: str = "single_choice", name: str = "q") -> Form:
    return Form(
        kind="html", fields=(Field(name=name, kind=kind, element="input", choices=choices),)
    )


def _options(form: Form) -> list[dict[str, str]]:
    root: Element = fromstring(design_of(form).config)  # noqa: S314 - ours
    return [dict(one.attrib) for one in root.iter("Choice")]


def test_captions_that_are_alike_are_told_apart() -> None:
    assert _options(_form(Choice("1", "same"), Choice("2", "same"), Choice("3", None))) == [
        {"value": "same", "alias": "1"},
        {"value": "same (2)", "alias": "2"},
        {"value": "3", "alias": "3"},
    ]


def test_no_caption_is_anothers_value() -> None:
    """The editor looks for either, and takes the first that it finds."""
    assert _options(_form(Choice("1", "2"), Choice("2", "3"), Choice("3", "3"))) == [
        {"value": "2 (1)", "alias": "1"},
        {"value": "3 (2)", "alias": "2"},
        {"value": "3", "alias": "3"},
    ]


def test_true_and_false_are_no_aliases() -> None:
    """In every attribute but `value` the editor makes booleans of them, and fails."""
    assert _options(_form(Choice("true", "Yes & so"), Choice("false", None))) == [
        {"value": "true", "html": "Yes &amp; so"},
        {"value": "false"},
    ]


def test_a_dollar_in_a_caption_is_no_reference() -> None:
    (option,) = _options(_form(Choice("$5", "costs $5 or $x.y")))
    assert option == {"value": "costs $\u20605 or $\u2060x.y", "alias": "$5"}


def test_characters_that_xml_cannot_hold_are_a_loss() -> None:
    (control,) = design_of(_form(Choice("a\x00", "A\x1b"), Choice("b", "\ud800"))).controls
    assert [(one.value, one.stored, one.caption) for one in control.options] == [
        ("a\x00", "a\ufffd", "A\ufffd"),
        ("b", "b", "\ufffd"),
    ]
    why = "a choice holds a character that XML cannot hold"
    assert control.losses == ((Fidelity.APPROXIMATE, why),)


def test_values_that_become_alike_stay_apart() -> None:
    (control,) = design_of(_form(Choice("a\x00"), Choice("a\x01"))).controls
    assert len({one.stored for one in control.options}) == 2


def test_markup_in_names_and_choices_is_text() -> None:
    evil = "\"/><Choice value='x'/>]]>&amp;<!--"
    form = _form(Choice(evil, evil), name=evil)
    assert _options(form) == [{"value": evil, "alias": evil}]
    assert [one.field for one in design_of(form).controls] == [evil]


@pytest.mark.parametrize("kind", ["ranking", "document_analysis", "question_answer"])
def test_what_the_editor_has_nothing_for_is_text(kind: str) -> None:
    (control,) = design_of(_form(Choice("a"), kind=kind)).controls
    assert control.tag == "TextArea"
    assert [fidelity for fidelity, _ in control.losses] == [Fidelity.APPROXIMATE]


def test_files_are_lost() -> None:
    (control,) = design_of(_form(kind="file")).controls
    assert (control.tag, control.losses[0][0]) == ("TextArea", Fidelity.UNSUPPORTED)


def test_regions_without_labels_or_picture_are_text() -> None:
    (control,) = design_of(_form(Choice("cat"), kind="image_box")).controls
    assert (control.tag, control.kind) == ("TextArea", "json")
    assert "picture" in control.losses[0][1]


def test_fields_of_one_name_are_one_control() -> None:
    fields = [Field(name="x", kind="text", element="input") for _ in range(3)]
    (control,) = design_of(Form(kind="html", fields=tuple(fields))).controls
    assert (control.tag, control.field) == ("TextArea", "x")
    assert len(control.losses) == 1


def test_what_mturk_fills_in_is_not_asked() -> None:
    fields = (Field(name="assignmentId", kind="hidden", element="input type=hidden"),)
    assert design_of(Form(kind="html", fields=fields)).controls == ()


NAMES = ["", "true", "mturk", "mturk_rest", "a@b", "a__b", "1", "été", "a b", "a.b", "_", "$x"]


def test_names_that_would_be_taken_otherwise_are_changed() -> None:
    fields = tuple(Field(name=one, kind="text", element="input") for one in NAMES)
    design = design_of(Form(kind="html", fields=fields))
    found = [one.name for one in design.controls]
    assert len({*found}) == len(NAMES)
    assert all(_is_sound(name) for name in found), found
    assert design.by_field["a b"].name == "a_b_3"


def _is_sound(name: str) -> bool:
    plain = name.replace("_", "").isalnum() and name.isascii() and "__" not in name
    return plain and name not in ("true", "false") and not name.startswith("mturk")


@given(st.text(max_size=80), st.sets(st.text(max_size=3), max_size=4))
def test_every_name_is_sound_and_new(text: str, taken: set[str]) -> None:
    names = Names(taken=taken)
    several = [names.of(text, "_other") for _ in range(3)]
    assert all(map(_is_sound, several))
    assert len({*several, *taken}) == 3 + len(taken)
    assert taken.isdisjoint(f"{one}_other" for one in several)


def test_a_name_is_given_only_if_it_is_free_with_its_ending() -> None:
    names = Names()
    assert [names.of(one, "_other") for one in ("q_other", "q", "q")] == ["q_other", "q_2", "q_3"]


def test_many_alike_are_numbered_without_counting_anew() -> None:
    apart = Apart(["x (3)"])
    assert [apart.of("x", "{} ({})") for _ in range(3)] == ["x", "x (2)", "x (4)"]
    assert [apart.of("x", "{} ({})") for _ in range(50_000)][-1] == "x (50004)"


TEXTS = st.text(st.characters(), max_size=12)


@given(st.lists(st.tuples(TEXTS, st.none() | TEXTS), min_size=1, max_size=8))
def test_whatever_is_to_be_chosen_can_be_told_apart(pairs: list[tuple[str, str | None]]) -> None:
    design = design_of(_form(*(Choice(value, label) for value, label in pairs)))
    (control,) = design.controls
    values = [value for value, _ in pairs if value]
    assert [one.value for one in control.options] == [*dict.fromkeys(values)]
    stored = [one.stored for one in control.options]
    captions = [one.caption for one in control.options]
    assert len({*stored}) == len({*captions}) == len(stored)
    for one, caption in zip(stored, captions, strict=True):
        assert caption not in {*stored} - {one}
    if stored:
        assert rules_of(design.config)["q"].options == {*stored}


@given(TEXTS)
def test_a_configuration_is_xml_with_tags_of_the_list(name: str) -> None:
    form = _form(Choice(name or "x", name), name=name)
    root = fromstring(design_of(form).config)  # noqa: S314 - ours
    assert {one.tag for one in root.iter()} <= TAGS


def test_one_structure_is_one_configuration() -> None:
    """What is asked differs from HIT to HIT, and is in the data."""
    fields = [Field(name="x", kind="text", element="input", label=one) for one in ("A?", "B?")]
    one, other = (design_of(Form(kind="html", fields=(field,))) for field in fields)
    assert one.digest == other.digest
    assert '<Header value="$mturk_x_label" size="5" />' in one.config
