"""An archive with a HIT of each kind that the host can meet, and a host in this process."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx

from mturk_exodus.archive import Archive, runs
from mturk_exodus.archive.selection import Selection
from mturk_exodus.archive.tables import HITS, Raw
from mturk_exodus.archive.writer import Origin, Writer
from mturk_exodus.demo import markup
from mturk_exodus.serve.host.app import Settings
from mturk_exodus.serve.host.catalogue import Place, offered
from mturk_exodus.serve.host.desk import Desk
from mturk_exodus.serve.host.links import link
from mturk_exodus.serve.host.panels import PANELS, Panel
from mturk_exodus.serve.host.server import background

ORIGIN = "https://tasks.example"
ELSEWHERE = "https://survey.example"
PLACES = 2
FORM = markup.html_question(
    '<form action="https://www.mturk.com/mturk/externalSubmit"><input name="mood">'
    '<input type="checkbox" name="topic" value="a"><input type="checkbox" name="topic" value="b">'
    '<input type="submit"></form>'
)
_EXTERNAL = (
    '<ExternalQuestion xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/'
    '2006-07-14/ExternalQuestion.xsd"><ExternalURL>{}</ExternalURL><FrameHeight>400</FrameHeight>'
    "</ExternalQuestion>"
)
QUESTIONS: dict[str, str | None] = {
    "3FORM1": FORM,
    "3FORM2": FORM,
    "3FORM3": FORM,
    "3EXTERNAL": _EXTERNAL.format(f"{ELSEWHERE}/s?study=1&amp;x=2#top"),
    "3OURSELVES": _EXTERNAL.format(f"{ORIGIN}/health"),
    "3BOXES": markup.html_question(
        '<crowd-form><crowd-bounding-box name="b" src="https://a.example/a.png" labels="[\'x\']">'
        "</crowd-bounding-box></crowd-form>"
    ),
    "3NOTHING": None,
}
PROLIFIC = {"PROLIFIC_PID": "P1", "STUDY_ID": "S1", "SESSION_ID": "V1"}


def build(path: Path) -> None:
    """The archive."""
    with Archive.create(path) as archive:
        with archive.transaction():
            run = runs.begin(archive, "test", {}, pass_id=None)
        for hit_id, question in QUESTIONS.items():
            record = {
                "HITId": hit_id,
                "HITTypeId": "3TYPE",
                "Title": f"Mood <{hit_id}>",
                "MaxAssignments": PLACES,
                "AssignmentDurationInSeconds": 600,
                "CreationTime": 1_600_000_000,
            } | ({} if question is None else {"Question": question})
            with archive.transaction():
                raw = Raw(json.dumps(record), record)
                Writer(archive, run).put(HITS, [raw], Origin("T", ""), {}, None)


def batch_results(hit_id: str) -> str:
    """A row of the requester site, for a HIT whose page no source has."""
    cells = {
        "HITId": hit_id,
        "HITTypeId": "3TYPE",
        "Title": "Mood",
        "Description": "What mood is this?",
        "Keywords": "mood",
        "Reward": "$0.05",
        "CreationTime": "Thu Oct 01 09:00:00 PDT 2015",
        "MaxAssignments": "1",
        "RequesterAnnotation": "BatchId:7;OriginalHitTemplateId:9;",
        "AssignmentDurationInSeconds": "3600",
        "AutoApprovalDelayInSeconds": "2592000",
        "Expiration": "Thu Oct 08 09:00:00 PDT 2015",
        "NumberOfSimilarHITs": "",
        "LifetimeInSeconds": "",
        "AssignmentId": "3WORKDONEONMTURK00000000000001",
        "WorkerId": "A1EXAMPLE",
        "AssignmentStatus": "Approved",
        "AcceptTime": "Thu Oct 01 10:00:00 PDT 2015",
        "SubmitTime": "Thu Oct 01 10:00:30 PDT 2015",
        "AutoApprovalTime": "Sat Oct 31 10:00:30 PDT 2015",
        "ApprovalTime": "Thu Oct 01 11:00:00 PDT 2015",
        "RejectionTime": "",
        "RequesterFeedback": "",
        "WorkTimeInSeconds": "30",
        "LifetimeApprovalRate": "100% (1/1)",
        "Last30DaysApprovalRate": "100% (1/1)",
        "Last7DaysApprovalRate": "100% (1/1)",
        "Input.text": "It rains.",
        "Answer.mood": "bad",
    }
    out = io.StringIO()
    writer = csv.DictWriter(out, list(cells), quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerow(cells)
    return out.getvalue()


@dataclass
class Visitor:
    """A participant's browser, as far as requests go.

    Attributes:
        http: the browser.
        desk: where the participant is written down.
    """

    http: httpx.Client
    desk: Desk

    def link(self, *hit_ids: str, **parameters: str) -> str:
        """A link to HITs."""
        return link("", hit_ids, self.desk.key, parameters)

    def open(self, *hit_ids: str, **parameters: str) -> Opened:
        """Open a link."""
        return Opened.of(self.http.get(self.link(*hit_ids, **parameters)).text)

    def begin(self, *hit_ids: str, **parameters: str) -> Opened:
        """Open a personal link, and press the button."""
        begun = self.http.post(self.link(*hit_ids, **parameters))
        return Opened.of(self.http.get(begun.headers["location"]).text)

    def send(self, assignment_id: str, **fields: str | list[str]) -> int:
        """Submit; the status."""
        posted = {"assignmentId": assignment_id, **fields}
        return self.http.post("/mturk/externalSubmit", data=posted).status_code

    def document(self, assignment_id: str) -> str:
        """The answer that is stored."""
        (found,) = [
            one for one in self.desk.finished() if one.record["AssignmentId"] == assignment_id
        ]
        return found.record["Answer"]


@dataclass
class Opened:
    """A page that was opened.

    Attributes:
        text: its HTML.
        frame: the address of its frame.
        parameters: what MTurk's page would find in that address.
        after: where it goes on.
    """

    text: str
    frame: str
    parameters: dict[str, str]
    after: str

    @classmethod
    def of(cls, text: str) -> Opened:
        """What a page says."""
        frame = _said(r'<iframe [^>]*src="([^"]*)"', text)
        query = parse_qs(urlsplit(frame).query)
        return cls(
            text,
            frame,
            {name: values[-1] for name, values in query.items()},
            _said(r'data-after="([^"]*)"', text),
        )

    @property
    def assignment_id(self) -> str:
        """The assignment's."""
        return self.parameters.get("assignmentId", "")


def _said(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    return unescape(found[1]) if found else ""


def offer(path: Path, desk: Desk) -> None:
    """Put everything of the archive on the desk."""
    with Archive.open(path, read_only=True) as archive:
        desk.offer(offered(archive, Selection(), None))


@contextmanager
def host(path: Path, panel: Panel = PANELS["prolific"]) -> Iterator[Visitor]:
    """The archive's host, and somebody who visits it."""
    with Desk.open(path.with_suffix(".host")) as desk:
        offer(path, desk)
        with (
            background(Settings(path, panel, Place(ORIGIN)), desk) as url,
            httpx.Client(base_url=url, trust_env=False) as client,
        ):
            yield Visitor(client, desk)
