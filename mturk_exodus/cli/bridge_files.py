"""What `exodus bridge` writes for the requester's eyes."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from importlib import resources
from pathlib import Path

from mturk_exodus import formulas
from mturk_exodus.archive.workers import Worker
from mturk_exodus.bridge import Bridge, Redeemed, spelled, token_of
from mturk_exodus.publishing import published
from mturk_exodus.serve.host.bridging import personal_link

LIST, INVITATION = "tokens.csv", "invitation.txt"
_LIST_HEAD = ("WorkerId", "Token", "Link", "IsBlocked")
_MAPPING_HEAD = ("WorkerId", "ParticipantId", "Panel", "RedeemedAt")


def write_list(
    path: Path, workers: Iterable[Worker], bridge: Bridge, token_key: bytes, origin: str
) -> None:
    """A row for each worker: id, token, personal link, whether blocked.

    Raises:
        OutputFailed: there is such a file, or it cannot be written.
    """
    rows = (
        _row(worker, spelled(token_of(token_key, worker.worker_id)), bridge.key, origin)
        for worker in workers
    )
    _write(path, _LIST_HEAD, rows)


def write_invitation(path: Path) -> None:
    """The text that goes with them.

    Raises:
        OutputFailed: as write_list.
    """
    text = (resources.files("mturk_exodus.bridge") / INVITATION).read_text(encoding="utf-8")
    with published(path) as to:
        to.write(text)


def write_mapping(path: Path, known: Iterable[tuple[str, Redeemed]]) -> None:
    """A row for each worker who is known: id, participant, panel, since when.

    Raises:
        OutputFailed: as write_list.
    """
    _write(path, _MAPPING_HEAD, ((worker_id, *redeemed) for worker_id, redeemed in known))


def _row(worker: Worker, token: str, key: bytes, origin: str) -> Sequence[str]:
    is_blocked = "true" if worker.is_blocked else "false"
    return worker.worker_id, token, personal_link(origin, key, token), is_blocked


def _write(path: Path, head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with published(path) as to:
        writer = csv.writer(to)
        writer.writerow(head)
        writer.writerows(_harmless(rows))


def _harmless(rows: Iterable[Sequence[str]]) -> Iterator[Sequence[str]]:
    """The file is for people, who open it in a spreadsheet."""
    for row in rows:
        cells = list(row)
        for place in formulas.places(cells):
            cells[place] = f"'{cells[place]}"
        yield cells
