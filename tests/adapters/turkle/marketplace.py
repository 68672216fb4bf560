"""An archive on a real Turkle, and workers who work on it in a real browser."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mturk_exodus.archive.archive import Archive
from mturk_exodus.archive.compact import Compaction
from mturk_exodus.demo.account import Account
from mturk_exodus.demo.fill import fill
from mturk_exodus.replay import history, http
from mturk_exodus.replay.fidelity import Report, fidelity
from mturk_exodus.replay.replaying import replay
from mturk_exodus_turkle import TurkleAdapter
from tests.adapters.turkle.servers import TOKEN, Admin, Server
from tests.mturk_exodus.serve.host.stage import SERVED

if TYPE_CHECKING:
    from playwright.sync_api import Frame as Shown

    from tests.mturk_exodus.serve.host.stage import Stage

_IS_THE_HITS = """document.readyState === "complete"
  && document.querySelector("meta[http-equiv=Content-Security-Policy]") !== null
  && document.getElementById("mturk-exodus-row") === null"""
PASSWORD = "a worker's"  # noqa: S105 - of a test


def archive_of(account: Account, path: Path) -> Path:
    """A compacted archive of an account."""
    with Archive.create(path) as archive:
        fill(archive, account)
    with Archive.open(path) as archive, archive.writing():
        Compaction(archive).run()
    return path


def carried(server: Server, path: Path, **settings: str) -> Report:
    """Carry an archive to a server, with its history, and see to it that all of it is there."""
    with http.client(secrets=[TOKEN]) as client, Archive.open(path) as archive:
        adapter = TurkleAdapter({"url": server.url, "token": TOKEN, **settings}, client)
        with archive.writing():
            outcome = replay(archive, adapter).outcome
        assert outcome.is_whole, outcome.reasons
        if "PLUGIN=1" in server.settings:
            lines = path.with_suffix(".jsonl")
            if history.write(archive, adapter, lines):
                server.manage("load_mturk_history", str(lines))
        return compared(server, path, **settings)


def compared(server: Server, path: Path, **settings: str) -> Report:
    """What `exodus fidelity` finds, which must be that all is well."""
    with (
        http.client(secrets=[TOKEN]) as client,
        Archive.open(path, read_only=True) as archive,
    ):
        adapter = TurkleAdapter({"url": server.url, "token": TOKEN, **settings}, client)
        report = fidelity(archive, adapter)
        assert report.is_faithful, report
        return report


def query(server: Server, text: str, *given: Any) -> list[tuple[Any, ...]]:  # noqa: ANN401 - SQL's
    """Rows of its database."""
    uri = f"file:{server.database}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True, timeout=30)) as connection:
        return connection.execute(text, given).fetchall()


class Worker:
    """Somebody who works at a server, in a browser.

    Args:
        stage: the browser; what it asks others than the server for is noted there.
        server: where the work is.
        name: of the user, who gets a password.
    """

    def __init__(self, stage: Stage, server: Server, name: str) -> None:
        self._stage = stage
        self._url = SERVED
        stage.network.services[SERVED] = int(server.url.rpartition(":")[2])
        admin = Admin(server.url)
        number = admin("GET", f"/api/users/username/{name}/")["id"]
        admin("PATCH", f"/api/users/{number}/", {"password": PASSWORD})
        admin.close()
        stage.open(f"{SERVED}/login/")
        stage.page.fill("[name=username]", name)
        stage.page.fill("[name=password]", PASSWORD)
        with stage.page.expect_navigation():
            stage.page.press("[name=password]", "Enter")

    def offers(self) -> str:
        """What the server's first page shows."""
        self._stage.page.goto(f"{self._url}/", wait_until="load")
        return self._stage.page.inner_text("body")

    def accept(self, batch_id: int) -> Shown:
        """Accept the next task of a batch; the frame that shows the HIT."""
        page = self._stage.page
        page.goto(f"{self._url}/batch/{batch_id}/accept_next_task/", wait_until="load")
        return self.hit()

    def hit(self) -> Shown:
        """The frame in Turkle's frame, once it is the HIT's."""
        page = self._stage.page
        self._stage.wait(lambda: len(page.frames) > 2, 10)
        shown = page.frames[2]
        shown.wait_for_function(_IS_THE_HITS)
        shown.wait_for_load_state("load")
        return shown

    def turkle(self) -> Shown:
        """Turkle's own frame."""
        return self._stage.page.frames[1]

    def submitted(self) -> None:
        """Wait until the server has shown another page."""
        self._stage.page.wait_for_load_state("load")
