"""An archive's way to participants at Prolific and back: each step is the command that takes it."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from benchmarks.forms import chromium
from mturk_exodus.archive import Archive
from mturk_exodus.archive.tables import ASSIGNMENTS
from mturk_exodus.archive.verify import verify
from mturk_exodus.serve.host import catalogue
from mturk_exodus.sources.registry import installed
from tests.endurance.support import environment, run
from tests.fakes.prolific import APP, TOKEN, FakeProlific, Participant, Place
from tests.fakes_test.prolific_support import REASON
from tests.mturk_exodus.serve.host.filling import flattened, work
from tests.mturk_exodus.serve.host.hosted import held, hosted
from tests.mturk_exodus.serve.host.stage import SERVED, Stage, stage

Row = dict[str, str]
BLOCKED = "MTurk: blocked workers"

_ALLOWED = "participant_group_allowlist"
_SECONDS = 10


@dataclass(frozen=True)
class Journey:
    """An archive, and the Prolific that it goes to."""

    archive: Path
    fake: FakeProlific

    def exodus(self, command: str, *more: object) -> str:
        """What a command says that goes well; the archive is whole then."""
        env = environment(PROLIFIC_URL=self.fake.url, PROLIFIC_TOKEN=TOKEN)
        done = run(command, "--archive", self.archive, *more, env=env)
        assert done.returncode == 0, done.stderr
        with Archive.open(self.archive, read_only=True) as archive:
            assert list(verify(archive, installed().meanings())) == []
        return done.stdout

    def at_prolific(self, command: str, *more: object) -> Any:  # noqa: ANN401 - JSON
        """What a command says that speaks to Prolific, or of it."""
        return json.loads(self.exodus(command, "--target", "prolific", "--json", *more))

    def draft(self, *of_links: object) -> None:
        """Make drafts whose links lead to the host, where a HIT is wanted twice."""
        links = self.archive.with_suffix(".links")
        options = ("--panel", "prolific", "--public-url", SERVED, "--assignments", 2)
        links.write_text(self.exodus("host", *options, "--links", "--json", *of_links))
        settings = (f"links={links}", "pay=minimum", "minutes_per_hit=1")
        told = [word for one in settings for word in ("--set", one)]
        self.at_prolific("import", "--yes", *told)

    def publish(self) -> list[str]:
        """Publish all of it; the studies."""
        drafts = [one["id"] for one in self.at_prolific("publish")]
        published = self.at_prolific("publish", "--yes", *drafts)
        assert {one["state"] for one in published} == {"ACTIVE"}
        return drafts

    def join(self, country: str) -> Participant:
        """Somebody at Prolific of whom the archive's requirements know nothing."""
        return self.fake.join(
            current_country_of_residence=country, approval_rate=100, approval_numbers=100_000
        )

    def allow(self, person: Participant) -> None:
        """Put somebody into each group that a study lets in."""
        for study in self.fake.account.studies.values():
            for one in study.fields["filters"]:
                if one["filter_id"] == _ALLOWED:
                    self._enter(person, *one["selected_values"])

    def block(self, person: Participant) -> None:
        """Put somebody into the group of blocked workers."""
        groups = self.fake.account.groups.values()
        self._enter(person, *(one.id for one in groups if one.name == BLOCKED))

    def review(self, place: Place, action: str) -> None:
        """What the requester does with a submission on Prolific's page."""
        body = {"action": action}
        if action == "REJECT":
            body |= {"message": REASON, "rejection_category": "LOW_EFFORT"}
        url = f"{self.fake.url}/api/v1/submissions/{place.submission_id}/transition/"
        headers = {"Authorization": f"Token {TOKEN}"}
        assert httpx.post(url, json=body, headers=headers).status_code == httpx.codes.OK

    def work(self, hit_id: str) -> catalogue.Work:
        """A HIT as the host shows it."""
        with Archive.open(self.archive, read_only=True) as archive:
            found = catalogue.work_of(archive, hit_id, catalogue.Place(SERVED))
        assert found is not None
        return found

    def batch_results(self, folder: str) -> dict[str, list[Row]]:
        """Batch results of everything, by their files."""
        out = self.archive.with_name(folder)
        self.exodus("export-csv", "--all", "--out", out)
        return {one.name: list(_rows(one)) for one in sorted(out.iterdir())}

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """What a query of the archive gives."""
        with Archive.open(self.archive, read_only=True) as archive:
            return archive.connection.execute(query, values).fetchall()

    def _enter(self, person: Participant, *group_ids: str) -> None:
        for group_id in group_ids:
            self.fake.account.groups[group_id].members[person.id] = ""


@dataclass(frozen=True)
class Done:
    """What somebody did with one HIT.

    Attributes:
        place: in the study that led to it.
        must: what was filled in, as `filling.expected` has it.
        led_to: the address of the page after it.
        asked: addresses of others than the host and Prolific, meanwhile.
    """

    place: Place
    hit_id: str
    must: dict[str, Any]
    led_to: str
    asked: list[str]

    @property
    def columns(self) -> dict[str, Any]:
        """What was filled in, as tables have it: an element's output is taken apart there."""
        is_crowd = not all(isinstance(value, list) for value in self.must.values())
        return flattened(self.must) if is_crowd else self.must


class Guide:
    """Takes participants from Prolific's page of a study to the host, in one browser."""

    def __init__(self, seen: Stage, journey: Journey) -> None:
        self.seen = seen
        self._journey = journey

    def look(self, person: Participant, study_id: str) -> str:
        """What Prolific shows of a study; a place is reserved, if it may be."""
        self.seen.open(f"{APP}/studies/{study_id}?participant={person.id}")
        return self.seen.page.inner_text("body")

    def enter(self, person: Participant, study_id: str) -> Place:
        """Follow the study's link to the host."""
        self.look(person, study_id)
        self.seen.page.click("#open")
        self.seen.page.wait_for_url(f"{SERVED}/**")
        assert person.place is not None
        return person.place

    def take_part(self, person: Participant, study_id: str, hits: int | None = None) -> list[Done]:
        """Do all HITs of a visit; or so many, and there the person stops."""
        place, done = self.enter(person, study_id), list[Done]()
        while self.seen.page.url.startswith(SERVED) and len(done) != hits:
            hit_id = self._hit_id()
            assert hit_id is not None
            self.seen.network.posts.clear()
            must, _ = work(self.seen, self.seen.task(), self._journey.work(hit_id).form)
            self.seen.wait(lambda gone=hit_id: self._is_past(gone), _SECONDS)
            assert self._is_past(hit_id), self.seen.page.inner_text("body")
            asked = list(self.seen.network.elsewhere)
            done.append(Done(place, hit_id, must, self.seen.page.url, asked))
        return done

    def _hit_id(self) -> str | None:
        """Of the HIT that is shown."""
        frames = self.seen.page.frames
        address = frames[1].url if len(frames) > 1 else ""
        return parse_qs(urlsplit(address).query).get("hitId", [None])[0]

    def _is_past(self, hit_id: str) -> bool:
        is_away = not self.seen.page.url.startswith(SERVED)
        return is_away or self._hit_id() not in (None, hit_id)


def arrived(journey: Journey, done: Done) -> dict[str, Any]:
    """What the archive holds of it, in the shape of `asked_for`."""
    ((document,),) = journey.rows(
        f"select {ASSIGNMENTS.selected(['answer'])} from assignments"  # noqa: S608 - a constant
        " where hit_id = ? and worker_id = ? and raw ->> 'SessionId' = ?",
        done.hit_id,
        done.place.submission.participant_id,
        done.place.submission_id,
    )
    return held(document, done.must)


@contextmanager
def guided(journey: Journey, sites: dict[str, str]) -> Iterator[Guide]:
    """The host as a process of its own, and a browser. When it ends, all answers are in the
    archive.

    Args:
        journey: whose archive is hosted.
        sites: pages of others, by address without query.
    """
    with (
        hosted(journey.archive, "--assignments", 2) as service,
        chromium() as browser,
        stage(browser) as seen,
    ):
        prolific = urlsplit(journey.fake.url).port
        assert prolific is not None
        seen.network.services = {SERVED: service.port, APP: prolific}
        seen.network.sites = sites
        yield Guide(seen, journey)


def new_rows(
    before: dict[str, list[Row]], after: dict[str, list[Row]]
) -> dict[tuple[str, str], Row]:
    """Rows of batch results that came meanwhile, by HIT and worker; the others are as they were."""
    old = {one["AssignmentId"]: (name, one) for name, rows in before.items() for one in rows}
    every = {one["AssignmentId"]: (name, one) for name, rows in after.items() for one in rows}
    for assignment_id, (name, row) in old.items():
        held = every[assignment_id]
        assert held[0] == name
        assert held[1].items() >= row.items()
    new = [row for assignment_id, (_, row) in every.items() if assignment_id not in old]
    return {(one["HITId"], one["WorkerId"]): one for one in new}


def _rows(file: Path) -> Iterator[Row]:
    with file.open(encoding="utf-8", newline="") as stream:
        yield from csv.DictReader(stream)
