from __future__ import annotations

import asyncio
import sqlite3
import threading
from typing import TYPE_CHECKING

import pytest

from mturk_exodus.serve.readers import THREADS, Readers

if TYPE_CHECKING:
    from pathlib import Path

    from mturk_exodus.archive import Archive

ENDLESS = "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n"


def test_closing_breaks_off_what_would_never_end(archive_path: Path) -> None:
    started = threading.Semaphore(0)

    def count(archive: Archive) -> None:
        started.release()
        archive.connection.execute(ENDLESS).fetchone()

    async def scenario() -> None:
        readers = Readers(archive_path)
        readers.start()
        asked = [asyncio.ensure_future(readers.ask(count)) for _ in range(THREADS * 2)]
        await asyncio.sleep(0)
        started.acquire()
        readers.close()
        for result in await asyncio.gather(*asked, return_exceptions=True):
            assert isinstance(result, sqlite3.OperationalError)

    asyncio.run(scenario())


def test_every_thread_reads_over_its_own_connection(archive_path: Path) -> None:
    meeting = threading.Barrier(THREADS)

    def meet(archive: Archive) -> tuple[int, str]:
        meeting.wait(10)
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            archive.connection.execute("delete from hits")
        return id(archive.connection), threading.current_thread().name

    async def scenario() -> None:
        readers = Readers(archive_path)
        readers.start()
        met = await asyncio.gather(*(readers.ask(meet) for _ in range(THREADS)))
        readers.close()
        assert len({connection for connection, _ in met}) == THREADS
        assert len({name for _, name in met}) == THREADS

    asyncio.run(scenario())
