"""What the endpoint answers when it does not answer: errors in MTurk's form."""

from __future__ import annotations

import json
import time

BAD_REQUEST = 400
SERVER_ERROR = 500

_NO_SUCH = {
    "HIT": ("Hit", "HITDoesNotExist"),
    "Assignment": ("Assignment", "AssignmentDoesNotExist"),
    "QualificationType": ("QualificationType", "QualificationTypeDoesNotExist"),
    "Qualification": ("Qualification of worker", "QualificationDoesNotExist"),
}


class MTurkError(Exception):
    """A refusal, as it goes to the client.

    Attributes:
        kind: the error's name in the service model, or AWS's own for what no model names.
        status: the HTTP status.
        turk_code: MTurk's finer code, if the error is one of MTurk's.
    """

    def __init__(
        self, kind: str, message: str, turk_code: str | None = None, status: int = BAD_REQUEST
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.status = status
        self.turk_code = turk_code

    @property
    def body(self) -> str:
        """The error as JSON.

        A recorded reply of MTurk shows the three members, and the message's tail: the time in
        milliseconds, in parentheses.
        """
        if self.turk_code is None:
            return json.dumps({"__type": self.kind, "Message": str(self)})
        return json.dumps(
            {
                "__type": self.kind,
                "Message": f"{self} ({time.time_ns() // 1_000_000})",
                "TurkErrorCode": f"AWS.MechanicalTurk.{self.turk_code}",
            }
        )


def no_such(entity: str, entity_id: str) -> MTurkError:
    """The archive has no such HIT, Assignment, QualificationType or Qualification.

    The codes are those that Amazon's legacy SDK for Java lists.
    """
    name, code = _NO_SUCH[entity]
    return MTurkError("RequestError", f"{name} {entity_id} does not exist.", code)


def invalid(message: str) -> MTurkError:
    """A parameter is missing, or is not one that the operation takes."""
    return MTurkError("RequestError", message, "InvalidParameterValue")


def read_only() -> MTurkError:
    """The operation would change something."""
    return MTurkError(
        "RequestError",
        "This is a read-only archive, not MTurk: nothing can be created, changed or paid here.",
        "PermissionDeniedException",
    )


def unknown_operation() -> MTurkError:
    """The X-Amz-Target header names no operation of the 2017-01-17 API."""
    return MTurkError(
        "UnknownOperationException",
        "X-Amz-Target must be MTurkRequesterServiceV20170117. and one of its operations.",
    )


def not_json() -> MTurkError:
    """The body is not a JSON object."""
    return MTurkError("SerializationException", "The body must be a JSON object in UTF-8.")


def service_fault() -> MTurkError:
    """Something is wrong on this side; nothing about it is told to the client."""
    return MTurkError(
        "ServiceFault", "The archive cannot be read.", "ServiceFault", status=SERVER_ERROR
    )
