from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mturk_exodus.questions import question
from mturk_exodus.questions.form import Form, UnreadableQuestion

SCHEMAS = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas"
PAGE = "<form><textarea name='word'></textarea></form>"
EXTERNAL = "<ExternalURL>https://a.example/?b=1</ExternalURL><FrameHeight>700</FrameHeight>"
ASKED = (
    "<Question><QuestionIdentifier>q</QuestionIdentifier>"
    "<QuestionContent><Text>What?</Text></QuestionContent>"
    "<AnswerSpecification><FreeTextAnswer/></AnswerSpecification></Question>"
)
WRAPPED = f"<HTMLContent><![CDATA[{PAGE}]]></HTMLContent><FrameHeight>450</FrameHeight>"

QUESTIONS = {
    "HTMLQuestion": ("html", WRAPPED, "2011-11-11"),
    "QuestionForm": ("question_form", ASKED, "2005-10-01"),
    "ExternalQuestion": ("external", EXTERNAL, "2006-07-14"),
}


def spelled(name: str) -> dict[str, str]:
    """One question in every spelling that files have."""
    _, inside, date = QUESTIONS[name]
    space = f"{SCHEMAS}/{date}/{name}.xsd"
    plain = f"<{name}>{inside}</{name}>"
    prefixed = re.sub(r"<(/?)(?=[A-Z])", r"<\1t:", inside)
    return {
        "none": plain,
        "namespace": f'<{name} xmlns="{space}">{inside}</{name}>',
        "single quotes": f"<{name} xmlns='{space}'>{inside}</{name}>",
        "newer date": f'<{name} xmlns="{SCHEMAS}/2017-11-06/{name}.xsd">{inside}</{name}>',
        "someone's": f'<{name} xmlns="urn:x">{inside}</{name}>',
        "prefixed": f'<t:{name} xmlns:t="{space}">{prefixed}</t:{name}>',
        "declared": f'<?xml version="1.0"?>{plain}',
        "declared 1.1": f"<?xml version='1.1' encoding='ASCII'?>\n{plain}",
        "declared utf-16": f'<?xml version="1.0" encoding="UTF-16" standalone="no"?>{plain}',
        "declared nonsense": f'<?xml version="1.0" encoding="x-none"?>{plain}',
        "late declaration": f'\n  <?xml version="1.0"?>\n{plain}\n',
        "byte order mark": f"\ufeff{plain}",
        "comments": f"<!-- <AnswerKey> & <p> -->{plain}\n<!-- end -->",
        "instruction": f'<?xml-stylesheet href="a.xsl"?>{plain}',
        "line ends": plain.replace("><", ">\r\n<"),
    }


def without_layout(form: Form) -> tuple[object, ...]:
    return form.kind, [one.name for one in form.fields], form.url, form.frame_height


@pytest.mark.parametrize(
    ("name", "spelling"), [(name, how) for name in QUESTIONS for how in spelled(name)]
)
def test_a_question_is_the_same_however_its_xml_is_spelled(name: str, spelling: str) -> None:
    expected = question.read(spelled(name)["none"])
    assert expected.kind == QUESTIONS[name][0]
    assert without_layout(question.read(spelled(name)[spelling])) == without_layout(expected)


def test_each_kind_is_read() -> None:
    html, form, external = (question.read(spelled(name)["namespace"]) for name in QUESTIONS)
    assert (html.kind, html.frame_height) == ("html", 450)
    assert [one.name for one in html.fields] == ["word"]
    assert [(one.name, one.label) for one in form.fields] == [("q", "What?")]
    assert external.url_parameters == (("b", "1"),)


@pytest.mark.parametrize(
    "text",
    [
        PAGE,
        f"<!DOCTYPE html>\n<html><body>{PAGE}</body></html>",
        f"\ufeff <!-- a --> <!doctype HTML PUBLIC '-//W3C//DTD XHTML 1.0//EN'>\n{PAGE}",
        f'<?xml version="1.0"?>\n<!DOCTYPE html><html xmlns="x">{PAGE}</html>',
        f"{{% if a %}}{PAGE}{{% endif %}}",
        f"Some words first. {PAGE}",
        f"<p>An unclosed paragraph{PAGE}",
        f"<p>About &lt;QuestionForm&gt; and <QuestionForm>{PAGE}",
    ],
)
def test_a_page_is_read_as_it_is(text: str) -> None:
    form = question.read(text)
    assert form.kind == "html"
    assert [one.name for one in form.fields] == ["word"]
    assert form.frame_height is None


def test_a_page_of_crowd_elements_is_read() -> None:
    text = "<crowd-form><crowd-input name='word'></crowd-input></crowd-form>"
    wrapped = f"<HTMLQuestion><HTMLContent><![CDATA[{text}]]></HTMLContent></HTMLQuestion>"
    assert question.read(text).kind == "crowd"
    assert question.read(wrapped) == question.read(text)


REFUSED = {
    "": "neither",
    " \n\ufeff": "neither",
    "hello": "neither",
    "a < b & c > d": "neither",
    '{"HITId": "<3"}': "neither",
    "name,age\n1,<2>": "neither",
    "<question/>": "neither",
    "<AnswerKey><Question/></AnswerKey>": "is an AnswerKey",
    '<?xml version="1.0"?>\n<!-- c --><k:AnswerKey xmlns:k="x"/>': "is an AnswerKey",
    "<QuestionFormAnswers/>": "is a QuestionFormAnswers",
    '<?xml version="1.0"?><rss/>': "is XML, but",
    '<?xml version="1.0"?><GetHITResponse><p/></GetHITResponse>': "is XML, but",
    "<QuestionForm>": r"can be read \(line 1\)",
    "<QuestionForm></QuestionFrom>": "can be read",
    "<QuestionForm/><QuestionForm/>": "can be read",
    "<QuestionForm/>trailing": "can be read",
    "<a:QuestionForm/>": "can be read",
    "<QuestionForm a='1' a='2'/>": "can be read",
    "\n\n<!-- \n --><QuestionForm>\n&unknown;</QuestionForm>": r"can be read \(line 5\)",
    "<QuestionForm>\ud800</QuestionForm>": "can be read",
    "<QuestionForm>\0</QuestionForm>": "can be read",
    "<!DOCTYPE QuestionForm><QuestionForm/>": "has a DTD",
    "<!DOCTYPE html><QuestionForm/>": "has a DTD",
    "<!DOCTYPE html [<!ENTITY a 'b'>]><p>&a;</p>": "has a DTD",
    "<!DOCTYPE x SYSTEM 'file:///etc/passwd'><p>x</p>": "has a DTD",
    "<?xml version='1.0'?><!DOCTYPE q [<!ENTITY a SYSTEM 'http://x.example'>]>"
    "<QuestionForm>&a;</QuestionForm>": "has a DTD",
    "<QuestionForm><!DOCTYPE p></QuestionForm>": "can be read",
    "<QuestionForm>#foreach($a in $b)<Question>#if($a < 3)</Question>#end</QuestionForm>": (
        "before its template is filled in"
    ),
    "<QuestionForm>{% if a < b %}<Overview>{% endif %}</QuestionForm>": "before its template",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_no_question_is_refused(text: str) -> None:
    with pytest.raises(UnreadableQuestion, match=REFUSED[text]):
        question.read(text)


def test_a_refusal_has_none_of_the_words() -> None:
    with pytest.raises(UnreadableQuestion) as told:
        question.read("<QuestionForm><W4X7SECRET></QuestionForm>")
    assert "SECRET" not in str(told.value)


def test_bombs_do_not_go_off() -> None:
    levels = "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(9))
    bomb = f'<!DOCTYPE QuestionForm [<!ENTITY a0 "ha">{levels}]><QuestionForm>&a9;</QuestionForm>'
    with pytest.raises(UnreadableQuestion, match="has a DTD"):
        question.read(bomb)


def test_a_template_of_jinja_is_understood_as_far_as_it_can_be() -> None:
    text = (
        "{# a note #}{% set n = 3 %}\n<QuestionForm>{% for one in images %}"
        + ASKED.replace("What?", "What is {{ one }} of {{ total|int }}?")
        + "{% endfor %}</QuestionForm>"
    )
    form = question.read(text)
    assert [one.name for one in form.fields] == ["q"]
    assert form.variables == ("images", "total")
    assert [one.what for one in form.not_understood] == [
        "text in QuestionForm",
        "text before the question",
    ]


def test_a_template_of_velocity_is_understood_as_far_as_it_can_be() -> None:
    text = (
        "## a note\n#set($n = 3)\n<?xml version='1.0'?>\n<QuestionForm>\n#foreach($one in $list)\n"
        + ASKED.replace("What?", "What is $esc.xml($image), ${total} at $5?").replace(
            ">q<", ">$one<"
        )
        + "\n#end\n</QuestionForm>"
    )
    form = question.read(text)
    assert [one.name for one in form.fields] == ["$one"]
    assert form.variables == ("image", "total")
    assert [one.why for one in form.not_understood] == ["it is a template's directive"] * 2


HUGE = 100_000
HOSTILE = {
    "deep elements": "<QuestionForm>" + "<Overview>" * HUGE + "</Overview>" * HUGE,
    "deep and open": "<QuestionForm>" + "<a>" * HUGE,
    "deep in a page": "<HTMLQuestion><HTMLContent>" + "<p>" * HUGE,
    "many comments": "<!---->" * HUGE + "<QuestionForm>",
    "open comments": "<QuestionForm>" + "<!-- " * HUGE,
    "open sections": "<QuestionForm>" + "<![CDATA[" * HUGE,
    "open instructions": "<?a " * HUGE + "<QuestionForm>",
    "open quotes": "<HTMLQuestion><HTMLContent " + "a='" * HUGE,
    "ampersands": "<QuestionForm>" + "&" * HUGE,
    "halves": "<QuestionForm>" + "&#55357;" * HUGE,
    "directives": "{% a %}" * HUGE + "<QuestionForm>",
    "open directives": "{% " * HUGE + "<QuestionForm>",
    "notes": "#set " * HUGE + "<QuestionForm>",
    "space": " " * HUGE * 5 + "<QuestionForm>",
    "attributes": "<QuestionForm " + " ".join(f"a{n}='1'" for n in range(HUGE)) + ">",
    "namespaces": "<QuestionForm " + " ".join(f"xmlns:a{n}='b{n}'" for n in range(9999)) + ">",
    "less than": "<" * HUGE,
    "a word": "x" * HUGE * 5,
    "unknown tags": "<q1 " * HUGE,
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_texts_are_refused_in_time(case: str) -> None:
    began = time.process_time()
    with pytest.raises(UnreadableQuestion):
        question.read(HOSTILE[case])
    assert time.process_time() - began < 5


PIECES = (
    *("<QuestionForm>", "</QuestionForm>", "<HTMLQuestion>", "</HTMLQuestion>", "<HTMLContent>"),
    *("</HTMLContent>", "<ExternalQuestion>", "</ExternalQuestion>", "<ExternalURL>", "<Question>"),
    *("</ExternalURL>", "<FrameHeight>", "</FrameHeight>", "</Question>", "<![CDATA[", "]]>", "&"),
    *("<!--", "-->", "<?xml ", "?>", "&#0;", "&#55357;", "&nbsp;", "<!DOCTYPE html>", "${a}", "{%"),
    *(
        "%}",
        "{{",
        "#foreach(",
        ASKED,
        EXTERNAL,
        WRAPPED,
        "<p>",
        "\0",
        "\ud83d",
        "<AnswerKey/>",
        "<",
    ),
)


@settings(deadline=None)
@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=12))
def test_nothing_but_a_refusal_is_raised(pieces: list[str]) -> None:
    try:
        form = question.read("".join(pieces))
    except UnreadableQuestion:
        return
    assert form.kind in {"html", "crowd", "question_form", "external"}
