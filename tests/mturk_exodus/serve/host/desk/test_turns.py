from __future__ import annotations

import threading
import time

import pytest

from mturk_exodus.serve.host.desk import DeskUnavailable
from mturk_exodus.serve.host.desk.turns import Turns


def _until_waiting(turns: Turns, number: int) -> None:
    until = time.monotonic() + 30
    while len(turns._waiting) < number:
        assert time.monotonic() < until
        time.sleep(0.001)


def test_who_came_first_is_next() -> None:
    turns, order = Turns(1, 30), list[int]()

    def come(number: int) -> None:
        with turns.one():
            order.append(number)

    threads = [threading.Thread(target=come, args=(number,)) for number in range(8)]
    with turns.one():
        for number, thread in enumerate(threads, start=1):
            thread.start()
            _until_waiting(turns, number)
    for thread in threads:
        thread.join()
    assert order == list(range(8))


def test_no_more_than_so_many_have_a_turn_at_once() -> None:
    turns, inside, most = Turns(3, 30), list[int](), list[int]()

    def come() -> None:
        for _ in range(200):
            with turns.one():
                inside.append(1)
                most.append(len(inside))
                inside.pop()

    threads = [threading.Thread(target=come) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (max(most) <= 3, turns._free, len(most)) == (True, 3, 2_400)


def test_who_has_waited_too_long_is_told_and_is_in_nobodys_way() -> None:
    turns = Turns(1, 0.01)
    with turns.one(), pytest.raises(DeskUnavailable, match="too busy"), turns.one():
        pass
    with turns.one():
        pass
    assert turns._free == 1


def test_an_error_gives_the_turn_back() -> None:
    turns = Turns(1, 30)
    with pytest.raises(ZeroDivisionError), turns.one():
        raise ZeroDivisionError
    with turns.one():
        pass
