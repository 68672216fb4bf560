"""Each fault of the fake as a client sees it, and what was done in spite of it."""

from __future__ import annotations

import time

import httpx
import pytest

from tests.fakes.prolific import Chance, FakeProlific, Faults
from tests.fakes.prolific.faults import AFTER, BEFORE
from tests.fakes_test.prolific_support import Client, prolific

CREATE = "POST /studies/"


def _outcome(client: Client) -> str:
    """What a client makes of the answer to a new draft."""
    try:
        reply = client.ask(CREATE, client.study())
        return f"{reply.status_code} {'JSON' if reply.json() else ''}"
    except httpx.TimeoutException:
        return "too late"
    except httpx.TransportError:
        return "no answer"
    except ValueError:
        return f"{reply.status_code} no JSON"


@pytest.mark.parametrize(
    ("fault", "seen"),
    [
        ("server_error", "500 JSON"),
        ("unavailable", "503 no JSON"),
        ("reset", "no answer"),
        ("lost", "no answer"),
        ("lost_500", "500 JSON"),
        ("lost_gateway", "504 no JSON"),
        ("not_json", "200 no JSON"),
        ("cut_json", "201 no JSON"),
        ("cut_body", "no answer"),
    ],
)
def test_a_fault_strikes_once_and_what_it_left_behind_is_known(fault: str, seen: str) -> None:
    with prolific() as client:
        client.fake.faults.next(CREATE, fault)
        assert _outcome(client) == seen
        assert client.fake.drafts_created == (fault in AFTER)
        assert client.fake.log[-1].done == (fault in AFTER)
        assert _outcome(client) == "201 JSON"
        assert client.fake.calls == {(CREATE, fault): 1, (CREATE, "ok"): 1}


def test_every_fault_has_been_tried() -> None:
    assert {*BEFORE, *AFTER} == {
        *("server_error", "unavailable", "reset", "lost", "lost_500", "lost_gateway"),
        *("not_json", "cut_json", "cut_body", "slow"),
    }
    with pytest.raises(ValueError, match="no such fault: fire"):
        Faults().next(None, "fire")
    with pytest.raises(ValueError, match="no such fault: fire"):
        Faults(chances={"fire": Chance(1.0)})


def test_a_slow_answer_is_done_before_it_comes() -> None:
    with prolific() as client:
        client.fake.faults.slow_seconds = 30.0
        client.fake.faults.next(CREATE, "ok", "slow")
        assert _outcome(client) == "201 JSON"
        client.http.timeout = 0.3
        began = time.monotonic()
        assert _outcome(client) == "too late"
        assert client.fake.drafts_created == 2
    assert time.monotonic() - began < 10


def test_a_burst_of_429_passes_and_may_say_when() -> None:
    with prolific() as client:
        client.fake.faults.throttle(2, CREATE, retry_after="7")
        client.fake.faults.throttle(1)
        replies = [client.ask(CREATE, client.study()) for _ in range(4)]
        assert [each.status_code for each in replies] == [429, 429, 429, 201]
        assert [each.headers.get("Retry-After") for each in replies] == ["7", "7", None, None]
        assert client.fake.times(CREATE, "throttle") == 3
        assert client.fake.drafts_created == 1


def test_a_fault_of_one_operation_spares_the_others() -> None:
    with prolific() as client:
        client.fake.faults.next(CREATE, "server_error")
        client.get("GET /users/me/")
        assert _outcome(client) == "500 JSON"


def test_a_reply_may_be_another_than_the_true_one() -> None:
    with prolific() as client:
        client.fake.mangle = lambda operation, body: [operation, len(body)]
        assert client.get("GET /users/me/") == ["GET /users/me/", 7]


def test_chances_follow_their_seed() -> None:
    def outcomes(seed: int) -> list[str]:
        faults = Faults(seed, chances={"server_error": Chance(0.5, frozenset({CREATE}))})
        with prolific(FakeProlific(faults=faults)) as client:
            for _ in range(20):
                _outcome(client)
            return [each.outcome for each in client.fake.log]

    assert outcomes(1) == outcomes(1)
    assert outcomes(1) != outcomes(2)
    assert {*outcomes(1)} == {"ok", "server_error"}


@pytest.mark.parametrize(
    ("shape", "members"),
    [
        ("error", {"error"}),
        ("bare", {"status", "error_code", "title", "detail"}),
        ("simple", {"message", "detail"}),
        ("builder", {"message"}),
    ],
)
def test_there_are_four_forms_of_no(shape: str, members: set[str]) -> None:
    with prolific() as client:
        client.fake.error_shape = shape  # type: ignore[assignment] # one of the literals
        assert client.ask("GET /studies/nothing/").json().keys() == members


def test_endpoints_have_forms_of_their_own() -> None:
    with prolific() as client:
        missing = "f" * 24
        said = [
            client.ask(f"GET {path}").json().keys()
            for path in (f"/studies/{missing}/", f"/submissions/{missing}/")
        ]
        assert said == [{"error"}, {"status", "error_code", "title", "detail"}]
        batch = client.ask("GET /data-collection/batches/nothing")
        assert batch.json() == {"message": "Batch not found."}


@pytest.mark.parametrize("header", ["", "Token", "Token wrong", "Bearer {token}", "token {token}"])
def test_only_its_token_in_its_scheme_is_let_in(header: str) -> None:
    with prolific() as client, client.fake.forgiving():
        client.http.headers["Authorization"] = header.format(token=client.fake.token)
        assert client.ask("GET /users/me/").status_code == 401
        client.http.headers["Authorization"] = f"Token {client.fake.token}"
        assert client.ask("GET /users/me/").status_code == 200


def test_paths_and_methods_are_taken_at_their_word() -> None:
    with prolific() as client:
        assert "404" in client.refused("GET /studies")
        assert "404" in client.refused("GET /nowhere/")
        assert "405" in client.refused("PUT /studies/")
        assert "404" in client.refused("GET /data-collection/batches/")


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff", b'"text"'])
def test_a_body_that_is_no_object_is_refused(body: bytes) -> None:
    with prolific() as client, client.fake.forgiving():
        assert client.http.post("/api/v1/studies/", content=body).status_code == 400


def test_reads_and_writes_are_told_apart() -> None:
    with prolific() as client:
        study_id = client.draft()
        client.get("GET /studies/")
        written = [(each.operation, each.ids) for each in client.fake.writes()]
        assert written == [(CREATE, {})]
        client.move(study_id, "PUBLISH")
        assert client.fake.writes()[-1].operation == "POST /studies/{id}/transition/"
        assert [each.id for each in client.fake.published] == [study_id]
