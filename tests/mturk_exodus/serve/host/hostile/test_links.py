"""Links that were changed, ids that are none, and who only looks."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import pytest

from mturk_exodus.serve.host.links import seal, signature
from tests.mturk_exodus.serve.host.hostile.visits import (
    MB,
    NOT_OURS,
    SCRIPT,
    Task,
    is_free,
    opened,
    raw,
    sent,
)
from tests.mturk_exodus.serve.host.participants import Service, archive_of, memory

KEYS = (b"k" * 32, bytes(32))


def flipped(text: str) -> str:
    return text[:-1] + ("A" if text[-1] != "A" else "B")


def test_changed_links_are_nobodys(client: httpx.Client, link: str, links: Iterator[str]) -> None:
    _, _, hit_id, signed = link.split("/")
    other = next(links).split("/")
    of_frame = urlsplit(Task(client.get(link)).frame).path.rsplit("/", 1)[1]
    paths = [
        f"/hit/{other[2]}/{signed}",
        f"/hit/{hit_id}/{other[3]}",
        f"/hit/{hit_id}/{of_frame}",
        f"/frame/{hit_id}/{signed}",
        f"/hit/{hit_id}/{signed[:-1]}",
        f"/hit/{hit_id}/{signed}A",
        f"/hit/{hit_id}/{flipped(signed)}",
        f"/hit/{hit_id}/" + quote("ünsigniert"),
        f"/hit/{hit_id.lower()}/{signed}",
        f"/hit/{hit_id}%00/{signed}",
        f"/hit/{hit_id}/{quote(SCRIPT, safe='')}",
        *(f"/hit/{hit_id}/{signature(key, 'hit', hit_id)}" for key in KEYS),
        f"/hits/{signed}",
    ]
    for path in paths:
        got = client.get(path, params={"PROLIFIC_PID": "forger"})
        assert (got.status_code, SCRIPT in got.text) == (404, False), path
        assert NOT_OURS in got.text, path
    assert is_free(client, link)


def test_changed_bundles_are_nobodys(service: Service, client: httpx.Client) -> None:
    sealed = urlsplit(service.links("--bundle", "10")[-1]).path.removeprefix("/hits/")
    said, _, signed = sealed.partition(".")
    other = urlsplit(service.links("--bundle", "10")[-2]).path.removeprefix("/hits/")
    for text in (
        f"{said}.{flipped(signed)}",
        f"{other.partition('.')[0]}.{signed}",
        f"{flipped(said)}.{signed}",
        f"{said}{said}.{signed}",
        f".{signed}",
        said,
        "A" * 9_000 + f".{signed}",
        seal(KEYS[0], "hits", ["3HIT00000"]),
        quote("ü.ü"),
        "%00.%00",
    ):
        got = client.get(f"/hits/{text}", params={"PROLIFIC_PID": "forger"})
        assert (got.status_code, NOT_OURS in got.text) == (404, True), text


def test_what_is_sealed_for_one_thing_opens_no_other(
    service: Service, client: httpx.Client, link: str
) -> None:
    task = opened(client, link, "owner")
    of_bundle = urlsplit(service.links("--bundle", "10")[-1]).path.removeprefix("/hits/")
    for token in (of_bundle, task.assignment_id, flipped(task.token), task.token[2:], "."):
        for got in (client.get(f"/after/{token}"), client.post(f"/return/{token}")):
            assert (got.status_code, NOT_OURS in got.text) == (404, True), token
    assert client.get(f"/hits/{task.token}").status_code == 404
    assert client.post(f"/return/{seal(KEYS[0], 'visit', [task.assignment_id, ''])}").is_error
    assert not is_free(client, link)


def test_a_link_says_nothing_of_where_it_leads_on(client: httpx.Client, link: str) -> None:
    """The way back is sealed, and begins with a path of ours, whatever the link's query says."""
    task = Task(client.get(f"{link}?PROLIFIC_PID=owner2&next=https://elsewhere.example//"))
    on = client.get(f"/after/{task.token}")
    assert on.status_code == 303
    assert on.headers["location"].startswith(f"{link}?")


def test_given_back_is_given_back_once(client: httpx.Client, link: str) -> None:
    task = opened(client, link, "returner")
    assert client.get(f"/return/{task.token}").status_code == 404
    assert client.post(f"/return/{task.token}").status_code == 200
    mine = Task(client.get(link, params={"PROLIFIC_PID": "somebody-else"}))
    assert client.post(f"/return/{task.token}").status_code == 200
    again = Task(client.get(link, params={"PROLIFIC_PID": "somebody-else"}))
    assert again.assignment_id == mine.assignment_id
    late = sent(client, {"assignmentId": task.assignment_id, "text": "too late"})
    assert (late.status_code, "the place is taken" in late.text) == (409, True)


def test_a_participant_of_the_list_is_one_of_the_list(tmp_path: Path) -> None:
    path = tmp_path / "mturk.db"
    archive_of(path, 1, 1)
    service = Service(path, "--panel", "list")
    people = tmp_path / "people.txt"
    people.write_text("anna\nbert\n", "utf-8")
    anna, bert = service.links("--participants", str(people))
    signed = [parse_qs(urlsplit(one).query)["signature"][0] for one in (anna, bert)]
    bare = urlsplit(anna).path
    with (
        service.running(),
        httpx.Client(base_url=service.origin, trust_env=False) as client,
    ):
        for query in (
            "participant=anna",
            "participant=anna&signature=",
            f"participant=anna&signature={signed[1]}",
            f"participant=carl&signature={signed[0]}",
            f"participant=anna&signature={flipped(signed[0])}",
            f"participant=anna%00&signature={signed[0]}",
            f"participant=Anna&signature={signed[0]}",
            f"participant=anna&signature={bare.rsplit('/', 1)[1]}",
            f"participant=&signature={signed[0]}",
            f"participant={{anna}}&signature={signed[0]}",
        ):
            got = client.get(f"{bare}?{query}")
            assert (got.status_code, NOT_OURS in got.text) == (404, True), query
        assert Task(client.get(bare)).is_preview
        for link in (anna, bert):
            for address in (link, f"{link}&begun={signed[0]}"):
                assert "<button>Begin</button>" in client.get(address).text
        begun = [client.post(link).headers["location"] for link in (anna, bert)]
        assert not Task(client.get(begun[1])).is_preview
        assert client.get(begun[0]).status_code == 409
        swapped = begun[1].replace("bert", "anna").replace(signed[1], signed[0])
        assert "<button>Begin</button>" in client.get(swapped).text


REFUSED_IDS = ("x" * 201, "a\x00b", "a\nb", "\x7f", "\u2028", "\r\nSet-Cookie: a=b", "\udcff")
ODD_IDS = (
    "'; drop table host_assignments; --",
    '" onload=alert(1) x="',
    SCRIPT,
    "../../etc/passwd",
    "%00",
    "ümläut 🙂 ﷽",
    " ",
    "javascript:alert(1)",
    "$" + "(id)`id`",
    "-1 or 1=1",
)


def quoted(text: str) -> str:
    return quote(text.encode("utf-8", "surrogateescape"), safe="")


@pytest.mark.parametrize("number", range(len(REFUSED_IDS)))
def test_what_is_no_id_takes_no_place(client: httpx.Client, link: str, number: int) -> None:
    got = client.get(f"{link}?PROLIFIC_PID={quoted(REFUSED_IDS[number])}")
    if number == len(REFUSED_IDS) - 1:  # bytes that are no UTF-8 are another id, and a sound one
        assert got.status_code == 200
        return
    assert (got.status_code, "This link is not complete" in got.text) == (409, True)
    assert "set-cookie" not in got.headers
    assert is_free(client, link)


@pytest.mark.parametrize("number", range(len(ODD_IDS)))
def test_odd_ids_are_ids_and_no_markup(client: httpx.Client, link: str, number: int) -> None:
    worker = ODD_IDS[number]
    page = client.get(f"{link}?PROLIFIC_PID={quoted(worker)}&STUDY_ID={quoted(SCRIPT)}")
    task = Task(page)
    assert not task.is_preview
    assert parse_qs(urlsplit(task.frame).query)["workerId"] == [worker]
    for got in (page, client.get(task.frame)):
        assert SCRIPT not in got.text
        assert escape(worker) == worker or worker not in got.text
    assert sent(client, {"assignmentId": task.assignment_id, "a": "b"}).status_code == 200
    assert client.get(f"{link}?PROLIFIC_PID=next").status_code == 409


@pytest.mark.parametrize(
    "query",
    [
        "",
        "PROLIFIC_PID=",
        "PROLIFIC_PID={{%PROLIFIC_PID%}}",
        "PROLIFIC_PID=%7B%7B%25PROLIFIC_PID%25%7D%7D",
        "prolific_pid=a",
        "PROLIFIC_PID[]=a",
    ],
)
def test_without_an_id_there_is_a_preview(client: httpx.Client, link: str, query: str) -> None:
    task = Task(client.get(f"{link}?{query}"))
    assert task.is_preview
    assert task.assignment_id == "ASSIGNMENT_ID_NOT_AVAILABLE"
    assert "PROLIFIC" not in task.frame
    got = sent(client, {"assignmentId": task.assignment_id, "text": "of nobody"})
    assert got.status_code == 404
    assert is_free(client, link)


@pytest.mark.parametrize("size", [60_000, 10 * MB])
def test_an_id_of_megabytes_is_refused(service: Service, link: str, size: int) -> None:
    before = memory(service.pid, "VmRSS")
    said = raw(
        service,
        f"GET {link}?PROLIFIC_PID=".encode() + b"x" * size + b" HTTP/1.1\r\nHost: h\r\n\r\n",
    )
    assert said[9:12] in (b"400", b"409", b""), said[:200]
    assert b"x" * 300 not in said
    assert memory(service.pid, "VmRSS") - before < 32 * MB


@pytest.mark.parametrize("method", ["HEAD", "GET"])
def test_who_only_looks_takes_no_place(client: httpx.Client, link: str, method: str) -> None:
    headers = {"Sec-Purpose": "prefetch;prerender"} if method == "GET" else {}
    for _ in range(3):
        got = client.request(method, f"{link}?PROLIFIC_PID=robot", headers=headers)
        assert (got.status_code, got.content) == (204, b"")
    assert is_free(client, link)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PROPFIND", "X"])
def test_links_are_opened_and_nothing_else(client: httpx.Client, link: str, method: str) -> None:
    got = client.request(method, f"{link}?PROLIFIC_PID=odd")
    assert (got.status_code, NOT_OURS in got.text) == (404, True)
    assert is_free(client, link)
