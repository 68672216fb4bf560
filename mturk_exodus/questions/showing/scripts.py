"""Our own scripts, as they stand in a page."""

from __future__ import annotations

import base64
import hashlib
import json
from functools import cache
from importlib import resources

FORM, PAGE = "deliver_by_form", "deliver_to_page"
"""Where answers go: to turkSubmitTo, as a form, or to the page around the frame, as a message."""

_SUBMITTING = ("storage", "submit")
_CROWD = ("crowd_base", "crowd_fields", "crowd_classifiers", "crowd_layout", "crowd_form")
# The page's own scripts count elements, and look for the first of them: ours does not stay.
_SCRIPT = '<script>(() => {\n"use strict";\ndocument.currentScript.remove();\n'
_ENDS = "})();</script>"


@cache
def of_html(delivery: str = FORM) -> str:
    """What takes the place of MTurk's script."""
    return _script(_submitting(delivery))


@cache
def of_crowd(delivery: str = FORM) -> str:
    """What takes the place of MTurk's script and of Crowd HTML Elements."""
    style = f"const CROWD_STYLE = {json.dumps(_file('crowd.css'))};\n"
    return _script(_submitting(delivery) + style + _read(*_CROWD))


@cache
def of_question_form(delivery: str = FORM) -> str:
    """What submits and checks a QuestionForm."""
    return _script(_submitting(delivery) + _read("question_form"))


@cache
def style_of_question_form() -> str:
    """How a QuestionForm looks."""
    return _file("question_form.css")


def beginning(document: str) -> tuple[int, int]:
    """Where our script begins and ends in a document that it was put into."""
    start = document.index(_SCRIPT)
    return start, document.index(_ENDS, start) + len(_ENDS)


def hash_of(script: str) -> str:
    """A script as a Content-Security-Policy names it (CSP, "hash-source")."""
    text = script.removeprefix("<script>").removesuffix("</script>")
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _submitting(delivery: str) -> str:
    return _read(*_SUBMITTING, delivery, "external_hit")


def _script(text: str) -> str:
    return f"{_SCRIPT}{text}{_ENDS}"


def _read(*names: str) -> str:
    return "".join(_file(f"{name}.js") for name in names)


def _file(name: str) -> str:
    folder = resources.files("mturk_exodus.questions.showing") / "in_browser"
    return (folder / name).read_text("utf-8")
