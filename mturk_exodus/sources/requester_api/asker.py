"""Asking for one unit's next page: what the worker threads do."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast
from urllib.parse import urlsplit

import httpx
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from mturk_exodus.archive.work import Unit
from mturk_exodus.sources.requester_api import endpoints
from mturk_exodus.sources.requester_api.operations import GET_UPLOAD, parameters
from mturk_exodus.sources.requester_api.outcomes import CallFailed, Trouble, sort_out
from mturk_exodus.sources.requester_api.pacing import Pacer
from mturk_exodus.sources.requester_api.replies import BadReply, Reply, parse
from mturk_exodus.sources.requester_api.wire import Wire

LARGEST_UPLOAD = 2_000_000_000
"""Bytes; the largest MaxFileSizeInBytes that a FileUploadAnswer may have."""

_NO_SUCH_FILE = {403, 404, 410}
_KEEP_IN_MEMORY = 8 * 1024 * 1024


@dataclass
class Calls:
    """The calls of a run, by operation, and what came of them. Shared by all threads."""

    made: Counter[str] = field(default_factory=Counter)
    troubles: Counter[Trouble] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, operation: str) -> None:
        """One more call went out."""
        with self.lock:
            self.made[operation] += 1

    def trouble(self, trouble: Trouble) -> None:
        """One of them came to nothing."""
        with self.lock:
            self.troubles[trouble] += 1


@dataclass(frozen=True)
class Answer:
    """What came of asking: a reply, with the file that it leads to, or why there is none.

    With none of these the run was stopped before the call was made.
    """

    unit: Unit
    reply: Reply | None = None
    upload: BinaryIO | None = None
    failed: CallFailed | None = None
    bug: BaseException | None = None

    def close(self) -> None:
        """Let go of the file."""
        if self.upload:
            self.upload.close()


@dataclass(frozen=True)
class Asker:
    """Asks when the pacer says so, and never raises: what happens is in the answer."""

    wire: Wire
    pacer: Pacer
    endpoint: str
    calls: Calls
    stop: threading.Event
    downloads: httpx.Client

    def ask(self, unit: Unit) -> Answer:
        """The answer to one call."""
        try:
            if not self.pacer.acquire(self.stop):
                return Answer(unit)
            self.calls.count(unit.operation)
            reply = self._reply(unit)
            self.pacer.answered()
            upload = self._download(reply) if unit.operation == GET_UPLOAD else None
        except CallFailed as failed:
            self.calls.trouble(failed.trouble)
            if failed.trouble is Trouble.THROTTLED:
                self.pacer.throttle()
            return Answer(unit, failed=failed)
        except BaseException as bug:  # noqa: BLE001 - raised again in the main thread
            return Answer(unit, bug=bug)
        return Answer(unit, reply, upload)

    def _reply(self, unit: Unit) -> Reply:
        try:
            return parse(self.wire.call(unit.operation, parameters(unit)))
        except Exception as error:
            raise sort_out(error, with_token=unit.next_token is not None) from error

    def _download(self, reply: Reply) -> BinaryIO:
        url = reply.members.get("FileUploadURL")
        if not isinstance(url, str) or not self._may_fetch(url):
            raise CallFailed(Trouble.REFUSED, "the reply's FileUploadURL is not an https URL")
        again = Retrying(
            stop=stop_after_attempt(4),
            wait=wait_random_exponential(multiplier=0.2, max=5),
            retry=retry_if_exception(_may_pass),
            reraise=True,
        )
        try:
            return again(self._fetch, url)
        except httpx.HTTPStatusError as error:
            # The URL is seconds old: where it leads, there is nothing, or nothing any more.
            status = error.response.status_code
            gone = status in _NO_SUCH_FILE
            trouble = Trouble.GONE if gone else Trouble.TRANSIENT
            raise CallFailed(trouble, f"the uploaded file answers HTTP {status}") from error
        except OSError as error:
            reason = f"no room for a temporary file ({error.strerror})"
            raise CallFailed(Trouble.REFUSED, reason) from error
        except (httpx.HTTPError, httpx.InvalidURL, BadReply) as error:
            reason = f"the uploaded file could not be downloaded ({type(error).__name__})"
            raise CallFailed(Trouble.TRANSIENT, reason) from error

    def _may_fetch(self, url: str) -> bool:
        """An uploaded file comes over https, or from the very program that we talk to."""
        if endpoints.is_loopback(self.endpoint):
            return urlsplit(url)[:2] == urlsplit(self.endpoint)[:2]
        return urlsplit(url).scheme == "https"

    def _fetch(self, url: str) -> BinaryIO:
        file = SpooledTemporaryFile(max_size=_KEEP_IN_MEMORY)  # noqa: SIM115 - the writer closes it
        try:
            with self.downloads.stream("GET", url) as response:
                response.raise_for_status()
                for part in response.iter_bytes():
                    if file.tell() + len(part) > LARGEST_UPLOAD:
                        raise BadReply("the uploaded file is larger than MTurk allows")  # noqa: TRY301 - inside, so that the file is closed
                    file.write(part)
        except BaseException:
            file.close()
            raise
        file.seek(0)
        return cast("BinaryIO", file)


def _may_pass(error: BaseException) -> bool:
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code not in _NO_SUCH_FILE
    return isinstance(error, httpx.TransportError)
