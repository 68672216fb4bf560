"""The contract: what an adapter is, and what it is handed.

An adapter knows one target. It is found by entry point (group `mturk_exodus.adapters`).

    plan      records  -> actions and losses     pure: no network, no clock, no chance
    apply     actions  -> receipts               makes the change; never sleeps, retries, swallows
    find      actions  -> receipts               which of them have already happened
    held      actions  -> payloads               what the target holds of them now
    remove    makings  -> what is gone           undoes what was made, and nothing else

The engine (`replay.engine`) calls them, keeps the ledger, and decides what is sent when. Errors
that an adapter raises say what is to be done next; `replay.http` raises most of them for it:

    TargetRejected      it did not happen and never will (4xx): no use in sending it again
    TargetUnavailable   it did not happen: later it may (no connection, throttled for too long)
    OutcomeUnknown      it may have happened: whoever sends it again without `find` may do it twice
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, ClassVar, Protocol, TypeVar, runtime_checkable

import httpx

from mturk_exodus import records
from mturk_exodus.questions.templates.template import Template

JSON = Any
"""What JSON can hold: texts, whole and floating numbers, booleans, null, lists, mappings."""

Record = TypeVar("Record")


class Fidelity(Enum):
    """How much of one MTurk field survives."""

    EXACT = "exact"
    """The same value with the same meaning."""
    CONVERTED = "converted"
    """The same meaning in another form (seconds as hours)."""
    APPROXIMATE = "approximate"
    """Near; the note says how near."""
    MANUAL = "manual"
    """A person must do it; the note says what."""
    NOT_IMPLEMENTED = "not implemented"
    """The target could; this adapter does not yet."""
    UNSUPPORTED = "unsupported"
    """The target cannot."""

    @property
    def arrives(self) -> bool:
        """Whether the value can be had back from the target."""
        return self in (Fidelity.EXACT, Fidelity.CONVERTED)


@dataclass(frozen=True, slots=True)
class Capability:
    """What a target does with a field. The note says why, wherever that is not EXACT."""

    fidelity: Fidelity
    note: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """The MTurk record that something comes from.

    Attributes:
        record: its class's name, `HIT`.
        id: its id. Never a worker's: `RecordReader.pseudonym` stands for that.
    """

    record: str
    id: str


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that is to be made at the target.

    Attributes:
        key: what tells it from every other, in this plan and in each later one: the same record
            has the same key whatever else the archive holds, but for what its question was put
            together from (`Task.rebuilt`). It names no worker by its id.
        operation: what is made, in one word of the target's: `task`.
        source: the record that it comes from.
        payload: everything that the target is told. An action whose payload is another than the
            one that was carried out is one that has changed.
        requires: keys of actions that must have happened before; they come earlier in the plan.
        lane: actions of one lane may go in one request. An action that requires another of its
            own lane goes with it.
    """

    key: str
    operation: str
    source: Source
    payload: Mapping[str, JSON]
    requires: tuple[str, ...] = ()
    lane: str = ""


@dataclass(frozen=True, slots=True)
class Loss:
    """Something of one record that does not arrive as it is.

    What a capability says of a field need not be said again: the engine counts that. A Loss is for
    what depends on the record: an answer that the target's editor cannot show.

    Attributes:
        source: the record.
        field: `HIT.Question`.
        fidelity: how much survives.
        note: why, without the record's own words, so that losses alike are counted together.
    """

    source: Source
    field: str
    fidelity: Fidelity
    note: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """An action has happened.

    Attributes:
        key: the action's.
        target_id: what the target calls what was made.
        found: whether it was there already, and so is not ours to remove.
    """

    key: str
    target_id: str
    found: bool = False


@dataclass(frozen=True, slots=True)
class Making:
    """Something that the ledger says we made.

    Attributes:
        key: the action's.
        operation: the action's.
        target_id: the receipt's.
    """

    key: str
    operation: str
    target_id: str


@dataclass(frozen=True, slots=True)
class Kept:
    """Something that we made and that is not removed.

    Attributes:
        key: the action's.
        reason: why, for a person.
    """

    key: str
    reason: str


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a lane goes into one call of `apply`, at most.

    What belongs together may exceed it: an action and those of its lane that require it.

    Attributes:
        actions: how many.
        payload_bytes: their payloads as JSON in UTF-8.
    """

    actions: int = 100
    payload_bytes: int = 8_000_000


@dataclass(frozen=True, slots=True)
class Setting:
    """Something that a person tells an adapter.

    Attributes:
        name: `url`, as `--set url=...` and the configuration file have it.
        help: a line.
        environment: the variable that it may come from; None if none.
        secret: never printed, never stored, and not taken from the command line.
        default: what it is otherwise; None if there is no saying.
        to_plan: whether a plan depends on it. Everything else is asked for only when the target
            is.
    """

    name: str
    help: str
    environment: str | None = None
    secret: bool = False
    default: str | None = None
    to_plan: bool = False


@dataclass(frozen=True, slots=True)
class Task:
    """A HIT and everything that hangs on it.

    Attributes:
        hit: with its question as MTurk gave it.
        assignments: in the order of their submission.
        bonus_payments: to its workers, in the order of their times.
        review_reports: page by page.
        template: what the HIT's question has in common with others, where `exodus compact` found
            that out, or where the question is put together; None if it is stored whole.
        variables: what the HIT's page was filled with, by name: from a batch's file, or from the
            template. Empty if nobody knows.
        rebuilt: what stands for a question that no source kept; None if the HIT has its own, or
            nothing is known of it.
        rebuilt_from: what that was put together from, in words that can end a Loss's note.
    """

    hit: records.HIT
    assignments: tuple[records.Assignment, ...] = ()
    bonus_payments: tuple[records.BonusPayment, ...] = ()
    review_reports: tuple[records.ReviewReport, ...] = ()
    template: Template | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    rebuilt: str | None = None
    rebuilt_from: str | None = None

    @property
    def question(self) -> str | None:
        """What the HIT asks: MTurk's own, or what stands for it."""
        return self.rebuilt if self.hit.question is None else self.hit.question


class RecordReader(Protocol):
    """All that an adapter may know of an archive. The same archive gives the same, in one order."""

    @property
    def archive_id(self) -> str:
        """What tells the archive from every other."""
        ...

    def hit_types(self) -> Iterator[str | None]:
        """Ids of the HIT types that have tasks, and None if HITs without a type are there."""
        ...

    def tasks(self, hit_type_id: str | None) -> Iterator[Task]:
        """The HITs of a type; those of one template come together."""
        ...

    def workers(self) -> Iterator[str]:
        """The ids of all workers who have an assignment among the tasks."""
        ...

    def pseudonym(self, worker_id: str) -> str:
        """What stands for a worker: 16 letters and digits in lower case. The same worker has the
        same one in all of the archive; without the archive nobody can work out who it is.
        """
        ...

    def every(self, record: type[Record]) -> Iterator[Record]:
        """Records that belong to no task: QualificationType, Qualification, WorkerBlock, ..."""
        ...


class Adapter(Protocol):
    """What every adapter has.

    It is made by `cls(settings, client)`: settings by name, those of `settings` that have a value;
    an httpx client that is already told how to retry, to wait and to keep secrets, and that no
    base URL is set on. Making it sends nothing.

    Attributes:
        name: its entry point's name.
        title: what its target is called.
        capabilities: what becomes of each field of each record (`replay.fields.FIELDS`).
        settings: what it must be told.
        limits: how much goes into one call of `apply`.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    capabilities: ClassVar[Mapping[str, Capability]]
    settings: ClassVar[tuple[Setting, ...]]
    limits: ClassVar[Limits]

    def __init__(self, settings: Mapping[str, str], client: httpx.Client, /) -> None:
        """See above."""
        ...

    def identity(self) -> str:
        """What tells this target from every other of its kind: the address of the server, the
        account. The ledger keeps it. It is asked for before anything is sent, so it is the place
        to refuse a server that is not what it should be.

        Raises:
            TargetRefused: the settings are not accepted.
            TargetNotUnderstood: what answers is something else.
            TargetUnavailable: nothing answers.
        """
        ...

    def plan(self, archive: RecordReader, /) -> Iterator[Action | Loss]:
        """What is to be made, in an order in which it can be made, and what is lost.

        Pure, and streaming: it may keep a little for each HIT type and each worker, but not for
        each HIT.
        """
        ...

    def apply(
        self, actions: Sequence[Action], receipts: Mapping[str, Receipt], /
    ) -> Iterator[Receipt]:
        """Make it so.

        Args:
            actions: of one lane, in the order of the plan.
            receipts: of what they require, so far as that is not among them.

        Yields:
            A receipt for each as soon as it has happened.

        Raises:
            TargetRejected: the next request was refused and changed nothing. The engine tries
                what is left in smaller parts, to find out which it was.
            OutcomeUnknown: the engine looks for what is left.
            TargetUnavailable: the engine stops.
        """
        ...

    def revise(
        self, actions: Sequence[Action], receipts: Mapping[str, Receipt], /
    ) -> Iterator[Receipt | Kept]:
        """Bring what was made from an earlier state of the archive to this one; receipts hold
        theirs, too. Doing it twice is doing it once. What a person has changed at the target
        since is kept. Raises as apply.
        """
        ...

    def find(
        self, actions: Sequence[Action], receipts: Mapping[str, Receipt], /
    ) -> Mapping[str, Receipt]:
        """Which of these have happened, though no receipt came: by the marks that they carry.

        What is not there now never will be: where a target may go on with a request that nobody
        waits for any more, the adapter sees to it first that it cannot.
        """
        ...

    def held(
        self, actions: Sequence[Action], receipts: Mapping[str, Receipt], /
    ) -> Mapping[str, Mapping[str, JSON]]:
        """What the target holds now, in the shape of the actions' payloads; without those that
        are gone. receipts hold theirs, and those of what they require.
        """
        ...

    def remove(self, makings: Sequence[Making], /) -> Iterator[Receipt | Kept]:
        """Remove what was made; the last comes first. A receipt for what is gone, whether now or
        before. What holds something that is not ours is kept. Raises as apply.
        """
        ...


@runtime_checkable
class Checks(Protocol):
    """What an adapter may have beside: it asks others what a plan cannot know."""

    def doubts(self, archive: RecordReader, /) -> Iterator[str]:
        """A line for each thing that would not work at the target, though it could be made there:
        pictures that its editor may not read. Nothing is changed anywhere.
        """
        ...


@runtime_checkable
class Writes(Protocol):
    """What an adapter may have beside: files that the target's own tools take."""

    def files(self, archive: RecordReader, /, *, ask: bool) -> Iterator[tuple[str, JSON]]:
        """A file's name, of letters, digits, `.`, `-` and `_`, and what is in it, for each thing.

        Args:
            archive: as plan.
            ask: whether the target may be asked what only it knows. Nothing is changed there.
        """
        ...


AdapterClass = type[Adapter]
