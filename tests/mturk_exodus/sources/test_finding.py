"""What lies in folders, zips and gzips, and what of it can be looked at."""

from __future__ import annotations

import gzip
import os
import socket
import stat
import zlib
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import pytest

from mturk_exodus.errors import SourceFileNotFound
from mturk_exodus.sources.files import FileRefused, SourceFile
from mturk_exodus.sources.finding import Unreadable, find
from mturk_exodus.sources.packed import Limits, Shelf, gunzipped
from mturk_exodus.sources.zips import Zip


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names are as they are typed: short ones, from here."""
    monkeypatch.chdir(tmp_path)


def put(*names: str, content: bytes | None = None) -> None:
    """Files, each with its own name in it unless something else is said."""
    for name in names:
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode() if content is None else content)


def put_zip(name: str, members: dict[str, bytes], method: int = ZIP_DEFLATED) -> None:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    with ZipFile(name, "w", method) as archive:
        for member, content in members.items():
            archive.writestr(ZipInfo(member), content, method)


def names(*paths: str) -> list[str]:
    return [found.name for found in find(paths)]


def files(*paths: str) -> list[SourceFile]:
    return [found for found in find(paths) if isinstance(found, SourceFile)]


def file(*paths: str) -> SourceFile:
    (found,) = find(paths)
    assert isinstance(found, SourceFile)
    return found


def unreadable(*paths: str) -> list[Unreadable]:
    return [found for found in find(paths) if isinstance(found, Unreadable)]


def reason(*paths: str) -> str:
    (found,) = find(paths)
    assert isinstance(found, Unreadable)
    return found.reason


def content(found: SourceFile) -> bytes:
    with found.open() as stream:
        return stream.read()


def read(found: SourceFile) -> str:
    with found.text() as stream:
        return stream.read()


def test_a_file_is_named_as_it_was_typed() -> None:
    put("results/a.csv")
    found = file("results/a.csv")
    assert found.name == "results/a.csv"
    assert found.local_path == Path("results/a.csv")
    assert content(found) == b"results/a.csv"


def test_an_absolute_path_stays_one(tmp_path: Path) -> None:
    put("results/a.csv")
    assert names(str(tmp_path / "results")) == [(tmp_path / "results/a.csv").as_posix()]
    assert names(str(tmp_path / "results/a.csv")) == [(tmp_path / "results/a.csv").as_posix()]


@pytest.mark.parametrize("typed", ["results", "results/", "./results", "./results//"])
def test_a_folder_s_files_are_named_after_it(typed: str) -> None:
    put("results/b/c.csv", "results/a.csv", "results/b.csv")
    assert names(typed) == ["results/a.csv", "results/b/c.csv", "results/b.csv"]


def test_the_folder_that_one_is_in_needs_no_name(monkeypatch: pytest.MonkeyPatch) -> None:
    put("a.csv", "b/c.csv")
    assert names(".") == ["a.csv", "b/c.csv"]
    monkeypatch.chdir("b")
    assert names("..") == ["../a.csv", "../b/c.csv"]


def test_an_empty_folder_has_nothing() -> None:
    Path("results/empty").mkdir(parents=True)
    assert names("results") == []


def test_what_is_named_twice_is_found_once() -> None:
    put("results/a.csv", "results/b.csv")
    assert names("results/b.csv", "results", "./results", "results/a.csv") == [
        "results/b.csv",
        "results/a.csv",
    ]


@pytest.mark.parametrize("missing", ["gone.csv", "gone/", "", "*.tsv", "a.csv/", "a.csv/b"])
def test_a_path_that_leads_to_nothing_is_told_before_anything_is_found(missing: str) -> None:
    put("a.csv")
    with pytest.raises(SourceFileNotFound, match="no such file or folder"):
        find(["a.csv", missing])


def test_patterns_are_expanded_where_no_shell_did_it() -> None:
    put("a/1.csv", "a/2.csv", "a/3.txt", "b/1.csv", "b/c/4.csv")
    assert names("a/*.csv") == ["a/1.csv", "a/2.csv"]
    assert names("?/1.csv") == ["a/1.csv", "b/1.csv"]
    assert names("a/[13].*") == ["a/1.csv", "a/3.txt"]
    assert names("b/**/*.csv") == ["b/1.csv", "b/c/4.csv"]
    assert names("b/**") == ["b/1.csv", "b/c/4.csv"]


def test_a_file_may_be_named_like_a_pattern() -> None:
    put("a[1].csv", "a1.csv")
    assert names("a[1].csv") == ["a[1].csv"]


def test_what_systems_leave_behind_is_left_out_and_told() -> None:
    put("r/.DS_Store", "r/Thumbs.db", "r/desktop.ini", "r/._a.csv", "r/~$a.xlsx", "r/a.csv")
    put("r/__MACOSX/b.csv", "r/.git/c.csv", "r/.hidden/d.csv", "r/.~lock.a.csv#")
    left_out: list[str] = []
    assert [found.name for found in find(["r"], left_out.append)] == ["r/a.csv"]
    assert sorted(left_out) == sorted(
        f"r/{name}"
        for name in os.listdir("r")  # noqa: PTH208 - names alone
        if name != "a.csv"
    )


def test_what_is_typed_is_not_left_out() -> None:
    put(".hidden/a.csv")
    assert names(".hidden") == [".hidden/a.csv"]
    assert names(".hidden/a.csv") == [".hidden/a.csv"]


def test_a_pattern_does_not_mean_what_systems_leave_behind() -> None:
    put("~$a.csv", "a.csv")
    assert names("*.csv") == ["a.csv"]


def test_links_are_followed() -> None:
    put("real/a.csv", "r/b.csv")
    Path("r/file.csv").symlink_to("../real/a.csv")
    Path("r/folder").symlink_to("../real")
    assert names("r") == ["r/b.csv", "r/file.csv", "r/folder/a.csv"]
    assert content(files("r")[1]) == b"real/a.csv"


def test_no_folder_is_visited_twice() -> None:
    put("r/a.csv", "r/b/c.csv")
    Path("r/b/up").symlink_to("..")
    Path("r/z").symlink_to("b")
    Path("r/self").symlink_to(".")
    assert names("r") == ["r/a.csv", "r/b/c.csv"]


def test_links_that_lead_nowhere_or_in_a_circle_are_told() -> None:
    put("r/a.csv")
    Path("r/broken").symlink_to("gone")
    Path("r/circle").symlink_to("circle")
    nowhere = "is a link that leads to no file"
    assert unreadable("r") == [Unreadable("r/broken", nowhere), Unreadable("r/circle", nowhere)]
    assert reason("r/broken") == nowhere
    assert reason("r/circle") == nowhere


def test_what_is_no_file_is_never_opened() -> None:
    Path("r").mkdir()
    os.mkfifo("r/fifo.csv")
    os.mkfifo("r/fifo.zip")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("r/socket.csv")
        assert {found.reason for found in unreadable("r", "/dev/null", "r/fifo.csv")} == {
            "is no file: a device, a pipe or a socket, or gone"
        }
        assert names("r", "/dev/null") == ["r/fifo.csv", "r/fifo.zip", "r/socket.csv", "/dev/null"]


def test_what_may_not_be_read_is_told() -> None:
    """Whoever is root may read everything."""
    put("r/a.csv", "r/b/c.csv", "r/d.csv")
    Path("r/a.csv").chmod(0)
    Path("r/b").chmod(0)
    denied = "cannot be read: Permission denied"
    try:
        closed = [Unreadable("r/a.csv", denied), Unreadable("r/b", denied)]
        assert unreadable("r") == ([] if os.geteuid() == 0 else closed)
        assert len(files("r")) == (3 if os.geteuid() == 0 else 1)
    finally:
        Path("r/b").chmod(stat.S_IRWXU)


def test_a_file_that_may_not_be_read_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    put("a.csv")
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert reason("a.csv") == "cannot be read: Permission denied"


def test_a_folder_that_may_not_be_read_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    put("r/a/b.csv", "r/c.csv")
    scandir = os.scandir

    def guarded(path: str) -> object:
        if path == "r/a":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", guarded)
    assert next(find(["r"])) == Unreadable("r/a", "cannot be read: Permission denied")
    assert names("r") == ["r/a", "r/c.csv"]


def test_folders_may_lie_in_each_other_without_end(tmp_path: Path) -> None:
    depth = 1500
    for _ in range(depth):
        Path("d").mkdir()
        os.chdir("d")
    put("a.csv")
    os.chdir(tmp_path)
    try:
        assert names("d") == ["d/" * depth + "a.csv"]
    finally:
        _remove(depth)


def _remove(depth: int) -> None:
    """Too deep for whoever tidies up after the tests."""
    os.chdir("d/" * depth)
    Path("a.csv").unlink()
    for _ in range(depth):
        os.chdir("..")
        Path("d").rmdir()


def test_names_that_are_no_text_are_shown_as_text() -> None:
    put("r/tab\there\x1b[31m.csv", content=b"1")
    Path(os.fsdecode(b"r/caf\xe9.csv")).write_bytes(b"2")
    found = files("r")
    assert [one.name for one in found] == ["r/caf\ufffd.csv", "r/tab\ufffdhere\ufffd[31m.csv"]
    assert [content(one) for one in found] == [b"2", b"1"]
    beside = found[1].sibling("caf\ufffd.csv")
    assert beside is not None
    assert content(beside) == b"2"
    assert names(os.fsdecode(b"r/caf\xe9.csv")) == ["r/caf\ufffd.csv"]


def test_a_folder_of_10_000_files_is_listed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    put("r/a")
    for number in range(9_999):
        Path(f"r/{number}.input").touch()
    listed = _listing(monkeypatch)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", lambda *_: pytest.fail("a file was opened"))
        found = [one.sibling("a") for one in find(["r"]) if isinstance(one, SourceFile)]
    assert len(found) == 10_000
    assert all(found)
    assert listed == ["r"]


def _listing(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which folders are listed from now on."""
    listed: list[str] = []
    scandir = os.scandir

    def noted(path: str) -> object:
        listed.append(path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", noted)
    return listed


def test_files_typed_one_by_one_have_their_folder_listed_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for number in range(100):
        put(f"r/{number}.csv")
    listed = _listing(monkeypatch)
    found = files(*(f"r/{number}.csv" for number in range(100)))
    assert listed == []
    assert all(len(one.siblings()) == 100 for one in found)
    assert listed == ["r"]


def test_neighbours_are_the_files_of_the_same_folder() -> None:
    put("r/b.csv", "r/a.csv", "r/.DS_Store", "r/c/d.csv", "r/e.7z")
    put("r/f.csv.gz", content=gzip.compress(b"packed"))
    put_zip("r/g.zip", {"h.csv": b""})
    os.mkfifo("r/fifo")
    for found in (files("r/b.csv")[0], files("r")[0]):
        assert found.siblings() == ["a.csv", "b.csv", "f.csv"]
        assert found.sibling("e.7z") is None
        beside = found.sibling("f.csv")
        assert beside is not None
        assert content(beside) == b"packed"


def test_a_neighbour_that_lies_there_unpacked_too_is_that_one() -> None:
    put("r/a.csv.gz", content=gzip.compress(b"packed"))
    put("r/a.csv", "r/b.csv", content=b"plain")
    beside = files("r/b.csv")[0].sibling("a.csv")
    assert beside is not None
    assert content(beside) == b"plain"


def test_a_gzip_is_the_file_in_it() -> None:
    put("r/a.CSV.gz", content=gzip.compress("é\n".encode()) + gzip.compress(b"more\n"))
    found = file("r")
    assert found.name == "r/a.CSV.gz/a.CSV"
    assert found.local_path is None
    assert read(found) == "é\nmore\n"
    assert found.siblings() == ["a.CSV"]


def test_a_gzip_that_is_cut_off_is_refused() -> None:
    packed = gzip.compress(os.urandom(1000))
    for end in (5, 500, len(packed) - 4):
        put("a.gz", content=packed[:end])
        with pytest.raises(FileRefused, match="cut off"):
            _ = file("a.gz").contents


@pytest.mark.parametrize(
    "packed",
    [
        gzip.compress(b"x" * 1000)[:-8] + b"\0" * 8,
        gzip.compress(b"x" * 1000)[:10] + b"\xff" * 50,
        b"no gzip at all",
        gzip.compress(b"x") + b"and more",
    ],
    ids=["wrong sum", "no deflate", "no gzip", "more behind it"],
)
def test_a_gzip_that_is_damaged_is_refused(packed: bytes) -> None:
    put("a.gz", content=packed)
    with pytest.raises(FileRefused, match="damaged"):
        _ = file("a.gz").contents


def test_the_files_of_a_zip_are_named_after_it() -> None:
    put_zip("r/a.zip", {"z.csv": b"1", "b/c.csv": b"2", "b\\d.csv": b"3", "e/": b""})
    put("r/b.csv")
    assert names("r") == ["r/a.zip/b/c.csv", "r/a.zip/b/d.csv", "r/a.zip/z.csv", "r/b.csv"]
    assert [content(found) for found in files("r/a.zip")] == [b"2", b"3", b"1"]
    assert all(found.local_path is None for found in files("r/a.zip"))


def test_neighbours_in_a_zip_are_those_of_the_same_folder_in_it() -> None:
    members = {"b/x.csv": b"1", "b/y.csv": b"2", "z.csv": b"3", "b/.DS_Store": b"", "b/n.zip": b""}
    put_zip("a.zip", members)
    found = files("a.zip")[0]
    assert found.siblings() == ["x.csv", "y.csv"]
    beside = found.sibling("y.csv")
    assert beside is not None
    assert (beside.name, content(beside)) == ("a.zip/b/y.csv", b"2")
    assert found.sibling("z.csv") is None


def test_a_gzip_in_a_zip_is_the_file_in_it() -> None:
    put_zip("a.zip", {"b/c.csv.gz": gzip.compress(b"packed"), "b/d.csv": b""})
    found = files("a.zip")[0]
    assert (found.name, content(found)) == ("a.zip/b/c.csv.gz/c.csv", b"packed")
    assert found.siblings() == ["c.csv", "d.csv"]


@pytest.mark.parametrize(
    "name", ["../a.csv", "b/../../a.csv", "/etc/a.csv", "C:\\a.csv", "c:/a.csv", "..\\a.csv", ".."]
)
def test_names_that_lead_out_of_a_zip_are_told(name: str) -> None:
    put_zip("a.zip", {name: b"1", "good.csv": b"2"})
    (bad,) = unreadable("a.zip")
    assert bad.reason == "has a name that leads out of the zip"
    assert bad.name.startswith("a.zip/")
    assert [content(found) for found in files("a.zip")] == [b"2"]


def test_a_zip_in_a_zip_is_told() -> None:
    put_zip("inner.zip", {"a.csv": b"1"})
    put_zip("a.zip", {"b/inner.ZIP": Path("inner.zip").read_bytes()})
    assert list(find(["a.zip"])) == [
        Unreadable("a.zip/b/inner.ZIP", "is a zip inside a zip: unpack it first")
    ]


@pytest.mark.parametrize("name", ["a.tar.gz", "a.tgz", "a.tar", "a.csv.bz2", "a.7z", "a.rar"])
def test_what_is_packed_otherwise_is_told(name: str) -> None:
    put(name)
    put_zip("a.zip", {name: b"1"})
    otherwise = "is packed in a way that is not known here: unpack it first"
    assert reason(name) == reason("a.zip") == otherwise


def test_what_systems_leave_behind_in_a_zip_is_left_out_and_told() -> None:
    put_zip("a.zip", {"__MACOSX/._b.csv": b"", ".git/c": b"", ".DS_Store": b"", "b.csv": b""})
    left_out: list[str] = []
    assert [found.name for found in find(["a.zip"], left_out.append)] == ["a.zip/b.csv"]
    assert left_out == ["a.zip/.DS_Store", "a.zip/.git/c", "a.zip/__MACOSX/._b.csv"]


def test_a_link_in_a_zip_is_told() -> None:
    link = ZipInfo("link.csv")
    link.create_system = 3
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with ZipFile("a.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    assert reason("a.zip") == "is a link"


@pytest.mark.parametrize(
    "damaged", [b"", b"no zip", b"PK\x05\x06" + b"\xff" * 18, b"PK\x03\x04" + b"x" * 100]
)
def test_a_zip_that_is_none_is_told(damaged: bytes) -> None:
    put("a.zip", content=damaged)
    assert list(find(["a.zip"])) == [Unreadable("a.zip", "is damaged, or no zip")]


def test_a_zip_that_is_cut_off_is_told() -> None:
    put_zip("a.zip", {"b.csv": b"1" * 1000})
    put("a.zip", content=Path("a.zip").read_bytes()[:-5])
    assert reason("a.zip") == "is damaged, or no zip"


DIRECTORY = b"PK\x01\x02"


def patched(name: str, offset: int, value: bytes) -> None:
    """Change the one entry of a zip's directory."""
    data = bytearray(Path(name).read_bytes())
    at = data.index(DIRECTORY) + offset
    data[at : at + len(value)] = value
    Path(name).write_bytes(data)


def test_a_member_that_is_encrypted_is_told() -> None:
    put_zip("a.zip", {"b.csv": b"1"})
    patched("a.zip", 8, b"\x01\x00")
    assert list(find(["a.zip"])) == [Unreadable("a.zip/b.csv", "is encrypted: unpack it first")]


def test_a_member_that_is_packed_otherwise_is_told() -> None:
    put_zip("a.zip", {"b.csv": b"1"})
    patched("a.zip", 10, b"\x09\x00")
    assert reason("a.zip").startswith("is packed in a way that is not known here")


def test_a_member_with_a_wrong_checksum_is_refused() -> None:
    put_zip("a.zip", {"b.csv": b"1" * 1000})
    patched("a.zip", 16, b"\x01\x02\x03\x04")
    with pytest.raises(FileRefused, match="damaged"):
        _ = file("a.zip").contents


@pytest.mark.parametrize("method", [ZIP_STORED, ZIP_DEFLATED])
def test_a_member_with_a_changed_byte_is_refused(method: int) -> None:
    put_zip("a.zip", {"b.csv": os.urandom(1000)}, method)
    data = bytearray(Path("a.zip").read_bytes())
    data[500] ^= 1
    Path("a.zip").write_bytes(data)
    with pytest.raises(FileRefused, match="damaged"):
        _ = file("a.zip").contents


@pytest.mark.parametrize("declared", [10, 999, 1001, 5000])
def test_a_member_that_is_not_as_long_as_its_zip_says_is_refused(declared: int) -> None:
    data = b"x" * 1000
    put_zip("a.zip", {"b.csv": data})
    patched("a.zip", 24, declared.to_bytes(4, "little"))
    patched("a.zip", 16, zlib.crc32(data[:declared]).to_bytes(4, "little"))
    with pytest.raises(FileRefused, match="damaged"):
        _ = file("a.zip").contents


def test_a_member_that_is_not_where_its_zip_says_is_refused() -> None:
    put_zip("a.zip", {"b.csv": b"x" * 1000})
    patched("a.zip", 42, b"\x05\0\0\0")
    with pytest.raises(FileRefused, match="damaged"):
        _ = file("a.zip").contents


def test_members_that_lie_in_each_other_are_a_bomb() -> None:
    """Forty entries of the directory for the same bytes."""
    put_zip("a.zip", {"b.csv": os.urandom(1000)})
    data = Path("a.zip").read_bytes()
    at, end = data.index(DIRECTORY), data.index(b"PK\x05\x06")
    entries = data[at:end] * 40
    tail = bytearray(data[end:])
    tail[8:12] = b"\x28\0\x28\0"
    tail[12:16] = len(entries).to_bytes(4, "little")
    put("a.zip", content=data[:at] + entries + bytes(tail))
    assert reason("a.zip") == "is a bomb: the files in it lie in each other"


SMALL = Limits(size=100_000, ratio=200)


def zipped(size: int, filling: Callable[[int], bytes]) -> SourceFile:
    put_zip("a.zip", {"b.csv": filling(size)})
    (found,) = Zip(Path("a.zip"), "a.zip", Shelf(), SMALL).members(lambda _: None)
    assert isinstance(found, SourceFile)
    return found


def gzipped(size: int, filling: Callable[[int], bytes]) -> SourceFile:
    packed = gzip.compress(filling(size))
    return SourceFile("b.csv", lambda: gunzipped(BytesIO(packed), len(packed), SMALL))


@pytest.mark.parametrize("packing", [zipped, gzipped])
def test_a_bomb_is_refused_while_it_is_read(
    packing: Callable[[int, Callable[[int], bytes]], SourceFile],
) -> None:
    bomb = packing(1_000_000, bytes)
    assert len(bomb.head) == 65_536
    with pytest.raises(FileRefused, match=r"^unpacks to more than \d{3},\d{3} bytes"):
        _ = bomb.contents


@pytest.mark.parametrize("packing", [zipped, gzipped])
def test_a_large_file_that_shrinks_as_texts_do_is_no_bomb(
    packing: Callable[[int, Callable[[int], bytes]], SourceFile],
) -> None:
    assert packing(1_000_000, os.urandom).contents.size == 1_000_000


@pytest.mark.parametrize("packing", [zipped, gzipped])
def test_a_small_file_may_shrink_as_far_as_it_can(
    packing: Callable[[int, Callable[[int], bytes]], SourceFile],
) -> None:
    assert packing(100_000, bytes).contents.size == 100_000


def test_a_bomb_is_known_by_a_gigabyte_and_two_hundred_times() -> None:
    assert Limits() == Limits(size=1024**3, ratio=200)


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="open files are counted in /proc")
def test_many_zips_at_hand_are_few_open_files() -> None:
    for number in range(40):
        put_zip(f"r/{number}.zip", {"a.csv": str(number).encode()})
    before = len(list(Path("/proc/self/fd").iterdir()))
    found = files("r")
    assert sorted(int(content(one)) for one in found) == list(range(40))
    assert len(list(Path("/proc/self/fd").iterdir())) <= before + 8


def test_a_zip_that_is_put_back_is_read_to_its_end() -> None:
    for number in range(40):
        put_zip(f"r/{number}.zip", {"a.csv": os.urandom(200_000)})
    found = files("r")
    with found[0].open() as stream:
        begin = stream.read(10)
        for other in found[1:]:
            _ = other.head
        assert len(begin + stream.read()) == 200_000


def test_a_zip_that_is_gone_when_it_is_read_is_refused() -> None:
    put_zip("a.zip", {"b.csv": b"1"})
    shelf = Shelf()
    (found,) = Zip(Path("a.zip"), "a.zip", shelf).members(lambda _: None)
    assert isinstance(found, SourceFile)
    shelf.__init__()  # type: ignore[misc]  # everything is put back
    Path("a.zip").unlink()
    with pytest.raises(FileRefused, match="cannot be read: No such file"):
        _ = found.contents


def lines(found: SourceFile) -> Iterator[str]:
    with found.text() as stream:
        yield from stream


def test_packed_texts_are_read_line_by_line() -> None:
    words = "".join(f"{number},é\r\n" for number in range(20_000)).encode()
    put_zip("r/a.zip", {"b.csv": words})
    put("r/c.csv.gz", content=gzip.compress(words))
    for found in files("r"):
        assert sum(1 for _ in lines(found)) == 20_000
