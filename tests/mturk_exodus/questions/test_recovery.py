from __future__ import annotations

import html
import time
import tracemalloc
from collections.abc import Callable, Iterator, Mapping, Sequence
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mturk_exodus.questions.templates.recovery import KnownTemplate, Recovery, recover
from mturk_exodus.questions.templates.template import PLACEHOLDER

HEAD = (
    '<HTMLQuestion xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/'
    '2011-11-11/HTMLQuestion.xsd"><HTMLContent><![CDATA['
)
TAIL = "]]></HTMLContent><FrameHeight>450</FrameHeight></HTMLQuestion>"
PAGE = (
    "<!DOCTYPE html>\n<html><head><title>Look</title></head><body>\n<h1>Look at ${place}</h1>\n"
    '<img src="https://example.org/images/${image}" alt="">\n<p class="q">${text}</p>\n'
    '<p>Again: ${place}</p>\n<input type="text" name="answer">\n</body></html>'
)
PLACES = ("Lund", "Oslo by night", "Rome", "a small town", "Kyoto", "Bonn")
TEXTS = ("What is it?", "How many are there", "Who?", "Count the red ones", "Where", "When, why")

Row = Mapping[str, str]


def put_in(page: str, row: Row) -> str:
    return PLACEHOLDER.sub(lambda found: row.get(found[1], found[0]), page)


def filled(page: str, row: Row) -> str:
    """What MTurk makes of it."""
    return f"{HEAD}{put_in(page, row)}{TAIL}"


def rows(number: int = 6) -> list[dict[str, str]]:
    return [
        {"place": PLACES[n % 6], "image": f"{n * 37}.png", "text": f"{TEXTS[n * 5 % 6]} {n}"}
        for n in range(number)
    ]


def hits(texts: Sequence[str]) -> list[tuple[str, str]]:
    return [(f"3HIT{number:026}", text) for number, text in enumerate(texts)]


def recovered(
    texts: Sequence[str], *known: KnownTemplate, given: Sequence[Row] | None = None
) -> Recovery:
    """What is recovered; whatever is said to fit does, and all else is said to be whole."""
    pairs = hits(texts)
    variables = {hit_id: row for (hit_id, _), row in zip(pairs, given or [], strict=False)}
    recovery = recover(lambda: iter(pairs), known, variables)
    found = 0
    for hit_id, text in pairs:
        fit = recovery.fit(text, variables.get(hit_id))
        if fit is not None:
            assert fit.template.render(fit.values) == text
            assert fit.template in recovery.templates
            found += 1
    assert (recovery.questions, recovery.whole) == (len(texts), len(texts) - found)
    return recovery


def columns(recovery: Recovery, texts: Sequence[str]) -> list[tuple[str, ...]]:
    """By slot of the only template, the values in these questions."""
    (template,) = recovery.templates
    fits = [recovery.fit(text) for text in texts]
    values = [fit.values for fit in fits if fit is not None]
    assert len(values) == len(texts)
    assert all(len(row) == len(template.names) for row in values)
    return list(zip(*values, strict=True))


def test_a_template_and_its_values() -> None:
    given = rows()
    texts = [filled(PAGE, row) for row in given]
    recovery = recovered(texts)
    assert recovery.whole == 0
    place, image, text = columns(recovery, texts)
    assert list(place) == [row["place"] for row in given]
    assert list(image) == [row["image"].removesuffix(".png") for row in given]
    assert list(text) == [row["text"] for row in given]
    (template,) = recovery.templates
    assert template.names == (None, None, None)
    assert template.labels == ("variable_1", "variable_2", "variable_3")
    assert [part for part in template.parts if isinstance(part, int)] == [0, 1, 2, 0]


def test_nothing_is_recovered_from_nothing_or_from_one() -> None:
    assert recovered([]).templates == ()
    assert recovered([filled(PAGE, rows()[0])]).templates == ()
    assert recovered([filled(PAGE, rows()[0])]).whole == 1


def test_two_are_enough() -> None:
    texts = [filled(PAGE, row) for row in rows(2)]
    recovery = recovered(texts)
    assert (recovery.whole, len(recovery.templates)) == (0, 1)


def test_identical_hits_are_a_template_without_slots() -> None:
    recovery = recovered([filled(PAGE, rows()[0])] * 5)
    (template,) = recovery.templates
    assert (template.names, len(template.parts), recovery.counts) == ((), 1, (5,))


def test_empty_questions_stay_whole() -> None:
    assert recovered(["", "", ""]).whole in {0, 3}
    assert recovered(["", "a"]).whole == 2


def test_hits_that_differ_everywhere_stay_whole() -> None:
    def page(number: int) -> str:
        words = [f"w{(number * 7919 + place * 104729) % 99991:x}" for place in range(300)]
        return f"{HEAD}{' '.join(words)}{TAIL}"

    recovery = recovered([page(number) for number in range(20)])
    assert (recovery.templates, recovery.whole) == ((), 20)


def test_one_of_another_kind_stays_whole() -> None:
    texts = [filled(PAGE, row) for row in rows()]
    other = (
        '<ExternalQuestion xmlns="http://mechanicalturk.amazonaws.com/'
        'AWSMechanicalTurkDataSchemas/2006-07-14/ExternalQuestion.xsd"><ExternalURL>'
        "https://example.org/task</ExternalURL><FrameHeight>0</FrameHeight></ExternalQuestion>"
    )
    recovery = recovered([*texts[:3], other, *texts[3:]])
    assert (recovery.whole, recovery.counts) == (1, (6,))
    assert recovery.fit(other) is None


def test_addresses_of_external_questions() -> None:
    def question(number: int) -> str:
        return (
            "<ExternalQuestion><ExternalURL>https://example.org/?item="
            f"{number * 31}&amp;group={'abc'[number % 3]}</ExternalURL></ExternalQuestion>"
        )

    texts = [question(number) for number in range(6)]
    recovery = recovered(texts)
    assert columns(recovery, texts) == [
        tuple(str(number * 31) for number in range(6)),
        tuple("abcabc"),
    ]


@pytest.mark.parametrize(
    "value",
    [
        *(
            "",
            "<b>bold</b> and <i>not</i>",
            '</p>\n<p>Again: "',
            "</p>",
            "\r\n\r\n",
            "]]>",
            "${text}",
        ),
        *("\U0001f600 caf\u00e9 e\u0301", "\ud83d", "\0", '"', "\\1", "x" * 65_535, "<" * 20_000),
        *("</p>\n<p>" * 3_000, "Lund", '<p class="q">', HEAD, TAIL, PAGE),
    ],
    ids=lambda value: repr(value[:12]),
)
def test_a_value_of_any_kind_is_given_back(value: str) -> None:
    """In one HIT, in several, and in the first one, from which a draft starts."""
    for odd in ([3], [0], [1, 2, 4], [0, 1, 2, 3, 4, 5]):
        given = rows()
        for number in odd:
            given[number]["text"] = f"{value}{number % 2 or ''}"
        assert recovered([filled(PAGE, row) for row in given]).whole == 0


def test_a_variable_that_is_empty_now_and_then() -> None:
    given = [{**row, "text": row["text"] if n % 2 else ""} for n, row in enumerate(rows())]
    texts = [filled(PAGE, row) for row in given]
    recovery = recovered(texts)
    assert columns(recovery, texts)[2] == tuple(row["text"] for row in given)


def test_variables_side_by_side_are_one_slot() -> None:
    page = PAGE.replace("${text}", "${text}${image}")
    given = rows()
    texts = [filled(page, row) for row in given]
    recovery = recovered(texts)
    assert recovery.whole == 0
    assert len(recovery.templates[0].names) == 3
    named = recovered(texts, given=given)
    assert named.templates[0].names == ("place", "image", "text+image")
    known = recovered(texts, KnownTemplate("page.html", page))
    assert known.templates[0].names == ("place", "image", "text+image")


def test_ends_of_lines_are_kept() -> None:
    texts = [filled(PAGE.replace("\n", "\r\n"), row) for row in rows()]
    recovery = recovered(texts)
    assert recovery.whole == 0
    assert "\r\n" in str(recovery.templates[0].parts[0])


def test_a_hundred_variables_in_rows_that_are_alike() -> None:
    page = "<table>" + "".join(f"<tr><td>${{v{n}}}</td></tr>\n" for n in range(100)) + "</table>"
    given = [{f"v{n}": f"{(hit + 7) * (n + 3) % 997}" for n in range(100)} for hit in range(8)]
    texts = [filled(page, row) for row in given]
    recovery = recovered(texts)
    assert [list(column) for column in columns(recovery, texts)] == [
        [row[f"v{n}"] for row in given] for n in range(100)
    ]
    named = recovered(texts, given=given)
    assert named.templates[0].names == tuple(f"v{n}" for n in range(100))


def test_values_that_agree_by_chance_at_first_are_two_slots_in_the_end() -> None:
    """The sample is taken at even distances, and only one HIT of many tells them apart."""
    given = [{**row, "text": row["place"]} for row in rows(1_000)]
    given[333]["text"] = "something else"
    texts = [filled(PAGE, row) for row in given]
    recovery = recovered(texts)
    place, _, text = columns(recovery, texts)
    assert [n for n, pair in enumerate(zip(place, text, strict=True)) if len({*pair}) > 1] == [333]
    assert len(recovered(texts[:333]).templates[0].names) == 2


def test_a_value_that_only_one_hit_has_is_a_value() -> None:
    given = [{**row, "text": "the same"} for row in rows(1_000)]
    given[777]["text"] = "another"
    texts = [filled(PAGE, row) for row in given]
    recovery = recovered(texts)
    assert recovery.counts == (1_000,)
    assert len(recovered(texts[:700]).templates[0].names) == 2


def test_two_pages_in_one_hit_type_are_two_templates() -> None:
    edited = (
        PAGE.replace(
            '<input type="text" name="answer">',
            "".join(
                f'<label><input type="radio" name="answer" value="{n}">{n}</label>\n'
                for n in "abcdef"
            ),
        )
        .replace("<h1>", "<div><h1>", 1)
        .replace("</h1>", "</h1></div>", 1)
    )
    given = rows(40)
    texts = [filled(edited if n % 3 else PAGE, row) for n, row in enumerate(given)]
    recovery = recovered(texts)
    assert sorted(recovery.counts) == [14, 26]
    assert [len(template.names) for template in recovery.templates] == [3, 3]


def test_many_pages_in_one_account() -> None:
    def page(kind: int) -> str:
        lines = [f'<p id="k{kind * 97 + n}">Line {kind * n + kind} of {kind}</p>' for n in range(9)]
        return "\n".join([*lines, "<b>${text}</b>", f"<i>{kind}</i>${{place}}"])

    texts = [filled(page(n % 23), row) for n, row in enumerate(rows(400))]
    recovery = recovered(texts)
    assert recovery.whole == 0
    assert len(recovery.templates) <= 23


@pytest.mark.parametrize(
    ("name", "escape"),
    [
        ("none", str),
        ("xml", lambda text: html.escape(text, quote=False)),
        ("html", lambda text: html.escape(text).replace("&#x27;", "&#39;")),
        ("html_hex", html.escape),
        (
            "html_decimal",
            lambda t: html.escape(t).replace("&#x27;", "&#39;").replace("&quot;", "&#34;"),
        ),
        ("html_quot", lambda text: html.escape(text, quote=False).replace('"', "&quot;")),
        ("url", lambda text: quote(text, safe="")),
    ],
)
def test_names_and_how_values_were_written(name: str, escape: Callable[[str], str]) -> None:
    given = [{**row, "text": f"""{row["text"]} <&> it's "{n}" /"""} for n, row in enumerate(rows())]
    texts = [filled(PAGE, {**row, "text": escape(row["text"])}) for row in given]
    (template,) = recovered(texts, given=given).templates
    assert template.names == ("place", "image", "text")
    assert template.escapings == ("none", "none", name)


def test_a_named_slot_is_the_whole_variable() -> None:
    """Whatever all values of it begin and end with."""
    given = [
        {**row, "image": f"https://example.org/images/{n}.png"} for n, row in enumerate(rows())
    ]
    page = PAGE.replace("https://example.org/images/${image}", "${image}")
    texts = [filled(page, row) for row in given]
    recovery = recovered(texts, given=given)
    assert recovery.templates[0].names == ("place", "image", "text")
    assert columns(recovery, texts)[1] == tuple(row["image"] for row in given)
    assert columns(recovered(texts), texts)[1] == tuple("012345")


def test_variables_that_draw_near_are_told_apart_by_their_values() -> None:
    page = PAGE.replace("${text}", "${text} in ${place}")
    given = rows()
    texts = [filled(page, row) for row in given]
    (template,) = recovered(texts, given=given).templates
    assert template.names == ("place", "image", "text")
    assert [part for part in template.parts if isinstance(part, int)] == [0, 1, 2, 0, 0]


def test_a_variable_nobody_names_stays_unnamed() -> None:
    given = [{name: row[name] for name in ("place", "image")} for row in rows()]
    texts = [filled(PAGE, row) for row in rows()]
    (template,) = recovered(texts, given=given).templates
    assert template.names == ("place", "image", None)
    assert template.labels == ("place", "image", "variable_3")


def test_a_name_that_one_hit_contradicts_is_no_name() -> None:
    given = rows(500)
    texts = [filled(PAGE, row) for row in given]
    given[123]["text"] = "not what the page says"
    recovery = recovered(texts, given=given)
    assert recovery.whole == 0
    assert [template.names for template in recovery.templates] == [("place", "image", None)]


def test_values_that_some_hits_have_name_the_slots_of_all() -> None:
    given: list[Row] = [row if n % 2 else {} for n, row in enumerate(rows(20))]
    recovery = recovered([filled(PAGE, row) for row in rows(20)], given=given)
    assert recovery.templates[0].names == ("place", "image", "text")
    assert recovery.whole == 0


def test_given_values_settle_what_a_text_leaves_open() -> None:
    page = PAGE.replace('<p class="q">${text}</p>', '<p class="q">${text}</p><b>${more}</b>')
    given = [{**row, "more": f"more {n}"} for n, row in enumerate(rows())]
    given[2]["text"] = "one</p><b>two"
    texts = [filled(page, row) for row in given]
    recovery = recovered(texts, given=given)
    fit = recovery.fit(texts[2], given[2])
    assert fit is not None
    assert dict(zip(fit.template.labels, fit.values, strict=True)) == given[2]


@pytest.mark.parametrize(
    "spelled",
    [
        PAGE,
        f"\ufeff{PAGE}",
        f"\n\n{PAGE}\n",
        PAGE.replace("\n", "\r\n"),
        f"{HEAD}{PAGE}{TAIL}",
        PAGE.replace("</body>", "<script>f(`${js}`)</script></body>"),
    ],
    ids=["as it is", "with a mark", "with space", "with CRLF", "as a question", "with a script"],
)
def test_a_known_page_gives_its_names(spelled: str) -> None:
    """Of one HIT, too; what no value was put in for stays a part of the page."""
    asked = (
        PAGE.replace("</body>", "<script>f(`${js}`)</script></body>") if "js" in spelled else PAGE
    )
    for number in (1, 6):
        texts = [
            filled(asked, {**row, "js": "${js}"}).replace(TAIL, f"\n{TAIL}") for row in rows(number)
        ]
        if spelled.startswith(HEAD):
            texts = [text.replace(f"\n{TAIL}", TAIL) for text in texts]
        recovery = recovered(texts, KnownTemplate("page.html", spelled))
        (template,) = recovery.templates
        assert template.names == ("place", "image", "text")
        assert columns(recovery, texts)[1] == tuple(row["image"] for row in rows(number))


def test_a_page_that_is_not_theirs_changes_nothing() -> None:
    texts = [filled(PAGE, row) for row in rows()]
    other = KnownTemplate("other.html", "<p>${other}</p><hr>")
    assert recovered(texts, other).templates == recovered(texts).templates


def test_a_known_page_and_a_table_tell_how_values_were_written() -> None:
    given = [{**row, "text": f"{row['text']} & more"} for row in rows()]
    texts = [filled(PAGE, {**row, "text": html.escape(row["text"])}) for row in given]
    (template,) = recovered(texts, KnownTemplate("page.html", PAGE), given=given).templates
    assert template.names == ("place", "image", "text")
    assert template.escapings == ("none", "none", "xml")


def test_the_same_hits_give_the_same_template() -> None:
    texts = [filled(PAGE, row) for row in rows(50)]
    assert recovered(texts).templates == recovered(list(texts)).templates
    assert recovered(texts).templates[0].digest == recovered(texts).templates[0].digest


def test_memory_is_that_of_a_sample() -> None:
    filler = "\n".join(f"<p>Line {n} of a long page</p>" for n in range(600))

    def questions() -> Iterator[tuple[str, str]]:
        for number, row in enumerate(rows(2_000)):
            yield f"3HIT{number:026}", filled(f"{filler}{PAGE}", row)

    length = sum(len(text) for _, text in questions())
    tracemalloc.start()
    try:
        recovery = recover(questions)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (recovery.counts, recovery.whole) == ((2_000,), 0)
    assert length > 30_000_000
    assert peak < 15_000_000


@pytest.mark.parametrize(
    "page",
    [
        "<" * 60_000 + "${v}",
        "<p>" * 20_000 + "${v}",
        "a " * 30_000 + "${v}" + "a " * 2_000,
        "${v}" + "x<y>" * 15_000,
        "".join(f"<i>${{v}}</i>{'z' * (n % 7)}" for n in range(1_500)),
    ],
    ids=["brackets", "tags", "words", "mixed", "repeated"],
)
def test_pages_that_repeat_themselves_take_no_longer(page: str) -> None:
    values = [f"{'a ' * n}<p>{'<' * n}{n}" for n in range(8)]
    texts = [filled(page, {"v": value}) for value in values]
    start = time.perf_counter()
    recovered(texts)
    recovered(texts, given=[{"v": value, "w": value[:2]} for value in values])
    assert time.perf_counter() - start < 30


WORD = st.text("bdfghjklmn", min_size=1, max_size=6)
ORDINARY = st.lists(WORD, min_size=1, max_size=4).map(" ".join)
ANY = st.text(st.characters(exclude_categories=()), max_size=30)
LITERAL = st.sampled_from(
    [
        "<p>",
        "</p>",
        '<a href="',
        '">',
        "<br>\r\n",
        "ACE",
        " ",
        "\n",
        "<td>",
        "</td><td>",
        "Q. ",
        "{}",
    ]
)


@st.composite
def batches(
    draw: st.DrawFn, literals: st.SearchStrategy[str], values: st.SearchStrategy[str], least: int
) -> tuple[str, list[dict[str, str]]]:
    """A page, and values for some HITs."""
    pieces = draw(st.lists(st.tuples(literals, st.none() | st.integers(0, 5)), max_size=15))
    page = "".join(text + ("" if v is None else f"${{v{v}}}") for text, v in pieces)
    names = [f"v{n}" for n in range(6)]
    row = st.fixed_dictionaries(dict.fromkeys(names, values))
    return page, draw(st.lists(row, min_size=least, max_size=12))


@settings(max_examples=300, deadline=None)
@given(batches(LITERAL | ANY, ANY | LITERAL, 0), st.booleans(), st.booleans())
def test_whatever_fits_is_exact(
    batch: tuple[str, list[dict[str, str]]], is_known: bool, are_given: bool
) -> None:
    page, given = batch
    texts = [put_in(page, row) for row in given]
    known = [KnownTemplate("page", page)] if is_known else []
    recovered(texts, *known, given=given if are_given else None)


@settings(max_examples=200, deadline=None)
@given(batches(LITERAL, ORDINARY, 5))
def test_ordinary_values_all_fit(batch: tuple[str, list[dict[str, str]]]) -> None:
    """A slot for each place at most: what variables have nothing between is a slot of its own."""
    page, given = batch
    page = f"<h1>A page</h1><div>{page}</div><form>ABC, ACE</form>"
    texts = [filled(page, row) for row in given]
    recovery = recovered(texts)
    (template,) = recovery.templates
    assert recovery.whole == 0
    assert len(template.names) <= len(PLACEHOLDER.findall(page))
    assert recovered(texts, given=given).whole == 0


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.integers(0, 5), max_size=12),
    st.lists(st.lists(ORDINARY, min_size=6, max_size=6), min_size=5, max_size=12),
)
def test_ordinary_values_fit_in_no_more_slots_than_variables(
    places: list[int], given: list[list[str]]
) -> None:
    page = "<h1>A page</h1>" + "".join(f'<p id="P{n}">${{v{v}}}</p>' for n, v in enumerate(places))
    rows = [{f"v{n}": value for n, value in enumerate(values)} for values in given]
    texts = [filled(page, row) for row in rows]
    varying = {f"v{v}" for v in places if len({row[f"v{v}"] for row in rows}) > 1}
    recovery = recovered(texts)
    (template,) = recovery.templates
    assert recovery.whole == 0
    assert len(template.names) <= len(varying)
    (named,) = recovered(texts, given=rows).templates
    assert set(named.names) <= varying
    assert len(named.names) == len(template.names)
