"""What HITs were made from: layouts, questions, answer keys, kept word for word.

Nothing here parses HTML or XML: the files are hostile until shown otherwise, and what is wanted
of them (what they are, and the names of their placeholders) is found by looking through the text
once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from mturk_exodus.archive.tables import TEMPLATES
from mturk_exodus.sources.files import SourceFile
from mturk_exodus.sources.interface import Columns, Derived, Entry, FileRefused, Found, Refused
from mturk_exodus.sources.kept_text import derive_template, template_record

LARGEST = 4 * 1024 * 1024
"""Bytes. MTurk takes questions of 65,535; the largest public one has 594,938."""

_MARKUP = (".html", ".htm", ".xhtml", ".liquid", ".j2", ".jinja", ".jinja2", ".tmpl", ".tpl")
_DOCUMENTS = (*_MARKUP, ".xml", ".txt", ".answer")
_QUESTIONS_OF_TOOLS = (".question", ".question.xml")

_LAYOUT = "html layout"
_CROWD_LAYOUT = "crowd html layout"
_ROOT = re.compile(
    r"<(?:\w{1,40}:)?(HTMLQuestion|ExternalQuestion|QuestionForm|AnswerKey)(?=[\s/>])"
)
_PROLOGUE = {"<?": "?>", "<!--": "-->", "<!": ">", "{#": "#}", "{%": "%}"}
_CROWD = re.compile(r"<crowd-[a-z]|\{[{%][^{}]{0,200}\btask\.input\b")
_MTURK_FORM = re.compile(
    r"externalSubmit|mturk_form|turkSubmitTo|ASSIGNMENT_ID_NOT_AVAILABLE|"
    r"amazonaws\.com/mturk-public/|<!-- HIT template:"
)

_OPENING = re.compile(r"<!--|<script\b", re.IGNORECASE)
_COMMENT_ENDS = re.compile("-->")
_SCRIPT_ENDS = re.compile(r"</script", re.IGNORECASE)

# Every name is bounded, so that no text takes longer than its length.
_DOLLAR = re.compile(r"\$!?\{([^{}\s]{1,200})\}")
_DOLLAR_OR_BARE = re.compile(r"\$!?(?:\{([^{}\s]{1,200})\}|([A-Za-z][\w-]{0,99}))")
_LAYOUT_NAME = re.compile(r"\$\{[\w-]{1,100}\}")
_REFERENCE = re.compile(r"\$!?([A-Za-z][\w-]{0,99})")
_BRACES = re.compile(
    r"\btask\.input\.(\w{1,100})|"
    r"\{\{[-~]?[ \t]{0,9}(?!task\b)([A-Za-z_]\w{0,99})(?=[ \t]{0,9}[|}.~\[-])"
)
_BOUND = re.compile(r"\{%[-~]?[ \t]{0,9}(?:for|assign|set|capture)[ \t]{1,9}(\w{1,100})")
_LOOPS = ("loop", "forloop")


class Templates:
    """Files of HTML and XML that HITs were made from."""

    name: ClassVar[str] = "templates"
    title: ClassVar[str] = "HIT templates"
    authority: ClassVar[int] = 50

    def claims(self, file: SourceFile) -> str | None:
        """A question, an answer key, or a page with placeholders, crowd elements, MTurk's form."""
        if is_question_of_tools(file):
            return None
        kind = _kind(file, file.start)
        return None if kind is None else _with_article(kind)

    def read(self, file: SourceFile) -> Iterator[Columns | Entry | Refused]:
        """One record: the file.

        Raises:
            FileRefused: it is too large, no text, or nothing that a HIT is made from.
        """
        content = content_of(file)
        kind = _kind(file, content)
        if kind is None:
            raise FileRefused("it has no placeholder, no crowd element and no form for MTurk")
        yield entry_of(file, kind, content)

    def derive(self, table: str, raw: Mapping[str, Any]) -> Derived:
        """The file, its digest and the names of its placeholders."""
        return derive_template(raw, placeholders) if table == TEMPLATES.name else Derived({})


def content_of(file: SourceFile) -> str:
    """A template's whole text, its line ends as they are.

    Raises:
        FileRefused: it is too large, or no text.
    """
    if file.contents.size > LARGEST:
        raise FileRefused("it has more than 4 MiB, which no template has")
    if file.contents.has_nul:
        raise FileRefused("it has NUL bytes: it is damaged, or not a text")
    with file.text() as stream:
        return stream.read()


def entry_of(file: SourceFile, kind: str, content: str) -> Entry:
    """A file as the one entry that it is. Its folders' names are not kept: they name people."""
    return Entry(1, (Found(TEMPLATES, template_record(file.base_name, kind, content)),))


def is_question_of_tools(file: SourceFile) -> bool:
    """Whether it is a question as the command line tools name theirs."""
    named_so = file.name.lower().endswith(_QUESTIONS_OF_TOOLS)
    return named_so and _ROOT.search(file.start) is not None


def _kind(file: SourceFile, text: str) -> str | None:
    name = file.name.lower()
    if name.endswith(_DOCUMENTS) and (root := _ROOT.match(text, _prologue_ends(text))):
        return root[1]
    if not name.endswith(_MARKUP) or "<" not in text:
        return None
    if _CROWD.search(text):
        return _CROWD_LAYOUT
    has_names = any(_LAYOUT_NAME.search(part) for part in filled_in(text))
    return _LAYOUT if has_names or _MTURK_FORM.search(text) else None


def _with_article(kind: str) -> str:
    return f"an {kind}" if kind[0] in "AEHh" else f"a {kind}"


def _prologue_ends(text: str) -> int:
    """Where the first element begins: behind declarations, comments, a template's directives."""
    at = _behind_space(text, 0)
    while end := next((end for start, end in _PROLOGUE.items() if text.startswith(start, at)), ""):
        found = text.find(end, at)
        if found < 0:
            break
        at = _behind_space(text, found + len(end))
    return at


def _behind_space(text: str, at: int) -> int:
    while at < len(text) and (text[at].isspace() or text[at] == "\ufeff"):
        at += 1
    return at


def filled_in(content: str) -> Iterator[str]:
    """The parts of a page in which MTurk fills in what stands in `${}`.

    It does so everywhere. But in a script that has a backtick `${name}` may be JavaScript's own:
    such scripts are left out. Of 22 public layouts with such names in scripts, 18 have no
    backtick there; the names are the requester's in each of them.
    """
    start = at = 0
    while opening := _OPENING.search(content, at):
        is_script = opening.group() != "<!--"
        ends = _SCRIPT_ENDS if is_script else _COMMENT_ENDS
        closing = ends.search(content, opening.end())
        at = closing.start() if closing else len(content)
        if is_script and content.find("`", opening.end(), at) >= 0:
            yield content[start : opening.start()]
            start = at
    yield content[start:]


def placeholders(content: str) -> list[str]:
    """The names of a layout's placeholders, in the order in which they first appear.

    MTurk fills in `${name}`, the command line tools `${helper.urlencode($name)}` too. Where there
    is none, what other programs fill in is taken: `{{ name }}` and `task.input.name`, but for
    names that the file's own loops make.
    """
    names = [name for part in filled_in(content) for name in _in_dollars(part)]
    return list(dict.fromkeys(names or _in_braces(content)))


def velocity_placeholders(content: str) -> list[str]:
    """The same of the command line tools' own files, in which a bare `$name` counts as well."""
    names = [name for part in filled_in(content) for name in _in_velocity(part)]
    return list(dict.fromkeys(names or _in_braces(content)))


def _in_dollars(part: str) -> Iterator[str]:
    for inside in _DOLLAR.findall(part):
        yield from _REFERENCE.findall(inside) or (inside,)


def _in_velocity(part: str) -> Iterator[str]:
    for inside, bare in _DOLLAR_OR_BARE.findall(part):
        yield from _REFERENCE.findall(inside) or (inside or bare,)


def _in_braces(content: str) -> list[str]:
    own = {*_BOUND.findall(content), *_LOOPS}
    names = ((field, root) for field, root in _BRACES.findall(content) if root not in own)
    return [field or root for field, root in names]
