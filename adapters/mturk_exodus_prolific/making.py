"""Makes projects, groups and drafts, and brings drafts up to date. Nothing is published."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from mturk_exodus import errors, pay
from mturk_exodus.replay.adapter import JSON, Action, Kept, Receipt
from mturk_exodus_prolific.choosing import filters_of
from mturk_exodus_prolific.looking import Looking, Payload, Receipts
from mturk_exodus_prolific.shapes import Study
from mturk_exodus_prolific.workplace import Workplace

_PUBLISHED = "it is published, and Prolific lets little of a published study be changed"


class Making:
    """Makes and changes what is in a workspace."""

    def __init__(self, place: Workplace, looking: Looking) -> None:
        self._place = place
        self._looking = looking
        self._api = place.api

    def apply(self, actions: Sequence[Action], receipts: Receipts) -> Iterator[Receipt]:
        """Make these, a request for each."""
        made = dict(receipts)
        for one in actions:
            made[one.key] = Receipt(one.key, self._make(one, made))
            yield made[one.key]

    def revise(self, actions: Sequence[Action], receipts: Receipts) -> Iterator[Receipt | Kept]:
        """Bring these up to date, but for what is published, and what concerns money."""
        for one in actions:
            if one.operation == "study":
                yield self._revised_study(one, receipts)
            else:
                yield self._revised(one, receipts)

    def _make(self, action: Action, receipts: Receipts) -> str:
        payload = action.payload
        if action.operation == "project":
            return self._api.make_project(self._place.workspace_id, payload["title"])
        if action.operation == "group":
            return self._api.make_group(
                self._place.workspace_id, payload["name"], payload["description"]
            )
        return self._api.make_study(self._body(payload, receipts))

    def _body(self, payload: Payload, receipts: Receipts) -> JSON:
        """What Prolific is sent for a draft."""
        self._check_wage(payload)
        return {
            **payload,
            "filters": filters_of(payload, self._place.filters_for(payload), receipts),
            "project": self._place.project_id(receipts),
        }

    def _check_wage(self, payload: Payload) -> None:
        """The minimum may have risen since the plan was made."""
        wage = self._place.wage
        least = pay.least(payload["estimated_completion_time"], wage.least)
        if payload["reward"] < least:
            hour = pay.dollars(wage.least)
            raise errors.TargetRejected(
                f"at Prolific an hour must pay {hour} {wage.currency} now: it would pay"
                f" {pay.dollars(payload['reward'])}, and must pay {pay.dollars(least)}; plan again"
                f" with --set least_per_hour={hour}, and links made with --least-per-hour {hour}"
            )

    def _revised(self, action: Action, receipts: Receipts) -> Receipt | Kept:
        """A group, or a project, whose title never changes."""
        held = self._looking.held([action], receipts).get(action.key)
        if held is None:
            return Kept(action.key, f"the {action.operation} has been deleted there")
        if held != action.payload and action.operation == "group":
            self._api.change_group(receipts[action.key].target_id, dict(action.payload))
        return receipts[action.key]

    def _revised_study(self, action: Action, receipts: Receipts) -> Receipt | Kept:
        """Prolific does not say who changed a draft. Where it pays otherwise than the plan, a
        person decides: nobody is to be paid more or less without a word.
        """
        study = self._api.study(receipts[action.key].target_id)
        if study is None:
            return Kept(action.key, "the study has been deleted there")
        held = self._looking.payload(action, study, receipts)
        changed = [name for name, value in action.payload.items() if held.get(name) != value]
        if not changed:
            return receipts[action.key]
        if reason := _why_kept(study, action.payload, held):
            return Kept(action.key, reason)
        body = self._body(action.payload, receipts)
        self._api.change_study(study.id, {name: body[name] for name in changed})
        return receipts[action.key]


def _why_kept(study: Study, payload: Payload, held: Mapping[str, JSON]) -> str:
    if not study.is_draft:
        return _PUBLISHED
    there, wanted = held.get("reward"), payload["reward"]
    if there == wanted:
        return ""
    paid = pay.dollars(there) if isinstance(there, int) else "something else"
    return (
        f"its reward is {paid} there, and {pay.dollars(wanted)} in the plan: change it there, or"
        " take the drafts back with exodus import --undo, and import again"
    )
