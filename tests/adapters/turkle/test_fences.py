"""What a server has begun is seen at its end, though it stands still for a while."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import httpx
import pytest

from mturk_exodus.replay import http
from mturk_exodus_turkle.api import Api
from mturk_exodus_turkle.fences import Fences

STALLED = 15
"""Looks in which a request waits for the database."""


class Growing:
    """A project whose last batch grows after a while."""

    def __init__(self, batches: Iterable[int]) -> None:
        self.batches = [*batches]
        self.looks: Counter[int] = Counter()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        path = request.url.path
        if path.endswith("/progress/"):
            return httpx.Response(200, json=self._progress(int(path.split("/")[3])))
        if path.endswith("/batches/"):
            things = [{"id": one} for one in self.batches]
            return httpx.Response(200, json={"next": None, "results": things})
        return httpx.Response(200, json={"id": 5, "html_template": "<input>"})

    def _progress(self, batch: int) -> dict[str, int]:
        self.looks[batch] += 1
        return {"total_tasks": self.seen(batch), "total_finished_task_assignments": 0}

    def seen(self, batch: int) -> int:
        """How many tasks the last look at a batch has shown."""
        stalls = batch == self.batches[-1] and sum(self.looks.values()) <= STALLED
        return 250 if stalls else 500


@pytest.mark.parametrize("batches", [1, 2, 40])
def test_a_request_that_stands_still_for_a_while_is_waited_for(batches: int) -> None:
    site = Growing(range(1, batches + 1))
    with http.client(httpx.MockTransport(site)) as client:
        Fences(Api("https://turkle.example.org", "0" * 40, client)).put_up(5)
    assert site.seen(batches) == 500
    assert min(site.looks.values()) >= 3, "each is looked at again"
