"""Participants: who they are, what they see, and what they do."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from html import escape
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from tests.fakes.prolific import motion
from tests.fakes.prolific.account import GIVEN_BACK, Account, Study, Submission
from tests.fakes.prolific.selection import lets_in
from tests.fakes.prolific.wire import Refusal

APP = "https://app.prolific.com"
COMPLETE = "/submissions/complete"
"""Where a study sends its participants back to, with `?cc=CODE`."""


class NotForYou(Exception):
    """Prolific does not show this study to this participant, or has no place in it."""


class Place:
    """A participant's place in a study; ids and URL are as the study's page gets them."""

    def __init__(self, account: Account, lock: threading.RLock, submission: Submission) -> None:
        self._account = account
        self._lock = lock
        self.submission = submission

    @property
    def submission_id(self) -> str:
        """SESSION_ID."""
        return self.submission.id

    @property
    def status(self) -> str:
        """As it is now."""
        return self.submission.status

    @property
    def url(self) -> str:
        """Where the participant is sent, with the placeholders filled in."""
        return self.submission.url

    def start(self) -> str:
        """Open the study; its URL, for a browser."""
        with self._lock:
            motion.begin(self._account, self.submission)
        return self.url

    def complete(self, code: str | None) -> str:
        """Come back with a code, or without one (None); the status that comes of it."""
        with self._lock:
            motion.complete(self._account, self.submission, code)
        return self.status

    def give_back(self) -> None:
        """Return the place."""
        with self._lock:
            motion.give_back(self._account, self.submission)


class Participant:
    """One person at Prolific, who is in one study at a time.

    Attributes:
        id: PROLIFIC_PID.
        device: desktop, tablet or mobile.
    """

    def __init__(
        self, account: Account, lock: threading.RLock, participant_id: str, device: str
    ) -> None:
        self._account = account
        self._lock = lock
        self.id = participant_id
        self.device = device

    @property
    def place(self) -> Place | None:
        """The study that he is in."""
        held = [
            each
            for each in self._account.submissions.values()
            if each.participant_id == self.id and each.status in motion.OPEN
        ]
        return Place(self._account, self._lock, held[0]) if held else None

    def sees(self, study_id: str) -> bool:
        """Whether Prolific offers him the study now."""
        with self._lock:
            return not _hindrance(self._account, self, study_id)

    def reserve(self, study_id: str) -> Place:
        """Take a place, which is kept for ten minutes.

        Raises:
            NotForYou: with the reason.
        """
        with self._lock:
            if why := _hindrance(self._account, self, study_id):
                raise NotForYou(why)
            return Place(self._account, self._lock, _reserved(self._account, self, study_id))

    def take_part(self, study_id: str) -> Place:
        """Take a place and open the study."""
        place = self.reserve(study_id)
        place.start()
        return place

    def finish(self, url: str) -> str:
        """Follow the link at the end of a study, `https://app.prolific.com/submissions/...`.

        Returns:
            The page that he is shown, as HTML.

        Raises:
            ValueError: this is no such link.
        """
        parts = urlsplit(url)
        if parts.path != COMPLETE or f"{parts.scheme}://{parts.netloc}" != APP:
            raise ValueError(f"no link to the end of a study: {url}")
        return self.land(parse_qs(parts.query).get("cc", [""])[0] or None)

    def land(self, code: str | None) -> str:
        """Be back with that code; the page that he is shown."""
        place = self.place
        if place is None:
            return _page("No study", "You are not in a study.")
        try:
            status = place.complete(code)
        except Refusal as refusal:
            return _page("Not now", str(refusal.detail))
        return _page("Thank you", f"Your submission is {status}.")


def join(
    account: Account, lock: threading.RLock, device: str, answers: dict[str, object]
) -> Participant:
    """A new participant; `answers` are by filter id, choices by key or by label."""
    with lock:
        participant_id = account.new_id("participant")
        account.people[participant_id] = {
            name: _keyed(account, name, value) for name, value in answers.items()
        }
    return Participant(account, lock, participant_id, device)


def _keyed(account: Account, filter_id: str, value: object) -> object:
    """The key of a choice that is given by its label."""
    known = next(each for each in account.filters if each["filter_id"] == filter_id)
    labels = {label: key for key, label in (known.get("choices") or {}).items()}
    return labels.get(value, value) if isinstance(value, str) else value


class _Rule(NamedTuple):
    broken: Callable[[Account, Participant, Study], bool]
    why: str


def _hindrance(account: Account, person: Participant, study_id: str) -> str:
    """Why he may not have the study, or ""."""
    motion.sweep(account)
    study = account.studies[study_id]
    return next((each.why for each in _RULES if each.broken(account, person, study)), "")


def _is_unfit(_: Account, person: Participant, study: Study) -> bool:
    devices = study.fields["device_compatibility"]
    return bool(devices) and person.device not in devices


def _is_kept_out(account: Account, person: Participant, study: Study) -> bool:
    chosen = study.fields["filters"] or []
    if study.fields["filter_set_id"]:
        chosen = account.filter_sets[study.fields["filter_set_id"]]["filters"]
    return not lets_in(account, chosen, person.id)


def _has_had_enough(account: Account, person: Participant, study: Study) -> bool:
    config = study.fields["submissions_config"] or {}
    most = config.get("max_submissions_per_participant") or 1
    return most != -1 and len(_mine(account, person, study)) >= most


def _is_crowded(account: Account, _: Participant, study: Study) -> bool:
    most = (study.fields["submissions_config"] or {}).get("max_concurrent_submissions") or -1
    at_work = sum(each.status in motion.OPEN for each in account.submissions_of(study.id))
    return most != -1 and at_work >= most


def _has_no_url(account: Account, person: Participant, study: Study) -> bool:
    return _next_url(account, person, study) is None


_RULES = (
    _Rule(lambda _, __, study: study.status != "ACTIVE", "the study is not active"),
    _Rule(lambda _, person, __: person.place is not None, "he is in a study already"),
    _Rule(_is_unfit, "his device does not fit"),
    _Rule(_is_kept_out, "a filter keeps him out"),
    _Rule(_has_had_enough, "he has taken part as often as he may"),
    _Rule(_is_crowded, "too many are at work"),
    _Rule(lambda account, _, study: not motion.free_places(account, study), "it has no free place"),
    _Rule(_has_no_url, "no URL is left for him"),
)


def _mine(account: Account, person: Participant, study: Study) -> list[Submission]:
    return [each for each in account.submissions_of(study.id) if each.participant_id == person.id]


def _next_url(account: Account, person: Participant, study: Study) -> str | None:
    """The URL that is given out next: Taskflow goes round, by how often each was given."""
    details = study.fields["access_details"]
    if not details:
        return study.fields.get("external_study_url") or f"{APP}/task-builder/{study.id}"
    held = allocated(account, study)
    had = {each.template for each in _mine(account, person, study)}
    left = [
        each["external_url"]
        for each in details
        if held[each["external_url"]] < each["total_allocation"]
        and (account.same_url_twice or each["external_url"] not in had)
    ]
    return min(left, key=lambda url: held[url], default=None)


def allocated(account: Account, study: Study) -> Counter[str]:
    """How many places of each URL are taken, by the URL with its placeholders."""
    given = account.submissions_of(study.id)
    return Counter(each.template for each in given if each.status not in GIVEN_BACK)


def _reserved(account: Account, person: Participant, study_id: str) -> Submission:
    study = account.studies[study_id]
    url = _next_url(account, person, study)
    assert url is not None
    made = account.new_id("submission")
    submission = Submission(made, study_id, person.id, url, account.clock.now)
    account.submissions[made] = submission
    return submission


def _page(title: str, text: str) -> str:
    return (
        f"<!DOCTYPE html><html lang=en><head><meta charset=utf-8><title>{escape(title)}</title>"
        f"</head><body><h1>{escape(title)}</h1><p>{escape(text)}</p></body></html>"
    )
