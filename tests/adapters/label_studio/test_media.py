"""Whether the editor can show the pictures that tasks point to."""

from __future__ import annotations

import httpx
import pytest

from mturk_exodus.replay import http
from mturk_exodus.replay.adapter import Action, Loss, Source, Task
from mturk_exodus_label_studio import media
from tests.adapters.label_studio.mapping_support import crowd, hit, planned

STUDIO = "https://studio.invalid:8080/somewhere"
ORIGIN = "https://studio.invalid:8080"
BOX = crowd(
    '<crowd-bounding-box name="box" src="${image}" labels="[\'cat\']" header="h">'
    "</crowd-bounding-box>"
)
LOOK = crowd(
    '<crowd-image-classifier name="kind" src="${image}" categories="[\'cat\', \'dog\']"'
    ' header="h"></crowd-image-classifier>'
)


class Hosts(httpx.BaseTransport):
    """Answers as hosts of pictures do."""

    def __init__(self) -> None:
        self.asked: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """By the host's name."""
        self.asked.append(request)
        host = request.url.host
        if host == "open.invalid":
            return httpx.Response(206, headers={"Access-Control-Allow-Origin": "*"})
        if host == "ours.invalid":
            return httpx.Response(200, headers={"Access-Control-Allow-Origin": ORIGIN})
        if host == "others.invalid":
            return httpx.Response(
                200, headers={"Access-Control-Allow-Origin": "https://other.invalid"}
            )
        if host == "moved.invalid":
            return httpx.Response(302, headers={"Location": "https://elsewhere.invalid"})
        if host == "gone.invalid":
            return httpx.Response(404)
        if host == "dead.invalid":
            raise httpx.ConnectError("x")
        return httpx.Response(200)


def plan_of(question: str, *urls: str) -> list[Action | Loss]:
    """The plan of HITs, one for each picture."""
    return planned(
        *(
            Task(hit(question.replace("${image}", url), hit_id=f"3HIT{number}"))
            for number, url in enumerate(urls)
        )
    )


def doubts(items: list[Action | Loss], hosts: Hosts) -> list[str]:
    """What is doubted."""
    with http.client(hosts, sleep=lambda _seconds: None) as client:
        return list(media.doubts(items, client, STUDIO))


@pytest.mark.parametrize(
    ("host", "why"),
    [
        ("closed.invalid", "does not let other sites read them"),
        ("others.invalid", "does not let other sites read them"),
        ("moved.invalid", "sends browsers elsewhere"),
        ("gone.invalid", "does not give them (404)"),
        ("dead.invalid", "does not give them"),
    ],
)
def test_a_host_whose_pictures_cannot_be_read_is_named(host: str, why: str) -> None:
    (line,) = doubts(plan_of(BOX, f"https://{host}/a.png"), Hosts())
    assert line.startswith(f"pictures of {host} will not be shown")
    assert why in line


@pytest.mark.parametrize("host", ["open.invalid", "ours.invalid"])
def test_a_host_that_lets_the_editor_read_them_is_not(host: str) -> None:
    assert doubts(plan_of(BOX, f"https://{host}/a.png"), Hosts()) == []


def test_each_host_is_asked_once_for_one_byte_as_a_browser_would() -> None:
    hosts = Hosts()
    urls = [f"https://{name}.invalid/{n}.png" for n in range(5) for name in ("closed", "open")]
    (line,) = doubts(plan_of(BOX, *urls), hosts)
    assert "closed.invalid" in line
    assert [one.url.host for one in hosts.asked] == ["closed.invalid", "open.invalid"]
    assert {one.headers["origin"] for one in hosts.asked} == {ORIGIN}
    assert {one.headers["range"] for one in hosts.asked} == {"bytes=0-0"}
    assert not [one for one in hosts.asked if "authorization" in one.headers]


def test_pictures_that_are_only_looked_at_need_nothing() -> None:
    hosts = Hosts()
    assert doubts(plan_of(LOOK, "https://closed.invalid/a.png"), hosts) == []
    assert hosts.asked == []


def test_a_name_and_a_password_in_an_address_are_not_shown() -> None:
    (line,) = doubts(plan_of(BOX, "https://name:pass@closed.invalid/a.png"), Hosts())
    assert "pass" not in line


def test_no_more_hosts_are_asked_than_a_person_would_read_of() -> None:
    hosts = Hosts()
    urls = [f"https://h{number}.invalid/a.png" for number in range(200)]
    assert len(doubts(plan_of(BOX, *urls), hosts)) == 50


def test_a_hit_type_that_becomes_very_many_projects_is_told() -> None:
    def project(number: int) -> Action:
        return Action(
            f"project:T:{number}", "project", Source("HITType", "T"), {"label_config": BOX}
        )

    assert doubts([project(number) for number in range(50)], Hosts()) == []
    assert doubts([project(number) for number in range(51)], Hosts()) == [
        "HIT type T becomes 51 projects: its HITs ask differently"
    ]


def test_an_address_that_is_none_is_no_end_of_it() -> None:
    (line,) = doubts(plan_of(BOX, "https://[bad/1.png"), Hosts())
    assert "will not be shown" in line
