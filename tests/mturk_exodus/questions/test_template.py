from __future__ import annotations

import json
import sqlite3
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mturk_exodus.questions.templates.template import Matcher, Part, Template, numbered

TEXT = st.text(st.characters(exclude_categories=()), max_size=8)
LETTERS = st.text("ab", max_size=5)


@st.composite
def templates(draw: st.DrawFn, literals: st.SearchStrategy[str] = TEXT) -> Template:
    pieces: list[str | tuple[int]] = []
    for literal, slot in draw(st.lists(st.tuples(literals.filter(bool), st.integers(0, 4)))):
        pieces += [literal, (slot,)]
    if draw(st.booleans()):
        pieces = pieces[1:]
    parts, slots = numbered(pieces)
    names = draw(st.lists(st.none() | TEXT, min_size=len(slots), max_size=len(slots)))
    return Template(parts, tuple(names))


def filled(parts: tuple[Part, ...], values: list[str]) -> str:
    return "".join(part if isinstance(part, str) else values[part] for part in parts)


@given(templates())
def test_its_json_gives_it_back_and_is_always_the_same(template: Template) -> None:
    text = template.to_json()
    assert text.isascii()
    again = Template.from_json(text)
    assert again == template
    assert (again.to_json(), again.digest) == (text, template.digest)
    assert len(template.digest) == 64


def test_another_template_has_another_digest() -> None:
    template = Template(("a", 0), (None,))
    others = [Template(("a",), ()), Template(("a", 0), ("b",)), Template((0, "a"), (None,))]
    others.append(Template(("a", 0), (None,), ("html",)))
    assert len({each.digest for each in [template, *others]}) == 5


@pytest.mark.parametrize(
    "parts",
    [(0, 1), ("a", "b"), (1, "a"), ("", 0), (0, "a", 2), (0, "a", 0, "b", 1, 1)],
)
def test_there_is_one_way_to_write_a_template(parts: tuple[Part, ...]) -> None:
    slots = len({part for part in parts if isinstance(part, int)})
    with pytest.raises(ValueError, match=r"by turns|numbered|at least one"):
        Template(parts, (None,) * slots)


def test_each_slot_has_one_name_and_one_escaping() -> None:
    for names, escapings in [((), ()), (("a", "b"), ()), (("a",), ("none", "none"))]:
        with pytest.raises(ValueError, match="each has a name"):
            Template(("x", 0), names, escapings)


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "[]", "1", '{"parts":[]}', "[" * 100_000),
        '{"parts":[0],"names":["a"],"escapings":[1]}',
        '{"parts":["a",true],"names":[null],"escapings":[null]}',
        '{"parts":["a",1.0],"names":[null],"escapings":[null]}',
        '{"parts":"ab","names":[],"escapings":[]}',
        '{"parts":["a",0],"names":[],"escapings":[]}',
    ],
)
def test_what_is_no_templates_json_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 -- json's own message, or ours
        Template.from_json(text)


def test_it_renders_with_as_many_values_as_slots() -> None:
    template = Template(("<p>", 0, "</p><i>", 1, "</i>", 0), ("a", None))
    assert template.render(["x", ""]) == "<p>x</p><i></i>x"
    assert template.literal_length == 14
    for values in ([], ["x"], ["x", "y", "z"]):
        with pytest.raises(ValueError, match="2 values are needed"):
            template.render(values)


def test_every_slot_has_a_label_of_its_own() -> None:
    parts = (0, "-", 1, "-", 2, "-", 3)
    assert Template(parts, (None, "a", "a", "variable_1")).labels == (
        *("variable_1_", "a", "variable_3", "variable_1"),
    )


@given(templates(), st.data())
def test_sql_alone_renders_what_python_does(template: Template, data: st.DataObject) -> None:
    plain = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
    kept = "".join(part for part in template.parts if isinstance(part, str))
    if "\0" in kept or any("\ud800" <= character <= "\udfff" for character in kept):
        return  # neither is in a question: XML has no such characters
    slots = len(template.names)
    values = data.draw(st.lists(plain, min_size=slots, max_size=slots))
    connection = sqlite3.connect(":memory:")
    try:
        connection.execute("create table parts (position integer, literal text, slot integer)")
        connection.execute("create table given (slot integer, value text)")
        rows = [(n, *row) for n, row in enumerate(template.rows())]
        connection.executemany("insert into parts values (?, ?, ?)", rows)
        connection.executemany("insert into given values (?, ?)", enumerate(values))
        query = """
            select group_concat(text, '') from (
              select coalesce(literal, value) as text
              from parts left join given using (slot) order by position)
        """
        ((rendered,),) = connection.execute(query).fetchall()
    finally:
        connection.close()
    assert (rendered or "") == template.render(values)


@given(templates())
def test_its_rows_give_it_back(template: Template) -> None:
    assert Template.from_rows(template.rows(), template.names, template.escapings) == template


def test_a_row_is_a_literal_or_a_slot() -> None:
    for row in [(None, None), ("a", 0)]:
        with pytest.raises(ValueError, match="a literal or a slot"):
            Template.from_rows([row], [])


@given(templates(), st.data())
def test_what_is_found_gives_the_text_back(template: Template, data: st.DataObject) -> None:
    slots = len(template.names)
    values = data.draw(st.lists(TEXT, min_size=slots, max_size=slots))
    text = template.render(values)
    found = Matcher(template.parts).values(text)
    if len(set(template.parts)) == len(template.parts):
        assert found is not None
    assert found is None or template.render(found) == text


@given(templates(LETTERS), st.text("ab", max_size=12))
def test_values_are_found_if_there_are_any(template: Template, text: str) -> None:
    """Against trying every way to cut a short text; slots all different."""
    parts = tuple(
        part if isinstance(part, str) else place // 2 for place, part in enumerate(template.parts)
    )
    found = Matcher(parts).values(text)
    assert (found is not None) == can_give(parts, text)
    assert found is None or filled(parts, found) == text


def can_give(parts: tuple[Part, ...], text: str) -> bool:
    """Whether parts without repeated slots give a text, the slow and certain way."""
    if not parts:
        return not text
    first, *others = parts
    rest = tuple(others)
    if isinstance(first, str):
        return text.startswith(first) and can_give(rest, text[len(first) :])
    return any(can_give(rest, text[place:]) for place in range(len(text) + 1))


@pytest.mark.parametrize(
    ("parts", "values"),
    [
        (("x=", 0, ";y=", 1, ";x=", 0, "."), ["1;y=2", "3"]),
        (("x=", 0, ";y=", 1, ";x=", 0, "."), ["1", "2;x=3"]),
        ((0, "-", 0), ["a-a"]),
        ((0, "-", 0, "-", 1, "-", 0), ["a-b", "c"]),
        (("<", 0, "|", 0, "|", 1, ">"), ["", ""]),
        (("<", 0, "|", 1, ">", 1, "|", 0), ["|", ">"]),
    ],
)
def test_a_repeated_value_tells_where_it_ends(parts: tuple[Part, ...], values: list[str]) -> None:
    assert Matcher(parts).values(filled(parts, values)) == values


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ((), "a"),
        (("a",), ""),
        (("a",), "aa"),
        (("ab", 0, "bc"), "abc"),
        ((0, "-", 0), "a-b"),
        (("a", 0, "b", 1, "c"), "acb"),
    ],
)
def test_what_a_template_does_not_give_is_not_found(parts: tuple[Part, ...], text: str) -> None:
    assert Matcher(parts).values(text) is None


def test_hostile_texts_take_no_longer() -> None:
    """Literals that are found everywhere, and repeated slots that never agree."""
    many: list[Part] = []
    for slot in range(500):
        many += ["a", slot]
    repeated: list[Part] = []
    for slot in range(50):
        repeated += ["a", slot, "a", slot]
    start = time.perf_counter()
    assert Matcher([*many, "b"]).values("a" * 65_000) is None
    Matcher([*repeated, "b"]).values("ab" * 32_000)
    Matcher([*repeated, "b"]).values("a" * 64_999 + "b")
    assert time.perf_counter() - start < 5


def test_labels_are_names_first() -> None:
    assert json.loads(Template((0,), ("a",)).to_json())["names"] == ["a"]
    assert Template((0,), ("a",)).labels == ("a",)
