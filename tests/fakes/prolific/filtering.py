"""Filters, filter sets, who is eligible, and what the least reward is."""

from __future__ import annotations

from tests.fakes.prolific import selection
from tests.fakes.prolific.account import Account, Record
from tests.fakes.prolific.paging import all_at_once, by_offset
from tests.fakes.prolific.wire import Answer, Ask, Handler, Refusal, invalid, missing

SHOWN_FROM = 25
"""Fewer eligible participants than this are shown as none."""
_DETAILS = (
    *("researcher_help_text", "participant_help_text", "category", "subcategory"),
    *("display_order", "tags"),
)


class Filtering:
    """The endpoints that have to do with whom a study is for."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def routes(self) -> dict[str, Handler]:
        """What answers each operation."""
        return {
            "GET /filters/": self._filters,
            "GET /filter-sets/": self._sets,
            "POST /filter-sets/": self._create_set,
            "GET /filter-sets/{id}/": lambda ask: Answer(self._shown(self._found(ask))),
            "PATCH /filter-sets/{id}/": self._update_set,
            "DELETE /filter-sets/{id}/": self._delete_set,
            "POST /filter-sets/{id}/lock/": lambda ask: self._locked(ask, True),
            "POST /filter-sets/{id}/unlock/": lambda ask: self._locked(ask, False),
            "POST /eligibility-count/": self._count,
            "GET /reward-recommendations/": self._rewards,
        }

    def _filters(self, ask: Ask) -> Answer:
        """All of them at once; a workspace's own groups and studies are among the choices."""
        tag = ask.query.get("filter_tag")
        chosen = [each for each in self._account.filters if tag in {None, *each["tags"]}]
        detailed = ask.query.get("detailed", "").lower() == "true"
        return all_at_once([self._filter(each, ask, detailed) for each in chosen])

    def _sets(self, ask: Ask) -> Answer:
        workspace_id = ask.query.get("workspace_id")
        every = [
            each
            for each in self._account.filter_sets.values()
            if workspace_id in {None, each["workspace_id"]} and not each["is_deleted"]
        ]
        return by_offset(ask, every)

    def _create_set(self, ask: Ask) -> Answer:
        given: Record = ask.body
        if not str(given.get("name") or "").strip():
            raise invalid(name="This field may not be blank.")
        made = {
            "id": self._account.new_id("filter set"),
            "version": 1,
            "is_deleted": False,
            "is_locked": False,
            "workspace_id": given.get("workspace_id"),
            "organisation_id": None,
            "name": given["name"],
            "filters": self._checked(given.get("workspace_id"), given.get("filters") or []),
        }
        self._account.filter_sets[made["id"]] = made
        return Answer(self._shown(made), 201)

    def _update_set(self, ask: Ask) -> Answer:
        held = self._found(ask)
        if held["is_locked"]:
            raise Refusal(400, "The filter set is locked.")
        held["name"] = ask.body.get("name", held["name"])
        if "filters" in ask.body:
            held["filters"] = self._checked(held["workspace_id"], ask.body["filters"])
        held["version"] += 1
        return Answer(self._shown(held))

    def _delete_set(self, ask: Ask) -> Answer:
        self._found(ask)["is_deleted"] = True
        return Answer(None, 204)

    def _count(self, ask: Ask) -> Answer:
        workspace_id = ask.body.get("workspace_id") or self._account.workspace_id
        return Answer({"count": self._eligible(self._checked(workspace_id, ask.body["filters"]))})

    def _rewards(self, ask: Ask) -> Answer:
        """Cents an hour; both members are needed to ask."""
        if ask.query.get("workspace_id") not in self._account.workspaces:
            raise missing("Workspace")
        currency = ask.query.get("currency", "")
        if currency not in self._account.minimum:
            raise invalid(currency="This is not a valid choice.")
        least = {"currency": currency, "min_reward_per_hour": self._account.minimum[currency]}
        good = {"recommended_reward_per_hour": self._account.recommended[currency]}
        return Answer([least | good])

    def _filter(self, one: Record, ask: Ask, detailed: bool) -> Record:
        shown = {name: each for name, each in one.items() if detailed or name not in _DETAILS}
        own = self._own_choices(one.get("data_type", ""), ask.query.get("workspace_id"))
        return shown if own is None else shown | {"choices": own}

    def _own_choices(self, data_type: str, workspace_id: str | None) -> dict[str, str] | None:
        if data_type == "ParticipantGroupID":
            groups = self._account.groups.values()
            living = [each for each in groups if not each.is_deleted]
            return {each.id: each.name for each in living if each.workspace_id == workspace_id}
        if data_type == "StudyID":
            studies = self._account.studies.values()
            mine = [each for each in studies if each.workspace_id == workspace_id]
            return {each.id: each.fields["name"] for each in mine}
        return None

    def _checked(self, workspace_id: str | None, filters: list[Record]) -> list[Record]:
        workspace = self._account.workspaces.get(workspace_id or "")
        if workspace is None:
            raise invalid(workspace_id="There is no such workspace.")
        if wrong := selection.mistake(self._account, workspace, filters):
            raise invalid(filters=wrong)
        return filters

    def _eligible(self, filters: list[Record]) -> int:
        people = self._account.people
        number = sum(selection.lets_in(self._account, filters, each) for each in people)
        return number if number >= SHOWN_FROM else 0

    def _found(self, ask: Ask) -> Record:
        held = self._account.filter_sets.get(ask.ids["id"])
        if held is None or held["is_deleted"]:
            raise missing("Filter set")
        return held

    def _locked(self, ask: Ask, locked: bool) -> Answer:
        held = self._found(ask)
        held["is_locked"] = locked
        return Answer(self._shown(held))

    def _shown(self, held: Record) -> Record:
        return held | {"eligible_participant_count": self._eligible(held["filters"])}
