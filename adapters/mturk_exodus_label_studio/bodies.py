"""The bodies of imports: tasks with their annotations, as JSON."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence

from mturk_exodus.errors import TargetRejected
from mturk_exodus.replay.adapter import JSON, Action
from mturk_exodus.replay.shapes import encoded

_AHEAD = 2
"""Batches: the one that is sent, and the next."""


class Bodies:
    """Writes tasks and annotations, before they are wanted where it is told of them."""

    def __init__(self) -> None:
        self._written: deque[dict[str, tuple[Action, bytes]]] = deque(maxlen=_AHEAD)

    def prepare(self, actions: Sequence[Action]) -> None:
        """Write these now. What is no JSON is refused when it is sent."""
        written = {}
        for one in actions:
            if one.operation not in _WRITTEN:
                continue
            try:
                written[one.key] = one, _WRITTEN[one.operation](one.payload)
            except TargetRejected:
                continue
        self._written.append(written)

    def together(
        self, tasks: Sequence[Action], hanging: Mapping[str, Sequence[Action]], fence: int
    ) -> bytes:
        """The body of one import.

        Args:
            tasks: of one project.
            hanging: their annotations, by the keys of tasks.
            fence: the id of the file that all of them are to hang on.

        Raises:
            TargetRejected: something of it is no JSON.
        """
        known = {key: two for batch in list(self._written) for key, two in batch.items()}

        def written(action: Action) -> bytes:
            of, body = known.get(action.key, (None, b""))
            return body if of is action else _WRITTEN[action.operation](action.payload)

        whole = []
        for one in tasks:
            annotations = b",".join(map(written, hanging.get(one.key, ())))
            rest = b',"file_upload_id":%d,"annotations":[%b]}' % (fence, annotations)
            whole.append(written(one).removesuffix(b"}") + rest)
        return b"[" + b",".join(whole) + b"]"


def _annotation(payload: Mapping[str, JSON]) -> bytes:
    """An annotation in its task. What it is called `id` in an import is its import_id then.

    One that is by nobody becomes the importing user's.
    """
    body = {name: value for name, value in payload.items() if name != "import_id"}
    body["id"] = payload["import_id"]
    email = body.pop("completed_by", None)
    if email is not None:
        body["completed_by"] = {"email": email}
    # Left out, it would be true.
    body["ground_truth"] = bool(payload.get("ground_truth"))
    return encoded(body)


_WRITTEN = {"task": encoded, "annotation": _annotation}
