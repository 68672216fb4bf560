"""`exodus show --open` in a real browser: nothing runs, and nobody is connected to."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path

import pytest

from benchmarks.forms import chromium
from mturk_exodus.questions import preview

SECONDS = 3.0
"""A browser connects ahead of time, and not at once."""

PAGE = """<!doctype html><html><head><title>unchanged</title><base href="{0}/base/">
<link rel="preconnect" href="{0}"><link rel="stylesheet" href="{0}/a.css">
<meta http-equiv="refresh" content="0; url={0}/refresh"></head><body>
<iframe src="{0}/frame"></iframe><img src="{0}/a.png" srcset="{0}/b.png 2x">
<object data="{0}/o"></object><embed src="{0}/e"><video src="{0}/v" autoplay></video>
<form action="{0}/submit"><input type="image" src="{0}/i" formaction="{0}/f"></form>
<svg><image href="{0}/s.png" xlink:href="{0}/x.png"></image><a href="{0}/svg">
<text>t</text></a></svg>
<a href="{0}/link" ping="{0}/ping">link</a><div style="background: url({0}/bg)">seen</div>
<script src="{0}/a.js"></script><script>document.title = "changed"; fetch("{0}/fetch")</script>
</body></html>"""


class Listener:
    """Counts whoever connects, whatever they send."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.connections = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            connection.close()

    def close(self) -> None:
        """Stop listening."""
        self._socket.close()


@contextmanager
def listening() -> Iterator[Listener]:
    listener = Listener()
    try:
        yield listener
    finally:
        listener.close()


def looked_at(page: str, folder: Path) -> list[str]:
    """Open a page, click all over it, wait; what the browser's console says meanwhile."""
    file, said = folder / "page.html", list[str]()
    file.write_text(page, encoding="utf-8")
    with chromium() as browser:
        tab = browser.new_page()
        tab.on("console", lambda message: said.append(message.text))
        tab.goto(file.as_uri(), wait_until="commit")
        time.sleep(SECONDS)
        for down, right in product(range(40, 440, 8), (10, 320)):
            tab.mouse.click(right, down)
        time.sleep(1)
    return said


@pytest.mark.live
def test_a_question_in_its_frame_runs_nothing_and_connects_to_nobody(tmp_path: Path) -> None:
    with listening() as listener:
        said = looked_at(preview.of_html(PAGE.format(listener.url), "HIT 3X"), tmp_path)
        assert listener.connections == 0
    blocked = [line for line in said if line.startswith("Blocked script execution")]
    assert len(blocked) == PAGE.count("<script")
    assert any("a.png" in line and "Content Security Policy" in line for line in said)


@pytest.mark.live
def test_the_same_page_as_it_is_does_connect(tmp_path: Path) -> None:
    """Otherwise the other test would prove nothing."""
    with listening() as listener:
        looked_at(PAGE.format(listener.url).replace("refresh", "none"), tmp_path)
        assert listener.connections > 0
