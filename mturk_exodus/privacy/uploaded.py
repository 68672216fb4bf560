"""Files of workers, with pseudonyms in them as far as they can be read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from mturk_exodus.archive import Archive, uploads
from mturk_exodus.privacy.replacing import Replacer
from mturk_exodus.privacy.rewriting import Rewriting

_KEY = "assignment_id = ? and question_identifier = ?"
_LONGEST_TEXT = 64 * 1024 * 1024
_HELD_BACK = 64
"""Bytes: longer than an id in UTF-16, which may begin in one part and end in the next."""


class Uploaded:
    """Copies uploads from one archive into another.

    Attributes:
        searched_as_bytes: those that are no text, by assignment and question.
    """

    def __init__(
        self, source: Archive, target: Archive, rewriting: Rewriting, replacer: Replacer
    ) -> None:
        self._source = source
        self._target = target.connection
        self._rewriting = rewriting
        self._replacer = replacer
        self.searched_as_bytes: list[str] = []

    def copy(self) -> None:
        """Copy all."""
        for assignment_id, question, size, *run_ids in self._all():
            asked = self._rewriting.text("uploads", question)
            content = self._content(assignment_id, question, size)
            kept = self._write(assignment_id, asked, content)
            self._target.execute(
                "insert into uploads values (?, ?, ?, ?, ?, ?)",
                [assignment_id, asked, *kept, *run_ids],
            )

    def rewrite(self) -> None:
        """Rewrite those that name somebody where they are: source and target are one archive."""
        noted = self._rewriting.changed
        for assignment_id, question, size, *_ in self._all():
            before = noted["upload_parts", "content"]
            for _ in self._content(assignment_id, question, size):
                pass
            if noted["upload_parts", "content"] == before:
                continue
            content = b"".join(self._content(assignment_id, question, size))
            key = [assignment_id, question]
            self._target.execute(f"delete from upload_parts where {_KEY}", key)
            kept = self._write(assignment_id, question, iter([content]))
            self._target.execute(
                f"update uploads set size_in_bytes = ?, sha256 = ? where {_KEY}", [*kept, *key]
            )

    def _all(self) -> list[tuple[Any, ...]]:
        return self._source.connection.execute(
            "select assignment_id, question_identifier, size_in_bytes, first_run_id, last_run_id"
            " from uploads order by rowid"
        ).fetchall()

    def _write(
        self, assignment_id: str, question: str, content: Iterator[bytes]
    ) -> tuple[int, str]:
        """Write parts; how many bytes they are, and their digest."""
        digest, length = hashlib.sha256(), 0
        for number, part in enumerate(_in_parts(content)):
            digest.update(part)
            length += len(part)
            self._target.execute(
                "insert into upload_parts values (?, ?, ?, ?)",
                [assignment_id, question, number, part],
            )
        return length, digest.hexdigest()

    def _content(self, assignment_id: str, question: str, size: int) -> Iterator[bytes]:
        if size <= _LONGEST_TEXT:
            content = b"".join(uploads.parts(self._source, assignment_id, question))
            text = _text(content)
            if text is not None:
                yield self._noted(self._rewriting.text("uploads", text), text).encode()
                return
        self.searched_as_bytes.append(f"{assignment_id} {question}")
        yield from self._searched(uploads.parts(self._source, assignment_id, question))

    def _searched(self, parts: Iterator[bytes]) -> Iterator[bytes]:
        held = ""
        for part in parts:
            text = held + part.decode("latin-1")
            text = self._noted(self._replacer.in_bytes(text), text)
            yield text[:-_HELD_BACK].encode("latin-1")
            held = text[-_HELD_BACK:]
        yield held.encode("latin-1")

    def _noted(self, new: str, old: str) -> str:
        if new != old:
            self._rewriting.changed["upload_parts", "content"] += 1
        return new


def _text(content: bytes) -> str | None:
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def _in_parts(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """As `uploads` keeps them; an empty file has none."""
    held = b""
    for piece in pieces:
        held += piece
        while len(held) >= uploads.PART_BYTES:
            yield held[: uploads.PART_BYTES]
            held = held[uploads.PART_BYTES :]
    if held:
        yield held
