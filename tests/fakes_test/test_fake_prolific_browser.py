"""A participant in a real browser: from Prolific's page to a study, and back with a code."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks.forms import chromium
from tests.fakes.prolific import APP, COMPLETE, FakeProlific
from tests.fakes.wire_server import Reply, Request, WireServer
from tests.fakes_test.prolific_support import APPROVED, prolific

pytestmark = pytest.mark.live

_FORM = b"<!DOCTYPE html><form method=post><input name=answer><button>Submit</button></form>"


@pytest.fixture
def study() -> Iterator[WireServer]:
    """A study that sends who submits its form to the address in its query's `back`."""

    def answer(request: Request) -> Reply:
        if request.method == "GET":
            return Reply(200, _FORM, "text/html")
        back = request.path.partition("&back=")[2]
        return Reply(302, b"", "text/html", headers=(("Location", back),))

    server = WireServer(answer)
    yield server
    server.close()


@pytest.mark.parametrize("as_prolific", [True, False])
def test_a_participant_goes_and_comes_back(study: WireServer, as_prolific: bool) -> None:
    """Once with the browser taking the fake for app.prolific.com, once on this machine alone."""
    with prolific() as client, chromium(*client.fake.chromium_arguments()) as browser:
        fake = client.fake
        back = f"{APP}{COMPLETE}?cc={APPROVED['code']}"
        if not as_prolific:
            back = fake.completion_url(APPROVED["code"])
        url = f"{study.url}/t?who={{{{%PROLIFIC_PID%}}}}&back={back}"
        study_id = client.published(external_study_url=url)
        person = fake.join()
        start = fake.study_page(study_id, person)
        page = browser.new_page()
        page.goto(start.replace(fake.url, APP) if as_prolific else start)
        assert person.place is not None
        assert person.place.status == "RESERVED"
        page.click("#open")
        assert f"who={person.id}" in page.url
        page.fill("input", "a cat")
        page.click("button")
        assert page.inner_text("h1") == "Thank you"
        assert page.url == back
        assert _statuses(fake) == ["APPROVED"]


def test_who_is_not_wanted_sees_no_link() -> None:
    with prolific() as client, chromium() as browser:
        study_id = client.published(device_compatibility=["desktop"])
        page = browser.new_page()
        page.goto(client.fake.study_page(study_id, client.fake.join(device="mobile")))
        assert page.query_selector("#open") is None
        assert "device" in page.inner_text("p")


def _statuses(fake: FakeProlific) -> list[str]:
    return [each.status for each in fake.account.submissions.values()]
