"""However a page of HTML submits, its answer arrives at the host, once, and nowhere else."""

from __future__ import annotations

import pytest

from mturk_exodus.demo import markup
from mturk_exodus.questions.showing import frame_of
from tests.mturk_exodus.serve.host.stage import ASSIGNMENT, ORIGIN, Stage

pytestmark = pytest.mark.live
GIVEN = [("assignmentId", ASSIGNMENT), ("a", "1 & é"), ("b", "x"), ("b", "y")]
FIELDS = (
    "<input name=a value='1 &amp; é'><input type=checkbox name=b value=x checked>"
    "<input type=checkbox name=b value=y checked><input name=off value=1 disabled>"
)
TO_MTURK = "https://www.mturk.com/mturk/externalSubmit"
SUBMITTING = {
    "its button": "document.querySelector('[type=submit]').click()",
    "a script": "document.querySelector('form').submit()",
    "a script that asks": "document.querySelector('form').requestSubmit()",
    "a script with a name of its own": "HTMLFormElement.prototype.submit.call(document.forms[0])",
    "two clicks": "for (const _ of [1, 2]) document.querySelector('[type=submit]').click()",
    "a handler that ends all others": "document.forms[0].addEventListener('submit', (event) => "
    "event.stopImmediatePropagation()); document.querySelector('[type=submit]').click()",
    "a handler that hides it": "document.forms[0].addEventListener('submit', (event) => "
    "event.stopPropagation()); document.querySelector('[type=submit]').click()",
    "a handler that sends it itself": "document.forms[0].onsubmit = (event) => { "
    "event.preventDefault(); event.target.submit(); };"
    " document.querySelector('[type=submit]').click()",
    "fetch": f"fetch('{TO_MTURK}', {{method: 'POST', body: new FormData(document.forms[0])}})",
    "fetch of text": f"fetch('{TO_MTURK}', {{method: 'POST', body: "
    "new URLSearchParams(new FormData(document.forms[0])).toString()})",
    "a request": f"fetch(new Request('{TO_MTURK}', {{method: 'POST', body: "
    "new URLSearchParams(new FormData(document.forms[0]))}))",
    "XMLHttpRequest": f"const it = new XMLHttpRequest(); it.open('POST', '{TO_MTURK}');"
    "it.send(new FormData(document.forms[0]))",
    "a beacon": f"navigator.sendBeacon('{TO_MTURK}', "
    "new URLSearchParams(new FormData(document.forms[0])))",
    "a link": "const link = document.createElement('a'); link.href = "
    f"'{TO_MTURK}?' + new URLSearchParams(new FormData(document.forms[0]));"
    " document.body.append(link); link.click()",
}
ACTIONS = {
    "none": "",
    "MTurk": f"action='{TO_MTURK}' method=POST",
    "MTurk's sandbox": "action='https://workersandbox.mturk.com/mturk/externalSubmit' method=post",
    "relative": "action='/mturk/externalSubmit' method=post",
    "get": f"action='{TO_MTURK}' method=get target=_top",
    "multipart": f"action='{TO_MTURK}' method=post enctype=multipart/form-data target=_blank",
}


def page(form: str = f"action='{TO_MTURK}' method=post") -> str:
    return markup.html_question(
        f"<form id=mturk_form {form}><input type=hidden name=assignmentId id=assignmentId value=''>"
        f"{FIELDS}<input type=submit id=submitButton></form>"
    )


@pytest.mark.parametrize("way", SUBMITTING)
def test_an_answer_arrives_once_in_whatever_way_it_is_sent(shown: Stage, way: str) -> None:
    inside = shown.show(frame_of(page(), origin=ORIGIN))
    inside.evaluate(f"() => {{ {SUBMITTING[way]} }}")
    assert shown.posted() == GIVEN
    shown.page.wait_for_load_state("networkidle")
    assert len(shown.network.posts) == 1
    assert shown.network.elsewhere == []


@pytest.mark.parametrize("action", ACTIONS)
def test_an_answer_arrives_wherever_its_form_leads(shown: Stage, action: str) -> None:
    inside = shown.show(frame_of(page(ACTIONS[action]), origin=ORIGIN))
    inside.click("#submitButton")
    assert shown.posted() == GIVEN
    assert shown.network.elsewhere == []


def test_a_page_may_refuse_to_be_submitted_in_every_way_there_is(shown: Stage) -> None:
    for refusing in (
        "document.forms[0].onsubmit = () => false",
        "addEventListener('submit', (event) => event.preventDefault())",
        "document.forms[0].addEventListener('submit', (event) => {"
        "event.stopImmediatePropagation(); event.preventDefault(); })",
    ):
        inside = shown.show(frame_of(page(), origin=ORIGIN))
        inside.evaluate(f"() => {{ {refusing} }}")
        inside.click("#submitButton")
        assert shown.posted(seconds=0.4) == []


def test_what_browsers_check_is_checked(shown: Stage) -> None:
    text = page().replace("<input name=a value='1 &amp; é'>", "<input name=a required>")
    inside = shown.show(frame_of(text, origin=ORIGIN))
    inside.click("#submitButton")
    assert shown.posted(seconds=0.4) == []
    inside.fill("[name=a]", "now")
    inside.click("#submitButton")
    assert ("a", "now") in shown.posted()


def test_what_externalhit_gave_to_pages_is_there_when_their_first_script_runs(shown: Stage) -> None:
    text = markup.html_question(
        "<script>window.seen = [turkGetParam('assignmentId', ''), turkGetParam('none', 'x'),"
        " turkGetSubmitToHost()]; localStorage.setItem('k', 1); document.cookie = 'c=2; path=/';"
        "sessionStorage.other = 'o';"
        "seen.push(localStorage.getItem('k'), document.cookie, sessionStorage.other,"
        " localStorage.getItem('none'), localStorage.length)</script>"
    )
    inside = shown.show(frame_of(text, origin=ORIGIN))
    assert inside.evaluate("seen") == [ASSIGNMENT, "x", ORIGIN, "1", "c=2", "o", None, 1]


def test_a_page_is_shown_byte_for_byte_behind_our_script(shown: Stage) -> None:
    html = "<!DOCTYPE html>\n<html lang=de><head><title>ä</title></head><body class=b>&nbsp;<p>x"
    frame = frame_of(html + "<form></form>", origin=ORIGIN)
    assert frame.document is not None
    head, _, rest = frame.document.partition("</script>")
    assert head.startswith("<!DOCTYPE html><script>")
    assert rest == (html + "<form></form>").removeprefix("<!DOCTYPE html>")
    inside = shown.show(frame)
    assert inside.evaluate(
        "[document.compatMode, document.documentElement.lang, document.body.className,"
        " document.scripts.length, document.title]"
    ) == ["CSS1Compat", "de", "b", 0, "ä"]


@pytest.mark.parametrize("way", ["its button", "a script", "fetch", "a beacon", "a link"])
def test_nothing_is_sent_in_preview(shown: Stage, way: str) -> None:
    inside = shown.show(frame_of(page(), origin=ORIGIN), preview=True)
    inside.evaluate(f"() => {{ {SUBMITTING[way]} }}")
    assert shown.posted(seconds=0.4) == []
    assert inside.is_disabled("#submitButton")
    assert inside.input_value("#submitButton") == (
        "You must ACCEPT the HIT before you can submit the results."
    )
    assert shown.network.elsewhere == []


def test_a_layout_of_the_requester_site_gets_the_form_that_was_round_it(shown: Stage) -> None:
    layout = "<!-- a layout --><p>Which?</p><input name=q value=1>"
    inside = shown.show(frame_of(layout, origin=ORIGIN))
    inside.click("#submitButton")
    assert shown.posted() == [("assignmentId", ASSIGNMENT), ("q", "1")]


def test_line_ends_arrive_as_browsers_send_them(shown: Stage) -> None:
    text = page().replace("<input name=a value='1 &amp; é'>", "<textarea name=a>\n1\n2</textarea>")
    inside = shown.show(frame_of(text, origin=ORIGIN))
    inside.click("#submitButton")
    assert ("a", "1\r\n2") in shown.posted()
