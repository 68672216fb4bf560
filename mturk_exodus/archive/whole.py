"""HITs that `exodus compact` stored as a template and values, whole again.

A compacted row has no `question`, and in its `raw` a placeholder stands for the question's text.
Whoever reads these two columns of `hits` reads them through `Table.selected`, which calls the
functions that are installed here.
"""

from __future__ import annotations

import json
import sqlite3
from functools import lru_cache
from itertools import product

from mturk_exodus.questions.templates.template import Template

SPELLINGS = tuple("".join(flags) for flags in product(("", "a"), ("", "/"), ("", "h", "H")))
"""How JSON may spell a text. What each flag means:

a       nothing beyond ASCII
/       `/` with a backslash before it
h, H    `<`, `>` and `&` as escapes, in small or capital hexadecimal digits
"""

_TEMPLATES_REMEMBERED = 32
_MARKUP = {
    "h": {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"},
    "H": {"<": "\\u003C", ">": "\\u003E", "&": "\\u0026"},
}


def install(connection: sqlite3.Connection, *, damaged: str | None = None) -> None:
    """Let SQL call `exodus_question` and `exodus_raw`.

    Args:
        connection: to an archive.
        damaged: what stands for a question that its template and values do not give; None makes
            SQL fail.
    """

    @lru_cache(_TEMPLATES_REMEMBERED)
    def template(template_id: int) -> Template:
        return stored(connection, template_id)

    def question(template_id: int, values: str) -> str:
        try:
            return template(template_id).render(json.loads(values))
        except (LookupError, TypeError, ValueError):
            if damaged is None:
                raise
            return damaged

    def raw(cut: str, template_id: int, values: str, spelling: str) -> str:
        return put_back(cut, template_id, question(template_id, values), spelling)

    connection.create_function("exodus_question", 2, question, deterministic=True)
    connection.create_function("exodus_raw", 4, raw, deterministic=True)


def stored(connection: sqlite3.Connection, template_id: int) -> Template:
    """A template of the archive."""
    rows = connection.execute(
        "select literal, slot from question_parts where question_template_id = ? order by position",
        [template_id],
    )
    names, escapings = connection.execute(
        "select names, escapings from question_templates where question_template_id = ?",
        [template_id],
    ).fetchone() or ("[]", "[]")
    return Template.from_rows(rows, json.loads(names), json.loads(escapings))


def cut_out(raw: str, template_id: int, question: str) -> tuple[str, str] | None:
    """A raw record with a placeholder for its question, and how JSON spells the question there.

    None if the record does not hold the question in one of these spellings, or holds it twice.
    """
    placeholder = _placeholder(template_id)
    if placeholder in raw:
        return None
    for spelling in SPELLINGS:
        text = spelled(question, spelling)
        if raw.count(text) == 1:
            return raw.replace(text, placeholder), spelling
    return None


def put_back(cut: str, template_id: int, question: str, spelling: str) -> str:
    """A raw record with its question."""
    return cut.replace(_placeholder(template_id), spelled(question, spelling))


def spelled(text: str, spelling: str) -> str:
    """A text as JSON, in one of SPELLINGS."""
    token = json.dumps(text, ensure_ascii="a" in spelling)
    if "/" in spelling:
        token = token.replace("/", "\\/")
    for flag in _MARKUP.keys() & set(spelling):
        for character, escape in _MARKUP[flag].items():
            token = token.replace(character, escape)
    return token


def _placeholder(template_id: int) -> str:
    """No question is a structure, so nobody takes it for one."""
    return f'{{"question_template_id":{template_id}}}'
