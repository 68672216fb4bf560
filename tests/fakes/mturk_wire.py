"""How the fake writes records and refusals: the bytes of an AWS JSON 1.1 reply."""

from __future__ import annotations

import copy
import json
import time
import zlib
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.fakes.wire_server import Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mturk_exodus.demo.account import WireRecord

RecordKey = str | tuple[str, str]
Params = dict[str, Any]

AWS_JSON = "application/x-amz-json-1.1"
TIME_MEMBERS = frozenset(
    {
        "AcceptTime",
        "ApprovalTime",
        "AutoApprovalTime",
        "CompleteTime",
        "CreationTime",
        "Deadline",
        "Expiration",
        "GrantTime",
        "RejectionTime",
        "SubmitTime",
    }
)


class RefusalError(Exception):
    """A call that MTurk answers with an error."""

    def __init__(self, body: Mapping[str, str], status: int = 400) -> None:
        super().__init__(body)
        self.reply = Reply(status, compact(body).encode(), AWS_JSON)


def compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def request_error(code: str, message: str) -> RefusalError:
    """A modelled error: its message ends in the time, so that no two are equal."""
    return RefusalError(
        {
            "__type": "RequestError",
            "Message": f"{message} ({time.time_ns() // 1_000_000})",
            "TurkErrorCode": f"AWS.MechanicalTurk.{code}",
        }
    )


def missing(what: str, code: str, record_id: str) -> RefusalError:
    return request_error(f"{code}DoesNotExist", f"{what} {record_id} does not exist.")


def frontend_error(error_type: str, message: str) -> RefusalError:
    """An error of AWS's own front end, which no service model names."""
    return RefusalError({"__type": error_type, "message": message})


def service_fault() -> RefusalError:
    return RefusalError(
        {
            "__type": "ServiceFault",
            "Message": f"Internal error. ({time.time_ns() // 1_000_000})",
            "TurkErrorCode": "AWS.MechanicalTurk.ServiceFault",
        },
        500,
    )


def time_text(value: float, notation: int) -> str:
    """The same instant as an integer, with decimals, or in scientific notation."""
    whole = int(value)
    if notation == 2:
        scientific = f"{Decimal(repr(value)).normalize():E}"
        return scientific.replace("E+", "E")
    if value != whole:
        return repr(value)
    return f"{whole}.000" if notation == 1 else str(whole)


def record_text(value: object, seed: str) -> str:
    """A record's JSON text: its notation depends on nothing but the seed and the member."""
    # Both spellings of a non-ASCII letter occur in JSON; a lone surrogate has only one.
    escaped = zlib.crc32(seed.encode("utf-8", "replace")) % 3 == 0 or _has_surrogates(value)
    return _text(value, "", seed, escaped)


def _has_surrogates(value: object) -> bool:
    return any("\ud800" <= letter <= "\udfff" for letter in json.dumps(value, ensure_ascii=False))


def _text(value: object, member: str, seed: str, escaped: bool) -> str:
    if isinstance(value, dict):
        pairs = (
            f"{json.dumps(name)}:{_text(each, str(name), seed, escaped)}"
            for name, each in value.items()
        )
        return "{" + ",".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_text(each, member, seed, escaped) for each in value) + "]"
    if member in TIME_MEMBERS and isinstance(value, int | float) and not isinstance(value, bool):
        notation = zlib.crc32(f"{seed}/{member}".encode("utf-8", "replace")) % 3
        return time_text(value, notation)
    return json.dumps(value, ensure_ascii=escaped)


class Texts:
    """The text of each record as it is served, rendered again only when the record changes."""

    def __init__(
        self, mangle: Callable[[], Mapping[RecordKey, Callable[[WireRecord], object]]]
    ) -> None:
        self._mangle = mangle
        self._kept: dict[tuple[str, RecordKey], tuple[WireRecord, str]] = {}

    def of(self, table: str, key: RecordKey, record: WireRecord) -> str:
        """The record's JSON text, or that of what is served in its place."""
        seed = f"{table}/{key}"
        mangler = self._mangle().get(key)
        if mangler is not None:
            return record_text(mangler(copy.deepcopy(record)), seed)
        kept = self._kept.get((table, key))
        if kept is not None and kept[0] == record:
            return kept[1]
        text = record_text(record, seed)
        self._kept[table, key] = (copy.deepcopy(record), text)
        return text


def reply_text(members: Mapping[str, str | list[str] | None]) -> str:
    """A reply out of members that are JSON text already; an absent one is left out."""
    pairs: list[str] = []
    for name, value in members.items():
        if isinstance(value, list):
            pairs.append(f'"{name}":[{",".join(value)}]')
        elif value is not None:
            pairs.append(f'"{name}":{value}')
    return "{" + ",".join(pairs) + "}"
