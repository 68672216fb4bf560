from __future__ import annotations

import time
from html import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mturk_exodus.questions.form import (
    Choice,
    Constraint,
    Field,
    Form,
    NotUnderstood,
    Shown,
    UnreadableQuestion,
)
from mturk_exodus.questions.question_forms import question_form

SCHEMAS = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas"
DATES = ("2005-10-01", "2017-11-06")


def el(name: str, *inside: str) -> str:
    return f"<{name}>{''.join(inside)}</{name}>"


def say(name: str, text: object) -> str:
    return el(name, escape(str(text)))


def form_of(*parts: str, date: str = DATES[0]) -> Form:
    space = f"{SCHEMAS}/{date}/QuestionForm.xsd"
    return question_form.read(f'<QuestionForm xmlns="{space}">{"".join(parts)}</QuestionForm>')


def ask(answer: str, content: str = "<Text>What?</Text>", *, more: str = "") -> str:
    return el(
        "Question",
        say("QuestionIdentifier", "q1"),
        more,
        el("QuestionContent", content),
        el("AnswerSpecification", answer),
    )


def field_of(answer: str, content: str = "<Text>What?</Text>", *, more: str = "") -> Field:
    form = form_of(ask(answer, content, more=more))
    assert form.not_understood == ()
    return form.fields[0]


def odd_of(*parts: str) -> list[str]:
    return [one.what for one in form_of(*parts).not_understood]


def shown_by(content: str) -> tuple[Shown, ...]:
    form = form_of(el("Overview", content))
    assert form.not_understood == ()
    return form.shows


FREE = "<FreeTextAnswer/>"


def test_a_question_is_a_field() -> None:
    assert field_of(FREE) == Field(name="q1", kind="text", element="FreeTextAnswer", label="What?")


@pytest.mark.parametrize("date", DATES)
def test_overviews_and_questions_come_in_any_order(date: str) -> None:
    over = [el("Overview", say("Title", n)) for n in "ab"]
    form = form_of(over[0], ask(FREE), over[1], ask(FREE).replace("q1", "q2"), date=date)
    assert form.kind == "question_form"
    assert form.shows == (Shown("text", "a"), Shown("text", "b"))
    assert [one.name for one in form.fields] == ["q1", "q2"]


def test_two_questions_of_one_name_are_two_fields() -> None:
    assert [one.name for one in form_of(ask(FREE), ask(FREE)).fields] == ["q1", "q1"]


def test_an_identifier_is_kept_to_the_letter() -> None:
    text = ask(FREE).replace("q1", " a &amp; b\n&#233;&#55357;&#56832;")
    assert form_of(text).fields[0].name == " a & b\n\u00e9\U0001f600"


URL = "https://a.example/x?b=1&amp;c=2"
SEEN = "https://a.example/x?b=1&c=2"


def media(kind: str, name: str = "Binary", mime: str = "MimeType", more: str = "") -> str:
    said = el(mime, say("Type", kind), say("SubType", "x"))
    return el(name, said, f"<DataURL>{URL}</DataURL>", say("AltText", "what it is"), more)


SIZE = "<Width>400</Width><Height>300</Height>"
CONTENT = {
    "title": ("<Title> A &lt;b&gt; </Title>", [Shown("text", "A <b>")]),
    "text": ("<Text>\n   one\n\n\t two  \n</Text>", [Shown("text", "one\n\ntwo")]),
    "no text": ("<Text> </Text><Title/>", []),
    "markup in a text": ("<Text>a<b>c</b>d</Text>", [Shown("text", "acd")]),
    "section": ("<Text><![CDATA[a < b & c &nbsp;]]></Text>", [Shown("text", "a < b & c &nbsp;")]),
    "named characters": ("<Text>a&nbsp;b&eacute;</Text>", [Shown("text", "a\u00a0b\u00e9")]),
    "bare ampersand": ("<Text>Q&A, R & D</Text>", [Shown("text", "Q&A, R & D")]),
    "a character that is none": ("<Text>a&#0;&#xFFFF;</Text>", [Shown("text", "a\ufffd\ufffd")]),
    "halves": ("<Text>&#55357;&#56832;</Text>", [Shown("text", "\U0001f600")]),
    "list": (
        "<List><ListItem>a</ListItem>\n<ListItem/><ListItem>b</ListItem></List>",
        [Shown("text", "a"), Shown("text", "b")],
    ),
    "picture": (media("image"), [Shown("image", SEEN, "what it is")]),
    "sound": (media("audio"), [Shown("audio", SEEN, "what it is")]),
    "film": (media("video"), [Shown("video", SEEN, "what it is")]),
    "something": (media("application"), [Shown("link", SEEN, "what it is")]),
    "embedded film": (
        media("video", "EmbeddedBinary", "EmbeddedMimeType", SIZE),
        [Shown("video", SEEN, "what it is")],
    ),
    "embedded something": (
        media("application", "EmbeddedBinary", "EmbeddedMimeType", SIZE),
        [Shown("frame", SEEN, "what it is")],
    ),
    "no name": (f"<Binary><DataURL>{URL}</DataURL></Binary>", [Shown("link", SEEN)]),
}


@pytest.mark.parametrize("case", CONTENT)
def test_content_is_shown(case: str) -> None:
    content, shown = CONTENT[case]
    assert shown_by(content) == tuple(shown)


FORMATTED = {
    "paragraphs": ("<p>a <b>b</b>c</p><p>d<br/>e</p>", [Shown("text", "a bc\nd\ne")]),
    "named characters": ("a&nbsp;b &eacute; &amp; &lt;", [Shown("text", "a b \u00e9 & <")]),
    "list": ("<ul><li>a</li>\n <li>b</li></ul>", [Shown("text", "a\nb")]),
    "table": (
        "<table border='1'><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>",
        [Shown("text", "a b\nc")],
    ),
    "picture": (
        f'x<img src="{URL}" alt="it"/><img src="2"/><img/>',
        [Shown("text", "x"), Shown("image", SEEN, "it"), Shown("image", "2")],
    ),
    "address with a bare ampersand": ('<img src="a?b=1&c=2"/>', [Shown("image", "a?b=1&c=2")]),
    "link": (
        '<p>See <a href="u" target="_blank">the\n <i>rules</i></a>, <a name="n">x</a></p>',
        [Shown("text", "See the rules, x"), Shown("link", "u", "the rules")],
    ),
    "not well formed": (
        "<p>a<br>b<p><a href=u>c</a><img src=i>",
        [Shown("text", "a\nb\nc"), Shown("link", "u", "c"), Shown("image", "i")],
    ),
    "font": ('<font size="4" onload="alert(1)">Test</font>', [Shown("text", "Test")]),
    "style": ("<style>p {}</style><p>a</p>", [Shown("text", "a")]),
    "upper case": ("<P>a</P><IMG SRC='i'/>", [Shown("text", "a"), Shown("image", "i")]),
    "nothing": ("<p> </p><hr/>", []),
    "empty": ("", []),
}


@pytest.mark.parametrize("case", FORMATTED)
def test_formatted_content_is_shown(case: str) -> None:
    markup, shown = FORMATTED[case]
    assert shown_by(el("FormattedContent", f"<![CDATA[{markup}]]>")) == tuple(shown)


def test_formatted_content_may_be_escaped_or_be_elements() -> None:
    markup = '<p>a &amp; <a href="u">b</a>c</p>'
    seen = (Shown("text", "a & bc"), Shown("link", "u", "b"))
    assert shown_by(say("FormattedContent", markup)) == seen
    assert shown_by(el("FormattedContent", markup)) == seen


@pytest.mark.parametrize("tag", ["script", "input", "select", "object"])
def test_formatted_content_with_more_than_it_may_have_is_told(tag: str) -> None:
    markup = f"<![CDATA[<p>a</p><{tag}>x</{tag}>]]>"
    assert odd_of(el("Overview", el("FormattedContent", markup))) == [f"{tag} in FormattedContent"]


def test_applications_are_told() -> None:
    parameter = el("ApplicationParameter", say("Name", "a"), say("Value", "b"))
    flash = el("Flash", say("FlashMovieURL", "https://a.example/m.swf"), SIZE, parameter)
    java = el("JavaApplet", say("AppletPath", "https://a.example/j/"), say("AppletFilename", "X"))
    form = form_of(el("Overview", el("Application", flash), el("Application", java)))
    assert form.shows == (
        Shown("frame", "https://a.example/m.swf"),
        Shown("frame", "https://a.example/j/X"),
    )
    assert [one.what for one in form.not_understood] == ["Flash", "JavaApplet"]


def test_the_content_of_a_question_is_its_label_and_what_it_is_about() -> None:
    content = f"<Title>T</Title>{media('image')}<List><ListItem>i</ListItem></List>"
    name = say("DisplayName", "Question 1")
    field = field_of(FREE, content, more=name)
    assert field.label == "T\ni"
    assert field.shows == (Shown("text", "Question 1"), Shown("image", SEEN, "what it is"))
    assert field_of(FREE, media("image"), more=name).label == "Question 1"
    assert field_of(FREE, media("image")).label is None


@pytest.mark.parametrize(
    ("said", "required"),
    [("true", True), ("1", True), (" true ", True), ("false", False), ("0", False), ("", False)],
)
def test_a_question_may_be_required(said: str, required: bool) -> None:
    assert field_of(FREE, more=say("IsRequired", said)).required is required


TEXTS: dict[str, tuple[str, str, bool, dict[str, Constraint]]] = {
    "number": ("<IsNumeric/>", "number", False, {}),
    "range": (
        '<IsNumeric minValue="-1" maxValue="120"/>',
        "number",
        False,
        {"min": -1, "max": 120},
    ),
    "fraction": ('<IsNumeric maxValue="0.5"/>', "number", False, {"max": 0.5}),
    "length": (
        '<Length minLength="2" maxLength="9"/>',
        "text",
        True,
        {
            "min_length": 2,
            "max_length": 9,
        },
    ),
    "at most": ('<Length maxLength="9"></Length>', "text", False, {"max_length": 9}),
    "at least none": ('<Length minLength="0"/>', "text", False, {"min_length": 0}),
    "pattern": (
        '<AnswerFormatRegex regex="^[A-Z]\\d&lt;$" errorText=" A letter, please. " flags="i"/>',
        "text",
        False,
        {"pattern": r"^[A-Z]\d<$", "pattern_flags": "i", "error_text": "A letter, please."},
    ),
    "patterns": (
        '<AnswerFormatRegex regex="^a|b" errorText="x"/><AnswerFormatRegex regex="c$"/>',
        "text",
        False,
        {"pattern": r"^(?=[\s\S]*?(?:^a|b))(?=[\s\S]*?(?:c$))", "error_text": "x"},
    ),
    "patterns for which case is the same": (
        '<AnswerFormatRegex regex="^[0-9]\\d+$" flags="i"/><AnswerFormatRegex regex="a" flags=""/>',
        "text",
        False,
        {"pattern": r"^(?=[\s\S]*?(?:^[0-9]\d+$))(?=[\s\S]*?(?:a))"},
    ),
    "all": (
        '<IsNumeric minValue="1"/><Length minLength="1"/><AnswerFormatRegex regex="7"/>',
        "number",
        True,
        {"min": 1, "min_length": 1, "pattern": "7"},
    ),
    "none": ("", "text", False, {}),
}


@pytest.mark.parametrize("case", TEXTS)
def test_a_text_may_be_constrained(case: str) -> None:
    constraints, kind, required, expected = TEXTS[case]
    field = field_of(el("FreeTextAnswer", el("Constraints", constraints)))
    assert (field.kind, field.required, field.constraints) == (kind, required, expected)


def test_a_text_may_have_a_default_and_lines() -> None:
    more = el("FreeTextAnswer", say("DefaultText", " (none)\n"), say("NumberOfLinesSuggestion", 4))
    field = field_of(more)
    assert (field.default, field.constraints) == (" (none)\n", {"lines": 4})


def chosen(*options: str, most: str = "", style: str = "", least: str = "") -> str:
    return el(
        "SelectionAnswer",
        say("MinSelectionCount", least) if least else "",
        say("MaxSelectionCount", most) if most else "",
        say("StyleSuggestion", style) if style else "",
        el("Selections", *options),
    )


def option(value: str, label: str) -> str:
    return el("Selection", say("SelectionIdentifier", value), label)


YES = option("y", "<Text>Yes</Text>")
CHOICE_KINDS: dict[tuple[str, str, str], tuple[str, str, dict[str, Constraint]]] = {
    ("", "", ""): ("single_choice", "", {}),
    ("1", "", "1"): ("single_choice", "", {"max_selections": 1, "min_selections": 1}),
    ("1", "checkbox", ""): ("single_choice", " style=checkbox", {"max_selections": 1}),
    ("2", "radiobutton", ""): ("multiple_choice", " style=radiobutton", {"max_selections": 2}),
    ("3", "", "0"): ("multiple_choice", "", {"max_selections": 3, "min_selections": 0}),
    ("", "dropdown", ""): ("single_choice", " style=dropdown", {}),
    ("", "list", ""): ("single_choice", " style=list", {}),
    ("", "combobox", ""): ("single_choice", " style=combobox", {}),
    ("", "multichooser", ""): ("single_choice", " style=multichooser", {}),
}


@pytest.mark.parametrize("said", CHOICE_KINDS)
def test_how_many_may_be_chosen_makes_the_kind(said: tuple[str, str, str]) -> None:
    most, style, least = said
    kind, element, constraints = CHOICE_KINDS[said]
    field = field_of(chosen(YES, most=most, style=style, least=least))
    assert field.kind == kind
    assert field.element == f"SelectionAnswer{element}"
    assert field.constraints == constraints
    assert field.choices == (Choice("y", "Yes"),)


def test_choices_have_the_label_that_is_seen() -> None:
    bold = el("FormattedContent", "<![CDATA[<b>No</b> &amp; certain]]>")
    field = field_of(chosen(YES, option("n", bold), option("p", media("image")), option("x", "")))
    assert field.choices == (
        Choice("y", "Yes"),
        Choice("n", "No & certain"),
        Choice("p", "what it is"),
        Choice("x"),
    )
    assert field.shows == (Shown("image", SEEN, "what it is"),)


def test_something_else_may_be_written_instead() -> None:
    lines = say("NumberOfLinesSuggestion", 2)
    field = field_of(chosen(YES, el("OtherSelection", lines)))
    assert field.constraints == {"other": True, "lines": 2}
    assert field_of(chosen(YES, "<OtherSelection/>")).constraints == {"other": True}


def test_a_file_has_a_size() -> None:
    sizes = say("MaxFileSizeInBytes", 3000000) + say("MinFileSizeInBytes", 1000)
    field = field_of(el("FileUploadAnswer", sizes))
    assert (field.kind, field.element) == ("file", "FileUploadAnswer")
    assert field.constraints == {"max_bytes": 3000000, "min_bytes": 1000}


RULED = el("OtherSelection", el("Constraints", '<Length maxLength="9"/>'))
ODD = {
    "unknown in the form": (el("Answer"), ["Answer in QuestionForm"]),
    "text in the form": ("hello", ["text in QuestionForm"]),
    "text in a question": (ask(FREE, more="hello"), ["text in Question"]),
    "unknown in a question": (ask(FREE, more="<Hint/>"), ["Hint in Question"]),
    "unknown content": (ask(FREE, "<Video/>"), ["Video in QuestionContent"]),
    "unknown in a list": (el("Overview", "<List><li/></List>"), ["li in List"]),
    "no address": (el("Overview", "<Binary/>"), ["Binary"]),
    "an application of an unknown kind": (
        el("Overview", "<Application><Silverlight/></Application>"),
        ["Silverlight in Application"],
    ),
    "no identifier": (ask(FREE).replace("q1", " "), ["Question"]),
    "no specification": (
        el("Question", say("QuestionIdentifier", "q1"), "<QuestionContent/>"),
        ["Question"],
    ),
    "no answer": (ask(""), ["AnswerSpecification"]),
    "an unknown answer": (
        ask("<DateAnswer/>"),
        ["DateAnswer in AnswerSpecification", "AnswerSpecification"],
    ),
    "two answers": (ask(FREE + FREE), ["AnswerSpecification"]),
    "required or not": (ask(FREE, more=say("IsRequired", "maybe")), ["IsRequired"]),
    "no selections": (ask("<SelectionAnswer/>"), ["SelectionAnswer"]),
    "a choice without a value": (
        ask(chosen("<Selection><Text>a</Text></Selection>")),
        ["Selection"],
    ),
    "a style": (ask(chosen(YES, style="slider")), ["StyleSuggestion"]),
    "how many": (ask(chosen(YES, most="some")), ["MaxSelectionCount"]),
    "none": (ask(chosen(YES, most="0")), ["MaxSelectionCount"]),
    "half": (ask(chosen(YES, least="0.5")), ["MinSelectionCount"]),
    "something else with rules": (ask(chosen(YES, RULED)), ["OtherSelection"]),
    "a rule": (ask(el("FreeTextAnswer", el("Constraints", "<Odd/>"))), ["Odd in Constraints"]),
    "a limit": (
        ask(el("FreeTextAnswer", el("Constraints", '<IsNumeric minValue="few"/>'))),
        ["minValue"],
    ),
    "patterns that are not one": (
        ask(
            el(
                "FreeTextAnswer",
                el(
                    "Constraints",
                    '<AnswerFormatRegex regex="a" flags="i"/><AnswerFormatRegex regex="b"/>',
                ),
            )
        ),
        ["AnswerFormatRegex b"],
    ),
    "patterns that count": (
        ask(
            el(
                "FreeTextAnswer",
                el(
                    "Constraints",
                    '<AnswerFormatRegex regex="(a)\\1"/><AnswerFormatRegex regex="(b)\\1"/>',
                ),
            )
        ),
        ["AnswerFormatRegex (b)\\1"],
    ),
    "a file's size": (
        ask(el("FileUploadAnswer", say("MaxFileSizeInBytes", "much"))),
        ["MaxFileSizeInBytes"],
    ),
}


@pytest.mark.parametrize("case", ODD)
def test_what_is_odd_is_told(case: str) -> None:
    part, told = ODD[case]
    assert odd_of(part) == told


def test_an_unknown_number_of_choices_goes_by_the_style() -> None:
    said = ask(chosen(YES, most="${n}", style="checkbox"))
    form = form_of(said)
    assert form.fields[0].kind == "multiple_choice"
    assert form.variables == ("n",)


def test_placeholders_are_named_in_their_order() -> None:
    overview = el("Overview", "<Title>$header</Title><Text>${b} or $5 or $c, {{ d }}</Text>")
    question = ask(FREE, media("image").replace(URL, "${image_url}"))
    assert form_of(overview, question, overview).variables == ("header", "b", "d", "image_url")


@pytest.mark.parametrize("text", ["<QuestionForm", "<HTMLQuestion/>", "", "<p>a</p>"])
def test_what_is_no_question_form_is_refused(text: str) -> None:
    with pytest.raises(UnreadableQuestion):
        question_form.read(text)


HUGE = 20_000
LARGE = {
    "questions": ask(FREE) * HUGE,
    "choices": ask(chosen(YES * HUGE)),
    "texts": el("Overview", "<Text>a</Text>" * HUGE),
    "unknown": "<a/>" * HUGE,
    "patterns": ask(
        el("FreeTextAnswer", el("Constraints", '<AnswerFormatRegex regex="a"/>' * HUGE))
    ),
    "deep markup": el("Overview", el("FormattedContent", f"<![CDATA[{'<p>' * HUGE}]]>")),
    "deep sound markup": el(
        "Overview", el("FormattedContent", f"<![CDATA[{'<b>' * HUGE}{'</b>' * HUGE}]]>")
    ),
    "attributes": el(
        "Overview",
        el("FormattedContent", f"<![CDATA[<p {' '.join(f'a{n}' for n in range(HUGE))}>]]>"),
    ),
    "links": el(
        "Overview", el("FormattedContent", "<![CDATA[" + "<a href='u'>x</a>" * HUGE + "]]>")
    ),
    "placeholders": el("Overview", say("Text", "${a} {{ b }} $c.d($e " * HUGE)),
    "open placeholders": el("Overview", say("Text", "${ {{ {% for $" * HUGE)),
}


@pytest.mark.parametrize("case", LARGE)
def test_large_questions_are_read_in_time(case: str) -> None:
    began = time.process_time()
    assert form_of(LARGE[case]).kind == "question_form"
    assert time.process_time() - began < 10


def test_markup_that_is_not_well_formed_is_read_if_it_is_small() -> None:
    assert odd_of(el("Overview", el("FormattedContent", f"<![CDATA[{'<p>a' * 500}]]>"))) == []
    assert odd_of(el("Overview", el("FormattedContent", f"<![CDATA[{'<p>a' * 501}]]>"))) == [
        "FormattedContent"
    ]


def test_links_within_links_are_read_in_time() -> None:
    markup = '<a href="u">' * 150 + "x" * 100 + "</a>" * 150
    shown = shown_by(el("FormattedContent", f"<![CDATA[{markup}]]>"))
    assert len(shown) == 151


TEXT = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp"), exclude_characters="\ufffe\uffff${}")
)
WORDS = TEXT.map(str.strip).filter(bool)
NAMES = TEXT.filter(lambda text: bool(text.strip()))
URLS = st.from_regex(r"https://[a-z]{1,9}\.example/[a-z?=&;]{0,9}", fullmatch=True)
COUNTS = st.integers(0, 10**9)


@st.composite
def shown(draw: st.DrawFn) -> tuple[str, Shown]:
    kind = draw(st.sampled_from(["text", "image", "audio", "video"]))
    if kind == "text":
        value = draw(WORDS)
        tag = draw(st.sampled_from(["Title", "Text"]))
        return say(tag, value), Shown("text", value)
    url, label = draw(URLS), draw(st.none() | WORDS)
    mime, tag = draw(
        st.sampled_from([("MimeType", "Binary"), ("EmbeddedMimeType", "EmbeddedBinary")])
    )
    alt = "" if label is None else say("AltText", label)
    return el(tag, el(mime, say("Type", kind)), say("DataURL", url), alt), Shown(kind, url, label)


@st.composite
def text_answer(draw: st.DrawFn) -> tuple[str, Field]:
    low, high = draw(st.none() | COUNTS), draw(st.none() | st.integers(1, 999))
    numeric = draw(st.booleans())
    least, pattern = draw(st.none() | st.integers(-999, 999)), draw(st.none() | NAMES)
    default, lines = draw(st.none() | TEXT), draw(st.none() | st.integers(1, 99))
    length = (f' minLength="{low}"' if low is not None else "") + (
        f' maxLength="{high}"' if high is not None else ""
    )
    said: dict[str, Constraint | None] = {
        "lines": lines,
        "min": least if numeric else None,
        "min_length": low,
        "max_length": high,
        "pattern": pattern,
    }
    minimum = "" if least is None else f' minValue="{least}"'
    xml = el(
        "FreeTextAnswer",
        el(
            "Constraints",
            f"<IsNumeric{minimum}/>" if numeric else "",
            f"<Length{length}/>",
            "" if pattern is None else f'<AnswerFormatRegex regex="{escape(pattern)}"/>',
        ),
        "" if default is None else say("DefaultText", default),
        "" if lines is None else say("NumberOfLinesSuggestion", lines),
    )
    constraints = {name: value for name, value in said.items() if value is not None}
    return xml, Field(
        name="",
        kind="number" if numeric else "text",
        element="FreeTextAnswer",
        required=bool(low),
        constraints=constraints,
        default=default,
    )


@st.composite
def choice_answer(draw: st.DrawFn) -> tuple[str, Field]:
    options = draw(st.lists(st.tuples(NAMES, WORDS)))
    most = draw(st.none() | st.integers(1, 9))
    style = draw(st.sampled_from(["", "radiobutton", "checkbox", "dropdown", "combobox", "list"]))
    other = draw(st.booleans())
    xml = chosen(
        *(option(value, say("Text", label)) for value, label in options),
        "<OtherSelection/>" if other else "",
        most=str(most or ""),
        style=style,
    )
    constraints: dict[str, Constraint] = {"max_selections": most} if most else {}
    return xml, Field(
        name="",
        kind="single_choice" if most in (None, 1) else "multiple_choice",
        element=f"SelectionAnswer style={style}" if style else "SelectionAnswer",
        choices=tuple(Choice(value, label) for value, label in options),
        constraints={**constraints, "other": True} if other else constraints,
    )


@st.composite
def questions(draw: st.DrawFn) -> tuple[str, Field]:
    name, required = draw(NAMES), draw(st.booleans())
    xml, answer = draw(text_answer() | choice_answer())
    content = draw(st.lists(shown(), max_size=3))
    texts = [one.value for _, one in content if one.kind == "text"]
    question = el(
        "Question",
        say("QuestionIdentifier", name),
        say("IsRequired", str(required).lower()),
        el("QuestionContent", *(part for part, _ in content)),
        el("AnswerSpecification", xml),
    )
    return question, Field(
        name=name,
        kind=answer.kind,
        element=answer.element,
        label="\n".join(texts) or None,
        choices=answer.choices,
        required=required or answer.required,
        constraints=answer.constraints,
        default=answer.default,
        shows=tuple(one for _, one in content if one.kind != "text"),
    )


@settings(deadline=None)
@given(
    st.lists(st.one_of(questions(), st.lists(shown(), max_size=4)), max_size=5),
    st.sampled_from(DATES),
)
def test_any_form_is_read_back(
    model: list[tuple[str, Field] | list[tuple[str, Shown]]], date: str
) -> None:
    parts = [
        one[0] if isinstance(one, tuple) else el("Overview", *(part for part, _ in one))
        for one in model
    ]
    assert form_of(*parts, date=date) == Form(
        kind="question_form",
        fields=tuple(one[1] for one in model if isinstance(one, tuple)),
        shows=tuple(piece for one in model if isinstance(one, list) for _, piece in one),
    )


def test_not_understood_says_why() -> None:
    assert form_of("<Odd/>").not_understood == (
        NotUnderstood("Odd in QuestionForm", "MTurk has no such element there"),
    )
