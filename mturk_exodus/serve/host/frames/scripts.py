"""Our own scripts, as they stand in a page."""

from __future__ import annotations

import base64
import hashlib
import json
from functools import cache
from importlib import resources

_SUBMITTING = ("storage", "submit", "external_hit")
_CROWD = ("crowd_base", "crowd_fields", "crowd_classifiers", "crowd_layout", "crowd_form")
# The page's own scripts count elements, and look for the first of them: ours does not stay.
_SCRIPT = '<script>(() => {\n"use strict";\ndocument.currentScript.remove();\n'
_ENDS = "})();</script>"


@cache
def of_html() -> str:
    """What takes the place of MTurk's script."""
    return _script(_read(*_SUBMITTING))


@cache
def of_crowd() -> str:
    """What takes the place of MTurk's script and of Crowd HTML Elements."""
    style = f"const CROWD_STYLE = {json.dumps(_file('crowd.css'))};\n"
    return _script(_read(*_SUBMITTING) + style + _read(*_CROWD))


@cache
def of_question_form() -> str:
    """What submits and checks a QuestionForm."""
    return _script(_read(*_SUBMITTING, "question_form"))


@cache
def style_of_question_form() -> str:
    """How a QuestionForm looks."""
    return _file("question_form.css")


def hash_of(script: str) -> str:
    """A script as a Content-Security-Policy names it (CSP, "hash-source")."""
    text = script.removeprefix("<script>").removesuffix("</script>")
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _script(text: str) -> str:
    return f"{_SCRIPT}{text}{_ENDS}"


def _read(*names: str) -> str:
    return "".join(_file(f"{name}.js") for name in names)


def _file(name: str) -> str:
    folder = resources.files("mturk_exodus.serve.host") / "scripts"
    return (folder / name).read_text("utf-8")
