"""What an adapter may have beside the contract; nobody who does not need it knows of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol, runtime_checkable

from mturk_exodus.replay.adapter import JSON, Action, Receipt, RecordReader


@runtime_checkable
class Prepares(Protocol):
    """What an adapter has beside whose requests take long to write."""

    def prepare(self, actions: Sequence[Action], /) -> None:
        """Make ready what `apply` will send, while the target works on what came before. It is
        called from another thread, asks nobody, and raises nothing: what cannot be made ready is
        refused by `apply`. These actions may be applied in part, or never, and others unprepared.
        """
        ...


@runtime_checkable
class KeepsHistory(Protocol):
    """What an adapter has beside whose target lets finished work in by its own side door alone."""

    def history(self, archive: RecordReader, /) -> Iterator[JSON]:
        """What was done before: lines of a file; none if there is nothing."""
        ...

    def loading(self, file: str, /) -> str:
        """The command that loads that file, on the target's machine."""
        ...


@runtime_checkable
class TakesWork(Protocol):
    """What an adapter has beside at whose target people go on working on HITs."""

    def given(self, receipts: Mapping[str, Receipt], /) -> int:
        """How many assignments have been finished there since.

        Args:
            receipts: of things that were made; each thing's comes once.
        """
        ...


@runtime_checkable
class WritesFiles(Protocol):
    """What an adapter has beside whose target's own files other programs read. They are told from
    those that the target's own tools take (`adapter.Writes`) by the method's name alone.
    """

    def exported(self, archive: RecordReader, /) -> Iterator[tuple[str, str]]:
        """Names of files, and what is added to each. Pure and streaming, as a plan is."""
        ...
