"""Prolific's API: one method for each endpoint that we use.

Of Prolific's own description of it ("API reference", docs.prolific.com) and of what its clients
have found out since. Ids are 24 hexadecimal digits, and amounts are in hundredths, but for bonuses
that are set up (`set_up_bonuses`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import httpx

from mturk_exodus import errors
from mturk_exodus.replay.shapes import JSON, gone
from mturk_exodus_prolific import shapes
from mturk_exodus_prolific.asking import Asking
from mturk_exodus_prolific.shapes import (
    Balance,
    BonusSet,
    Cost,
    Filter,
    Group,
    Named,
    Study,
    StudyShort,
    Submission,
    Wage,
)


class Api:
    """Prolific, as the user of a token sees it.

    Args:
        url: its address, https://api.prolific.com.
        token: that opens it.
        client: what sends.

    Raises:
        SettingMissing: the address cannot be one.
    """

    def __init__(self, url: str, token: str, client: httpx.Client) -> None:
        self._ask = Asking(url, token, client)

    @property
    def url(self) -> str:
        """Its address."""
        return self._ask.url

    def me(self) -> str:
        """The id of the user whose token it is."""
        path = "/users/me/"
        try:
            reply = self._ask.json("GET", path)
        except (errors.TargetRejected, errors.TargetNotUnderstood):
            raise errors.TargetNotUnderstood(
                f"{self.url} does not answer as Prolific does; is this Prolific's address?"
            ) from None
        return shapes.identifier(shapes.members(reply, path).get("id"), path)

    def workspaces(self) -> Iterator[Named]:
        """All that the user works in."""
        path = "/workspaces/"
        return (shapes.named(one, path) for one in self._ask.portions(path))

    def balance(self, workspace_id: str) -> Balance:
        """What a workspace can spend."""
        path = f"/workspaces/{_id(workspace_id)}/balance/"
        return shapes.balance(self._ask.json("GET", path), path)

    def wage(self, workspace_id: str, currency: str) -> Wage:
        """What an hour must pay now."""
        path = "/reward-recommendations/"
        query = {"workspace_id": _id(workspace_id), "currency": currency}
        reply = shapes.items(self._ask.json("GET", path, query), path)
        found = (shapes.wage(one, path) for one in reply)
        known = next((one for one in found if one.currency == currency), None)
        return shapes.not_understood(path) if known is None else known

    def projects(self, workspace_id: str) -> Iterator[Named]:
        """A workspace's projects."""
        path = f"/workspaces/{_id(workspace_id)}/projects/"
        return (shapes.named(one, path) for one in self._ask.portions(path))

    def make_project(self, workspace_id: str, title: str) -> str:
        """A project; its id. It cannot be deleted."""
        path = f"/workspaces/{_id(workspace_id)}/projects/"
        return shapes.named(self._ask.json("POST", path, body={"title": title}), path).id

    def filters(self, workspace_id: str) -> Iterator[Filter]:
        """What participants can be chosen by; ids and titles change with time."""
        path = "/filters/"
        query = {"workspace_id": _id(workspace_id)}
        return (shapes.filter_(one, path) for one in self._ask.whole(path, query))

    def groups(self, workspace_id: str) -> Iterator[Group]:
        """A workspace's participant groups, deleted ones among them."""
        path = "/participant-groups/"
        query = {"workspace_id": _id(workspace_id)}
        return (shapes.group(one, path) for one in self._ask.portions(path, query))

    def group(self, group_id: str) -> Group | None:
        """A participant group, or None if there was never one."""
        path = f"/participant-groups/{_id(group_id)}/"
        reply = self._ask.json_or_gone(path)
        return None if reply is None else shapes.group(reply, path)

    def make_group(self, workspace_id: str, name: str, description: str) -> str:
        """A group with nobody in it; its id."""
        path = "/participant-groups/"
        body = {"workspace_id": _id(workspace_id), "name": name, "description": description}
        return shapes.group(self._ask.json("POST", path, body=body), path).id

    def change_group(self, group_id: str, body: JSON) -> None:
        """Write a group's name and description; `participant_ids` would take the place of all."""
        self._ask.send("PATCH", f"/participant-groups/{_id(group_id)}/", body=body, repeatable=True)

    def delete_group(self, group_id: str) -> None:
        """Delete a group. It can be read all the same."""
        self._ask.send("DELETE", f"/participant-groups/{_id(group_id)}/")

    def group_members(self, group_id: str) -> list[str]:
        """The ids of the participants in a group."""
        path = f"/participant-groups/{_id(group_id)}/participants/"
        ones = (shapes.members(one, path) for one in self._ask.whole(path))
        return [shapes.text(one.get("participant_id"), path) for one in ones]

    def add_to_group(self, group_id: str, participant_ids: Sequence[str]) -> list[str]:
        """Who is in a group after these came into it. Ids that Prolific does not know it passes
        over; who is in it already stays.
        """
        return self._moved("POST", group_id, participant_ids)

    def remove_from_group(self, group_id: str, participant_ids: Sequence[str]) -> list[str]:
        """Who is in a group after these left it."""
        return self._moved("DELETE", group_id, participant_ids)

    def studies(self, project_id: str) -> Iterator[StudyShort]:
        """A project's studies, the newest first."""
        path = f"/projects/{_id(project_id)}/studies/"
        return (shapes.study_short(one, path) for one in self._ask.pages(path))

    def study(self, study_id: str) -> Study | None:
        """A study, or None if it is gone."""
        path = f"/studies/{_id(study_id)}/"
        reply = self._ask.json_or_gone(path)
        return None if reply is None else shapes.study(reply, path)

    def make_study(self, body: JSON) -> str:
        """A draft; its id. The same body sent twice makes two."""
        return shapes.study(self._ask.json("POST", "/studies/", body=body), "/studies/").id

    def change_study(self, study_id: str, body: JSON) -> None:
        """Write some members of a study: any of a draft's, few of a published one's."""
        self._ask.send("PATCH", f"/studies/{_id(study_id)}/", body=body, repeatable=True)

    def delete_study(self, study_id: str) -> None:
        """Delete a draft. Any other is refused."""
        self._ask.send("DELETE", f"/studies/{_id(study_id)}/")

    def move_study(self, study_id: str, action: str) -> Study:
        """PUBLISH, PAUSE, START or STOP a study; as it is then."""
        path = f"/studies/{_id(study_id)}/transition/"
        return shapes.study(self._ask.json("POST", path, body={"action": action}), path)

    def study_cost(self, study_id: str, *, is_projected: bool) -> tuple[Cost, Cost]:
        """What a study's rewards and bonuses have cost; is_projected, what they will."""
        path = f"/studies/{_id(study_id)}/cost/"
        reply = self._ask.json("GET", path, {"is_projected": str(is_projected).lower()})
        one = shapes.members(reply, path)
        return shapes.cost(one.get("rewards"), path), shapes.cost(one.get("bonuses"), path)

    def submissions(self, study_id: str) -> Iterator[Submission]:
        """A study's submissions. The list shifts while participants work: one may come twice."""
        path = "/submissions/"
        query = {"study": _id(study_id)}
        return (shapes.submission(one, path) for one in self._ask.pages(path, query))

    def submission(self, submission_id: str) -> Submission | None:
        """A submission with the bonuses that were paid for it, or None if there is none."""
        path = f"/submissions/{_id(submission_id)}/"
        reply = self._ask.json_or_gone(path)
        return None if reply is None else shapes.submission(reply, path)

    def set_up_bonuses(self, study_id: str, csv_bonuses: str) -> BonusSet:
        """Set up bonuses; nothing is paid yet.

        Args:
            study_id: in which all of them took part.
            csv_bonuses: at most 200 lines, without a header, of a participant's or a submission's
                id and an amount in whole units of the currency: `1.50`, not `150`.
        """
        path = "/submissions/bonus-payments/"
        body = {"study_id": _id(study_id), "csv_bonuses": csv_bonuses}
        return shapes.bonus_set(self._ask.json("POST", path, body=body), path)

    def pay_bonuses(self, bonus_set_id: str) -> None:
        """Pay what was set up. Each time that this is sent it is paid: whoever does not know
        whether it was reads the submissions' bonus_payments, and never sends it again.

        Raises:
            OutcomeUnknown: what answers may not be Prolific: it is a page for people. Or it is in
                conflict with something (409), which may be this payment, sent again on the way.
        """
        path = f"/bulk-bonus-payments/{_id(bonus_set_id)}/pay/"
        try:
            answer = self._ask.send("POST", path)
        except errors.TargetRejected as error:
            if error.status_code != httpx.codes.CONFLICT:
                raise
            raise errors.OutcomeUnknown(str(error)) from None
        if answer.lstrip().startswith(b"<"):
            raise errors.OutcomeUnknown(f"{path}: this is not how Prolific answers")

    def _moved(self, method: str, group_id: str, participant_ids: Sequence[str]) -> list[str]:
        path = f"/participant-groups/{_id(group_id)}/participants/"
        body = {"participant_ids": list(participant_ids)}
        reply = shapes.members(self._ask.json(method, path, body=body, repeatable=True), path)
        ones = (shapes.members(one, path) for one in shapes.items(reply.get("results"), path))
        return [shapes.text(one.get("participant_id"), path) for one in ones]


def is_gone(error: errors.TargetError) -> bool:
    """Whether what was asked for is not there."""
    return gone(error)


def _id(text: str) -> str:
    """An id that can stand in a path and lead nowhere else."""
    if not shapes.is_id(text):
        raise errors.TargetRejected("an id of Prolific's has 24 letters a-f and digits")
    return text
