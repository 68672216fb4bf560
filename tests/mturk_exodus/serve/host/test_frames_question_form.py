"""A QuestionForm as a page: what is asked, what is checked, what arrives."""

from __future__ import annotations

import pytest

from mturk_exodus.demo import markup as m
from mturk_exodus.questions.showing import OTHER_SELECTION, frame_of
from tests.mturk_exodus.serve.host.stage import ASSIGNMENT, ORIGIN, Stage

pytestmark = pytest.mark.live
STYLES = ("radiobutton", "checkbox", "list", "dropdown", "combobox", "multichooser", "")
EVIL = '"><script>window.evil = 1</script><img src=x onerror="window.evil = 1">'


def form(*questions: str) -> str:
    return m.question_form("2017-11-06", *questions)


def ask(name: str, answer: str, *, needed: str = "") -> str:
    return m.question(name, m.text("Text", f"About {name}?"), answer, needed=needed)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("most", [1, 3])
def test_choices_of_every_style_arrive_by_their_identifiers(
    shown: Stage, style: str, most: int
) -> None:
    options = m.plain({"a&b": "A", "c d": "C", "e": "E"})
    question = form(ask("q", m.selection(style, options, most=most), needed="true"))
    inside = shown.show(frame_of(question, origin=ORIGIN))
    inside.click("#submitButton")
    assert shown.posted(seconds=0.3) == []
    chosen = ["a&b", "c d"][:most]
    if inside.locator("select").count():
        one = inside.get_by_role("listbox", name="About q?")
        one.or_(inside.get_by_role("combobox", name="About q?")).select_option(chosen)
    else:
        for label in ["A", "C"][:most]:
            inside.get_by_label(label, exact=True).check()
    inside.click("#submitButton")
    assert shown.posted() == [("assignmentId", ASSIGNMENT), *(("q", one) for one in chosen)]


@pytest.mark.parametrize("style", STYLES)
def test_something_else_than_a_choice_arrives_as_text(shown: Stage, style: str) -> None:
    options = m.plain({"a": "A", "b": "B"})
    question = form(ask("q", m.selection(style, options, other=True), needed="true"))
    inside = shown.show(frame_of(question, origin=ORIGIN))
    inside.locator("[data-other]").fill("ⴰ & else")
    inside.click("#submitButton")
    posted = [(name, value) for name, value in shown.posted() if value]
    assert posted == [("assignmentId", ASSIGNMENT), (f"q{OTHER_SELECTION}", "ⴰ & else")]


def test_a_choice_takes_the_place_of_what_was_written(shown: Stage) -> None:
    question = form(ask("q", m.selection("radiobutton", m.plain({"a": "A"}), other=True)))
    inside = shown.show(frame_of(question, origin=ORIGIN))
    inside.locator("[data-other]").fill("else")
    inside.get_by_label("A", exact=True).check()
    inside.click("#submitButton")
    assert [pair for pair in shown.posted() if pair[1]][1:] == [("q", "a")]


def test_no_more_and_no_fewer_can_be_chosen(shown: Stage) -> None:
    options = m.plain({one: one.upper() for one in "abcd"})
    question = form(ask("q", m.selection("checkbox", options, least=2, most=3)))
    inside = shown.show(frame_of(question, origin=ORIGIN))
    counts = []
    for one in "ABCD":
        inside.get_by_label(one, exact=True).check()
        counts.append(inside.evaluate("document.forms[0].checkValidity()"))
    assert counts == [False, True, True, False]


CHECKED = [
    ('<IsNumeric minValue="18" maxValue="20"/>', ["17", "21", ""], "19"),
    ('<Length minLength="2" maxLength="4"/>', ["x", ""], "abc"),
    ('<AnswerFormatRegex regex="^[a-c]+$" errorText="a to c" flags="i"/>', ["d"], "ABC"),
    ('<AnswerFormatRegex regex="b"/><AnswerFormatRegex regex="c"/>', ["b", "c"], "bc"),
]


@pytest.mark.parametrize(
    ("rule", "wrong", "right"), CHECKED, ids=["number", "length", "one", "two"]
)
def test_texts_are_checked_as_mturk_checked_them(
    shown: Stage, rule: str, wrong: list[str], right: str
) -> None:
    question = form(ask("q", m.free_text(rule), needed="true"))
    inside = shown.show(frame_of(question, origin=ORIGIN))
    box = inside.locator("[name=q]")
    for text in wrong:
        box.fill("")
        box.press_sequentially(text)
        inside.click("#submitButton")
        assert shown.posted(seconds=0.3) == []
    if "errorText" in rule:
        assert box.evaluate("one => one.validationMessage") == "a to c"
    box.fill(right)
    inside.click("#submitButton")
    assert ("q", right) in shown.posted()


def test_what_is_asked_and_shown_stays_text(shown: Stage) -> None:
    formatted = m.element(
        "FormattedContent",
        m.cdata(
            "<p onclick='window.evil=1'><b>bold</b><script>window.evil = 1</script>"
            "<a href='javascript:window.evil=1'>no</a><a href='https://x.example/?a=1&amp;b'>yes</a>"
            "<img src='javascript:1' alt='none'/><iframe src='https://y.example'></iframe>"
            "<form action='https://z.example'><input name='stolen'/></form></p>"
        ),
    )
    overview = m.element("Overview", m.text("Title", EVIL), m.text("Text", EVIL), formatted)
    options = m.plain({EVIL: EVIL})
    question = m.question(
        EVIL, m.text("Text", EVIL), m.selection("dropdown", options), display=EVIL, needed="true"
    )
    text = ask("t", m.free_text(default=EVIL, lines=3))
    inside = shown.show(frame_of(form(overview, question, text), origin=ORIGIN))
    assert inside.evaluate("window.evil ?? 0") == 0
    assert inside.locator("script, iframe, [onclick], [name=stolen]").count() == 0
    assert [one.get_attribute("href") for one in inside.locator("a").all()] == [
        *(None, "https://x.example/?a=1&b"),
    ]
    inside.locator("select").select_option(EVIL)
    inside.click("#submitButton")
    assert shown.posted()[1:] == [(EVIL, EVIL), ("t", EVIL)]
    assert shown.network.elsewhere == []


def test_pictures_sounds_films_and_links_are_shown(shown: Stage) -> None:
    media = [
        m.binary("Binary", "image/png", "http://m.example/a.png", "a picture"),
        m.binary("Binary", "audio/ogg", "http://m.example/b.ogg", "a sound"),
        m.binary("EmbeddedBinary", "video/mp4", "http://m.example/c.mp4", "a film", (320, 240)),
        m.binary("Binary", "application/pdf", "http://m.example/d.pdf", "a paper"),
    ]
    question = form(m.element("Overview", *media), ask("q", m.free_text()))
    inside = shown.show(frame_of(question, origin=ORIGIN))
    assert inside.get_by_role("img", name="a picture").count() == 1
    assert inside.locator("audio[controls], video[controls][width='320']").count() == 2
    assert inside.get_by_role("link", name="a paper").count() == 1
    shown.wait(lambda: len(set(shown.network.elsewhere)) > 2, 5)
    assert {one.rpartition("/")[2] for one in shown.network.elsewhere} == {
        "a.png",
        "b.ogg",
        "c.mp4",
    }


def test_nothing_is_sent_in_preview(shown: Stage) -> None:
    frame = frame_of(form(ask("q", m.free_text())), origin=ORIGIN)
    inside = shown.show(frame, preview=True)
    assert inside.get_by_role("button", name="You must ACCEPT the HIT").is_disabled()
