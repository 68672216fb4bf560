"""What the fake knows: workspaces with their wallets, studies, submissions, groups."""

from __future__ import annotations

import hashlib
import uuid
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from tests.fakes.prolific.catalogue import filters

Record = dict[str, Any]

FEES = Decimal("0.333333")
"""What Prolific took of each reward, as a study of 2023 says (`fees_percentage`)."""
PAID = frozenset({"APPROVED", "PARTIALLY APPROVED", "SCREENED OUT"})
GIVEN_BACK = frozenset({"RETURNED", "TIMED-OUT", "REJECTED", "SCREENED OUT"})
"""Submissions whose place another participant may take."""


class Clock:
    """The fake's own time: it stands still until a test moves it, but for a second a call."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 5, 9, tzinfo=timezone.utc)

    def advance(self, **length: float) -> None:
        """Let time pass: `advance(minutes=11)`."""
        self.now += timedelta(**length)

    def text(self) -> str:
        """Now, as Prolific writes it."""
        return written(self.now)


def written(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


@dataclass
class Workspace:
    """It owns the wallet; `funds` are all cents ever put in, `features` what support enabled."""

    id: str
    title: str
    currency: str = "USD"
    funds: int = 1_000_000
    features: set[str] = field(default_factory=set)
    vat: Decimal = Decimal(0)


@dataclass
class Project:
    """What studies lie in."""

    id: str
    title: str
    workspace_id: str


@dataclass
class Group:
    """A participant group; `members` are participant ids with the time of joining."""

    id: str
    name: str
    workspace_id: str
    description: str | None = None
    members: dict[str, str] = field(default_factory=dict)
    is_deleted: bool = False


@dataclass
class Study:
    """`fields` is what the researcher sent, with defaults; `unseen` reads still say PUBLISHING."""

    id: str
    workspace_id: str
    fields: Record
    created: datetime
    status: str = "UNPUBLISHED"
    published_at: datetime | None = None
    publish_at: datetime | None = None
    stopped: bool = False
    unseen: int = 0

    @property
    def places(self) -> int:
        """How many submissions it is for."""
        return int(self.fields["total_available_places"])

    @property
    def reward(self) -> int:
        """Cents a submission."""
        return int(self.fields["reward"])


@dataclass
class Submission:
    """One participant's place in a study; `unseen` reads still say that it is ACTIVE.

    Attributes:
        template: the URL that it was given, with its placeholders.
        coming: bonuses that were paid last, and that so many reads to come do not show.
    """

    id: str
    study_id: str
    participant_id: str
    template: str
    reserved_at: datetime
    status: str = "RESERVED"
    started_at: datetime | None = None
    completed_at: datetime | None = None
    entered_code: str | None = None
    return_requested: str | None = None
    bonus_payments: list[int] = field(default_factory=list)
    unseen: int = 0
    coming: tuple[int, int] = (0, 0)

    @property
    def url(self) -> str:
        """The URL with its placeholders filled in."""
        values = {
            "{{%PROLIFIC_PID%}}": self.participant_id,
            "{{%STUDY_ID%}}": self.study_id,
            "{{%SESSION_ID%}}": self.id,
        }
        url = self.template
        for placeholder, value in values.items():
            url = url.replace(placeholder, value)
        return url


@dataclass
class Bonuses:
    """A set of bonuses; each (submission, cents) is paid as often as `pay` is asked for."""

    id: str
    study_id: str
    lines: list[tuple[str, int]]
    times_paid: int = 0

    @property
    def amount(self) -> int:
        """Cents to the participants, before fees."""
        return sum(cents for _, cents in self.lines)


@dataclass(frozen=True)
class Payment:
    """Money that left a wallet, in cents; `kind` is reward or bonus."""

    workspace_id: str
    kind: str
    submission_id: str
    amount: int
    fees: int
    vat: int

    @property
    def total(self) -> int:
        """What it cost the researcher."""
        return self.amount + self.fees + self.vat


@dataclass
class Account:
    """A researcher's account at Prolific.

    Attributes:
        payments: every payment in order.
        studies_created: how many drafts were ever made, deleted ones too.
        people: by participant id, their answers to filters (`{"age": 30}`).
        minimum: by currency, the least cents an hour; `recommended` likewise.
        publish_reads: how often a study that was just published still says PUBLISHING.
        bonus_reads: how often a submission that was just paid a bonus does not show it yet.
        completion_reads: how often a submission that was just completed still says ACTIVE.
        publish_limit: how many studies that are not Taskflow's may be published, before 429.
        rejection_limit: how many submissions may be rejected; None is any number.
        same_url_twice: whether Taskflow may give a participant a URL that he has had.
    """

    clock: Clock = field(default_factory=Clock)
    workspaces: dict[str, Workspace] = field(default_factory=dict)
    projects: dict[str, Project] = field(default_factory=dict)
    studies: dict[str, Study] = field(default_factory=dict)
    submissions: dict[str, Submission] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    filter_sets: dict[str, Record] = field(default_factory=dict)
    bonuses: dict[str, Bonuses] = field(default_factory=dict)
    datasets: dict[str, Record] = field(default_factory=dict)
    batches: dict[str, Record] = field(default_factory=dict)
    messages: list[Record] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    people: dict[str, Record] = field(default_factory=dict)
    filters: list[Record] = field(default_factory=filters)
    minimum: dict[str, int] = field(default_factory=lambda: {"USD": 800, "GBP": 600})
    recommended: dict[str, int] = field(default_factory=lambda: {"USD": 1200, "GBP": 900})
    studies_created: int = 0
    publish_reads: int = 0
    bonus_reads: int = 0
    completion_reads: int = 0
    publish_limit: int | None = None
    rejection_limit: int | None = None
    same_url_twice: bool = False

    def __post_init__(self) -> None:
        self._made: Counter[str] = Counter()
        self.user_id = self.new_id("user")
        workspace = self.add_workspace("My workspace")
        self.workspace_id = workspace.id
        self.project_id = self.add_project(workspace.id, "My project").id

    def new_id(self, kind: str) -> str:
        """The next id of that kind, 24 hexadecimal digits; the same in every run."""
        self._made[kind] += 1
        seed = f"{kind}/{self._made[kind]}".encode()
        return hashlib.blake2b(seed, digest_size=12).hexdigest()

    def new_uuid(self, kind: str) -> str:
        """The next id of that kind as Task Builder has them."""
        return str(uuid.UUID(hex=self.new_id(kind) + "4" * 8, version=4))

    def add_workspace(self, title: str, currency: str = "USD") -> Workspace:
        """A new workspace, with some money."""
        workspace = Workspace(self.new_id("workspace"), title, currency)
        self.workspaces[workspace.id] = workspace
        return workspace

    def add_project(self, workspace_id: str, title: str) -> Project:
        """A new project."""
        project = Project(self.new_id("project"), title, workspace_id)
        self.projects[project.id] = project
        return project

    def submissions_of(self, study_id: str) -> list[Submission]:
        """A study's submissions, the oldest first."""
        return [each for each in self.submissions.values() if each.study_id == study_id]

    def fees_of(self, workspace: Workspace, amount: int) -> tuple[int, int]:
        """Fees, and tax on them, for so many cents."""
        fees = _cents(amount * FEES)
        return fees, _cents(fees * workspace.vat)

    def cost(self, workspace: Workspace, amount: int) -> int:
        """What paying so many cents costs."""
        return amount + sum(self.fees_of(workspace, amount))

    def pay(self, workspace_id: str, kind: str, submission_id: str, amount: int) -> None:
        """Pay at once, whatever the balance says: who calls has looked."""
        fees, vat = self.fees_of(self.workspaces[workspace_id], amount)
        self.payments.append(Payment(workspace_id, kind, submission_id, amount, fees, vat))

    def balance(self, workspace_id: str) -> int:
        """All cents that are still in the wallet."""
        spent = sum(each.total for each in self.payments if each.workspace_id == workspace_id)
        return self.workspaces[workspace_id].funds - spent

    def available(self, workspace_id: str) -> int:
        """The balance without what published studies may still cost."""
        workspace = self.workspaces[workspace_id]
        studies = [each for each in self.studies.values() if each.workspace_id == workspace_id]
        held = sum(self.cost(workspace, self._unpaid(each) * each.reward) for each in studies)
        return self.balance(workspace_id) - held

    def _unpaid(self, study: Study) -> int:
        """For how many submissions a study holds money."""
        if study.status in {"UNPUBLISHED", "SCHEDULED"}:
            return 0
        given = self.submissions_of(study.id)
        if study.status == "COMPLETED":
            return sum(each.status in {"AWAITING REVIEW", "ACTIVE"} for each in given)
        return max(0, study.places - sum(each.status in PAID - GIVEN_BACK for each in given))


def _cents(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), ROUND_HALF_UP))
