"""The user, workspaces with their wallets, projects, and people to try things with."""

from __future__ import annotations

from tests.fakes.prolific.account import Account, Project, Record, Workspace
from tests.fakes.prolific.paging import by_offset
from tests.fakes.prolific.wire import Answer, Ask, Handler, invalid, missing, not_enabled


class Spaces:
    """The endpoints of what studies lie in."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def routes(self) -> dict[str, Handler]:
        """What answers each operation."""
        return {
            "GET /users/me/": self._me,
            "GET /workspaces/": self._workspaces,
            "POST /workspaces/": self._create_workspace,
            "GET /workspaces/{workspace_id}/": self._workspace,
            "GET /workspaces/{workspace_id}/balance/": self._balance,
            "GET /workspaces/{workspace_id}/projects/": self._projects,
            "POST /workspaces/{workspace_id}/projects/": self._create_project,
            "GET /projects/{project_id}/": self._project,
            "POST /researchers/participants/": self._test_participant,
        }

    def _me(self, _: Ask) -> Answer:
        home = next(iter(self._account.workspaces.values()))
        funds = self._account.balance(home.id), self._account.available(home.id)
        return Answer(
            {
                "id": self._account.user_id,
                "email": "researcher@example.com",
                "first_name": "Re",
                "last_name": "Searcher",
                "currency_code": home.currency,
                "balance": funds[0],
                "available_balance": funds[1],
            }
        )

    def _workspaces(self, ask: Ask) -> Answer:
        return by_offset(ask, [_space(each) for each in self._account.workspaces.values()])

    def _create_workspace(self, ask: Ask) -> Answer:
        """A new one has no money: that is put in on the web alone."""
        if not str(ask.body.get("title") or "").strip():
            raise invalid(title="This field may not be blank.")
        currency = ask.body.get("currency_code", "GBP")
        if currency not in {"GBP", "USD"}:
            raise invalid(currency_code="Must be GBP or USD.")
        made = self._account.add_workspace(ask.body["title"], currency)
        made.funds = 0
        return Answer(_space(made), 201)

    def _workspace(self, ask: Ask) -> Answer:
        workspace = self._found(ask)
        projects = self._inside(workspace)
        more = {"projects": [_project(each) for each in projects], "wallet": workspace.id}
        return Answer(_space(workspace) | more)

    def _balance(self, ask: Ask) -> Answer:
        workspace = self._found(ask)
        total = self._account.balance(workspace.id)
        available = self._account.available(workspace.id)
        return Answer(
            {
                "currency_code": workspace.currency,
                "total_balance": total,
                "balance_breakdown": self._breakdown(workspace, total),
                "available_balance": available,
                "available_balance_breakdown": self._breakdown(workspace, available),
            }
        )

    def _projects(self, ask: Ask) -> Answer:
        return by_offset(ask, [_project(each) for each in self._inside(self._found(ask))])

    def _create_project(self, ask: Ask) -> Answer:
        if not str(ask.body.get("title") or "").strip():
            raise invalid(title="This field may not be blank.")
        made = self._account.add_project(self._found(ask).id, ask.body["title"])
        return Answer(_project(made), 201)

    def _project(self, ask: Ask) -> Answer:
        project = self._account.projects.get(ask.ids["project_id"])
        if project is None:
            raise missing("Project")
        return Answer(_project(project) | {"workspace": project.workspace_id})

    def _test_participant(self, ask: Ask) -> Answer:
        enabled = {name for each in self._account.workspaces.values() for name in each.features}
        if "test study" not in enabled:
            raise not_enabled("test participants")
        if "email" not in ask.body:
            raise invalid(email="This field is required.")
        made = self._account.new_id("participant")
        self._account.people[made] = {}
        return Answer({"participant_id": made}, 201)

    def _found(self, ask: Ask) -> Workspace:
        workspace = self._account.workspaces.get(ask.ids["workspace_id"])
        if workspace is None:
            raise missing("Workspace")
        return workspace

    def _inside(self, workspace: Workspace) -> list[Project]:
        every = self._account.projects.values()
        return [each for each in every if each.workspace_id == workspace.id]

    def _breakdown(self, workspace: Workspace, total: int) -> Record:
        """What of it can go to participants, and what to Prolific and the tax."""
        rewards = total * 100 // self._account.cost(workspace, 100)
        vat = self._account.fees_of(workspace, rewards)[1]
        return {"rewards": rewards, "fees": total - rewards - vat, "vat": vat}


def _space(workspace: Workspace) -> Record:
    return {"id": workspace.id, "title": workspace.title, "description": "", "users": []}


def _project(project: Project) -> Record:
    return {"id": project.id, "title": project.title, "description": "", "users": []}
