"""What the bytes of a file tell of it, wherever it lies."""

from __future__ import annotations

import hashlib
import os
import tracemalloc
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mturk_exodus.sources.contents import Contents, examine, text_of
from mturk_exodus.sources.files import HEAD, FileRefused, SourceFile, local_file
from mturk_exodus.sources.interface import FileRefused as FileRefusedOfInterface

BLOCK = 1 << 18


def in_memory(data: bytes, name: str = "folder/a.csv") -> SourceFile:
    return SourceFile(name, lambda: BytesIO(data))


def contents(data: bytes) -> Contents:
    return in_memory(data).contents


def text(data: bytes) -> str:
    with in_memory(data).text() as stream:
        return stream.read()


def test_one_refusal_is_known_by_two_names() -> None:
    assert FileRefusedOfInterface is FileRefused


def test_size_and_digest_are_those_of_the_bytes() -> None:
    data = os.urandom(3 * BLOCK + 5)
    assert contents(data).size == len(data)
    assert contents(data).sha256 == hashlib.sha256(data).hexdigest()


def test_an_empty_file_is_a_whole_text() -> None:
    assert contents(b"") == Contents(0, hashlib.sha256().hexdigest(), "utf-8", False, False, True)
    assert text(b"") == ""
    assert in_memory(b"").start == ""


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (b"plain", "utf-8"),
        ("é \U0001f600".encode(), "utf-8"),
        ("é".encode("utf-8-sig"), "utf-8-sig"),
        (b"\xef\xbb\xbf", "utf-8-sig"),
        ("é".encode("utf-16"), "utf-16"),
        (b"\xfe\xff" + "é".encode("utf-16-be"), "utf-16"),
        ("HITId,é".encode("utf-16-le"), "utf-16-le"),
        ("HITId,é".encode("utf-16-be"), "utf-16-be"),
        ("é, “x” €".encode("cp1252"), "cp1252"),
        ("café".encode("latin-1"), "cp1252"),
        (b"caf\xe9 \x81", "latin-1"),
        (b"\x81 caf\xe9 ", "latin-1"),
    ],
)
def test_the_encoding_is_told_and_text_is_read_in_it(data: bytes, encoding: str) -> None:
    assert contents(data).encoding == encoding
    assert text(data) == data.decode(encoding)
    assert in_memory(data).start == data.decode(encoding)


@pytest.mark.parametrize("before", [BLOCK - 3, BLOCK - 2, BLOCK - 1, BLOCK])
def test_a_character_may_lie_across_two_blocks(before: int) -> None:
    data = b"x" * before + "\U0001f600".encode() + b"x"
    assert contents(data).encoding == "utf-8"
    assert text(data)[-2:] == "\U0001f600x"


def test_one_wrong_byte_far_behind_makes_it_cp1252() -> None:
    assert contents(b"x" * 2 * BLOCK + b"\xe9x").encoding == "cp1252"


def test_what_cp1252_does_not_have_is_found_before_and_after_it_stops_being_utf_8() -> None:
    # In UTF-8 the letter before is C3 81.
    assert contents("Á".encode() + b"x" * BLOCK + b"\xe9x").encoding == "latin-1"
    assert contents(b"\xe9x" + b"x" * BLOCK + b"\x81").encoding == "latin-1"


def test_a_file_that_ends_in_a_character_stays_utf_8() -> None:
    data = "é,é".encode()[:-1]
    assert contents(data).encoding == "utf-8"
    assert contents(data).ends_in_character
    assert text(data) == "é,\ufffd"
    assert not contents("é,é".encode()).ends_in_character


def test_an_accented_letter_at_the_end_of_a_plain_text_is_one() -> None:
    assert contents(b"plain caf\xe9").encoding == "cp1252"
    assert not contents(b"plain caf\xe9").ends_in_character
    assert text(b"plain caf\xe9") == "plain café"


def test_half_a_character_of_two_bytes_is_one_too() -> None:
    data = "é,é".encode("utf-16")
    assert contents(data[:-1]).ends_in_character
    assert not contents(data).ends_in_character
    assert text(data[:-1]) == "é,\ufffd"


@pytest.mark.parametrize(
    "data", [b"\xef\xbb\xbfcaf\xe9 au lait", b"\xff\xfea\x00\x00\xdca\x00", b"\xef\xbb\xbf\x80"]
)
def test_what_is_not_in_the_encoding_that_it_announces_is_refused(data: bytes) -> None:
    with pytest.raises(FileRefused, match=r"^begins as utf-(8-sig|16) text and goes on otherwise$"):
        text(data)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_quotes_nuls_and_the_end_are_seen_in_any_encoding(encoding: str) -> None:
    def told(words: str) -> tuple[bool, bool, bool]:
        found = contents(words.encode(encoding))
        return found.odd_quotes, found.has_nul, found.ends_with_newline

    assert told('some "words" é,\n') == (False, False, True)
    assert told('some "words" é,\r') == (False, False, True)
    assert told('some "words é,\r\n') == (True, False, True)
    assert told('some "words é') == (True, False, False)
    assert told("some words,\0é\n") == (False, True, True)


def test_a_nul_beyond_the_first_block_is_seen() -> None:
    assert contents(b"x" * BLOCK + b"\0").has_nul


def test_quotes_are_counted_over_all_blocks() -> None:
    assert not contents(b'"' + b"x" * BLOCK + b'"').odd_quotes
    assert contents(b'"' + b"x" * BLOCK + b'""').odd_quotes


def test_half_a_newline_of_two_bytes_ends_no_line() -> None:
    assert not contents("a\n".encode("utf-16")[:-1]).ends_with_newline


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=50))
def test_any_text_is_read_as_it_was_written(words: str) -> None:
    for encoding in ("utf-8-sig", "utf-16"):
        assert text(words.encode(encoding)) == words
    if not words.startswith("\ufeff") and "\0" not in words:
        assert text(words.encode()) == words


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    text_of(data)
    try:
        text(data)
    except FileRefused:
        assert contents(data).encoding.startswith(("utf-8-sig", "utf-16"))


def test_a_head_may_end_in_a_character() -> None:
    data = b"x" + "é".encode() * HEAD
    assert in_memory(data).start == "x" + "é" * (HEAD // 2 - 1)
    assert in_memory(b"\xff\xfe" + "\U0001f600".encode("utf-16-le") * HEAD).start.isprintable()


def test_a_head_is_read_once_and_no_further() -> None:
    streams: list[BytesIO] = []

    def opener() -> BytesIO:
        streams.append(BytesIO(b"x" * 10 * HEAD))
        return streams[-1]

    file = SourceFile("a", opener)
    assert len(file.head) == HEAD
    assert len(file.start) == HEAD
    assert len(streams) == 1
    assert streams[0].closed


def test_text_keeps_its_line_ends() -> None:
    assert text(b"a\r\nb\rc\n") == "a\r\nb\rc\n"


def test_memory_stays_flat() -> None:
    data = "é".encode() * 8_000_000
    tracemalloc.start()
    examine(BytesIO(data))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * BLOCK


def test_the_base_name_is_the_name_without_its_folders() -> None:
    assert in_memory(b"", "a/b.zip/c.csv").base_name == "c.csv"
    assert in_memory(b"", "c.csv").base_name == "c.csv"


def test_a_file_alone_has_no_neighbours() -> None:
    assert in_memory(b"").siblings() == []
    assert in_memory(b"").sibling("a.csv") is None


def test_a_local_file_knows_where_it_is_and_what_lies_beside_it(tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_bytes(b"b")
    (tmp_path / "a.csv").write_bytes(b"a")
    (tmp_path / "folder").mkdir()
    file = local_file(tmp_path / "a.csv")
    assert file.local_path == tmp_path / "a.csv"
    assert file.name == (tmp_path / "a.csv").as_posix()
    assert file.siblings() == ["a.csv", "b.csv"]
    beside = file.sibling("b.csv")
    assert beside is not None
    assert beside.head == b"b"


def test_a_file_that_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match=r"^cannot be read: No such file or directory$"):
        _ = local_file(tmp_path / "gone.csv").contents
    with pytest.raises(FileRefused, match=r"^cannot be read: Is a directory$"):
        _ = local_file(tmp_path).head
