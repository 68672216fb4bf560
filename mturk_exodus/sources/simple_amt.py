"""simple-amt's files: the results that `get_results.py` writes, and the list of its HITs.

Members: jcjohnson/simple-amt and its forks lxieyang (accept_time, submit_time as MTurk wrote
them), lwj5 (boto3; submit_time as Python writes it) and mlagunas (further fields of the form).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from mturk_exodus.archive.tables import ASSIGNMENTS, HITS
from mturk_exodus.questions.answering import answers
from mturk_exodus.sources import json_text
from mturk_exodus.sources.files import HEAD, SourceFile
from mturk_exodus.sources.interface import Columns, Derived, Entry, Found, Refused
from mturk_exodus.sources.sayings import derived

_MEMBERS = ("assignment_id", "hit_id", "worker_id", "output")
_RECORD = re.compile(r"\s*\[?\s*(?=\{)")
_FIRST_MEMBER = re.compile(rf'\{{\s*"({"|".join(_MEMBERS)})"\s*:')
_SEEN = tuple(re.compile(rf'"{name}"\s*:') for name in ("assignment_id", "output"))
_HIT_ID = re.compile(r"[A-Z0-9]{20,40}")
# Ids of assignments, HIT types and qualifications look no different from those of HITs.
_HIT_IDS_NAME = re.compile(r"(?i)(?<![a-z])hits?(?![a-z])(?!.*(type|assignment|worker|qual))")

# A page's answer is one hidden field of that name, filled with JSON.
_FIELD = "output"
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_MEANING = {
    "assignment_id": "AssignmentId",
    "hit_id": "HITId",
    "worker_id": "WorkerId",
    "accept_time": "AcceptTime",
    "submit_time": "SubmitTime",
}


class SimpleAMT:
    """Results and lists of HITs."""

    name: ClassVar[str] = "simple_amt"
    title: ClassVar[str] = "simple-amt results"
    authority: ClassVar[int] = 40

    def claims(self, file: SourceFile) -> str | None:
        """Records with simple-amt's four members, or a file of HIT ids that is named so."""
        if _is_hit_ids(file):
            return "a HIT id on each line"
        record = _RECORD.match(file.start)
        if record and _is_result(file.start[record.end() :], is_all=len(file.head) < HEAD):
            return "results with simple-amt's members"
        return None

    def read(self, file: SourceFile) -> Iterator[Columns | Entry | Refused]:
        """Every result, or every HIT.

        Raises:
            FileRefused: it is not text, or too long.
        """
        return _hits(file) if _is_hit_ids(file) else _results(file)

    def derive(self, table: str, raw: Mapping[str, Any]) -> Derived:
        """What a result means. Its answer is written anew: a field, and JSON in it."""
        if table == HITS.name:
            return derived(table, raw, {"HITId": "HITId"})
        wire, unreadable = derived(table, raw, _MEANING)
        if "output" not in raw:
            return Derived(wire, unreadable)
        try:
            answer = answers.build([(_FIELD, _as_json(raw["output"]))])
        except (ValueError, RecursionError):
            return Derived(wire, (*unreadable, "output"))
        return Derived(
            {**wire, "Answer": answer, "AnswerDoubts": {"rewritten": [_FIELD]}}, unreadable
        )


def _is_result(text: str, *, is_all: bool) -> bool:
    """Whether a text begins with a result, as far as it can be seen."""
    try:
        record, _ = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        # A long output hides what stands behind it.
        is_like_one = _FIRST_MEMBER.match(text) and all(name.search(text) for name in _SEEN)
        return not is_all and bool(is_like_one)
    return isinstance(record, dict) and set(_MEMBERS) <= record.keys()


def _is_hit_ids(file: SourceFile) -> bool:
    if not _HIT_IDS_NAME.search(file.base_name):
        return False
    seen = file.start.split("\n")
    if len(file.head) == HEAD:
        seen.pop()
    ids = [line.strip() for line in seen if line.strip()]
    return bool(ids) and all(map(_HIT_ID.fullmatch, ids))


def _hits(file: SourceFile) -> Iterator[Entry | Refused]:
    with file.text() as stream:
        for number, line in enumerate(json_text.lines(stream), 1):
            yield _hit(number, line.strip())


def _hit(number: int, line: str) -> Entry | Refused:
    if not _HIT_ID.fullmatch(line):
        return Refused(number, "it is no HIT id", line)
    return Entry(number, (Found(HITS, {"HITId": line}),))


def _results(file: SourceFile) -> Iterator[Entry | Refused]:
    for number, record in enumerate(_records(file), 1):
        yield _result(number, record)


def _records(file: SourceFile) -> Iterator[Any]:
    """Each record; the text of what is none. The first versions write one list of them all."""
    for document in json_text.documents(file):
        if isinstance(document.value, list):
            yield from document.value
        else:
            yield document.value if document.readable else document.text


def _result(number: int, record: object) -> Entry | Refused:
    if not isinstance(record, dict):
        return Refused(number, "it is no record", record)
    for name in ("assignment_id", "hit_id"):
        if not isinstance(record.get(name), str) or not record[name]:
            return Refused(number, f"no {name}", record)
    return Entry(number, (Found(ASSIGNMENTS, record),))


def _as_json(output: object) -> str:
    """As the page's own JSON.stringify writes it, but for what XML cannot hold."""
    text = json.dumps(output, ensure_ascii=False, separators=(",", ":"))
    return json.dumps(output, separators=(",", ":")) if _NOT_XML.search(text) else text
