"""amti's folders: a batch of HITs, what it was made from, and what came of it.

    batch-UUID/          BATCHID, data.jsonl (a HIT's variables on each line),
                         _INCOMPLETE (the ids of its HITs, until results are saved)
      definition/        question.xml.j2, hittypeproperties.json, hitproperties.json, NOTES
      results/hit-ID/    hit.jsonl (GetHIT's reply), assignments.jsonl (one on each line)
    qualification-type-ID/
                         qualificationtype-ID.jsonl (CreateQualificationType's reply)
      definition/        qualificationtypeproperties.json, test.xml, answerkey.xml

Replies elsewhere than in a batch's results are those of `api_dump`; questions, tests and answer
keys that look like what they are belong to `templates`.

Source: allenai/amti, `settings.py`, `actions/create.py`, `actions/save.py`. Records are as boto3
gave them, times written by Python's isoformat.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

from mturk_exodus.archive.tables import ASSIGNMENTS, HITS, TEMPLATES, Table
from mturk_exodus.records import members
from mturk_exodus.sources import json_text
from mturk_exodus.sources.api_dump import meaning
from mturk_exodus.sources.files import SourceFile
from mturk_exodus.sources.interface import Columns, Derived, Entry, FileRefused, Found, Refused
from mturk_exodus.sources.kept_text import derive_template, template_record
from mturk_exodus.sources.sayings import derived
from mturk_exodus.sources.templates import Templates

_QUESTION = "amti question"
_KEPT_AS = {
    "question.xml.j2": _QUESTION,
    "hittypeproperties.json": "amti properties",
    "hitproperties.json": "amti properties",
    "qualificationtypeproperties.json": "amti properties",
    "NOTES": "amti notes",
    "test.xml": "amti qualification test",
    "answerkey.xml": "amti answer key",
}
_DEFINITIONS = {"hittypeproperties.json", "qualificationtypeproperties.json"}
_DATA = "data.jsonl"
_OPEN_HITS = "_INCOMPLETE"
_BATCH_ID = "BATCHID"
_RESULT = re.compile(r"(?:.*/)?results/hit-([^/]+)/(hit|assignments)\.jsonl", re.DOTALL)

_GAP = r"-?\s{0,20}"
_USED = re.compile(
    rf"\{{\{{{_GAP}([A-Za-z_]\w*)|\{{%{_GAP}(?:el)?if\s{{1,20}}(?:not\s{{1,20}})?([A-Za-z_]\w*)"
    rf"|\{{%{_GAP}for\s[^%{{}}]{{1,200}}?\sin\s{{1,20}}([A-Za-z_]\w*)"
)
_BOUND = re.compile(rf"\{{%{_GAP}(?:for|set)\s{{1,20}}(\w+(?:\s?,\s?\w+){{0,20}})")
_OF_JINJA = {"loop", "range", "true", "false", "none", "True", "False", "None"}

# The one member of a HIT here that the API does not know.
_OURS = {"TemplateVariables": "TemplateVariables"}


class Amti:
    """The files of a batch, each by itself."""

    name: ClassVar[str] = "amti"
    title: ClassVar[str] = "amti batch folders"
    authority: ClassVar[int] = 10

    def claims(self, file: SourceFile) -> str | None:
        """A file of amti's name, in the folder where amti puts it."""
        if not file.head.strip():
            return None  # a HIT that nobody worked on, notes that nobody took
        table = _table(file)
        if table is not None:
            return f"amti's {file.base_name}" if file.start.lstrip().startswith("{") else None
        if _is_open_hits(file):
            return "the HITs of an amti batch that is not saved yet"
        if file.base_name == _DATA and _BATCH_ID in file.siblings():
            return "the data of an amti batch"
        return "the definition of an amti batch" if _is_definition(file) else None

    def read(self, file: SourceFile) -> Iterator[Columns | Entry | Refused]:
        """What the file holds; a definition is one entry.

        Raises:
            FileRefused: it is not text, too long, or not what its name says.
        """
        table = _table(file)
        if table is not None:
            return _results(file, table)
        if file.base_name == _OPEN_HITS:
            return _open_hits(file)
        if file.base_name == _DATA:
            return _data(file)
        return _kept(file, _KEPT_AS.get(file.base_name, _QUESTION))

    def derive(self, table: str, raw: Mapping[str, Any]) -> Derived:
        """What a record means: the API's words, or a text as it is."""
        if table == TEMPLATES.name:
            is_question = raw.get("Kind") == _QUESTION
            return derive_template(raw, _placeholders) if is_question else derive_template(raw)
        said, variables = meaning.derive(table, raw), derived(table, raw, _OURS)
        return Derived({**said.wire, **variables.wire}, said.unreadable + variables.unreadable)


def _table(file: SourceFile) -> Table | None:
    """What the records of a file are; None if it is no file of records."""
    match = _RESULT.fullmatch(file.name)
    if match is None:
        return None
    return HITS if match[2] == "hit" else ASSIGNMENTS


def _is_open_hits(file: SourceFile) -> bool:
    return file.base_name == _OPEN_HITS and '"hit_ids"' in file.start


def _is_definition(file: SourceFile) -> bool:
    """Whether it is of a definition and nothing that is a template by its own look."""
    return (
        file.base_name in _KEPT_AS
        and bool(_DEFINITIONS & {file.base_name, *file.siblings()})
        and Templates().claims(file) is None
    )


def _results(file: SourceFile, table: Table) -> Iterator[Entry | Refused]:
    match = _RESULT.fullmatch(file.name)
    folder = match[1] if match else None
    return json_text.entries(file, partial(_result, table=table, folder=folder))


def _result(number: int, value: Any, table: Table, folder: str | None) -> Entry | Refused:  # noqa: ANN401 - whatever JSON holds
    record = value.get("HIT") if table is HITS and isinstance(value, dict) else value
    if not isinstance(record, dict):
        return Refused(number, "it is no record", value)
    for _, member in members(table.record):
        said = record.get(member.name)
        if member.required and not (isinstance(said, str) and said):
            return Refused(number, f"no {member.name}", value)
    doubts = () if record["HITId"] == folder else ("HITId is its folder's",)
    return Entry(number, (Found(table, record),), doubts)


def _open_hits(file: SourceFile) -> Iterator[Entry]:
    hits = _listed(file)
    if not hits:
        raise FileRefused("does not list the HITs of a batch")
    for number, hit in enumerate(hits, 1):
        yield Entry(number, (Found(HITS, hit),))


def _listed(file: SourceFile) -> list[dict[str, str]]:
    """The HITs that amti has made, in the order of the lines of data.jsonl."""
    try:
        ids = json_text.parse(json_text.whole_text(file))
    except json_text.NotJSON:
        return []
    hits = ids.get("hit_ids") if isinstance(ids, dict) else None
    if not isinstance(hits, list) or not all(isinstance(hit, str) and hit for hit in hits):
        return []
    hit_type = ids.get("hittype_id")
    of_type = {"HITTypeId": hit_type} if isinstance(hit_type, str) and hit_type else {}
    return [{"HITId": hit, **of_type} for hit in hits]


def _data(file: SourceFile) -> Iterator[Entry]:
    """Variables of HITs while it is known which line made which HIT; afterwards, a text."""
    listing = file.sibling(_OPEN_HITS)
    hits = _listed(listing) if listing is not None else []
    rows = [document.value for document in json_text.documents(file)] if hits else []
    if len(hits) != len(rows) or not all(isinstance(row, dict) for row in rows):
        hits = []
    if not hits:
        return _kept(file, "amti data")
    found = (
        Found(HITS, {**hit, "TemplateVariables": row}) for hit, row in zip(hits, rows, strict=True)
    )
    return (Entry(number, (one,)) for number, one in enumerate(found, 1))


def _kept(file: SourceFile, kind: str) -> Iterator[Entry]:
    raw = template_record(file.base_name, kind, json_text.whole_text(file))
    batch = file.sibling(_BATCH_ID)
    if batch is not None:
        raw["BatchId"] = batch.start[:100].strip()
    yield Entry(1, (Found(TEMPLATES, raw),))


def _placeholders(content: str) -> Sequence[str]:
    """Names that Jinja takes from the data. Nothing is rendered: a template is a program."""
    bound = {name.strip() for names in _BOUND.findall(content) for name in names.split(",")}
    used = ("".join(groups) for groups in _USED.findall(content))
    return [name for name in used if name not in bound and name not in _OF_JINJA]
