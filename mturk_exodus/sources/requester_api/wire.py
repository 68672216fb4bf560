"""The one door to MTurk: a boto3 client that can only read, and hands out replies as they came."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import boto3
from botocore import xform_name
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import BotoCoreError
from botocore.httpsession import URLLib3Session
from botocore.utils import get_environ_proxies

from mturk_exodus.errors import NotReadOnly, RequesterError
from mturk_exodus.sources.requester_api.endpoints import REGION, is_loopback

if TYPE_CHECKING:
    import botocore.session
    from botocore.awsrequest import AWSPreparedRequest
    from botocore.client import BaseClient
    from botocore.model import OperationModel

_READ = re.compile(rb"MTurkRequesterServiceV20170117\.(List|Get)[A-Za-z]+")
_CONNECT_SECONDS, _READ_SECONDS = 10, 65
# 100 HITs of at most 65,535 bytes of question each, every byte escaped as \\u00xx, are 39 MB.
LARGEST_REPLY = 128 * 1024 * 1024


class ReplyTooLarge(Exception):
    """The reply is larger than any that MTurk can give."""


class Wire:
    """Sends read operations, each once, and returns the bytes of the reply.

    boto3 signs and speaks HTTP; its retries are off, because one limiter for all calls decides
    when to call again, and its parser is left out, because it would turn the wire's numbers into
    local times.
    """

    def __init__(
        self, session: botocore.session.Session, endpoint: str, *, connections: int
    ) -> None:
        self._http = URLLib3Session(
            timeout=(_CONNECT_SECONDS, _READ_SECONDS),  # type: ignore[arg-type] # the stubs know one number alone
            max_pool_connections=connections,
            proxies={} if is_loopback(endpoint) else get_environ_proxies(endpoint),
            verify=session.get_config_variable("ca_bundle") or True,
            socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],  # type: ignore[list-item] # the stubs are wrong
        )
        self._client = _client(session, endpoint, connections)
        events = self._client.meta.events
        events.register("before-send.mturk", self._send)  # type: ignore[arg-type] # the stubs know of no answer
        events.register("before-parse.mturk", _keep_bytes)

    def call(self, operation: str, parameters: Mapping[str, Any]) -> bytes:
        """The body of the reply to one call, made once.

        Raises:
            NotReadOnly: the operation is not a List or a Get; nothing was sent.
            ClientError: the endpoint refused; its `response` holds the `Body` as it came.
            BotoCoreError: as boto3 raises it.
            ReplyTooLarge: the reply was cut off at `LARGEST_REPLY` bytes.
        """
        method = getattr(self._client, xform_name(operation))
        body: bytes = method(**parameters)["Body"]
        return body

    def close(self) -> None:
        """Close the connections."""
        self._http.close()
        self._client.close()

    def _send(self, request: AWSPreparedRequest, **_: object) -> AWSResponse:
        """Take the place of botocore's own sending: the last gate before the network."""
        target = request.headers.get("X-Amz-Target", b"")
        name = target.encode() if isinstance(target, str) else target
        if not _READ.fullmatch(name):
            raise NotReadOnly("a call that is not a List or a Get was stopped; this is a bug here")
        request.stream_output = True
        response = self._http.send(request)
        bounded = _Bounded(response.raw)
        return AWSResponse(response.url, response.status_code, response.headers, bounded)  # type: ignore[arg-type] # the stubs name another mapping


def _client(session: botocore.session.Session, endpoint: str, connections: int) -> BaseClient:
    try:
        client: BaseClient = boto3.Session(botocore_session=session).client(
            "mturk",
            region_name=REGION,
            endpoint_url=endpoint,
            config=Config(
                retries={"total_max_attempts": 1, "mode": "standard"},
                max_pool_connections=connections,
                inject_host_prefix=False,
                user_agent_extra="mturk-exodus",
            ),
        )
    except (BotoCoreError, ValueError) as error:
        raise RequesterError(
            f"boto3 cannot work with this machine's AWS settings ({type(error).__name__}); look"
            " at ~/.aws/config and at the variables whose names begin with AWS_"
        ) from None
    return client


class _Bounded:
    """A response body that refuses to be larger than a reply can be."""

    def __init__(self, raw: Any) -> None:  # noqa: ANN401 - urllib3's response, untyped in botocore
        self._raw = raw

    def stream(self) -> Iterator[bytes]:
        """The body in parts.

        Raises:
            ReplyTooLarge: there is more of it than `LARGEST_REPLY` bytes.
        """
        size = 0
        for part in self._raw.stream():
            size += len(part)
            if size > LARGEST_REPLY:
                raise ReplyTooLarge(f"more than {LARGEST_REPLY} bytes")
            yield part


def _keep_bytes(
    operation_model: OperationModel,  # noqa: ARG001 - botocore passes it by name
    response_dict: dict[str, Any],
    customized_response_dict: dict[str, Any],
    **_: object,
) -> None:
    customized_response_dict["Body"] = response_dict["body"]
    if response_dict["status_code"] < 300:  # noqa: PLR2004 - errors are boto3's to parse
        response_dict["body"] = b"{}"
