"""Where personal data stand: worker ids, e-mail and IP addresses, and what people typed."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import NamedTuple

from mturk_exodus.audit.bench import Bench
from mturk_exodus.audit.report import Column, Figure, Kind, Row, Section, Table

# Each begins with what it searches for: what stands before is asked afterwards, which is faster.
WORKER_ID = re.compile(r"A(?<![A-Za-z0-9]A)(?=[A-Z]*[0-9])[0-9A-Z]{9,20}(?![A-Za-z0-9])")
_EMAIL = re.compile(r"@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_BEFORE_AT = re.compile(r"[\w.+-]$")
_DOTTED = re.compile(r"[0-9]\.[0-9]{1,3}\.[0-9]")
_IPV4 = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?![0-9]|\.[0-9])")
_IPV6 = re.compile(r"[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){7}(?![0-9a-z:])", re.IGNORECASE)

_WORKER_IDS = (
    "assignments",
    "bonus_payments",
    "qualifications",
    "qualification_requests",
    "worker_blocks",
    "worker_details",
    "notification_events",
)
"""Tables with a column worker_id; what their rows are made from stands in raw as well."""


_COLONS = 7


class _Text(NamedTuple):
    """A column of text, and who wrote it."""

    table: str
    column: str
    typed_by: str


_TEXTS = (
    _Text("assignments", "answer", "workers"),
    _Text("assignments", "requester_feedback", "you"),
    _Text("bonus_payments", "reason", "you"),
    _Text("worker_blocks", "reason", "you"),
    _Text("qualification_requests", "answer", "workers"),
    _Text("hit_types", "title", "you"),
    _Text("hit_types", "description", "you"),
    _Text("hits", "requester_annotation", "you"),
    _Text("hits", "template_variables", "you"),
)


def section(bench: Bench) -> Section:
    """Rows that hold worker ids, and texts in which ids, e-mail or IP addresses are found."""
    bench.connection.create_function("audit_personal", 1, personal, deterministic=True)
    texts = [_looked_through(bench, one) for one in _TEXTS]
    ids = _worker_ids(bench)
    in_texts, emails, addresses = (
        sum(int(row[place] or 0) for row in texts) for place in (4, 5, 6)
    )
    typed = bench.one("select count(*) from assignments where answer is not null")
    return Section(
        "privacy",
        "Privacy",
        "Where worker ids, e-mail addresses, IP addresses and free text stand in the archive.",
        (
            Figure(
                "rows_with_worker_ids",
                "rows with a worker id",
                Kind.COUNT,
                sum(int(row[2] or 0) for row in ids),
                "rows whose column worker_id is not null; raw holds them too",
            ),
            Figure(
                "texts_with_worker_ids",
                "texts that seem to name a worker id",
                Kind.COUNT,
                in_texts,
                "texts below with a word of 10 to 21 capitals and digits that begins with A",
                is_warning=in_texts > 0,
            ),
            Figure(
                "texts_with_emails",
                "texts with an e-mail address",
                Kind.COUNT,
                emails,
                "texts below in which something looks like name@host.tld",
                is_warning=emails > 0,
            ),
            Figure(
                "texts_with_addresses",
                "texts with an IP address",
                Kind.COUNT,
                addresses,
                "texts below in which something looks like an IPv4 or a full IPv6 address",
                is_warning=addresses > 0,
            ),
            Figure(
                "answers",
                "answers that people typed or chose",
                Kind.COUNT,
                typed,
                "assignments with an answer; any of them may hold what nobody looks for",
            ),
        ),
        (),
        (_texts(texts), _ids(ids), _free_text(bench)),
        (
            "Question pages and uploaded files are not looked through. Names, places and whatever"
            " else people typed are not found by patterns.",
        ),
    )


def personal(text: str | None) -> int:
    """What a text seems to hold: 1 a worker id, 2 an e-mail address, 4 an IP address, added up."""
    if not text:
        return 0
    found = 1 if WORKER_ID.search(text) else 0
    if "@" in text and any(
        _BEFORE_AT.search(text, 0, one.start()) for one in _EMAIL.finditer(text)
    ):
        found += 2
    if _has_address(text):
        found += 4
    return found


def _has_address(text: str) -> bool:
    # Most texts have neither of the two, and to look for these is much faster.
    if _DOTTED.search(text) and any(_is_address(one) for one in _IPV4.finditer(text)):
        return True
    return text.count(":") >= _COLONS and any(_is_address(one) for one in _IPV6.finditer(text))


def _is_address(match: re.Match[str]) -> bool:
    before = match.string[match.start() - 1 : match.start()]
    if before.isalnum() or before in (".", ":"):
        return False
    try:
        ip_address(match[0])
    except ValueError:
        return False
    return True


def _looked_through(bench: Bench, text: _Text) -> Row:
    # Grouped, so that each text is looked at once: SQLite would call the function for each sum.
    rows = list(
        bench.rows(
            f"select audit_personal({text.column}), count(*) from {text.table}"
            f" where {text.column} is not null group by 1"
        )
    )
    found = (sum(number for kinds, number in rows if kinds & bit) for bit in (1, 2, 4))
    return (text.table, text.column, text.typed_by, sum(number for _, number in rows), *found)


def _texts(rows: list[Row]) -> Table:
    counted: tuple[tuple[str, str], ...] = (
        ("rows", "texts"),
        ("worker_ids", "with a worker id"),
        ("emails", "with an e-mail address"),
        ("ip_addresses", "with an IP address"),
    )
    return Table.of(
        "texts",
        "Texts in which personal data may stand",
        "Every text is looked through for what has the form of an id or an address; not each match"
        " is one.",
        (
            Column("table", "table", Kind.TEXT),
            Column("column", "column", Kind.TEXT),
            Column("typed_by", "written by", Kind.TEXT),
            *(Column(name, label, Kind.COUNT) for name, label in counted),
        ),
        rows,
    )


def _worker_ids(bench: Bench) -> list[Row]:
    return [
        (
            table,
            "worker_id",
            *bench.row(f"select count(worker_id), count(distinct worker_id) from {table}"),
        )
        for table in _WORKER_IDS
    ]


def _ids(rows: list[Row]) -> Table:
    return Table.of(
        "worker_ids",
        "Columns with worker ids",
        "Rows and distinct ids. The same ids stand in raw of these rows, and in what other sources"
        " said of them (source_records, revisions, refused_entries).",
        (
            Column("table", "table", Kind.TEXT),
            Column("column", "column", Kind.TEXT),
            Column("rows", "rows", Kind.COUNT),
            Column("workers", "distinct", Kind.COUNT),
        ),
        rows,
    )


_FREE = """
    select field, sum(answers), sum(characters) / sum(answers), max(longest) from answered
    group by field having max(choices is null) order by 2 desc, 1
"""


def _free_text(bench: Bench) -> Table:
    """Fields that take whatever people type."""
    made = bench.one("select exists (select 1 from answers)")
    return Table.of(
        "free_text",
        "Fields with free text",
        "Fields of the table answers whose values are too many, or too long, to be choices."
        if made
        else "The table answers is empty: exodus answers fills it.",
        (
            Column("field", "field", Kind.TEXT),
            Column("answers", "answers", Kind.COUNT),
            Column("mean_length", "mean length", Kind.COUNT),
            Column("longest", "longest", Kind.COUNT),
        ),
        list(bench.rows(_FREE)),
    )
