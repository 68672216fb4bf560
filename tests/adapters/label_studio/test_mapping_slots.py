"""Forms of templates, filled in: the very same as those that are read."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mturk_exodus.questions.form import Form
from mturk_exodus.questions.templates.template import PLACEHOLDER, Template, numbered
from mturk_exodus_label_studio.mapping.config import design_of
from mturk_exodus_label_studio.mapping.data import data_of
from mturk_exodus_label_studio.mapping.reading import read
from mturk_exodus_label_studio.mapping.slots import TemplateForms
from tests.adapters.label_studio.mapping_support import crowd, page

EXTERNAL = "<ExternalQuestion><ExternalURL>{}</ExternalURL></ExternalQuestion>"
QUESTION_FORM = (
    "<QuestionForm><Question><QuestionIdentifier>q</QuestionIdentifier><QuestionContent><Text>{}"
    "</Text></QuestionContent><AnswerSpecification><SelectionAnswer><Selections><Selection>"
    "<SelectionIdentifier>{}</SelectionIdentifier><Text>A</Text></Selection></Selections>"
    "</SelectionAnswer></AnswerSpecification></Question></QuestionForm>"
)
TEXTS = {
    "text": page("<form><p>${a}</p><p>Name? <input name=n></p></form>"),
    "beside a field": page("<form>${a}: <input name=n> <b>${b}</b></form>"),
    "picture": page("<form><img src='https://h.example/${a}.png' alt='${b}'></form>"),
    "whole address": page('<form><a href="${a}">${b}</a><input name=n></form>'),
    "value": page("<form><input type=hidden name=h value='${a}'>${b}</form>"),
    "choice": page("<form><input type=radio name=r value='${a}'>${b}</form>"),
    "option": page("<form><select name=s><option value='${a}'>${b}</select></form>"),
    "name": page("<form><input name='x${a}'>${b}</form>"),
    "kind": page("<form><input name=x type='${a}'>${b}</form>"),
    "limit": page("<form><input name=x type=number min='${a}'>${b}</form>"),
    "bare": page("<form><input name=x value=${a}>${b}</form>"),
    "in a tag": page("<form><input name=x ${a}>${b}</form>"),
    "label": page("<form><label>${a}<input name=x></label>${b}</form>"),
    "legend": page("<form><fieldset><legend>${a}</legend><input name=x></fieldset>${b}</form>"),
    "script": page("<form><script>var x = '${a}'; if (1<2) {}</script>${b}</form>"),
    "comment": page("<form><!-- ${a} -->${b}<input name=x></form>"),
    "style": page("<style>p { color: ${a} }</style><form>${b}<input name=x></form>"),
    "textarea": page("<form><textarea name=x>${a}</textarea>${b}</form>"),
    "title": page("<title>${a}</title><form>${b}<input name=x></form>"),
    "categories": crowd(
        "<crowd-classifier name=x categories=\"['${a}','z']\">${b}</crowd-classifier>"
    ),
    "target": crowd(
        "<crowd-classifier name=x categories=\"['y','z']\"><classification-target>${a}"
        "</classification-target></crowd-classifier>${b}"
    ),
    "span": crowd(
        "<crowd-entity-annotation name=x labels=\"['y']\" text=\"${a}\" header='${b}'>"
        "</crowd-entity-annotation>"
    ),
    "boxes": crowd(
        "<crowd-bounding-box name=x src='${a}' labels=\"['y']\"></crowd-bounding-box>${b}"
    ),
    "external": EXTERNAL.format("https://a.example/?x=${a}&amp;y=${b}"),
    "question form": QUESTION_FORM.format("${a}", "${b}"),
    "escaped page": "<HTMLQuestion><HTMLContent>&lt;p&gt;${a} ${b}</HTMLContent></HTMLQuestion>",
    "unreadable": "<HTMLQuestion>${a} <p>${b}",
    "two sections": page("<form>${a}<script>if (a[b[0]]]]><![CDATA[>0) {}</script>${b}</form>"),
}
VALUES = st.one_of(
    st.text(st.sampled_from("ab1 '\"&<>{}=`:;/\n\t\u00a0é#$%?qSlot0Zx"), max_size=12),
    st.sampled_from(
        [
            *(
                "radio",
                "number",
                "checked",
                "disabled",
                "5",
                "&amp;",
                "&lt;b&gt;",
                "&#39;",
                "&eacute;",
            ),
            *("<b>x</b>", "<input name=evil>", "</form>", "]]>", "javascript:x", "${c}", "{{ c }}"),
            *(
                "https://h.example/a?b=1&c=2",
                "//h.example/x.png",
                "a  b",
                " a",
                "#",
                "a\nb",
                "x" * 999,
            ),
        ]
    ),
    st.text(max_size=8),
)


def template_of(text: str) -> Template:
    """The template that a page with placeholders is."""
    pieces: list[str | tuple[str]] = []
    end = 0
    for match in PLACEHOLDER.finditer(text):
        pieces += [text[end : match.start()], (match[1],)]
        end = match.end()
    parts, slots = numbered([*pieces, text[end:]])
    return Template(parts, tuple(None for _ in slots))


FORMS = {name: TemplateForms(template_of(text), read, design_of) for name, text in TEXTS.items()}


@given(st.sampled_from([*TEXTS]), st.lists(st.tuples(VALUES, VALUES), min_size=1, max_size=3))
def test_filled_in_is_as_read(name: str, pairs: Sequence[tuple[str, str]]) -> None:
    forms = FORMS[name]
    for values in pairs:
        question = forms.template.render(values[: len(forms.template.names)])
        found = forms.form_of(question)
        if found is not None:
            form, design = found
            whole = read(question)
            assert design == design_of(whole)
            data = data_of("3HIT", form, design, {}, "title")
            assert data == data_of("3HIT", whole, design, {}, "title")
            assert [one.why for one in form.not_understood] == [
                one.why for one in whole.not_understood
            ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("text", 'It\'s a "quoted" text, 5 = five: ünï 😀'),
        ("text", escape("Tom & Jerry <3")),
        ("beside a field", "What is it?"),
        ("whole address", "https://h.example/a?b=1&amp;c=2"),
        ("span", "Ada met Bob"),
        ("boxes", "https://h.example/a.png"),
        ("script", "anything"),
        ("value", "7"),
        ("external", "7"),
        ("two sections", "word"),
    ],
)
def test_ordinary_values_are_filled_in(name: str, value: str) -> None:
    forms = FORMS[name]
    assert forms.form_of(forms.template.render([value, "other"][: len(forms.template.names)]))


def test_what_decides_is_read_for_each_value() -> None:
    forms = TemplateForms(template_of(TEXTS["choice"]), read, design_of)
    digests = set()
    for value in ("one", "two", "one"):
        found = forms.form_of(forms.template.render([value, "label"]))
        assert found is not None
        digests.add(found[1].digest)
    assert len(digests) == 2


def test_a_page_that_is_written_otherwise_is_read_whole() -> None:
    for text in ("<p title='${a}>x</p>", "<p${a}>", "a < b ${a}", "<!-- ${a}", "<script>${a}"):
        forms = TemplateForms(template_of(page(text)), read, design_of)
        question = forms.template.render(["x"])
        found = forms.form_of(question)
        assert found is None or found[0] == read(question)


def test_long_pages_take_no_longer_than_they_are_long() -> None:
    for unit in ("<!--", "<script>", "<p title='", "a=", "<p a", "&amp;", "]]>"):
        text = page(unit * 40_000 + "${a}")
        TemplateForms(template_of(text), _nothing, design_of)


def _nothing(_text: str) -> Form:
    return read("")
