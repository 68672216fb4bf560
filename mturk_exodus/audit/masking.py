"""A report that may be passed on: worker ids in titles, reasons and names of files are masked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache

from mturk_exodus.audit.bench import Bench
from mturk_exodus.audit.privacy import WORKER_ID
from mturk_exodus.audit.report import Figure, Kind, Row, Section, Table, Value

_WORD = re.compile(r"[^\W_]{5,}")
"""What MTurk's and Prolific's ids are; the archive is asked whether it is one."""

_OTHERS = """
    select worker_id from person
    where worker_id glob '*[^A-Za-z0-9]*' or length(worker_id) = ?
"""
"""Ids that are no such word: addresses, names with blanks, what is short."""

_SHORTEST = 4
"""Shorter ids are as likely words of the title."""

_MASK = "(worker id)"


class Masking:
    """Masks the worker ids of an archive, and what looks like one of MTurk's."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._others = _Others(one for (one,) in bench.rows(_OTHERS, _SHORTEST))
        self._masked = lru_cache(10_000)(self._mask)
        self._is_worker = lru_cache(10_000)(self._look_up)

    def of_section(self, section: Section) -> Section:
        """The same without ids in its texts."""
        return replace(
            section,
            figures=tuple(self._of_figure(one) for one in section.figures),
            tables=tuple(self._of_table(one) for one in section.tables),
        )

    def _of_figure(self, figure: Figure) -> Figure:
        value = self._of_value(figure.value) if figure.kind is Kind.TEXT else figure.value
        return replace(figure, value=value, how=self._masked(figure.how))

    def _of_table(self, table: Table) -> Table:
        texts = [one.kind is Kind.TEXT for one in table.columns]

        def read() -> Iterator[Row]:
            for row in table.read():
                yield tuple(
                    self._of_value(value) if text else value
                    for value, text in zip(row, texts, strict=True)
                )

        return replace(table, read=read)

    def _of_value(self, value: Value) -> Value:
        return self._masked(value) if isinstance(value, str) else value

    def _mask(self, text: str) -> str:
        # Those with blanks first: MTurk's may be a part of one.
        pieces = (
            _WORD.sub(self._of_word, WORKER_ID.sub(_MASK, one)) for one in self._others.cut(text)
        )
        return _MASK.join(pieces)

    def _of_word(self, word: re.Match[str]) -> str:
        return _MASK if self._is_worker(word[0]) else word[0]

    def _look_up(self, word: str) -> bool:
        return bool(
            self._bench.one(
                "select exists (select 1 from person"
                " where person.worker_id in (?1, upper(?1), lower(?1)))",
                word,
            )
        )


class _Others:
    """Ids of any form, found in texts; letters in either case.

    They may be very many: a text is asked for those of each length, not for each of them.
    """

    def __init__(self, ids: Iterable[str]) -> None:
        kept = [one for one in ids if _is_distinct(one)]
        self._known = {one.lower() for one in kept}
        self._beginnings = {one[:_SHORTEST].lower() for one in kept}
        self._lengths = sorted({len(one) for one in kept}, reverse=True)

    def cut(self, text: str) -> Iterator[str]:
        """What stands before, between and after the ids in a text; of two in one place, the longer
        is taken.
        """
        begin = at = 0
        while self._known and at <= len(text) - _SHORTEST:
            end = self._end(text, at)
            if end:
                yield text[begin:at]
                begin = at = end
            else:
                at += 1
        yield text[begin:]

    def _end(self, text: str, at: int) -> int:
        """Where the id ends that begins here; 0 if none does."""
        if text[at : at + _SHORTEST].lower() not in self._beginnings or _is_inside(text, at):
            return 0
        ends = (at + length for length in self._lengths if at + length <= len(text))
        return next(
            (
                end
                for end in ends
                if text[at:end].lower() in self._known and not _is_inside(text, end)
            ),
            0,
        )


def _is_distinct(worker_id: str) -> bool:
    """Whether it can be told from words, years and lines."""
    if len(worker_id) == _SHORTEST:
        return not (worker_id.isalpha() or worker_id.isdigit()) and _has_letter(worker_id)
    return len(worker_id) > _SHORTEST and _has_letter(worker_id)


def _has_letter(text: str) -> bool:
    return any(one.isalnum() for one in text)


def _is_inside(text: str, place: int) -> bool:
    """Whether a place is inside a word."""
    return text[place - 1 : place].isalnum() and text[place : place + 1].isalnum()
