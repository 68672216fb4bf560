"""Visitors who mean no good, and browsers and machines that do odd things, at the real service."""

from __future__ import annotations

import asyncio
import re
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from html import escape, unescape
from itertools import count
from pathlib import Path
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from uvicorn.server import ServerState

from mturk_exodus.archive import Archive
from mturk_exodus.questions.answering import answers
from mturk_exodus.serve.host.app import Settings, create_app
from mturk_exodus.serve.host.bodies import Bodies
from mturk_exodus.serve.host.catalogue import Place
from mturk_exodus.serve.host.desk import Desk, OfferedHIT
from mturk_exodus.serve.host.links import link as link_to
from mturk_exodus.serve.host.links import seal, signature
from mturk_exodus.serve.host.panels import PANELS
from mturk_exodus.serve.host.server import _config, _Patient
from mturk_exodus.serve.listening import anywhere, url_of
from tests.mturk_exodus.serve.host.participants import STORED, Service, archive_of, memory

MB = 2**20
HITS = 60
SUBMIT = "/mturk/externalSubmit"
NOT_OURS = "This link is not one of ours"
SCRIPT = "<script>alert(1)</script>"
KEYS = (b"k" * 32, bytes(32))
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
Texts = dict[str, str]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    path = tmp_path_factory.mktemp("hostile") / "mturk.db"
    archive_of(path, HITS, 1)
    one = Service(path, "--collect-every", "3600")
    one.start()
    try:
        yield one
    finally:
        one.stop()


@pytest.fixture
def client(service: Service) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=service.origin, timeout=30, trust_env=False) as one:
        yield one


@pytest.fixture(scope="module")
def links(service: Service) -> Iterator[str]:
    """Links to single HITs, each used by one test alone."""
    return iter([urlsplit(link).path for link in service.links()])


@pytest.fixture
def link(links: Iterator[str]) -> str:
    """To a HIT with one place, which nobody else wants."""
    return next(links)


class Task:
    """A HIT that a participant has."""

    def __init__(self, page: httpx.Response) -> None:
        assert page.status_code == 200, page.text
        frame = re.search(r'<iframe [^>]*src="([^"]+)"', page.text)
        assert frame is not None
        self.frame = unescape(frame[1])
        said = parse_qs(urlsplit(self.frame).query)
        self.assignment_id = said["assignmentId"][0]
        after = re.search(r'data-after="/after/([^"]+)"', page.text)
        self.token = unescape(after[1]) if after else ""

    @property
    def is_preview(self) -> bool:
        """Whether it is nobody's."""
        return not self.token


def opened(client: httpx.Client, link: str, worker: str) -> Task:
    return Task(client.get(link, params={"PROLIFIC_PID": worker}))


def is_free(client: httpx.Client, link: str) -> bool:
    """Whether the one place of a HIT is; it is not afterwards."""
    return client.get(link, params={"PROLIFIC_PID": "somebody-else"}).status_code == 200


def sent(client: httpx.Client, fields: Texts) -> httpx.Response:
    return client.post(SUBMIT, data=fields)


def raw(service: Service, *parts: bytes, seconds: float = 10) -> bytes:
    """What comes back for bytes, until the other side is silent or closes."""
    with socket.create_connection(("127.0.0.1", service.port), seconds) as one:
        with suppress(ConnectionResetError, BrokenPipeError):  # it need not hear all of it
            for part in parts:
                one.sendall(part)
        return heard(one)


def heard(one: socket.socket) -> bytes:
    said = b""
    try:
        while part := one.recv(65536):
            said += part
            if b"</html>" in said:
                break
    except (TimeoutError, ConnectionResetError):
        pass
    return said


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


def test_a_second_answer_changes_nothing(tmp_path: Path) -> None:
    with answering(tmp_path) as (client, task, held):
        first = {"assignmentId": task.assignment_id, "text": "the first"}
        assert STORED in sent(client, first).content
        assert STORED in sent(client, {**first, "text": "the second"}).content
        assert client.post(f"/return/{task.token}").status_code != 404
        assert held() == {"text": "the first"}


def test_answers_of_all_kinds_arrive_as_they_were(tmp_path: Path) -> None:
    fields = {
        "text": SCRIPT + "]]></FreeText><Answer>&amp;",
        "__proto__": "1",
        "' or ''='": "2",
        "Answer.text": "3",
        "<b>": "4",
        "ключ 🙂": "5\r\n6",
        "x" * 5_000: "7",
        "a|b": "8",
        "..": "9",
    }
    with answering(tmp_path) as (client, task, held):
        got = sent(client, {"assignmentId": task.assignment_id, **fields, "": "no name"})
        assert STORED in got.content
        assert SCRIPT not in got.text
        assert held() == fields


def test_bytes_that_are_no_text_are_taken_as_replaced(tmp_path: Path) -> None:
    with answering(tmp_path) as (client, task, held):
        body = f"assignmentId={task.assignment_id}&".encode() + b"a=\xff%FE&b=x%00y&%00=z&c=\x00"
        got = client.post(SUBMIT, content=body, headers=FORM)
        assert STORED in got.content
        assert held() == {"a": "\ufffd\ufffd", "b": "x\ufffdy", "\ufffd": "z", "c": "\ufffd"}


class answering:  # noqa: N801 - a context, as contextmanager would make it
    """A service of one's own with one HIT, a participant's task, and what the archive holds."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "mturk.db"
        archive_of(self._path, 1, 1)
        self._service = Service(self._path)

    def __enter__(self) -> tuple[httpx.Client, Task, Callable[[], Texts]]:
        self._service.start()
        self._client = httpx.Client(base_url=self._service.origin, trust_env=False)
        link = urlsplit(self._service.links()[0]).path
        return self._client, opened(self._client, link, "writer"), self._held

    def __exit__(self, *_: object) -> None:
        self._client.close()
        if self._service.is_running:
            self._service.stop()

    def _held(self) -> Texts:
        self._service.stop()
        with Archive.open(self._path, read_only=True) as archive:
            rows = archive.connection.execute("select answer from assignments").fetchall()
        assert len(rows) == 1
        return {one.question_identifier: one.free_text or "" for one in answers.read(rows[0][0])}


@pytest.mark.parametrize(
    ("fields", "size", "status"),
    [(6_000, 1, 413), (100_000, 1, 413), (2, 5 * MB, 413), (0, 0, 400)],
)
def test_too_much_and_nothing_are_refused(
    client: httpx.Client, link: str, fields: int, size: int, status: int
) -> None:
    task = opened(client, link, "writer")
    said = {f"f{number}": "x" * size for number in range(fields)}
    got = sent(client, {"assignmentId": task.assignment_id, **said})
    assert got.status_code == status, got.text
    assert sent(client, {"assignmentId": task.assignment_id, "a": "b"}).status_code == 200


def test_huge_bodies_are_refused_and_not_held(service: Service, client: httpx.Client) -> None:
    """Four of 100 MB at a time, with and without a length; meanwhile others are served."""
    before = memory(service.pid, "VmRSS")

    def send(number: int) -> int:
        body = (b"a=" + b"x" * (MB - 2) for _ in range(100))
        length = {"Content-Length": str(100 * MB)} if number % 2 else {}
        with httpx.Client(base_url=service.origin, timeout=60, trust_env=False) as one:
            try:
                return one.post(SUBMIT, content=body, headers={**FORM, **length}).status_code
            except httpx.TransportError:
                return 0  # let go while it was still sending

    with ThreadPoolExecutor(4) as threads:
        sending = [threads.submit(send, number) for number in range(4)]
        while not all(one.done() for one in sending):
            assert client.get("/health").status_code == 200
            assert memory(service.pid, "VmRSS") - before < 160 * MB
            time.sleep(0.05)
        assert {one.result() for one in sending} <= {413, 503, 0}
    assert memory(service.pid, "VmRSS") - before < 160 * MB
    assert STORED not in client.post(SUBMIT, data={"a": "b"}).content


def head(*lines: str) -> bytes:
    said = ("POST /mturk/externalSubmit HTTP/1.1", "Host: h", *lines)
    return "\r\n".join(said).encode() + b"\r\n\r\n"


OF_A_FORM = "Content-Type: application/x-www-form-urlencoded"


def test_a_chunked_body_is_a_body(service: Service, client: httpx.Client, link: str) -> None:
    task = opened(client, link, "writer")
    said = f"assignmentId={task.assignment_id}&text=chunked"
    parts = [f"1\r\n{letter}\r\n".encode() for letter in said]
    got = raw(service, head(OF_A_FORM, "Transfer-Encoding: chunked"), *parts, b"0\r\n\r\n")
    assert STORED in got


def test_a_body_that_ends_too_early_is_no_answer(
    service: Service, client: httpx.Client, link: str
) -> None:
    task = opened(client, link, "writer")
    said = f"assignmentId={task.assignment_id}&text=cut off".encode()
    with socket.create_connection(("127.0.0.1", service.port), 10) as one:
        one.sendall(head(OF_A_FORM, f"Content-Length: {len(said) + 9}") + said)
    time.sleep(0.3)
    assert client.get(f"/after/{task.token}").status_code == 303  # it leads back to the task
    assert sent(client, {"assignmentId": task.assignment_id, "text": "whole"}).status_code == 200


@pytest.mark.parametrize(
    "lines",
    [
        ("Content-Length: -1",),
        ("Content-Length: many",),
        ("Content-Length: 3", "Content-Length: 4"),
        ("Content-Length: 3", "Transfer-Encoding: chunked, gzip"),
        ("Transfer-Encoding: gzip",),
        ("Content-Length: 99999999999999999999999",),
    ],
)
def test_lengths_that_make_no_sense_are_refused(service: Service, lines: tuple[str, ...]) -> None:
    said = raw(service, head(OF_A_FORM, *lines), b"a=b", seconds=2)
    assert said[9:12] in (b"400", b"501", b""), said[:200]


def test_what_comes_behind_a_body_is_no_part_of_it(
    service: Service, client: httpx.Client, link: str
) -> None:
    task = opened(client, link, "writer")
    said = f"assignmentId={task.assignment_id}&text=short".encode()
    smuggled = b"&text=longer HTTP/1.1\r\n\r\n"
    got = raw(service, head(OF_A_FORM, f"Content-Length: {len(said)}") + said + smuggled)
    assert STORED in got
    assert client.get("/health").status_code == 200


def test_idle_connections_leave_room_for_others(service: Service, client: httpx.Client) -> None:
    with ExitStack() as stack:
        for _ in range(1_000):
            stack.enter_context(socket.create_connection(("127.0.0.1", service.port), 10))
        for _ in range(5):
            began = time.monotonic()
            with httpx.Client(base_url=service.origin, timeout=20, trust_env=False) as other:
                assert other.get("/health").status_code == 200
            assert time.monotonic() - began < 10
    assert client.get("/health").status_code == 200


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_answers_are_posted(client: httpx.Client, link: str, method: str) -> None:
    task = opened(client, link, "writer")
    said = urlencode({"assignmentId": task.assignment_id, "text": "not posted"})
    got = client.request(method, f"{SUBMIT}?{said}")
    assert got.status_code == 404
    assert client.get(f"/after/{task.token}").status_code == 303


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PROPFIND", "X"])
def test_links_are_opened_and_nothing_else(client: httpx.Client, link: str, method: str) -> None:
    got = client.request(method, f"{link}?PROLIFIC_PID=odd")
    assert (got.status_code, NOT_OURS in got.text) == (404, True)
    assert is_free(client, link)


@pytest.mark.parametrize(
    "kind", ["multipart/form-data; boundary=x", "text/plain", "application/json", ""]
)
def test_what_is_no_form_is_no_answer(client: httpx.Client, link: str, kind: str) -> None:
    task = opened(client, link, "writer")
    body = (
        '--x\r\nContent-Disposition: form-data; name="assignmentId"\r\n\r\n'
        f"{task.assignment_id}\r\n--x--\r\n"
    )
    got = client.post(SUBMIT, content=body, headers={"Content-Type": kind})
    assert (got.status_code, "was not submitted correctly" in got.text) == (400, True)


@pytest.mark.parametrize(
    "assignment_id",
    [
        "",
        "3" + "A" * 29,
        "' or 1=1 --",
        "%00",
        SCRIPT,
        "x" * 100_000,
        "\N{ARABIC-INDIC DIGIT THREE}",
    ],
)
def test_nobodys_assignment_takes_no_answer(client: httpx.Client, assignment_id: str) -> None:
    got = sent(client, {"assignmentId": assignment_id, "text": SCRIPT})
    assert (got.status_code, SCRIPT in got.text) == (404, False)


@pytest.mark.parametrize(
    "path",
    [
        "/pages/../app.py",
        "/pages/%2e%2e/app.py",
        "/pages/..%2fapp.py",
        "/pages/....//app.py",
        "/pages/%2Fetc%2Fpasswd",
        "/pages/visitor.css%00.html",
        "/pages/visitor.css/",
        "/pages/",
        "//etc/passwd",
        "/pages/..\\app.py",
        "/hit/../../etc/passwd",
        "/.git/config",
        "/after/",
        "/" + "x" * 30_000,
        "/%ff%fe",
        "/\x7f",
    ],
)
def test_other_paths_lead_nowhere(service: Service, path: str) -> None:
    said = raw(service, f"GET {path} HTTP/1.1\r\nHost: h\r\n\r\n".encode("latin-1"), seconds=3)
    assert said[9:12] in (b"404", b"400"), said[:300]
    assert b"import" not in said
    assert b"root:" not in said


@pytest.mark.parametrize(
    "said",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET http://elsewhere.example/ HTTP/1.1\r\nHost: elsewhere.example\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: h\r\nX: " + b"y" * 200_000 + b"\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
        b"\x00" * 1000,
    ],
)
def test_what_is_no_request_does_no_harm(
    service: Service, client: httpx.Client, said: bytes
) -> None:
    raw(service, said, seconds=1)
    assert client.get("/health").status_code == 200


def test_every_page_is_strict(client: httpx.Client, link: str) -> None:
    task = opened(client, link, "careful")
    pages = {
        "task": client.get(f"{link}?PROLIFIC_PID=careful"),
        "no place": client.get(f"{link}?PROLIFIC_PID=other"),
        "preview": client.get(link),
        "frame": client.get(task.frame),
        "front": client.get("/"),
        "no such page": client.get("/nothing"),
        "wrong method": client.put("/"),
        "no form": client.post(SUBMIT, json={}),
        "nobody's": sent(client, {"assignmentId": "3" + "A" * 29, "a": "b"}),
        "on": client.get(f"/after/{task.token}"),
        "returned": client.post(f"/return/{task.token}"),
        "stored": sent(client, {"assignmentId": task.assignment_id, "a": "b"}),
        "done": client.get(f"/after/{task.token}"),
    }
    for name, page in pages.items():
        told = page.headers
        assert "set-cookie" not in told, name
        assert "server" not in told, name
        assert "no-store" in told["cache-control"], name
        if page.status_code != 303:
            assert told["x-content-type-options"] == "nosniff", name
            assert "default-src 'none'" in told["content-security-policy"], name
            assert "unsafe" not in told["content-security-policy"] or name == "frame", name
            assert "base-uri 'none'" in told["content-security-policy"], name
        assert told["referrer-policy"] in ("no-referrer", "strict-origin"), name
    assert pages["stored"].status_code == 200


def test_the_host_says_nothing_about_anybody(tmp_path: Path) -> None:
    """Whatever is done to it, and whatever fails: its database is taken away under its hands."""
    path = tmp_path / "mturk.db"
    archive_of(path, 2, 9)
    service = Service(path, "--collect-every", "1")
    service.start()
    secret = "Q7secret"  # noqa: S105 - an id that is to be found nowhere
    link = urlsplit(service.links()[0]).path
    with httpx.Client(base_url=service.origin, trust_env=False, timeout=60) as client:
        task = opened(client, link, secret)
        said = {"assignmentId": task.assignment_id, "text": secret}
        assert sent(client, said).status_code == 200
        for number in count():
            client.get(f"{link}?PROLIFIC_PID={secret}%00{number}")
            raw(service, f"GET /{secret} HTTP/7\r\n\r\n".encode(), seconds=1)
            if number > 2:
                break
        task = opened(client, link, f"{secret}-2")
        # By SQL: who writes into a file that is another process's memory, ends that process.
        with closing(sqlite3.connect(tmp_path / "mturk.db.host", timeout=30)) as desk:
            desk.execute("drop table host_answers")
        failed = sent(client, {**said, "assignmentId": task.assignment_id})
        assert failed.status_code in (500, 503)
        client.get(f"{link}?PROLIFIC_PID={secret}-3")
    service.kill()
    assert secret not in service.said()
    assert task.assignment_id not in service.said()
    assert "a visitor was not served" in service.said()


class _Hurried(_Patient):
    seconds = 0.5


@pytest.fixture
def hurried(tmp_path: Path) -> Iterator[tuple[str, int]]:
    """A host in this process that waits half a second for anything; a link of its, and its port."""
    path = tmp_path / "mturk.db"
    (hit_id,) = archive_of(path, 1, 9)
    with Desk.open(tmp_path / "desk") as desk, anywhere("127.0.0.1", 0) as listener:
        desk.offer([OfferedHIT(hit_id=hit_id, places=9, assignment_duration_in_seconds=3600)])
        url = url_of("127.0.0.1", listener)
        app = create_app(Settings(path, PANELS["prolific"], Place(url)), desk, Bodies(seconds=0.5))
        config = _config(app)
        config.http = _Hurried
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield link_to(url, [hit_id], desk.key, {}), listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


def is_let_go(one: socket.socket, drip: bytes, seconds: float = 8) -> bool:
    """Whether the other side closes, although a byte comes now and then."""
    until = time.monotonic() + seconds
    one.settimeout(0.1)
    while time.monotonic() < until:
        if is_closed_after(one, drip):
            return True
    return False


def is_closed_after(one: socket.socket, drip: bytes) -> bool:
    try:
        if drip:
            one.sendall(drip)
        while one.recv(65536):
            pass
    except TimeoutError:
        return False
    except (ConnectionResetError, BrokenPipeError):
        pass
    return True


FORM_OF_100 = head(OF_A_FORM, "Content-Length: 100")


@pytest.mark.parametrize(
    ("said", "drip"),
    [
        (b"", b""),
        (b"", b"\r\n"),
        (b"GET /health HTTP/1.1\r\nHost: h\r\n", b""),
        (b"GET /health HTTP/1.1\r\nHost: h\r\nX: ", b"y"),
        (b"GET /health HTTP/1.1\r\nHost: h\r\n\r\nGET /hea", b"l"),
        (FORM_OF_100, b""),
        (FORM_OF_100, b"a"),
        (head("Content-Type: text/plain", "Content-Length: 1000"), b"a"),
        (b"POST /return/x HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n", b"a"),
        (b"GET /health HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
    ],
    ids=[
        "nothing",
        "empty lines",
        "half a head",
        "a head by bytes",
        "a second head by bytes",
        "no body",
        "a body by bytes",
        "a body that is not read, by bytes",
        "a body behind a refusal, by bytes",
        "chunks that nobody asked for",
    ],
)
def test_who_is_too_slow_is_let_go(hurried: tuple[str, int], said: bytes, drip: bytes) -> None:
    link, port = hurried
    with socket.create_connection(("127.0.0.1", port), 10) as slow:
        slow.sendall(said)
        got = httpx.get(f"{link}?PROLIFIC_PID=quick", trust_env=False)
        assert got.status_code == 200  # others are served meanwhile
        assert is_let_go(slow, drip)


def test_a_slow_body_is_told_that_it_is(hurried: tuple[str, int]) -> None:
    with socket.create_connection(("127.0.0.1", hurried[1]), 10) as slow:
        slow.sendall(FORM_OF_100 + b"a=b")
        said = heard(slow)
    assert said.startswith(b"HTTP/1.1 408")
    assert b"did not arrive in time" in said


def test_who_is_quick_may_stay(hurried: tuple[str, int]) -> None:
    """A connection that is used now and then outlives the time for a request."""
    with httpx.Client(trust_env=False) as client:
        for _ in range(4):
            assert Task(client.get(f"{hurried[0]}?PROLIFIC_PID=quick")).token
            time.sleep(0.4)


class _Unread(asyncio.Transport):
    """A connection whose other side reads so much between two looks."""

    def __init__(self, left: int, reads: int) -> None:
        super().__init__()
        self.looked = asyncio.Event()
        self.is_aborted = False
        self._left, self._reads, self._looks = left, reads, 0

    def get_write_buffer_size(self) -> int:
        self._left = max(0, self._left - self._reads)
        self._looks += 1
        if self._looks == 5:
            self.looked.set()
        return self._left

    def abort(self) -> None:
        self.is_aborted = True
        self.looked.set()

    def close(self) -> None:
        """Nothing more is looked at."""


@pytest.mark.parametrize(
    ("left", "reads", "aborted"), [(9, 0, True), (90, 1, False), (0, 0, False)]
)
def test_an_answer_that_nobody_reads_is_not_kept(left: int, reads: int, *, aborted: bool) -> None:
    async def scenario() -> bool:
        stuck = _Unread(left, reads)
        config = uvicorn.Config(Starlette(), http=_Hurried, lifespan="off")
        config.load()
        one = _Hurried(config, ServerState(), {}, asyncio.get_running_loop())
        one.seconds = 0.01
        one.transport = stuck
        one._watch()
        await asyncio.wait_for(stuck.looked.wait(), 10)
        one.connection_lost(None)
        return stuck.is_aborted

    assert asyncio.run(scenario()) is aborted


def test_who_asks_and_does_not_read_is_let_go(hurried: tuple[str, int]) -> None:
    asked = b"GET /pages/visitor.css HTTP/1.1\r\nHost: a\r\n\r\n" * 400
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        one.settimeout(8)
        one.connect(("127.0.0.1", hurried[1]))
        with pytest.raises((ConnectionResetError, BrokenPipeError)):
            one.sendall(asked * 1_000)
