"""Participant groups, and the messages to those in them."""

from __future__ import annotations

from tests.fakes.prolific.account import Account, Group, Record
from tests.fakes.prolific.paging import all_at_once, by_offset
from tests.fakes.prolific.wire import Answer, Ask, Handler, Refusal, invalid, missing

_MOVERS = {"ADD_TO_PARTICIPANT_GROUP", "REMOVE_FROM_PARTICIPANT_GROUP"}


class Groups:
    """The endpoints below `/participant-groups/`. A deleted group can still be read."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def routes(self) -> dict[str, Handler]:
        """What answers each operation."""
        return {
            "GET /participant-groups/": self._listed,
            "POST /participant-groups/": self._create,
            "GET /participant-groups/{id}/": lambda ask: Answer(self._shown(self._found(ask))),
            "PATCH /participant-groups/{id}/": self._update,
            "DELETE /participant-groups/{id}/": self._delete,
            "GET /participant-groups/{id}/participants/": self._members,
            "POST /participant-groups/{id}/participants/": self._add,
            "DELETE /participant-groups/{id}/participants/": self._remove,
        }

    def _listed(self, ask: Ask) -> Answer:
        """Of a workspace; deleted ones too, unless `active` is asked for."""
        workspace_id = ask.query.get("workspace_id")
        if workspace_id is None:
            raise invalid(workspace_id="This field is required.")
        wanted = {"true": (False,), "false": (True,)}.get(
            ask.query.get("active", ""), (False, True)
        )
        every = [
            self._shown(each)
            for each in self._account.groups.values()
            if each.workspace_id == workspace_id and each.is_deleted in wanted
        ]
        return by_offset(ask, every)

    def _create(self, ask: Ask) -> Answer:
        given: Record = ask.body
        if not str(given.get("name") or "").strip():
            raise invalid(name="This field may not be blank.")
        if given.get("workspace_id") not in self._account.workspaces:
            raise invalid(workspace_id="There is no such workspace.")
        group = Group(
            self._account.new_id("group"),
            given["name"],
            given["workspace_id"],
            given.get("description"),
        )
        self._account.groups[group.id] = group
        self._join(group, given.get("participant_ids") or [])
        return Answer(self._shown(group), 201)

    def _update(self, ask: Ask) -> Answer:
        """`participant_ids` takes the place of all that were in it."""
        group = self._living(ask)
        group.name = ask.body.get("name", group.name)
        group.description = ask.body.get("description", group.description)
        if "participant_ids" in ask.body:
            group.members.clear()
            self._join(group, ask.body["participant_ids"])
        return Answer(self._shown(group))

    def _delete(self, ask: Ask) -> Answer:
        self._living(ask).is_deleted = True
        return Answer(None, 204)

    def _members(self, ask: Ask) -> Answer:
        return self._membership(self._found(ask))

    def _add(self, ask: Ask) -> Answer:
        """Those who are in it already, and ids that nobody has, are passed over."""
        group = self._living(ask)
        self._join(group, _ids(ask))
        return self._membership(group)

    def _remove(self, ask: Ask) -> Answer:
        """Those who are not in it are passed over."""
        group = self._living(ask)
        for each in _ids(ask):
            group.members.pop(each, None)
        return self._membership(group)

    def _join(self, group: Group, participant_ids: list[str]) -> None:
        for each in participant_ids:
            if each in self._account.people:
                group.members.setdefault(each, self._account.clock.text())

    def _found(self, ask: Ask) -> Group:
        group = self._account.groups.get(ask.ids["id"])
        if group is None:
            raise missing("Participant group")
        return group

    def _living(self, ask: Ask) -> Group:
        group = self._found(ask)
        if group.is_deleted:
            raise Refusal(400, "The participant group has been deleted.")
        return group

    def _membership(self, group: Group) -> Answer:
        return all_at_once(
            [
                {"participant_id": each, "datetime_created": since}
                for each, since in group.members.items()
            ]
        )

    def _shown(self, group: Group) -> Record:
        return {
            "id": group.id,
            "name": group.name,
            "project_id": None,
            "workspace_id": group.workspace_id,
            "organisation_id": None,
            "description": group.description,
            "participant_count": len(group.members),
            "is_deleted": group.is_deleted,
            "feeder_studies": self._feeders(group),
        }

    def _feeders(self, group: Group) -> list[Record]:
        """Studies whose codes change the group."""
        feeders = []
        for study in self._account.studies.values():
            changing = [
                {"code": code["code"], "code_type": code["code_type"], "action": action["action"]}
                for code in study.fields["completion_codes"]
                for action in code["actions"]
                if action["action"] in _MOVERS and action["participant_group"] == group.id
            ]
            if changing:
                named = {
                    "name": study.fields["name"],
                    "internal_name": study.fields["internal_name"] or "",
                }
                shown = {"id": study.id, "status": study.status}
                feeders.append(shown | named | {"feeder_completion_codes": changing})
        return feeders


class Messages:
    """Messages that were sent; nobody answers."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def routes(self) -> dict[str, Handler]:
        """What answers each operation."""
        return {
            "POST /messages/": self._send,
            "POST /messages/bulk/": self._send_to_many,
            "POST /messages/participant-group/": self._send_to_group,
            "GET /messages/": self._listed,
        }

    def _send(self, ask: Ask) -> Answer:
        return self._sent(ask.body, [ask.body["recipient_id"]])

    def _send_to_many(self, ask: Ask) -> Answer:
        return self._sent(ask.body, ask.body["ids"])

    def _send_to_group(self, ask: Ask) -> Answer:
        group = self._account.groups.get(ask.body["participant_group_id"])
        if group is None:
            raise missing("Participant group")
        return self._sent(ask.body, list(group.members))

    def _listed(self, ask: Ask) -> Answer:
        """With one person, or since a time."""
        if not {"user_id", "created_after"} & ask.query.keys():
            raise Refusal(400, "Give user_id or created_after.")
        user_id, since = ask.query.get("user_id"), ask.query.get("created_after", "")
        every = [
            each
            for each in self._account.messages
            if user_id in {None, each["channel_id"]} and each["sent_at"] >= since
        ]
        return all_at_once(every)

    def _sent(self, body: Record, recipients: list[str]) -> Answer:
        """To participants whom Prolific knows; nobody else can be written to."""
        if strangers := [each for each in recipients if each not in self._account.people]:
            raise Refusal(400, f"No such participant: {', '.join(strangers)}")
        study_id = body.get("study_id")
        for each in recipients:
            made = {"id": self._account.new_id("message"), "sender_id": self._account.user_id}
            what = {"body": body["body"], "sent_at": self._account.clock.text(), "type": "message"}
            about = {"channel_id": each, "data": {"study_id": study_id} if study_id else {}}
            self._account.messages.append(made | what | about)
        return Answer(None, 204)


def _ids(ask: Ask) -> list[str]:
    ids = (ask.body or {}).get("participant_ids")
    if not isinstance(ids, list):
        raise invalid(participant_ids="This field is required.")
    return ids
