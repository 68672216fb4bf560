"""Templates of real requesters on the real service: worked in a browser, and what is stored."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from benchmarks.forms import chromium
from mturk_exodus.archive import Archive
from mturk_exodus.demo.markup import DECLARATION, SCHEMAS, cdata
from mturk_exodus.questions import question as questions
from mturk_exodus.questions.showing import frame_of
from tests.mturk_exodus.serve.host.filling import work
from tests.mturk_exodus.serve.host.hosted import (
    PANEL,
    SCREENSHOTS,
    Hosted,
    asked_for,
    completion,
    held,
    hit,
    hosted,
    put_hits,
)
from tests.mturk_exodus.serve.host.stage import SERVED, Stage, stage
from tests.real.assembly import some
from tests.real.test_real_frames import NOT_THE_SAME, TEMPLATES, filled

pytestmark = [
    pytest.mark.skipif(
        not TEMPLATES, reason="the public files are not here: EXODUS_FIXTURES names their folder"
    ),
    pytest.mark.live,
]
WORKER = "visitor"
CHOSEN = some(TEMPLATES)
NOT_STORED = {
    "imgarylai__enron-mturk__question_tpl.html": "its form has no field but assignmentId",
    "thegricean__overinformativeness__consent~2.html": "it has no field at all",
    "Scalar_Adjectives_Identification": "a script makes its fields of what stands in a variable,"
    " and of something harmless it makes none",
}
"""Templates that send nothing, which is refused as MTurk refused it, and why."""
_HAS_FORM = re.compile(r"<(?:form|crowd-form)(?=[\s/>])", re.IGNORECASE).search
_NOT_XML = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]").search
_AMAZON = re.compile(r"mturk|amazon|aws|cloudfront", re.IGNORECASE)


@dataclass(frozen=True)
class Done:
    """What was filled into a HIT, where that led, and what others were asked for meanwhile."""

    must: dict[str, Any]
    led_to: str
    posts: int
    asked: list[str]


def as_question(page: str) -> str:
    """As MTurk has it; without a form, as the requester site's layout."""
    if _HAS_FORM(page) is None or _NOT_XML(page):
        return page
    content = f"<HTMLContent>{cdata(page)}</HTMLContent><FrameHeight>0</FrameHeight>"
    schema = f"{SCHEMAS}2011-11-11/HTMLQuestion.xsd"
    return f'{DECLARATION}<HTMLQuestion xmlns="{schema}">{content}</HTMLQuestion>'


def asked() -> dict[str, str]:
    """Each template as a HIT's question, by the HIT's id."""
    pages = [filled(file.read_text("utf-8", "replace")) for file in CHOSEN]
    return {f"3TEMPLATE{number}": as_question(page) for number, page in enumerate(pages)}


def is_refused(question: str) -> bool:
    return frame_of(question, origin="https://host.example").refused is not None


def name_of(hit_id: str) -> str:
    return CHOSEN[int(hit_id.removeprefix("3TEMPLATE"))].name


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosted]:
    path = tmp_path_factory.mktemp("hosted") / "mturk.db"
    with Archive.create(path) as archive:
        put_hits(archive, [hit(hit_id, text) for hit_id, text in asked().items()])
    with hosted(path) as one:
        yield one


@pytest.fixture(scope="module")
def seen(service: Hosted) -> Iterator[Stage]:
    with chromium() as browser, stage(browser) as one:
        one.network.services[SERVED] = service.port
        one.network.sites = {f"{PANEL}/done": "<h1>Yes"}
        yield one


@pytest.mark.timeout(900)
def test_what_is_filled_into_real_templates_is_in_the_archive(seen: Stage, service: Hosted) -> None:
    tried = {hit_id: _worked(seen, service, hit_id) for hit_id in asked()}
    done = {hit_id: one for hit_id, one in tried.items() if one is not None}
    cannot_be_shown = {hit_id for hit_id, text in asked().items() if is_refused(text)}
    assert tried.keys() - done.keys() == cannot_be_shown
    of_amazon = [url for one in done.values() for url in one.asked if _AMAZON.search(_host(url))]
    assert of_amazon == []
    expected = [*NOT_THE_SAME, *NOT_STORED]
    wrong = {name_of(hit_id) for hit_id, one in done.items() if not _is_kept(service, hit_id, one)}
    assert [name for name in wrong if not any(one in name for one in expected)] == []
    assert len(wrong) <= 0.05 * len(done)
    assert sum(len(one.must) for one in done.values()) > 15 * len(done)


def _worked(seen: Stage, service: Hosted, hit_id: str) -> Done | None:
    """Work on a HIT; None if it cannot be shown."""
    link = service.any_link([hit_id], WORKER)
    seen.open(link, phone=True)
    if "cannot be shown" in seen.page.inner_text("body"):
        return None
    _picture(seen, f"{name_of(hit_id)}-phone")
    if os.environ.get(SCREENSHOTS):
        seen.open(link)
        _picture(seen, name_of(hit_id))
    must, _ = work(seen, seen.task(), questions.read(service.question(hit_id)))
    seen.wait(lambda: seen.page.url == completion(WORKER), 5)
    return Done(must, seen.page.url, len(seen.network.posts), list(seen.network.elsewhere))


def _is_kept(service: Hosted, hit_id: str, done: Done) -> bool:
    """Whether it was sent once, the visitor went on, and the archive holds what was filled in."""
    if done.posts != 1 or done.led_to != completion(WORKER):
        return False
    documents = service.documents(hit_id, WORKER)
    return len(documents) == 1 and held(documents[0], done.must) == asked_for(done.must)


def _host(url: str) -> str:
    return url.split("/")[2]


def _picture(seen: Stage, name: str) -> None:
    if kept := os.environ.get(SCREENSHOTS):
        seen.page.screenshot(path=Path(kept) / f"host-{name}.png")
