"""One token, one participant: whoever comes, however often, from however many tabs."""

from __future__ import annotations

import sqlite3
import stat
import threading
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from mturk_exodus.bridge import MOST_IN_ALL, MOST_OF_ONE, Bridge, Redemption
from mturk_exodus.errors import BridgeError, OutputFailed
from tests.mturk_exodus.bridge.support import KEY, NOON, ONE, TWO, WORKERS, built, later, token

WRONG = "0" * 20


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "mturk.db.bridge"


@pytest.fixture
def bridge(path: Path) -> Bridge:
    return built(path)


def test_a_token_is_redeemed_once_and_again_by_the_same_is_harmless(bridge: Bridge) -> None:
    assert bridge.redeem(token(), ONE, "prolific", NOON) is Redemption.REDEEMED
    assert bridge.redeem(token(), ONE, "prolific", later(hours=5)) is Redemption.AGAIN
    ((digest, known),) = bridge.redeemed().items()
    assert digest == bridge.digest(token())
    assert known == (ONE, "prolific", "2026-09-01T12:00:00.000Z")
    assert bridge.counts() == (len(WORKERS), 1)


def test_another_participant_is_refused(bridge: Bridge) -> None:
    bridge.redeem(token(), ONE, "prolific", NOON)
    assert bridge.redeem(token(), TWO, "prolific", NOON) is Redemption.TAKEN
    assert [known.participant_id for known in bridge.redeemed().values()] == [ONE]


def test_a_participant_is_one_worker(bridge: Bridge) -> None:
    bridge.redeem(token(), ONE, "prolific", NOON)
    assert bridge.redeem(token(WORKERS[1]), ONE, "prolific", NOON) is Redemption.HAS_ANOTHER
    assert bridge.redeem(token(WORKERS[1]), TWO, "prolific", NOON) is Redemption.REDEEMED


def test_many_tabs_of_many_people_are_one_redemption(bridge: Bridge) -> None:
    got: list[Redemption] = []
    barrier = threading.Barrier(8)

    def come(participant: str) -> None:
        barrier.wait()
        got.append(bridge.redeem(token(), participant, "prolific", NOON))

    threads = [threading.Thread(target=come, args=(one,)) for one in (ONE, TWO) * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(got) == {Redemption.REDEEMED: 1, Redemption.AGAIN: 3, Redemption.TAKEN: 4}


def test_who_guesses_waits_and_then_may_try_again(bridge: Bridge) -> None:
    for _ in range(MOST_OF_ONE):
        assert bridge.redeem(WRONG, ONE, "prolific", NOON) is Redemption.UNKNOWN
    assert bridge.redeem(WRONG, ONE, "prolific", later(minutes=1)) is Redemption.TOO_OFTEN
    assert bridge.redeem(token(), ONE, "prolific", later(minutes=1)) is Redemption.TOO_OFTEN
    assert bridge.redeem(token(), TWO, "prolific", later(minutes=1)) is Redemption.REDEEMED
    second = token(WORKERS[1])
    assert bridge.redeem(second, ONE, "prolific", later(minutes=61)) is Redemption.REDEEMED


def test_who_makes_up_participants_does_not_guess_faster(bridge: Bridge) -> None:
    for number in range(MOST_IN_ALL):
        assert bridge.redeem(WRONG, f"made up {number}", "p", NOON) is Redemption.UNKNOWN
    assert bridge.redeem(WRONG, ONE, "prolific", later(seconds=1)) is Redemption.TOO_OFTEN
    assert bridge.redeem(token(), ONE, "prolific", later(seconds=61)) is Redemption.REDEEMED


def test_what_is_counted_of_guesses_does_not_grow(bridge: Bridge, path: Path) -> None:
    for minute in range(0, 300, 30):
        bridge.redeem(WRONG, ONE, "prolific", later(minutes=minute))
    with closing(sqlite3.connect(path)) as connection:
        (count,) = connection.execute("select count(*) from attempts").fetchone()
    assert count == 3


def test_a_clock_that_was_wrong_locks_nobody_out(bridge: Bridge) -> None:
    for _ in range(MOST_OF_ONE):
        bridge.redeem(WRONG, ONE, "prolific", later(days=400))
    assert bridge.redeem(token(), ONE, "prolific", NOON) is Redemption.REDEEMED


def test_to_forget_somebody_is_to_have_nothing_of_them(bridge: Bridge, path: Path) -> None:
    bridge.redeem(token(), ONE, "prolific", NOON)
    assert bridge.forget(ONE)
    assert not bridge.forget(ONE)
    files = list(path.parent.glob(f"{path.name}*"))
    assert not [one for one in files if ONE.encode() in one.read_bytes()]
    assert bridge.redeem(token(), TWO, "prolific", NOON) is Redemption.REDEEMED


def test_the_file_is_its_owners_and_tells_neither_workers_nor_tokens(
    bridge: Bridge, path: Path
) -> None:
    bridge.redeem(token(), ONE, "prolific", NOON)
    for file in path.parent.glob(f"{path.name}*"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        content = file.read_bytes()
        assert KEY not in content
        for worker in WORKERS:
            assert worker.encode() not in content
            assert token(worker).encode() not in content


def test_workers_who_come_later_are_added_and_the_others_stay(bridge: Bridge) -> None:
    bridge.redeem(token(), ONE, "prolific", NOON)
    assert bridge.invite([token(), token("ANEWWORKER")]) == 1
    assert bridge.counts() == (len(WORKERS) + 1, 1)


def test_a_key_of_another_bridge_is_refused(bridge: Bridge) -> None:
    bridge.check(KEY)
    with pytest.raises(BridgeError, match="--key"):
        bridge.check(bytes(32))


def test_a_bridge_takes_no_other_files_place(path: Path) -> None:
    path.write_text("mine")
    with pytest.raises(OutputFailed):
        Bridge.create(path, KEY)
    assert path.read_text() == "mine"
    assert [one.name for one in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("content", [b"", b"no database at all" * 100, b"SQLite format 3\0"])
def test_what_is_no_bridge_is_a_line(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(BridgeError, match=path.name):
        Bridge.open(path)
    assert path.read_bytes() == content


def test_no_bridge_and_a_later_one_are_lines(bridge: Bridge, path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("pragma user_version = 9")
    with pytest.raises(BridgeError, match="later version"):
        bridge.counts()
    path.unlink()
    with pytest.raises(BridgeError, match="exodus bridge"):
        Bridge.open(path)


def test_no_error_names_anybody(bridge: Bridge, path: Path) -> None:
    path.write_bytes(b"gone bad" * 1_000)
    with pytest.raises(BridgeError) as caught:
        bridge.redeem(token(), ONE, "prolific", NOON)
    said = f"{caught.value} {caught.value.__cause__} {caught.value.args}"
    assert token() not in said
    assert ONE not in said
