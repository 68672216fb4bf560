"""Studies that an archive has made at the fake, the people who work on them, and the adapter."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx

from mturk_exodus.archive import Archive, ledger
from mturk_exodus.archive.ledger import Intention, Ledger, Result
from mturk_exodus.cli.host_keeping import Keeping
from mturk_exodus.replay import http
from mturk_exodus.serve.host.desk import Finished
from mturk_exodus_prolific import ProlificAdapter
from tests.fakes.prolific import TOKEN, FakeProlific, Place
from tests.fakes_test.prolific_support import APPROVED, REVIEWED, Client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

HIT = "3HOSTEDHITOFTHEARCHIVE00000001"
PAY = "POST /bulk-bonus-payments/{id}/pay/"
SET_UP = "POST /submissions/bonus-payments/"
PUBLISH = "POST /studies/{id}/transition/"


class Desk:
    """An archive, a fake with studies that it has made, and the work that is done on them."""

    def __init__(self, path: Path, fake: FakeProlific, researcher: Client, adapter: Any) -> None:  # noqa: ANN401 - a stand-in in some tests
        self.path = path
        self.fake = fake
        self.researcher = researcher
        self.adapter = adapter
        self.waits: list[float] = []
        self._numbers: Counter[str] = Counter()

    def draft(self, **changes: object) -> str:
        """A study that the archive has made; its id."""
        study_id = self.researcher.draft(**changes)
        with Archive.open(self.path) as archive, archive.writing():
            this = ledger.begin(archive, "prolific", self.adapter.identity(), "import", {})
            book = Ledger(archive, this)
            book.intend([Intention(f"study/{study_id}", "study", "", "", ())])
            book.settle([Result(f"study/{study_id}", "done", study_id)])
            ledger.end(archive, this, "complete", "")
        return study_id

    def published(self, **changes: object) -> str:
        """The same, open to participants."""
        study_id = self.draft(**changes)
        self.researcher.get(f"POST /studies/{study_id}/transition/", {"action": "PUBLISH"})
        return study_id

    def worked(self, study_id: str, *, auto: bool = False, hits: int = 1) -> Place:
        """A participant who submits to the host, and is back with the code."""
        place = self.fake.join().take_part(study_id)
        self.answered(place, hits)
        place.complete((APPROVED if auto else REVIEWED)["code"])
        return place

    def answered(self, place: Place, hits: int = 1) -> list[str]:
        """What a participant submits to the host; the assignments' ids."""
        records = [self._finished(place, number) for number in range(hits)]
        Keeping(self.path)(records)
        return [str(one.record["AssignmentId"]) for one in records]

    def answered_as(self, worker_id: str, place: Place) -> str:
        """The same with another participant's id in the link; the assignment's."""
        record = self._finished(place, 9)
        record.record["WorkerId"] = worker_id
        Keeping(self.path)([record])
        return str(record.record["AssignmentId"])

    def assignment_of(self, place: Place) -> str:
        """The only assignment of a visit."""
        with Archive.open(self.path, read_only=True) as archive:
            rows = archive.connection.execute(
                "select assignment_id from assignments where raw ->> 'SessionId' = ?",
                [place.submission_id],
            ).fetchall()
        ((assignment_id,),) = rows
        return str(assignment_id)

    def _finished(self, place: Place, number: int) -> Finished:
        self._numbers["assignment"] += 1
        record = {
            "AssignmentId": f"3WORKDONEATTHEHOST{self._numbers['assignment']:012}",
            "WorkerId": place.submission.participant_id,
            "HITId": f"{HIT[:-1]}{number}",
            "AssignmentStatus": "Submitted",
            "AcceptTime": "2026-01-05T10:00:00.000Z",
            "SubmitTime": "2026-01-05T10:00:30.000Z",
        }
        return Finished(
            record=record,
            hit_type_id="3TYPE",
            panel="prolific",
            study_id=place.submission.study_id,
            session_id=place.submission_id,
        )


@contextmanager
def desk(
    path: Path,
    transport: Callable[[httpx.BaseTransport], httpx.BaseTransport] = lambda inner: inner,
) -> Iterator[Desk]:
    """An archive without anything, and a fake; nobody waits in here."""
    with (
        FakeProlific() as fake,
        httpx.Client(base_url=fake.url, headers={"Authorization": f"Token {TOKEN}"}) as asking,
        http.client(
            transport(httpx.HTTPTransport()), secrets=[TOKEN], sleep=lambda _: None
        ) as client,
    ):
        Archive.create(path).close()
        settings = {"url": fake.url, "token": TOKEN}
        yield Desk(path, fake, Client(fake, asking), ProlificAdapter(settings, client))
