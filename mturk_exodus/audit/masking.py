"""A report that may be passed on: worker ids in titles, reasons and names of files are masked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache

from mturk_exodus.audit.bench import Bench
from mturk_exodus.audit.privacy import WORKER_ID
from mturk_exodus.audit.report import Figure, Kind, Row, Section, Table, Value

_WORDS = (re.compile(r"[\w.@+-]{4,}\w"), re.compile(r"[\w-]{5,}"))
"""Ids of other platforms may be addresses, and a sentence may go on without a blank."""

_MASK = "(worker id)"
Mask = Callable[[Value], Value]


def masked(bench: Bench, section: Section) -> Section:
    """The same, with no worker id of this archive, nor what looks like one, in its texts."""

    @lru_cache(10_000)
    def is_worker(word: str) -> bool:
        return bool(
            bench.one(
                "select exists (select 1 from person where person.worker_id in (?1, upper(?1)))",
                word,
            )
        )

    def mask(value: Value) -> Value:
        if not isinstance(value, str):
            return value
        text = WORKER_ID.sub(_MASK, value)
        for words in _WORDS:
            text = words.sub(lambda word: _MASK if is_worker(word[0]) else word[0], text)
        return text

    return replace(
        section,
        figures=tuple(_figure(one, mask) for one in section.figures),
        tables=tuple(_table(one, mask) for one in section.tables),
    )


def _figure(figure: Figure, mask: Mask) -> Figure:
    value = mask(figure.value) if figure.kind is Kind.TEXT else figure.value
    return replace(figure, value=value, how=str(mask(figure.how)))


def _table(table: Table, mask: Mask) -> Table:
    texts = [one.kind is Kind.TEXT for one in table.columns]

    def read() -> Iterator[Row]:
        for row in table.read():
            yield tuple(
                mask(value) if text else value for value, text in zip(row, texts, strict=True)
            )

    return replace(table, read=read)
