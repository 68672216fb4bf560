"""Answers that are odd, too large, cut off, smuggled, or nobody's."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import httpx
import pytest

from mturk_exodus.archive import Archive
from mturk_exodus.questions.answering import answers
from tests.mturk_exodus.serve.host.hostile.visits import (
    FORM,
    MB,
    OF_A_FORM,
    SCRIPT,
    SUBMIT,
    Task,
    Texts,
    head,
    opened,
    raw,
    sent,
)
from tests.mturk_exodus.serve.host.participants import STORED, Service, archive_of, memory


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


@contextmanager
def answering(folder: Path) -> Iterator[tuple[httpx.Client, Task, Callable[[], Texts]]]:
    """A service of one's own with one HIT, a participant's task, and what the archive holds."""
    path = folder / "mturk.db"
    archive_of(path, 1, 1)
    service = Service(path)

    def held() -> Texts:
        service.stop()
        with Archive.open(path, read_only=True) as archive:
            rows = archive.connection.execute("select answer from assignments").fetchall()
        assert len(rows) == 1
        return {one.question_identifier: one.free_text or "" for one in answers.read(rows[0][0])}

    with (
        service.running(),
        httpx.Client(base_url=service.origin, trust_env=False) as client,
    ):
        link = urlsplit(service.links()[0]).path
        yield client, opened(client, link, "writer"), held


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


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_answers_are_posted(client: httpx.Client, link: str, method: str) -> None:
    task = opened(client, link, "writer")
    said = urlencode({"assignmentId": task.assignment_id, "text": "not posted"})
    got = client.request(method, f"{SUBMIT}?{said}")
    assert got.status_code == 404
    assert client.get(f"/after/{task.token}").status_code == 303


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
