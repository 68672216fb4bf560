"""Studies: drafts, publishing, what may change afterwards, and what they cost."""

from __future__ import annotations

import math
from typing import Any

from tests.fakes.prolific import motion, people
from tests.fakes.prolific.account import Account, Record, Study, Workspace, written
from tests.fakes.prolific.amending import amend
from tests.fakes.prolific.paging import by_page
from tests.fakes.prolific.rules import (
    BUILDER,
    DEFAULTS,
    cleaned,
    is_underpaying,
    least_time,
    mistakes,
)
from tests.fakes.prolific.wire import Answer, Ask, Handler, Refusal, invalid, missing, not_enabled

_SHORT = (
    *("id", "name", "internal_name", "status", "total_available_places", "places_taken"),
    *("number_of_submissions", "reward", "total_cost", "published_at", "publish_at"),
    *("date_created", "study_type"),
)


class Studies:
    """The endpoints below `/studies/`, and a project's list of them."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def routes(self) -> dict[str, Handler]:
        """What answers each operation."""
        return {
            "POST /studies/": self._create,
            "GET /studies/": self._listed,
            "GET /projects/{project_id}/studies/": self._of_project,
            "GET /studies/{id}/": lambda ask: Answer(self.shown(self.found(ask.ids["id"]))),
            "PATCH /studies/{id}/": self._update,
            "DELETE /studies/{id}/": self._delete,
            "POST /studies/{id}/transition/": self._transition,
            "POST /studies/{id}/clone/": self._clone,
            "POST /studies/{id}/test-study": self._test_study,
            "GET /studies/{id}/access-details-progress/": self._progress,
        }

    def found(self, study_id: str) -> Study:
        """The study.

        Raises:
            Refusal: 404.
        """
        study = self._account.studies.get(study_id)
        if study is None:
            raise missing("Study")
        return study

    def _create(self, ask: Ask) -> Answer:
        given: Record = ask.body
        project_id = given.get("project") or next(iter(self._account.projects))
        project = self._account.projects.get(project_id)
        if project is None:
            raise invalid(project="There is no such project.")
        workspace = self._account.workspaces[project.workspace_id]
        fields = self._complete(workspace, given | {"project": project_id})
        study = Study(self._account.new_id("study"), workspace.id, fields, self._account.clock.now)
        self._account.studies[study.id] = study
        self._account.studies_created += 1
        return Answer(self.shown(study), 201)

    def _listed(self, ask: Ask) -> Answer:
        state = ask.query.get("state")
        every = [each for each in self._newest() if state in {None, self._status(each)}]
        return by_page(ask, "/api/v1/studies/", [self._short(each) for each in every])

    def _of_project(self, ask: Ask) -> Answer:
        project_id = ask.ids["project_id"]
        if project_id not in self._account.projects:
            raise missing("Project")
        every = [each for each in self._newest() if each.fields["project"] == project_id]
        path = f"/api/v1/projects/{project_id}/studies/"
        return by_page(ask, path, [self._short(each) for each in every])

    def _update(self, ask: Ask) -> Answer:
        study, given = self.found(ask.ids["id"]), ask.body
        workspace = self._account.workspaces[study.workspace_id]
        if study.status in motion.PUBLISHED:
            amend(self._account, study, given)
        elif study.status == "SCHEDULED":
            raise Refusal(400, "A scheduled study cannot be changed.")
        else:
            study.fields = self._complete(workspace, study.fields | given)
        return Answer(self.shown(study))

    def _delete(self, ask: Ask) -> Answer:
        study = self.found(ask.ids["id"])
        if study.status != "UNPUBLISHED":
            raise Refusal(400, "Only a draft can be deleted.")
        del self._account.studies[study.id]
        return Answer(None)

    def _transition(self, ask: Ask) -> Answer:
        study = self.found(ask.ids["id"])
        motion.move_study(self._account, study, ask.body.get("action"), ask.body.get("publish_at"))
        return Answer(self.shown(study))

    def _clone(self, ask: Ask) -> Answer:
        study = self.found(ask.ids["id"])
        fields = study.fields | {"name": f"{study.fields['name']} (copy)"}
        if (ask.body or {}).get("block_previous_participants", True):
            block = {"filter_id": "previous_studies_blocklist", "selected_values": [study.id]}
            fields = fields | {"filters": [*(fields["filters"] or []), block]}
        copy = Study(
            self._account.new_id("study"), study.workspace_id, fields, self._account.clock.now
        )
        self._account.studies[copy.id] = copy
        self._account.studies_created += 1
        return Answer(self.shown(copy))

    def _test_study(self, ask: Ask) -> Answer:
        study = self.found(ask.ids["id"])
        if "test study" not in self._account.workspaces[study.workspace_id].features:
            raise not_enabled("test study")
        return Answer({"study_id": study.id, "study_url": f"{people.APP}/studies/{study.id}"})

    def _progress(self, ask: Ask) -> Answer:
        study = self.found(ask.ids["id"])
        if not study.fields["access_details"]:
            raise missing("Access details")
        held = people.allocated(self._account, study)
        progress = [
            each | {"allocated": held[each["external_url"]], "capacity_increments": []}
            for each in study.fields["access_details"]
        ]
        return Answer({"id": study.id, "progress": progress})

    def shown(self, study: Study) -> Record:
        """A study as `GET` gives it."""
        workspace = self._account.workspaces[study.workspace_id]
        given = self._account.submissions_of(study.id)
        status = self._status(study)
        study.unseen = max(0, study.unseen - 1)
        hourly = study.reward * 60 / study.fields["estimated_completion_time"]
        return study.fields | {
            "id": study.id,
            "status": status,
            "study_type": "SINGLE",
            "workspace": study.workspace_id,
            "currency_code": workspace.currency,
            "date_created": written(study.created),
            "published_at": written(study.published_at) if study.published_at else None,
            "publish_at": written(study.publish_at) if study.publish_at else None,
            "places_taken": motion.taken(self._account, study),
            "number_of_submissions": len(given),
            "total_cost": self._account.cost(workspace, study.places * study.reward),
            "minimum_reward_per_hour": float(self._account.minimum[workspace.currency]),
            "estimated_reward_per_hour": hourly,
            "is_underpaying": is_underpaying(
                study.fields, self._account.minimum[workspace.currency]
            ),
            "fees_percentage": 0.333333,
        }

    def _short(self, study: Study) -> Record:
        """A study as lists give it: without its metadata."""
        unseen = study.unseen
        shown = self.shown(study)
        study.unseen = unseen
        return {name: shown[name] for name in _SHORT}

    def _status(self, study: Study) -> str:
        return "PUBLISHING" if study.unseen else study.status

    def _newest(self) -> list[Study]:
        return list(reversed(self._account.studies.values()))

    def _complete(self, workspace: Workspace, given: Record) -> Record:
        """What is saved: with defaults, or a 400 with all that is wrong."""
        fields = self._built(given)
        if wrong := mistakes(self._account, workspace, fields):
            raise Refusal(400, wrong)
        if fields.get("is_external_study_url_secure"):
            raise not_enabled("secure study URLs")
        estimate = fields["estimated_completion_time"]
        time = fields.get("maximum_allowed_time") or math.ceil(least_time(estimate))
        description = cleaned(fields["description"])
        return DEFAULTS | fields | {"maximum_allowed_time": time, "description": description}

    def _built(self, given: Record) -> Record:
        """Places and codes of a study whose form is a batch of Task Builder's are made up."""
        if given.get("data_collection_method") not in BUILDER:
            return given
        batch: Any = self._account.batches.get(given.get("data_collection_id") or "")
        if batch is None or batch["status"] != "READY":
            raise invalid(data_collection_id="There is no such batch, or it is not ready.")
        many = (given.get("data_collection_metadata") or {}).get("annotators_per_task", 1)
        action = {"action": "MANUALLY_REVIEW"}
        code = {"code": batch["id"][:8].upper(), "code_type": "COMPLETED", "actions": [action]}
        places = {"total_available_places": batch["total_task_groups"] * many}
        return {"completion_codes": [code]} | given | places
