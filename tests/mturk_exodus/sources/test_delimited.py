"""Tables in text. RAW is quoted as the requester site quotes: each cell, and no empty last ones."""

from __future__ import annotations

import csv
import gc
import time
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from io import BufferedReader, BytesIO, RawIOBase, StringIO, TextIOWrapper

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mturk_exodus.sources.delimited import CELL_LIMIT, Line, header_of, opened
from mturk_exodus.sources.files import FileRefused, SourceFile

RAW = (
    '"HITId","WorkerId","Answer.a","Answer.b","Approve","Reject"\r\n'
    '"3HIT1","AWORKER1","says ""yes"", twice","one"\r\n'
    '"3HIT1","AWORKER2","two\r\nlines","caf\u00e9 ""au lait"""\r\n'
    '"3HIT2","AWORKER3","\U0001f600","last"\r\n'
).encode()


def in_memory(data: bytes | str, name: str = "a.csv") -> SourceFile:
    content = data.encode() if isinstance(data, str) else data
    return SourceFile(name, lambda: BytesIO(content))


def sheet(
    data: bytes | str, delimiters: str = ",;\t"
) -> tuple[tuple[str, ...], list[tuple[int, list[str], bool]]]:
    with opened(in_memory(data), delimiters) as table:
        return table.columns, [(line.number, line.cells, line.cut_off) for line in table.lines()]


def cells(data: bytes | str) -> list[list[str]]:
    return [row for _, row, _ in sheet(data)[1]]


def cut(data: bytes | str) -> list[bool]:
    return [line[2] for line in sheet(data)[1]]


def test_rows_come_with_their_numbers() -> None:
    assert sheet("a,b\n1,2\n3,4\n") == (
        ("a", "b"),
        [(1, ["1", "2"], False), (2, ["3", "4"], False)],
    )


def test_a_line_is_a_line() -> None:
    with opened(in_memory("a\n1\n")) as table:
        (line,) = table.lines()
    assert isinstance(line, Line)
    assert (line.number, line.cells, line.cut_off) == (1, ["1"], False)


def test_a_raw_file_is_read_as_csv_reads_it() -> None:
    assert cells(RAW) == list(csv.reader(StringIO(RAW.decode(), newline="")))[1:]
    assert cut(RAW) == [False, False, False]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_the_one_that_the_heading_has_most_of(delimiter: str) -> None:
    assert sheet(f"a{delimiter}b\nx,y;z{delimiter}1\n")[0] == ("a", "b")


def test_a_delimiter_in_quotes_is_none() -> None:
    assert sheet('"a;b;c;d",e\n1,2\n')[0] == ("a;b;c;d", "e")


def test_the_first_delimiter_is_taken_where_the_heading_does_not_tell() -> None:
    assert sheet("a\n1;2\n", ",;")[1] == [(1, ["1;2"], False)]
    assert sheet("a\n1;2\n", ";,")[1] == [(1, ["1", "2"], False)]


def test_only_the_delimiters_asked_for_are_tried() -> None:
    assert sheet("a\tb\n", ",;")[0] == ("a\tb",)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_as_any_system_ends_them(end: str) -> None:
    text = end.join(["a,b", '1,"x', 'y"', "", "3,4", ""])
    assert cells(text) == [["1", f"x{end}y"], ["3", "4"]]


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("line", ["sep=;", '"sep=;"', "SEP=;", "sep=;,,"])
def test_excel_s_line_about_the_delimiter_is_no_heading(mark: str, line: str) -> None:
    text = f"{mark}{line}\r\na,b;c\r\n1;2\r\n"
    assert sheet(text) == (("a,b", "c"), [(1, ["1", "2"], False)])
    assert header_of(text) == ("a,b", "c")


def test_a_delimiter_that_is_not_asked_for_is_not_taken_from_excel_s_line() -> None:
    assert sheet("sep=|\na,b|c\n1,2\n")[0] == ("a", "b|c")


@pytest.mark.parametrize("marks", [1, 2])
def test_a_mark_of_the_encoding_is_not_in_the_first_name(marks: int) -> None:
    assert sheet("\ufeff" * marks + '"HITId","b"\n')[0] == ("HITId", "b")
    assert header_of("\ufeff" * marks + '"HITId","b"\n') == ("HITId", "b")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1"])
def test_text_is_read_in_its_encoding(encoding: str) -> None:
    assert sheet("Größe,b\n“é”,2\n".replace("“", '"').replace("”", '"').encode(encoding)) == (
        ("Größe", "b"),
        [(1, ["é", "2"], False)],
    )


def test_names_are_stripped_and_told_apart() -> None:
    assert sheet("a , a,a (2),,b,,a\n")[0] == ("a", "a (2)", "a (2) (2)", "", "b", "", "a (3)")


def test_cells_are_not_stripped() -> None:
    assert cells("a,b\n x ,\ty\n") == [[" x ", "\ty"]]


def test_rows_without_a_word_are_left_out() -> None:
    assert sheet("\n,,\na,b\n\n1,2\n,\n\n3,4\n\n")[1] == [
        (1, ["1", "2"], False),
        (2, ["3", "4"], False),
    ]


def test_a_row_that_repeats_the_heading_is_left_out() -> None:
    assert sheet('a,b\n1,2\n"a",b\n3,4\na,5\n')[1] == [
        (1, ["1", "2"], False),
        (2, ["3", "4"], False),
        (3, ["a", "5"], False),
    ]


def test_rows_may_be_longer_and_shorter_than_the_heading() -> None:
    assert cells("a,b\n1\n1,2,3\n1,2\n") == [["1"], ["1", "2", "3"], ["1", "2"]]


@pytest.mark.parametrize("text", ["a,b\n", "a,b", "a,b\r\n\r\n"])
def test_a_heading_alone_has_no_rows(text: str) -> None:
    assert sheet(text) == (("a", "b"), [])


@pytest.mark.parametrize("text", ["", "\ufeff", "\n\n", ",,\n", "sep=;\n"])
def test_what_has_no_heading_is_refused(text: str) -> None:
    with pytest.raises(FileRefused, match=r"^is empty$"):
        sheet(text)


@pytest.mark.parametrize("text", ['"a,b\n1,2\n', 'a,"b'])
def test_a_heading_without_an_end_is_refused(text: str) -> None:
    with pytest.raises(FileRefused, match=r"^ends inside its heading"):
        sheet(text)


@pytest.mark.parametrize("data", [b"a,b\n1,\x002\n", b"\0a,b\n", "a\n\0\n".encode("utf-16")])
def test_nuls_are_refused(data: bytes) -> None:
    with pytest.raises(FileRefused, match="NUL"):
        sheet(data)


def test_a_cell_of_40_megabytes_is_refused_and_its_row_named() -> None:
    huge = b'"' + b"x" * 40_000_000 + b'"'
    with pytest.raises(FileRefused, match=r"^row 2 has a cell of more than 33,554,432 characters$"):
        sheet(b"a,b\n1,2\n3," + huge + b"\n4,5\n")


def test_a_cell_of_30_megabytes_is_read() -> None:
    assert len(cells(b"a\n" + b"x" * 30_000_000 + b"\n")[0][0]) == 30_000_000


def test_a_line_that_does_not_end_is_refused_and_not_read_to_its_end() -> None:
    endless = Endless(b"a,b\n", b"1,2,3,4," * 8192)
    file = SourceFile("a.csv", lambda: BufferedReader(endless))
    contents = replace(in_memory("a,b\n").contents, size=10**12)
    file.__dict__ |= {"head": b"a,b\n", "contents": contents}
    with (
        opened(file) as table,
        pytest.raises(FileRefused, match=r"^row 1 is longer than 67,108,864"),
    ):
        list(table.lines())
    assert endless.given < 70_000_000


def test_a_row_of_ever_more_cells_is_refused() -> None:
    cell = b'"' + (b"x" * 999 + b"\n") * 16_000 + b'",'
    with pytest.raises(FileRefused, match=r"^row 1 is longer than"):
        sheet(b"a,b\n" + cell * 5)


def test_the_limit_of_a_row_is_each_row_s_own() -> None:
    row = b"x" * 30_000_000 + b"\n"
    assert [len(row[0]) for row in cells(b"a\n" + row * 3)] == [30_000_000] * 3


def test_csv_s_limit_is_only_ever_set_to_ours() -> None:
    sheet("a\n1\n")
    assert csv.field_size_limit() == CELL_LIMIT


def test_a_file_that_ends_in_a_quotation_is_cut_off() -> None:
    assert sheet('a,b\n1,2\n3,"fo')[1] == [(1, ["1", "2"], False), (2, ["3", "fo"], True)]


def test_a_quotation_may_be_cut_off_at_the_end_of_a_line() -> None:
    assert sheet('a,b\n1,"fo\n')[1] == [(1, ["1", "fo\n"], True)]


@pytest.mark.parametrize("rest", ['"', ',"', 'a,"b'])
def test_a_row_that_was_cut_off_before_it_said_a_new_word_is_told(rest: str) -> None:
    assert cut(f"a,b\n1,2\n{rest}") == [False, True]


def test_a_stray_quote_that_swallows_the_rest_is_told() -> None:
    assert sheet('a,b\n1,2\n3,"x\n4,5\n6,7\n')[1][1] == (2, ["3", "x\n4,5\n6,7\n"], True)


@pytest.mark.parametrize("last", ['3,4"', '3,4" inch', '3,""4"', '3,"4"5"'])
def test_a_stray_quote_inside_a_cell_is_no_cut(last: str) -> None:
    assert cut(f"a,b\n1,2\n{last}") == [False, False]
    assert cut(f'a,b\n1",2\n{last}\n') == [False, False]


def test_a_last_row_that_is_shorter_than_all_others_is_cut_off() -> None:
    assert cut("a,b,c\n1,2,3\n1,2,3\n1,2") == [False, False, True]


def test_a_last_row_as_short_as_others_is_whole() -> None:
    assert cut("a,b,c\n1,2\n1,2,3\n1,2") == [False, False, False]


def test_a_short_last_row_with_the_end_of_its_line_is_whole() -> None:
    assert cut("a,b,c\n1,2,3\n1,2\n") == [False, False]


def test_a_file_need_not_end_with_the_end_of_a_line() -> None:
    assert cut("a,b,c\n1,2,3\n1,2,3") == [False, False]


def test_a_row_alone_is_measured_by_the_heading() -> None:
    assert cut("a,b,c\n1,2") == [True]
    assert cut("a,Approve,Reject\n1") == [False]
    assert cut("a,b,Approve,Reject\n1") == [True]


def test_a_file_that_ends_in_a_character_is_cut_off() -> None:
    assert sheet("a,b\né,2\n3,é".encode()[:-1])[1] == [
        (1, ["é", "2"], False),
        (2, ["3", "\ufffd"], True),
    ]


def told_or_harmless(whole: list[list[str]], found: list[tuple[int, list[str], bool]]) -> None:
    """What holds of a raw file that is cut off anywhere.

    Rows before the last are exact. The last is exact, or told to be cut off, or lacks nothing but
    the end of its last cell.
    """
    assert [number for number, _, _ in found] == list(range(1, len(found) + 1))
    assert [row for _, row, _ in found[:-1]] == whole[: max(len(found) - 1, 0)]
    assert not any(told for _, _, told in found[:-1])
    for _, row, told in found[-1:]:
        if not told:
            true = whole[len(found) - 1]
            assert row[:-1] == true[:-1]
            assert len(row) == len(true)
            assert true[-1].startswith(row[-1])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_wherever_a_raw_file_is_cut_off_no_wrong_row_goes_untold(encoding: str) -> None:
    data = RAW.decode().encode(encoding)
    heading = RAW.decode().split("\r\n")[0].encode(encoding)
    whole = cells(data)
    for end in range(len(heading), len(data)):
        told_or_harmless(whole, sheet(data[:end])[1])


def test_a_raw_file_cut_off_in_its_heading_has_no_rows() -> None:
    for end in range(RAW.index(b"\r\n") + 1):
        with suppress(FileRefused):
            assert sheet(RAW[:end])[1] == []


def test_most_places_where_a_raw_file_may_be_cut_off_are_told() -> None:
    whole = cells(RAW)
    untold = []
    for end in range(RAW.index(b"\r\n") + 2, len(RAW)):
        for number, row, told in sheet(RAW[:end])[1][-1:]:
            if not told and row != whole[number - 1]:
                untold.append(RAW[:end][-12:])
    # After the delimiter before each last cell, and between two quotes in one.
    assert len(untold) == 3 + 2


QUOTED = st.lists(
    st.lists(st.text("ab,;\"\r\n é'", max_size=4), min_size=3, max_size=3).filter(any),
    min_size=1,
    max_size=5,
)


def as_raw(rows: list[list[str]]) -> str:
    text = StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([["h1", "h2", "h3"], *rows])
    return text.getvalue()


@given(QUOTED, st.data())
def test_any_raw_file_may_be_cut_off_anywhere(rows: list[list[str]], data: st.DataObject) -> None:
    content = as_raw(rows).encode()
    end = data.draw(st.integers(len('"h1","h2","h3"'), len(content)))
    told_or_harmless(rows, sheet(content[:end])[1])


@given(QUOTED)
def test_any_raw_file_is_read_as_it_was_written(rows: list[list[str]]) -> None:
    assert sheet(as_raw(rows)) == (
        ("h1", "h2", "h3"),
        [(number, row, False) for number, row in enumerate(rows, 1)],
    )


@given(st.text('ab,;\t"\r\n', max_size=30))
def test_any_text_is_read_as_csv_reads_it(text: str) -> None:
    heading, *rows = csv.reader(StringIO(f"x1,x2\n{text}", newline=""))
    found = sheet(f"x1,x2\n{text}")[1]
    # A quotation that has just begun says nothing, but it is told.
    told = [row for _, row, told in found if any(row) or not told]
    assert told == [row for row in rows if any(row) and row != heading]


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    header_of(in_memory(data).start)
    with suppress(FileRefused):
        sheet(data)


def test_a_head_s_first_row_is_its_header() -> None:
    assert header_of('"a ","b\nc"\n1,2\n') == ("a", "b\nc")
    assert header_of("\n\na;b\n") == ("a", "b")
    assert header_of("a,a") == ("a", "a (2)")
    assert header_of("a;b,c", ",") == ("a;b", "c")


@pytest.mark.parametrize(
    "start", ["", "\n", '{"a": 1, "b": 2}', "\ufeff <html>,", "[1,2]", "PK\x03\x04,", "a\0,b"]
)
def test_what_is_no_table_has_no_header(start: str) -> None:
    assert header_of(start) == ()


def test_a_head_s_header_is_what_the_file_s_columns_are() -> None:
    assert header_of(in_memory(RAW).start) == sheet(RAW)[0]


def test_looking_for_a_header_takes_no_time_however_long_the_first_line_is() -> None:
    begin = time.process_time()
    for _ in range(20):
        header_of("x" * 65_536)
    assert time.process_time() - begin < 1


def test_memory_stays_flat() -> None:
    row = ('"' + "x" * 1000 + '",2\r\n').encode()
    file = SourceFile("a.csv", lambda: BufferedReader(Endless(b"a,b\r\n", row, times=20_000)))
    _ = file.contents
    gc.collect()
    tracemalloc.start()
    with opened(file) as table:
        assert sum(1 for _ in table.lines()) == 20_000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000


def test_the_overhead_over_plain_csv_is_small() -> None:
    data = b"HITId,b,c\n" + b"abc,de,f\n" * 50_000
    file = in_memory(data)
    _ = file.contents

    def plain() -> int:
        return sum(1 for _ in csv.reader(TextIOWrapper(BytesIO(data), "utf-8", newline="")))

    def ours() -> int:
        with opened(file) as table:
            return sum(1 for _ in table.lines())

    # 0.5 us a row on a quiet machine, with rows of 0.3 us; rows of the requester site take 5.7.
    assert _least_time(ours) < 8 * _least_time(plain)


def _least_time(work: Callable[[], int]) -> float:
    times = []
    for _ in range(5):
        begin = time.process_time()
        work()
        times.append(time.process_time() - begin)
    return min(times)


class Endless(RawIOBase):
    """A beginning, and then a block again and again."""

    def __init__(self, head: bytes, block: bytes, times: int = 1_000_000) -> None:
        super().__init__()
        self._next = head
        self._block = block
        self._times = times
        self.given = 0

    def readable(self) -> bool:
        """It is for reading."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override] # all that readers give
        """As much as there is room for."""
        if not self._next and self._times:
            self._times -= 1
            self._next = self._block
        taken = self._next[: len(buffer)]
        self._next = self._next[len(taken) :]
        buffer[: len(taken)] = taken
        self.given += len(taken)
        return len(taken)
