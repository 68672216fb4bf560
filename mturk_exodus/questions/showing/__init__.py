"""A HIT's question as what its sandboxed frame shows.

A frame is made of the question alone; who works on it stands in its address, for the page to read,
as MTurk did it. The page that holds the frame must say `frame-src` with its own origin (and, for an
ExternalQuestion, that page's), or what is in the frame can lead it elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from mturk_exodus.questions import question as questions
from mturk_exodus.questions import xml_text
from mturk_exodus.questions.form import Form, UnreadableQuestion
from mturk_exodus.questions.html_question import unwrap
from mturk_exodus.questions.showing import form_page, html_page
from mturk_exodus.questions.showing.frame import OTHER_SELECTION, SANDBOX, Frame
from mturk_exodus.questions.showing.hosts import allowed_host, is_amazon
from mturk_exodus.questions.showing.scripts import FORM, PAGE

__all__ = ["FORM", "OTHER_SELECTION", "PAGE", "SANDBOX", "Frame", "allowed_host", "frame_of"]


def frame_of(
    question: str,
    *,
    origin: str,
    allowed_hosts: Iterable[str] = (),
    delivery: str = FORM,
    layout: bool = False,
) -> Frame:
    """What is shown of a question.

    Args:
        question: an HTMLQuestion, a QuestionForm, an ExternalQuestion, or a page of HTML. A page
            without a form is taken for a layout of the requester site, which put a form round it.
        origin: the host's own, `https://host.example`: the only place where answers may go.
        allowed_hosts: hosts of Amazon's (requesters' own pictures lie on S3) that pages may load
            from all the same, as `allowed_host` gives them; with a path
            (`s3.amazonaws.com/a-bucket`), only from below it.
        delivery: where an answer goes: FORM to turkSubmitTo, PAGE to the page around the frame, as
            the message `{"mturk-exodus: submit": [[name, value], ...]}`.
        layout: whether an HTMLQuestion, too, holds what may be a layout without a form.
    """
    allowed = frozenset(allowed_hosts)
    try:
        form = questions.read(question)
        if form.kind == "external":
            return _external(form, allowed)
        if form.kind == "question_form":
            return form_page.frame(question, form, origin, allowed, delivery)
        is_page = xml_text.root_name(question) != "HTMLQuestion"
        html = question if is_page else unwrap(question).html
        return html_page.frame(html, form, origin, allowed, delivery, layout=layout or is_page)
    except UnreadableQuestion as error:
        return Frame(kind="html", refused=f"the question {error}")


def _external(form: Form, allowed: frozenset[str]) -> Frame:
    url = form.url or ""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        host = ""
    if not host or parts.scheme not in ("http", "https"):
        refused = "its ExternalURL is missing, or no address of the web"
        return Frame(kind="external", height=form.frame_height, refused=refused)
    if is_amazon(host) and host not in allowed:
        refused = f"its page is on {host}, which is Amazon's and not allowed"
        return Frame(kind="external", height=form.frame_height, blocked=(host,), refused=refused)
    return Frame(kind="external", url=url, height=form.frame_height, hosts=(host,))
