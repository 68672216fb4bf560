"""Working ahead in another thread."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from mturk_exodus.replay.ahead import ahead

if TYPE_CHECKING:
    from collections.abc import Iterator


def test_everything_comes_in_its_order_from_another_thread() -> None:
    threads = set()

    def numbers(_unwanted: threading.Event) -> Iterator[int]:
        for number in range(100):
            threads.add(threading.current_thread())
            yield number

    with ahead(numbers) as items:
        assert list(items) == list(range(100))
    assert threading.current_thread() not in threads
    assert len(threads) == 1


def test_it_works_no_further_ahead_than_it_is_told() -> None:
    made = []
    waiting = threading.Event()

    def numbers(_unwanted: threading.Event) -> Iterator[int]:
        for number in range(100):
            made.append(number)
            if number == 3:
                waiting.set()
            yield number

    with ahead(numbers, depth=2) as items:
        next(items)
        assert waiting.wait(10)
        assert not threading.Event().wait(0.3)
        assert max(made) <= 4


def test_an_error_comes_where_it_happened() -> None:
    def numbers(_unwanted: threading.Event) -> Iterator[int]:
        yield 1
        raise LookupError("here")

    with ahead(numbers) as items:
        assert next(items) == 1
        with pytest.raises(LookupError, match="here"):
            next(items)


def test_whoever_stops_early_leaves_no_thread_and_what_was_open_is_closed() -> None:
    closed = threading.Event()

    def numbers(_unwanted: threading.Event) -> Iterator[int]:
        try:
            number = 0
            while True:
                yield number
                number += 1
        finally:
            closed.set()

    before = threading.active_count()
    with ahead(numbers) as items:
        assert next(items) == 0
    assert threading.active_count() == before
    assert closed.wait(5)


def test_it_learns_that_nobody_wants_any_more_though_it_has_nothing_to_give() -> None:
    begun = threading.Event()

    def nothing(unwanted: threading.Event) -> Iterator[int]:
        begun.set()
        assert unwanted.wait(30)
        yield from ()

    with ahead(nothing):
        assert begun.wait(10)


def test_what_is_not_there_soon_is_left_for_whoever_waits() -> None:
    go = threading.Event()

    def numbers(_unwanted: threading.Event) -> Iterator[int]:
        yield 1
        assert go.wait(30)
        yield 2
        raise LookupError("here")

    with ahead(numbers) as items:
        assert items.soon(lambda: True) == 1
        assert items.soon(lambda: False) is None
        go.set()
        assert next(items) == 2
        assert items.soon(lambda: True) is None
        for _ in range(2):
            with pytest.raises(LookupError, match="here"):
                next(items)
