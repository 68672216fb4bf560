from __future__ import annotations

import html
import json
import re
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, tostring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mturk_exodus.questions.answering.answers import (
    NAMESPACE,
    Answer,
    Reading,
    UnreadableAnswer,
    build,
    flat,
    read,
    readings,
    same,
    says_no_more,
    write,
)
from tests.real.assembly import folder

PUBLIC = folder() / "answers"
NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
SELECTED = "".join(f"<SelectionIdentifier>{n}</SelectionIdentifier>" for n in ("s1", "s2"))
ANY_TEXT = st.text(st.characters(exclude_categories=()))


def document(*answers: str, head: str = '<?xml version="1.0" encoding="ASCII"?>') -> str:
    inside = "".join(f"<Answer>{answer}</Answer>" for answer in answers)
    return f'{head}<QuestionFormAnswers xmlns="{NAMESPACE}">{inside}</QuestionFormAnswers>'


def named(name: str, inside: str = "") -> str:
    return f"<QuestionIdentifier>{name}</QuestionIdentifier>{inside}"


def free(name: str, text: str) -> str:
    return named(name, f"<FreeText>{text}</FreeText>")


def crowd(*elements: dict[str, object]) -> str:
    return build([("taskAnswers", json.dumps(elements))])


def test_what_is_built_is_the_document_that_mturk_would_give() -> None:
    assert build([("a", "1"), ("b", "R&D <x>")]) == (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<QuestionFormAnswers xmlns="http://mechanicalturk.amazonaws.com/'
        'AWSMechanicalTurkDataSchemas/2005-10-01/QuestionFormAnswers.xsd">'
        "<Answer><QuestionIdentifier>a</QuestionIdentifier><FreeText>1</FreeText></Answer>"
        "<Answer><QuestionIdentifier>b</QuestionIdentifier>"
        "<FreeText>R&amp;D &lt;x&gt;</FreeText></Answer></QuestionFormAnswers>"
    )


def test_no_answers_are_a_document_without_any() -> None:
    assert read(build([])) == []


@given(st.lists(st.tuples(ANY_TEXT, ANY_TEXT)))
def test_what_is_built_is_read_back(answers: list[tuple[str, str]]) -> None:
    held = [
        tuple(NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text) for text in one) for one in answers
    ]
    assert [(one.question_identifier, one.free_text) for one in read(build(answers))] == held


@pytest.mark.parametrize("text", ["\r", "a\r\nb\rc\n", "]]>", "&#13;", "\t x ", "\U0001f600", ""])
def test_a_text_comes_back_to_the_letter(text: str) -> None:
    assert read(build([(text, text)])) == [Answer(text, text)]


@pytest.mark.parametrize("character", ["\0", "\x0b", "\x1f", "\ud83d", "\ufffe", "\uffff"])
def test_what_xml_cannot_hold_is_replaced(character: str) -> None:
    assert read(build([("q", f"a{character}b")])) == [Answer("q", "a\N{REPLACEMENT CHARACTER}b")]


@pytest.mark.parametrize(
    "head",
    [
        "",
        '<?xml version="1.0" encoding="ASCII"?>',
        '<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n',
        '\n<?xml version="1.0"?>\n',
        '\ufeff<?xml version="1.0" encoding="UTF-16"?>',
    ],
)
def test_every_head_that_was_seen_is_read(head: str) -> None:
    assert read(document(free("q", "caf\u00e9 &#8212;"), head=head)) == [
        Answer("q", "caf\u00e9 \u2014")
    ]


def test_a_prefix_or_no_namespace_at_all_is_read() -> None:
    prefixed = (
        f'<m:QuestionFormAnswers xmlns:m="{NAMESPACE}"><m:Answer><m:QuestionIdentifier>q'
        "</m:QuestionIdentifier><m:FreeText>x</m:FreeText></m:Answer></m:QuestionFormAnswers>"
    )
    bare = f"<QuestionFormAnswers><Answer>{free('q', 'x')}</Answer></QuestionFormAnswers>"
    assert read(prefixed) == read(bare) == [Answer("q", "x")]


def test_each_kind_of_answer_is_told_apart() -> None:
    other = "<OtherSelectionText>mine</OtherSelectionText>"
    size = "<UploadedFileSizeInBytes> 42 </UploadedFileSizeInBytes>"
    file = f"{size}<UploadedFileKey>k</UploadedFileKey>"
    assert read(document(named("a", SELECTED + other), named("b", file), named("c"))) == [
        Answer("a", selection_identifiers=("s1", "s2"), other_selection_text="mine"),
        Answer("b", uploaded_file_key="k", uploaded_file_size_in_bytes=42),
        Answer("c"),
    ]


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("&#55357;&#56832;", "\U0001f600"),
        ("a &#xD83D;&#xDE00; b", "a \U0001f600 b"),
        ("&#56305;&#56832;&#13;", "\U0010c600\r"),
        ("&#55357;x", "\ufffdx"),
        ("&#56832;", "\ufffd"),
        ("&#55357;&#65;", "\ufffdA"),
        ("&#1;&#0;&#xFFFF;&#x110000;", "\ufffd\ufffd\ufffd\ufffd"),
        ("&#8212;&#128512;&#9;", "\u2014\U0001f600\t"),
    ],
)
def test_references_that_no_parser_takes_are_mended(written: str, text: str) -> None:
    """MTurk writes what is beyond ASCII as references; programs before it wrote halves of pairs."""
    (answer,) = read(document(free("q", written)))
    assert answer.free_text == text


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("R&D", "R&D"),
        ("a=1&b=2&", "a=1&b=2&"),
        ("caf&eacute;&nbsp;&amp;", "caf\u00e9\u00a0&"),
        ("&unknown; &#xZ;", "&unknown; &#xZ;"),
        ("1 < 2 > 1", "1 < 2 > 1"),
        ("<b>x</b>", "<b>x</b>"),
        ("<b>x", "<b>x"),
        ("<!-- <p/> --> <?php ?> <", "<!-- <p/> --> <?php ?> <"),
        ("<!DOCTYPE html><p>", "<!DOCTYPE html><p>"),
        ("<AnswerX> & </Free>", "<AnswerX> & </Free>"),
        ("a\x00b\x0bc\ufffe", "a\ufffdb\ufffdc\ufffd"),
        ("\ud83d", "\ufffd"),
        ("\ud83d\ude00 \ude00", "\U0001f600 \ufffd"),
        ("a]]>b", "a]]>b"),
        ("a\r\nb\rc & &#13;", "a\nb\nc & \r"),
        ("&#xD83D;&#56832; & <i>", "\U0001f600 & <i>"),
    ],
)
def test_a_text_that_breaks_its_document_is_mended_where_that_is_plain(
    written: str, text: str
) -> None:
    xml = document(free("a", "x &amp; y"), free("q", written), named("c", SELECTED))
    sound, mended, selected = readings(xml)
    assert sound == Reading(Answer("a", "x & y"), repaired=False)
    assert mended == Reading(Answer("q", text), repaired=True)
    assert selected == Reading(Answer("c", selection_identifiers=("s1", "s2")), repaired=False)


@pytest.mark.parametrize(
    "head",
    [
        '<?xml version="1.0"?><?xml version="1.0" encoding="UTF-8"?>',
        '\ufeff<?xml version="1.0"?>\n <?xml version="1.0" encoding="ASCII"?>\n',
        '<?xml version="1.0" encoding="UTF-8" encoding="UTF-8"?>',
    ],
)
def test_a_declaration_too_much_is_passed_over(head: str) -> None:
    assert readings(document(free("q", "x"), head=head)) == [
        Reading(Answer("q", "x"), repaired=False)
    ]


def test_what_stands_in_cdata_of_a_broken_document_is_what_it_says() -> None:
    xml = document(free("a", " <![CDATA[<b>&amp; | </b>]]>\n"), free("q", "&"), "<FreeText/>")
    with pytest.raises(UnreadableAnswer, match="without a QuestionIdentifier"):
        read(xml)
    xml = document(
        free("a", " <![CDATA[<b>&amp;</b>]]>\n"), free("q", "&"), named("e", "<FreeText/>")
    )
    assert read(xml) == [Answer("a", " <b>&amp;</b>\n"), Answer("q", "&"), Answer("e", "")]


@pytest.mark.parametrize("text", ["<FreeText " * 50_000, "&#" * 100_000, "<a:" * 70_000 + "&"])
def test_a_hostile_document_takes_no_longer_than_another(text: str) -> None:
    began = time.process_time()
    for xml in (text, document(free("q", text)), document(free("q", text))[:-30]):
        with suppress(UnreadableAnswer):
            read(xml)
    assert time.process_time() - began < 5


NAMES = st.text(max_size=8)
GIVEN = st.builds(
    Answer,
    ANY_TEXT,
    st.none() | ANY_TEXT,
    st.lists(ANY_TEXT, max_size=3).map(tuple),
    st.none() | ANY_TEXT,
    st.none() | ANY_TEXT,
    st.none() | st.integers(0, 10**17),
)


@given(st.lists(GIVEN))
def test_what_is_written_is_read_back(answers: list[Answer]) -> None:
    read_once = read(write(answers))
    assert [_without_odd(one) for one in answers] == read_once
    assert read(write(read_once)) == read_once
    assert not any(repaired for _, repaired in readings(write(answers)))


def _without_odd(answer: Answer) -> Answer:
    def held(text: str | None) -> str | None:
        return None if text is None else NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)

    return Answer(
        held(answer.question_identifier) or "",
        held(answer.free_text),
        tuple(held(one) or "" for one in answer.selection_identifiers),
        held(answer.other_selection_text),
        held(answer.uploaded_file_key),
        answer.uploaded_file_size_in_bytes,
    )


@given(st.lists(st.tuples(NAMES, ANY_TEXT)))
def test_free_texts_are_written_as_they_are_built(answers: list[tuple[str, str]]) -> None:
    assert write(Answer(name, text) for name, text in answers) == build(answers)


@given(st.lists(st.tuples(ANY_TEXT, ANY_TEXT)))
def test_a_document_of_mturk_s_shape_is_read_as_a_parser_reads_it(
    answers: list[tuple[str, str]],
) -> None:
    xml = build(answers)
    with_comment = xml.replace("</QuestionFormAnswers>", "<!-- --></QuestionFormAnswers>")
    assert read(xml) == read(with_comment)


BROKEN = st.lists(
    st.sampled_from(["&", "<", "</", "<b>", "&lt;", "&#13;", "&#xD83D;", "&#xDE00;", "&nbsp;", "a"])
    | ANY_TEXT
).map("".join)


@given(BROKEN)
def test_whatever_can_be_read_can_be_written(written: str) -> None:
    try:
        found = read(document(free("q", written)))
    except UnreadableAnswer:
        return
    assert read(write(found)) == found


def test_a_document_without_some_answers_says_no_more_and_one_with_others_does() -> None:
    whole, part = build([("a", "1"), ("b", "2")]), build([("b", " 2\n")])
    assert says_no_more(whole, part)
    assert not says_no_more(part, whole)
    assert not says_no_more(whole, build([("b", "3")]))
    assert not says_no_more(whole, "broken")
    assert says_no_more("broken", "broken")


@pytest.mark.parametrize(
    ("xml", "reason"),
    [
        ("", "is not XML"),
        ("string", "is not XML"),
        (document(free("q", "x"))[:-5], "is not XML"),
        (document(free("q", "x"))[:-25], "is not XML"),
        (document(free("q", "&amp; & x")), "is not XML"),
        (document(free("q", "<b>&lt;</b>")), "markup inside a text"),
        (document(free("q", "a</FreeText> & <FreeText>b")), "is not XML"),
        (document(free("q", "<Answer>")), "is not XML"),
        (document(free("q", "<![CDATA[x]]> & y")), "is not XML"),
        (document(free("q", "&")) + "x", "is not XML"),
        (document(free("q", "&")) + document(), "is not XML"),
        (document(named("q", "<FreeText>&</FreeText/>")), "is not XML"),
        ("</QuestionFormAnswers>&", "is not XML"),
        ("<Configuration/>", "is not a QuestionFormAnswers document"),
        ("<QuestionFormAnswers><Other/></QuestionFormAnswers>", "something else than answers"),
        (document("<FreeText>x</FreeText>"), "without a QuestionIdentifier"),
        (document(free("q", "<FreeText>x</FreeText>")), "markup inside a text"),
        (document(named("q", "<Number>1</Number>")), "unknown kind"),
        (document(free("q", "x") + "<FreeText>y</FreeText>"), "says something twice"),
        (
            document(named("q", "<UploadedFileSizeInBytes>x</UploadedFileSizeInBytes>")),
            "a size that is not a number",
        ),
    ],
)
def test_what_is_broken_is_unreadable_and_says_why(xml: str, reason: str) -> None:
    with pytest.raises(UnreadableAnswer, match=reason):
        read(xml)


@pytest.mark.parametrize(
    "declared",
    [
        "<!DOCTYPE QuestionFormAnswers>",
        '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">',
    ],
)
def test_a_dtd_is_never_read(declared: str) -> None:
    with pytest.raises(UnreadableAnswer):
        read(f'<?xml version="1.0"?>{declared}<QuestionFormAnswers/>')


def test_a_deep_document_is_unreadable_and_nothing_worse() -> None:
    deep = sys.getrecursionlimit() * 20
    with pytest.raises(UnreadableAnswer):
        read(f"<QuestionFormAnswers>{'<Answer>' * deep}{'</Answer>' * deep}</QuestionFormAnswers>")


PIECES = st.sampled_from(
    [
        "<QuestionFormAnswers>",
        "</QuestionFormAnswers>",
        "<Answer>",
        "</Answer>",
        "<QuestionIdentifier>taskAnswers</QuestionIdentifier>",
        "<FreeText>",
        "</FreeText>",
        '[{"a":',
        "}]",
        "<UploadedFileSizeInBytes>",
        "</UploadedFileSizeInBytes>",
        "&#0;",
        "&lt;",
        '<?xml version="1.0" encoding="EBCDIC"?>',
        "<!DOCTYPE a>",
    ]
)


@given(st.lists(PIECES | ANY_TEXT).map("".join), st.sampled_from([read, flat]))
def test_nothing_but_unreadable_is_ever_raised(xml: str, function: Callable[[str], object]) -> None:
    for text in (xml, document(xml), document(free("taskAnswers", xml))):
        with suppress(UnreadableAnswer):
            function(text)


def test_flat_shows_what_the_requester_site_shows() -> None:
    other = "<OtherSelectionText>mine</OtherSelectionText>"
    file = "<UploadedFileKey>k</UploadedFileKey>"
    answers = document(
        named("a", SELECTED + other),
        free("b", "x"),
        free("b", "y|z"),
        named("c"),
        named("d", file),
    )
    assert flat(answers) == {"a": "s1|s2|mine", "b": "x|y|z", "c": "", "d": "k"}


def test_a_crowd_form_is_taken_apart_as_the_requester_site_does() -> None:
    boxes = [{"height": 12, "label": "caf\u00e9", "left": 1.5}]
    given_by_worker: dict[str, object] = {
        "age": {"option_1": False, "option_2": True},
        "annotatedResult": {"boundingBoxes": boxes, "inputImageProperties": {"height": 480}},
        "sentiment": {"label": "Positive", "labels": []},
        "comment": "1 | 2",
        "nothing": None,
        "half": "\ud83d",
    }
    assert flat(crowd(given_by_worker)) == {
        "age.option_1": "false",
        "age.option_2": "true",
        "annotatedResult.boundingBoxes": '[{"height":12,"label":"caf\u00e9","left":1.5}]',
        "annotatedResult.inputImageProperties.height": "480",
        "sentiment.label": "Positive",
        "sentiment.labels": "[]",
        "comment": "1 | 2",
        "nothing": "",
        "half": "\N{REPLACEMENT CHARACTER}",
    }


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "[{}, {}]",
        '{"a": 1}',
        "[1]",
        "[{'a': True}]",
        "not JSON",
        '[{"a":' * 100_000,
        '[{"a":' + "[" * 50_000 + "]" * 50_000 + "}]",
        '[{"a":' * 1 + '{"a":' * 50_000 + "1" + "}" * 50_001 + "]",
        '[{"a":' + "9" * 5_000 + "}]",
    ],
)
def test_a_crowd_field_of_another_shape_stays_as_it_is(text: str) -> None:
    assert flat(build([("taskAnswers", text)])) == {"taskAnswers": text}


def test_another_field_that_holds_json_stays_as_it_is() -> None:
    assert flat(build([("data", '[{"a": 1}]')])) == {"data": '[{"a": 1}]'}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([("a", "x")], [("a", "x")]),
        ([("a", "x"), ("b", "y")], [("b", "y"), ("a", "x")]),
        ([("a", "one\r\ntwo\rthree")], [("a", " one\ntwo\nthree \n")]),
        ([("a", "x"), ("b", "")], [("a", "x")]),
        ([("a", "x"), ("b", " \r\n")], [("a", "x")]),
        ([("a", '[{"x": 1, "y": true}]')], [("a", '[{"y":true,"x":1.0}]')]),
        ([("taskAnswers", '[{"age":{"on":true}}]')], [("age.on", "true")]),
        ([("taskAnswers", '[{"b":{"boxes":[1, 2]}}]')], [("b.boxes", "[1, 2]")]),
        ([("taskAnswers", '[{"a":"x"}]')], [("taskAnswers", '[ { "a" : "x" } ]')]),
    ],
)
def test_what_says_the_same_is_the_same(
    one: list[tuple[str, str]], other: list[tuple[str, str]]
) -> None:
    assert same(build(one), build(other))
    assert same(build(other), build(one))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([("a", "x")], [("a", "y")]),
        ([("a", "x")], [("b", "x")]),
        ([("a", "x")], []),
        ([("a", "x y")], [("a", "xy")]),
        ([("a", "[1]")], [("a", "[true]")]),
        ([("a", "[1]")], [("a", "[2]")]),
        ([("a", "[1,")], [("a", "[1 ,")]),
        ([("a", "{}")], [("a", "x")]),
        ([("a", "[NaN]")], [("a", "[NaN ]")]),
        ([("a", "[1e99999999999999999999]")], [("a", "[1e99999999999999999999 ]")]),
        ([("a", "[" * 50_000)], [("a", "[" * 50_001)]),
        ([("a", "1")], [("a", "1.0")]),
    ],
)
def test_what_says_something_else_is_not_the_same(
    one: list[tuple[str, str]], other: list[tuple[str, str]]
) -> None:
    assert not same(build([*one, ("z", "z")]), build([*other, ("z", "z")]))


def test_selections_are_the_same_as_the_texts_that_a_file_shows() -> None:
    assert same(document(named("a", SELECTED)), build([("a", "s1|s2")]))


def test_what_cannot_be_read_is_the_same_only_as_itself() -> None:
    broken = document(free("q", "x"))[:-3]
    assert same(broken, broken)
    assert not same(broken, document(free("q", "x")))
    assert not same(document(free("q", "x")), broken)
    assert not same("a", "b")


@given(st.lists(st.tuples(ANY_TEXT, ANY_TEXT)))
def test_a_document_that_another_program_wrote_is_the_same(answers: list[tuple[str, str]]) -> None:
    root = Element("QuestionFormAnswers")
    for name, text in answers:
        one = SubElement(root, "Answer")
        for tag, value in (("QuestionIdentifier", name), ("FreeText", text)):
            SubElement(one, tag).text = NOT_XML.sub("\N{REPLACEMENT CHARACTER}", value)
    assert same(tostring(root, encoding="ascii").decode("ascii"), build(answers))


@pytest.mark.skipif(
    not PUBLIC.is_dir(), reason="the public files are not here: EXODUS_FIXTURES names their folder"
)
def test_the_public_documents_are_read() -> None:
    documents = list(_public_documents(PUBLIC))
    assert len(documents) > 3
    read_ones = [flat(text) for text in documents]
    assert {"tweet": "This is my tweet!", "Submit": "Submit"} in read_ones
    assert {"nextmove": "C3", "likelytowin": "notlikely"} in read_ones
    assert all(same(text, build(flat(text).items())) for text in documents)


def _public_documents(public: Path) -> list[str]:
    found = []
    for path in sorted(public.glob("*.xml")):
        text = path.read_text()
        if text.startswith("<QuestionFormAnswers"):
            found.append(text)
        found += [
            html.unescape(one) for one in re.findall("<Answer>(&lt;.*?)</Answer>", text, re.DOTALL)
        ]
    return found
