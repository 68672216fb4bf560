"""The page on which tokens are redeemed: who may open it, what it says, what it never asks."""

from __future__ import annotations

import logging
import re
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from mturk_exodus.bridge import MOST_OF_ONE, Bridge, beside, spelled
from mturk_exodus.serve.host.bridging import TOKEN, personal_link, study_link
from mturk_exodus.serve.host.links import signature
from mturk_exodus.serve.host.panels import PANELS
from tests.mturk_exodus.bridge.support import KEY, ONE, TWO, WORKERS, built, token
from tests.mturk_exodus.serve.host.account import ORIGIN, Visitor, build, host

PANEL = replace(
    PANELS["prolific"],
    completion_url="https://panel.example/done?cc=C1&at={session_id}",
    way_out_url="https://panel.example/out?cc=N0",
)
OF_ONE = {"PROLIFIC_PID": ONE, "STUDY_ID": "S1", "SESSION_ID": "V1"}
OF_TWO = {**OF_ONE, "PROLIFIC_PID": TWO}
WRONG = "00000-00000-00000-00000"


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    archive = tmp_path_factory.mktemp("bridging") / "mturk.db"
    build(archive)
    return archive


@pytest.fixture(scope="module")
def visitor(path: Path) -> Iterator[Visitor]:
    with host(path, PANEL) as one:
        yield one


@pytest.fixture
def bridge(path: Path) -> Iterator[Bridge]:
    """A new one for each test: the host looks for it whenever somebody comes."""
    yield built(beside(path), WORKERS[:20])
    beside(path).unlink()


def page(bridge: Bridge) -> str:
    """Where it is."""
    return urlsplit(study_link("", bridge.key, PANEL)).path


def send(visitor: Visitor, bridge: Bridge, said: str, asked: dict[str, str]) -> httpx.Response:
    """Enter a token."""
    return visitor.http.post(page(bridge), params=asked, data={TOKEN: said})


def test_the_link_of_the_study_is_what_prolific_fills_in(bridge: Bridge) -> None:
    link = study_link(ORIGIN, bridge.key, PANEL)
    assert link.startswith(f"{ORIGIN}/bridge/")
    assert link.endswith(
        "?PROLIFIC_PID={{%PROLIFIC_PID%}}&STUDY_ID={{%STUDY_ID%}}&SESSION_ID={{%SESSION_ID%}}"
    )


def test_who_enters_the_token_is_known_and_goes_back_to_the_panel(
    visitor: Visitor, bridge: Bridge
) -> None:
    opened = visitor.http.get(page(bridge), params=OF_ONE)
    assert opened.status_code == 200
    form = re.search(r'<form method="post" action="([^"]*)"', opened.text)
    assert form
    posted = visitor.http.post(unescape(form[1]), data={TOKEN: spelled(token()).lower()})
    assert posted.status_code == 200
    assert "we know you now" in posted.text
    assert 'href="https://panel.example/done?cc=C1&amp;at=V1"' in posted.text
    (known,) = bridge.redeemed().values()
    assert known[:2] == (ONE, "prolific")


def test_entering_it_again_is_harmless_and_another_is_refused(
    visitor: Visitor, bridge: Bridge
) -> None:
    for _ in range(3):
        assert send(visitor, bridge, token(), OF_ONE).status_code == 200
    taken = send(visitor, bridge, token(), OF_TWO)
    assert taken.status_code == 409
    assert "Somebody has redeemed this code before you" in taken.text
    assert "panel.example/done" not in taken.text
    second = send(visitor, bridge, token(WORKERS[1]), OF_ONE)
    assert second.status_code == 409
    assert "You have redeemed another code" in second.text
    assert bridge.counts().redeemed == 1


def test_two_tabs_and_two_people_at_once_are_one_redemption(
    visitor: Visitor, bridge: Bridge
) -> None:
    got: list[int] = []
    people = (OF_ONE, OF_TWO) * 3
    threads = [
        threading.Thread(
            target=lambda who=who: got.append(send(visitor, bridge, token(), who).status_code)
        )
        for who in people
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(got) == {200: 3, 409: 3}
    assert bridge.counts().redeemed == 1


def test_who_guesses_is_told_to_wait(visitor: Visitor, bridge: Bridge) -> None:
    for _ in range(MOST_OF_ONE):
        assert send(visitor, bridge, WRONG, OF_ONE).status_code == 422
    late = send(visitor, bridge, token(), OF_ONE)
    assert late.status_code == 429
    assert int(late.headers["retry-after"]) > 0
    assert send(visitor, bridge, token(), OF_TWO).status_code == 200


@pytest.mark.parametrize("said", ["", "A1EXAMPLEWORKER", "<script>alert(1)</script>", "0" * 2_000])
def test_what_is_no_token_is_neither_kept_nor_said_again(
    visitor: Visitor, bridge: Bridge, path: Path, said: str
) -> None:
    """People type their worker ids, though nobody asked them."""
    for _ in range(MOST_OF_ONE + 1):
        reply = send(visitor, bridge, said, OF_ONE)
        assert reply.status_code == 422
    assert "That is not an invitation code, and we have not kept it" in reply.text
    assert not said or said not in reply.text
    assert not said or said.encode() not in beside(path).read_bytes()


def test_a_page_asks_for_no_worker_id(visitor: Visitor, bridge: Bridge) -> None:
    text = visitor.http.get(page(bridge), params=OF_ONE).text
    assert re.findall(r'<input [^>]*name="(\w+)"', text) == [TOKEN]
    assert "Please do not enter a worker id of Mechanical Turk" in unescape(text)


def test_the_page_can_be_used_without_scripts_and_with_a_screen_reader(
    visitor: Visitor, bridge: Bridge
) -> None:
    text = visitor.http.get(page(bridge), params=OF_ONE).text
    assert "<script" not in text
    assert 'lang="en"' in text
    assert '<label for="field">' in text
    wrong = send(visitor, bridge, WRONG, OF_ONE).text
    assert "<title>Error: " in wrong
    assert 'role="alert" ' in wrong.replace(">", " ")
    assert 'aria-describedby="wrong"' in wrong
    assert f'value="{WRONG}"' in wrong


def test_the_page_is_shut(visitor: Visitor, bridge: Bridge) -> None:
    for reply in (
        visitor.http.get(page(bridge), params=OF_ONE),
        send(visitor, bridge, WRONG, OF_ONE),
        send(visitor, bridge, token(), OF_ONE),
        send(visitor, bridge, token(), OF_TWO),
        visitor.http.get(page(bridge), params={TOKEN: token()}),
        visitor.http.get("/bridge/nobodys", params=OF_ONE),
    ):
        policy = reply.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "form-action 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "script-src" not in policy
        assert reply.headers["referrer-policy"] == "no-referrer"
        assert reply.headers["cache-control"] == "no-store"
        assert "set-cookie" not in reply.headers


def test_a_link_that_is_not_ours_opens_nothing(visitor: Visitor, bridge: Bridge) -> None:
    forged = [
        "/bridge",
        "/bridge/",
        "/bridge/AAAAAAAAAAAAAAAAAAAAAA",
        f"/bridge/{signature(visitor.desk.key, 'bridge', '')}",
        f"/bridge/{signature(bridge.key, 'hit', '')}",
        page(bridge)[:-1],
    ]
    for path in forged:
        assert visitor.http.get(path, params=OF_ONE).status_code == 404
        assert visitor.http.post(path, params=OF_ONE, data={TOKEN: token()}).status_code == 404
    assert bridge.counts().redeemed == 0


def test_nobody_redeems_without_a_panel(visitor: Visitor, bridge: Bridge) -> None:
    placeholders = {"PROLIFIC_PID": "{{%PROLIFIC_PID%}}"}
    for asked in ({}, placeholders, {"PROLIFIC_PID": ""}):
        assert send(visitor, bridge, token(), asked).status_code == 404
        opened = visitor.http.get(page(bridge), params=asked)
        assert "This page is opened from a study" in opened.text
        assert "<form" not in opened.text
    assert send(visitor, bridge, token(), {"PROLIFIC_PID": "x" * 300}).status_code == 422
    assert bridge.counts().redeemed == 0


def test_a_personal_link_shows_the_token_and_redeems_nothing(
    visitor: Visitor, bridge: Bridge
) -> None:
    """Programs that look through mail open it before people do."""
    opened = visitor.http.get(personal_link("", bridge.key, spelled(token())))
    assert spelled(token()) in opened.text
    assert "<form" not in opened.text
    assert bridge.counts().redeemed == 0
    filled = visitor.http.get(page(bridge), params={**OF_ONE, TOKEN: token()})
    assert f'value="{spelled(token())}"' in filled.text
    strange = visitor.http.get(page(bridge), params={TOKEN: "<b>A1EXAMPLE</b>"})
    assert "A1EXAMPLE" not in strange.text


def test_without_a_bridge_there_is_no_page(visitor: Visitor, tmp_path: Path) -> None:
    elsewhere = built(tmp_path / "another.bridge", WORKERS[:1])
    assert visitor.http.get(page(elsewhere), params=OF_ONE).status_code == 404
    assert not list(tmp_path.glob("mturk.db*"))


def test_nobody_is_named_in_a_log(
    visitor: Visitor, bridge: Bridge, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "mturk_exodus"):
        send(visitor, bridge, token(), OF_ONE)
        send(visitor, bridge, WRONG, OF_ONE)
        beside(path).write_bytes(b"gone bad" * 1_000)
        assert send(visitor, bridge, token(), OF_ONE).status_code == 500
    assert "cannot be read or written" in caplog.text
    for secret in (ONE, token(), spelled(token()), WORKERS[0], KEY.hex()):
        assert secret not in caplog.text


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x"])
def test_what_is_no_form_redeems_nothing(visitor: Visitor, bridge: Bridge, kind: str) -> None:
    reply = visitor.http.post(
        page(bridge), params=OF_ONE, content=b"token=x", headers={"content-type": kind}
    )
    assert reply.status_code == 422
