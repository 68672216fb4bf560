"""The file of bonuses: what is read, and all that is not guessed."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from mturk_exodus.errors import BonusesUnreadable
from mturk_exodus.replay.bonus_file import Wanted, read


def written(folder: Path, content: bytes) -> Path:
    path = folder / "bonuses.csv"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    "start",
    [b"", b"id,amount,reason\r\n", b"ID, Amount\n", b"\xef\xbb\xbfid,amount,reason\n", b"\n,,\n"],
    ids=["none", "a heading", "a short one", "a mark before it", "empty lines"],
)
def test_lines_are_read_with_or_without_a_heading(tmp_path: Path, start: bytes) -> None:
    path = written(tmp_path, start + b'3WORK, 1.5 ,"well,\nvery well"\n3WORK2,30\n')
    first, second = read(path)
    assert (first.name, first.amount, first.reason) == (
        "3WORK",
        Decimal("1.50"),
        "well,\nvery well",
    )
    assert second == Wanted(second.number, "3WORK2", Decimal(30), "")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("x", "line 1 has not two or three cells"),
        ("x,1.50,a,b", "line 1 has not two or three cells"),
        ("x;1.50", "line 1 has not two or three cells"),
        ("x,150.0.0", "line 1 has no amount"),
        ("x,$1.50", "line 1 has no amount"),
        ("x,-1.50", "line 1 has no amount"),
        ("x,0", "line 1 has no amount"),
        ("x,0.00", "line 1 has no amount"),
        ("x,1.505", "line 1 has no amount"),
        ("x,.5", "line 1 has no amount"),
        ("x,NaN", "line 1 has no amount"),
        ("x,1e3", "line 1 has no amount"),
        ("x,12345678", "line 1 has no amount"),
        ("x,\N{FULLWIDTH DIGIT ONE}", "line 1 has no amount"),
        ("id,amount\nid,amount", "line 2 has no amount"),
        ("=cmd,1.50", "line 1 does not begin with an id"),
        ("x,1.50\nx,1.5", "line 2 says what line 1 says"),
        ('x,1.50,"a', "is no CSV"),
        ("x,1.50," + "a" * 1_001, "line 1 has a reason of more than 1,000"),
        ("x,1.50," + "a" * 10_001, "too large"),
        ("x,1.50,\x00", "line 1"),
        ("", "holds no bonus"),
        ("id,amount,reason\n", "holds no bonus"),
        ("x,1,50", "line 1 has a mere number as the reason"),
        ("x,1.50,a\ny,1,000", "line 2 has a mere number as the reason"),
        ("x,1, 50.00 ", "line 1 has a mere number as the reason"),
        ('x,1,"000,50"', "line 1 has a mere number as the reason"),
    ],
    ids=range(27),
)
def test_what_could_be_read_in_two_ways_is_refused(tmp_path: Path, content: str, said: str) -> None:
    path = written(tmp_path, content.encode())
    with pytest.raises(BonusesUnreadable, match=said):
        read(path)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BonusesUnreadable, match="not text in UTF-8"):
        read(written(tmp_path, b"\xff\xfe\x00"))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(BonusesUnreadable, match="cannot be read"):
            read(path)


def test_a_file_that_is_one_endless_line_is_not_read_to_its_end() -> None:
    with pytest.raises(BonusesUnreadable, match="too large"):
        read(Path("/dev/zero"))


def test_a_file_of_more_lines_than_anybody_pays_is_refused(tmp_path: Path) -> None:
    content = "".join(f"x{number},1\n" for number in range(100_001))
    with pytest.raises(BonusesUnreadable, match="too large"):
        read(written(tmp_path, content.encode()))
