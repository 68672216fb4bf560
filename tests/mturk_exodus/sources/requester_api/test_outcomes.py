from __future__ import annotations

from typing import Any

import pytest
import urllib3.exceptions
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    ReadTimeoutError,
    SSLError,
)

from mturk_exodus.sources.requester_api.outcomes import CallFailed, Trouble, plain, sort_out
from mturk_exodus.sources.requester_api.replies import BadReply
from mturk_exodus.sources.requester_api.wire import ReplyTooLarge

TURK = "AWS.MechanicalTurk."


def answer(code: str, status: int = 400, turk_code: str = "", message: str = "") -> ClientError:
    response: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(response | ({"TurkErrorCode": turk_code} if turk_code else {}), "ListHITs")


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (answer("ThrottlingException"), Trouble.THROTTLED),
        (answer("Throttling"), Trouble.THROTTLED),
        (answer("RequestLimitExceeded", 503), Trouble.THROTTLED),
        (answer("429", 429), Trouble.THROTTLED),
        (answer("whatever", 429), Trouble.THROTTLED),
        (answer("ServiceFault", 500, f"{TURK}ServiceFault"), Trouble.TRANSIENT),
        (answer("InternalFailure", 500), Trouble.TRANSIENT),
        (answer("503", 503), Trouble.TRANSIENT),
        (answer("ServiceUnavailable", 503), Trouble.TRANSIENT),
        (answer("RequestError", 400, f"{TURK}HITDoesNotExist"), Trouble.GONE),
        (answer("RequestError", 400, f"{TURK}AssignmentDoesNotExist"), Trouble.GONE),
        (answer("RequestError", 400, f"{TURK}QualificationTypeDoesNotExist"), Trouble.GONE),
        (answer("ExpiredTokenException"), Trouble.CREDENTIALS),
        (answer("UnrecognizedClientException"), Trouble.CREDENTIALS),
        (answer("InvalidSignatureException"), Trouble.CREDENTIALS),
        (answer("AccessDeniedException"), Trouble.CREDENTIALS),
        (answer("403", 403), Trouble.CREDENTIALS),
        (answer("RequestError", 400, f"{TURK}PermissionDeniedException"), Trouble.REFUSED),
        (answer("RequestError", 400, f"{TURK}InvalidParameterValue"), Trouble.REFUSED),
        (answer("410", 410), Trouble.REFUSED),
        (BadReply("cut off"), Trouble.TRANSIENT),
        (ReplyTooLarge("more"), Trouble.TRANSIENT),
        (EndpointConnectionError(endpoint_url="http://x"), Trouble.UNREACHABLE),
        (ReadTimeoutError(endpoint_url="http://x"), Trouble.UNREACHABLE),
        (SSLError(endpoint_url="http://x", error=OSError("bad")), Trouble.UNREACHABLE),
        (urllib3.exceptions.ProtocolError("reset"), Trouble.UNREACHABLE),
        (ConnectionResetError(), Trouble.UNREACHABLE),
    ],
)
def test_what_came_of_a_call_says_what_to_do_next(error: Exception, trouble: Trouble) -> None:
    failed = sort_out(error, with_token=False)
    assert failed.trouble is trouble
    assert "\n" not in failed.reason
    assert "http" not in failed.reason


def test_a_token_that_is_not_valid_begins_the_list_again_but_only_where_one_was_sent() -> None:
    error = answer("RequestError", 400, f"{TURK}InvalidParameterValue")
    assert sort_out(error, with_token=True).trouble is Trouble.TOKEN
    assert sort_out(answer("InvalidNextToken"), with_token=True).trouble is Trouble.TOKEN


@pytest.mark.parametrize("error", [KeyError("x"), ZeroDivisionError(), AssertionError()])
def test_a_mistake_of_ours_is_not_taken_for_trouble_of_the_network(error: Exception) -> None:
    with pytest.raises(type(error)):
        sort_out(error, with_token=False)


@pytest.mark.parametrize(
    "secret",
    [
        "AKIAIOSFODNN7EXAMPLE",
        "ASIAY34FZKBOKMUTVV7A",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "A2QX5TW9LPRS1H",
        "A1Z2Y3X4W5V6U7",
    ],
)
def test_reasons_hold_neither_keys_nor_worker_ids(secret: str) -> None:
    failed = sort_out(answer("X", 400, "", f"No {secret}, sorry ({secret})"), with_token=False)
    assert secret not in failed.reason
    assert "[hidden]" in failed.reason


def test_reasons_are_one_short_line_of_printable_text() -> None:
    shown = plain("a\r\n\x1b[31mb\x00\u202e\ud800c" + "word " * 100)
    assert shown.isprintable() or "\u202e" in shown
    assert "\x1b" not in shown
    assert "\n" not in shown
    assert len(shown) <= 200


def test_the_codes_of_mturk_are_shown_as_they_are() -> None:
    error = answer("RequestError", 400, f"{TURK}HITDoesNotExist", "Hit 3PR3 does not exist. (1)")
    failed = sort_out(error, with_token=False)
    assert isinstance(failed, CallFailed)
    assert failed.reason == "AWS.MechanicalTurk.HITDoesNotExist: Hit 3PR3 does not exist. (1)"
