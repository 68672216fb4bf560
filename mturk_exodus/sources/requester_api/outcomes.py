"""What can come of a call besides its reply, sorted by what to do next."""

from __future__ import annotations

import re
from enum import Enum
from typing import Any

import urllib3.exceptions
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError

from mturk_exodus.sources.requester_api.replies import BadReply
from mturk_exodus.sources.requester_api.wire import ReplyTooLarge


class Trouble(Enum):
    """What to do about a call that gave no reply."""

    THROTTLED = "back on the queue, and slower"
    TRANSIENT = "again, a little later"
    UNREACHABLE = "again, a little later; if nothing answers for long, stop"
    TOKEN = "ask from the first page again"  # noqa: S105 - MTurk's NextToken
    GONE = "MTurk has dropped it"
    REFUSED = "this one will not be answered"
    CREDENTIALS = "stop: no call will be answered"


class CallFailed(Exception):
    """A call gave no reply.

    Attributes:
        trouble: what to do about it.
        reason: one line for people, without ids of workers or keys.
    """

    def __init__(self, trouble: Trouble, reason: str) -> None:
        super().__init__(reason)
        self.trouble = trouble
        self.reason = reason


# Not in MTurk's service model, which knows RequestError and ServiceFault alone; these are the
# codes that AWS endpoints share.
_THROTTLED = {
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestLimitExceeded",
    "TooManyRequestsException",
    "SlowDown",
    "BandwidthLimitExceeded",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "429",
}
_CREDENTIALS = {
    "AccessDenied",
    "AccessDeniedException",
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "IncompleteSignatureException",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "NotAuthorized",
    "OptInRequired",
    "RequestExpired",
    "SignatureDoesNotMatch",
    "UnauthorizedOperation",
    "UnrecognizedClientException",
    "401",
    "403",
}
_TRANSIENT = {"ServiceFault", "InternalFailure", "InternalServerError", "ServiceUnavailable"}
_TOKEN = "AWS.MechanicalTurk.InvalidParameterValue"  # noqa: S105 - a TurkErrorCode
_SERVER_ERROR = 500
_THROTTLE_STATUS = 429

_SECRETS = re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b|\bA[A-Z0-9]{9,20}\b|[A-Za-z0-9/+=]{40,}")
_UNPRINTABLE = re.compile(r"[^\x20-\x7e\xa0-\ud7ff\ue000-\uffff]+")
_LONGEST = 200


def plain(text: str) -> str:
    """Someone else's words, fit for a terminal or a log: one line, short, without keys and
    worker ids.
    """
    return _UNPRINTABLE.sub(" ", _SECRETS.sub("[hidden]", text))[:_LONGEST].strip()


def sort_out(error: Exception, *, with_token: bool) -> CallFailed:
    """What an exception of the wire means.

    Raises:
        Exception: it is none of the wire's; a bug.
    """
    if isinstance(error, ClientError):
        return _sort_out_answer(error, with_token=with_token)
    if isinstance(error, (BadReply, ReplyTooLarge)):
        return CallFailed(Trouble.TRANSIENT, plain(str(error)))
    if isinstance(error, EndpointConnectionError):
        return CallFailed(Trouble.UNREACHABLE, "could not connect to the endpoint")
    if isinstance(error, (BotoCoreError, urllib3.exceptions.HTTPError, OSError)):
        return CallFailed(Trouble.UNREACHABLE, f"no whole answer ({type(error).__name__})")
    raise error


def _sort_out_answer(error: ClientError, *, with_token: bool) -> CallFailed:
    response: dict[str, Any] = dict(error.response)
    code = str(response.get("Error", {}).get("Code", ""))
    status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    turk_code = str(response.get("TurkErrorCode") or "")
    message = response.get("Error", {}).get("Message") or response.get("Message") or ""
    reason = plain(f"{turk_code or code}: {message}")
    return CallFailed(_trouble(code, status, turk_code, with_token=with_token), reason)


def _trouble(code: str, status: int, turk_code: str, *, with_token: bool) -> Trouble:
    if code in _THROTTLED or status == _THROTTLE_STATUS:
        return Trouble.THROTTLED
    if code in _TRANSIENT or status >= _SERVER_ERROR:
        return Trouble.TRANSIENT
    if turk_code.endswith("DoesNotExist"):
        return Trouble.GONE
    if code in _CREDENTIALS and not turk_code:
        return Trouble.CREDENTIALS
    if with_token and (turk_code == _TOKEN or (not turk_code and "Token" in code)):
        return Trouble.TOKEN
    return Trouble.REFUSED
