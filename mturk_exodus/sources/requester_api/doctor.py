"""Can this machine export now? What is found, what one cheap call answers, what that means."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import Any

import botocore.session
from botocore.exceptions import ClientError

from mturk_exodus import errors
from mturk_exodus.errors import ExodusError
from mturk_exodus.sources.requester_api import credentials, endpoints
from mturk_exodus.sources.requester_api import operations as ops
from mturk_exodus.sources.requester_api.outcomes import CallFailed, Trouble, plain, sort_out
from mturk_exodus.sources.requester_api.replies import parse
from mturk_exodus.sources.requester_api.wire import Wire

_ACTIONS = (*ops.LISTINGS, ops.GET_BALANCE, ops.GET_HIT, ops.GET_UPLOAD, ops.LIST_REVIEWS)

POLICY: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": sorted(f"mechanicalturk:{action}" for action in _ACTIONS),
            "Resource": "*",
        }
    ],
}
"""The smallest IAM policy that an export needs. MTurk knows no resources."""

_OK = "the API answers this account: run `exodus export` now, while it does"
_CLOSED = (
    "MTurk closed on 2026-09-30, and history was said to stay until 2027-01-28; if it no longer"
    " answers, `exodus ingest` takes the files that you hold"
)


@dataclass(frozen=True)
class Diagnosis:
    """What was found, a line each.

    Attributes:
        credentials: what boto3 would use.
        account: what tells this account from others.
        endpoint: where calls go.
        resolves: what the name service says of it.
        answer: what GetAccountBalance answered, as it came.
        meaning: what to do next.
        failure: the error that an export would end with; None if it would begin.
    """

    credentials: str
    account: str
    endpoint: str
    resolves: str
    answer: str
    meaning: str
    failure: type[ExodusError] | None


def examine(profile: str | None, endpoint: str) -> Diagnosis:
    """Look at everything that an export needs before its first call, and make one."""
    resolves = _resolve(endpoint)
    try:
        session = credentials.new_session(profile)
        found = credentials.find(session)
    except errors.CredentialsNotFound as error:
        return Diagnosis(
            "none", "unknown", endpoint, resolves, "not asked", str(error), type(error)
        )
    answer, meaning, failure = _call(session, endpoint, found)
    return Diagnosis(found.description, found.account, endpoint, resolves, answer, meaning, failure)


def _resolve(endpoint: str) -> str:
    host = endpoints.host(endpoint)
    try:
        addresses = {info[4][0] for info in socket.getaddrinfo(host, None)}
    except (OSError, UnicodeError):
        return f"{host} has no address: it is gone, or this machine has no name service"
    return f"{host} has {len(addresses)} address{'es' if len(addresses) > 1 else ''}"


def _call(
    session: botocore.session.Session, endpoint: str, found: credentials.Found
) -> tuple[str, str, type[ExodusError] | None]:
    wire = Wire(session, endpoint, connections=1)
    try:
        body = wire.call(ops.GET_BALANCE, {})
        parse(body)
    except Exception as error:  # noqa: BLE001 - sort_out raises again what it does not know
        failed = sort_out(error, with_token=False)
        meaning, failure = _meaning(failed, found)
        return _verbatim(error, failed), meaning, failure
    finally:
        wire.close()
    return f"HTTP 200 {plain(body.decode())}", _OK, None


def _verbatim(error: Exception, failed: CallFailed) -> str:
    if not isinstance(error, ClientError):
        return failed.reason
    response: dict[str, Any] = dict(error.response)
    body = response.get("Body", b"")
    words = body.decode("utf-8", "replace") if isinstance(body, bytes) else ""
    return f"HTTP {response['ResponseMetadata']['HTTPStatusCode']} {plain(words)}"


def _meaning(failed: CallFailed, found: credentials.Found) -> tuple[str, type[ExodusError]]:
    if failed.trouble is Trouble.CREDENTIALS and found.temporary:
        return (
            "MTurk takes no temporary and no role credentials: make an access key for an IAM user"
            " of the AWS account that is linked to the requester account",
            errors.CredentialsRefused,
        )
    if failed.trouble is Trouble.CREDENTIALS:
        return (
            "the key is refused: is it active, is its secret right, is this machine's clock right,"
            " does its user have the policy below?",
            errors.CredentialsRefused,
        )
    if failed.trouble is Trouble.THROTTLED:
        return "the API answers, and is busy: `exodus export` waits for it", errors.RequesterError
    if failed.trouble in (Trouble.UNREACHABLE, Trouble.TRANSIENT):
        return (
            f"nothing useful answers there: try again, from another network too. {_CLOSED}",
            errors.EndpointUnreachable,
        )
    return (
        "MTurk refuses this account: is it the AWS account that is linked to the requester"
        f" account? {_CLOSED}",
        errors.EndpointRefused,
    )
