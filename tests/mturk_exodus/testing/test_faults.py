"""What goes wrong goes wrong where it should, and as it would."""

from __future__ import annotations

import httpx
import pytest

from mturk_exodus.testing.faults import (
    Answered,
    Died,
    Dies,
    Down,
    Fault,
    Forbidden,
    Lost,
    NetworkUsed,
    Throttled,
    positions,
)


class Server(httpx.BaseTransport):
    """Counts what it has carried out."""

    def __init__(self) -> None:
        self.done = 0
        self.closed = False

    def handle_request(self, _request: httpx.Request) -> httpx.Response:
        """Carry it out."""
        self.done += 1
        return httpx.Response(200, text=str(self.done))

    def close(self) -> None:
        """Note it."""
        self.closed = True


@pytest.fixture
def server() -> Server:
    return Server()


def _post(fault: httpx.BaseTransport) -> httpx.Response:
    with httpx.Client(transport=fault) as client:
        return client.post("http://target/things", headers={"authorization": "secret"})


@pytest.mark.parametrize("processed", [False, True])
def test_a_reply_is_replaced_at_one_request_alone(server: Server, processed: bool) -> None:
    fault = Answered(server, 2, status=502, processed=processed)
    assert [_post(fault).status_code for _ in range(3)] == [200, 502, 200]
    assert server.done == 2 + processed
    assert fault.last == "POST /things"


def test_a_replaced_reply_repeats_the_secret(server: Server) -> None:
    """So that whoever puts replies into errors is caught."""
    assert "secret" in _post(Answered(server, status=400)).text


@pytest.mark.parametrize("processed", [False, True])
def test_an_answer_is_lost(server: Server, processed: bool) -> None:
    with pytest.raises(httpx.ReadError, match="secret"):
        _post(Lost(server, processed=processed))
    assert server.done == processed


@pytest.mark.parametrize("processed", [False, True])
def test_the_program_dies_whatever_it_catches(server: Server, processed: bool) -> None:
    with pytest.raises(Died):
        _post(Dies(server, processed=processed))
    assert server.done == processed
    assert not issubclass(Died, Exception)


def test_a_busy_server_answers_in_the_end(server: Server) -> None:
    fault = Throttled(server, times=2, retry_after=7)
    replies = [_post(fault) for _ in range(6)]
    assert [reply.status_code for reply in replies] == [429, 429, 200, 429, 429, 200]
    assert replies[0].headers["retry-after"] == "7"
    assert server.done == 2


def test_a_server_may_stay_busy(server: Server) -> None:
    fault = Throttled(server, times=None)
    assert {_post(fault).status_code for _ in range(9)} == {429}
    assert server.done == 0


def test_nothing_answers(server: Server) -> None:
    with pytest.raises(httpx.ConnectError):
        _post(Down(server))


def test_nobody_may_send_anything() -> None:
    fault = Forbidden()
    with pytest.raises(NetworkUsed, match="POST /things"):
        _post(fault)
    assert fault.requests == ["POST /things"]


def test_what_a_fault_is_round_stays_open(server: Server) -> None:
    """The next one is round the same."""
    assert _post(Fault(server)).text == "1"
    assert not server.closed


def test_positions_have_the_first_and_the_last() -> None:
    assert list(positions(3, 25)) == [1, 2, 3]
    assert list(positions(100, 4)) == [1, 34, 67, 100]
