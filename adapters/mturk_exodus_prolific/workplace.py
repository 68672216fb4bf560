"""Where at Prolific things are made: a workspace, which owns the money, and a project in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

from mturk_exodus import errors
from mturk_exodus.replay.adapter import JSON, Receipt
from mturk_exodus_prolific.api import Api
from mturk_exodus_prolific.mapping.planning import PROJECT
from mturk_exodus_prolific.mapping.terms import Terms
from mturk_exodus_prolific.shapes import Filter, Named, Wage, is_id

ONLY = "only"

_MOST_LISTED = 10


class Workplace:
    """A workspace, and the project that a plan is for.

    Args:
        api: Prolific.
        workspace: its id or its title; ONLY if the user has no other.
        terms: what a person decided.
    """

    def __init__(self, api: Api, workspace: str, terms: Terms) -> None:
        self.api = api
        self.terms = terms
        self._said = workspace

    @cached_property
    def workspace_id(self) -> str:
        """The workspace's id.

        Raises:
            SettingMissing: there is none of that name, or more than one.
        """
        there = list(self.api.workspaces())
        ours = [one for one in there if self._said in (ONLY, one.id, one.title)]
        if len(ours) == 1:
            return ours[0].id
        if is_id(self._said) or not ours:
            raise errors.SettingMissing(
                f"workspace: the token's user has none of that name; it has {_listed(there)}"
            )
        raise errors.SettingMissing(
            f"workspace: say which, --set workspace=ID; the token's user has {_listed(ours)}"
        )

    def project_id(self, receipts: Mapping[str, Receipt]) -> str:
        """The id of the project."""
        return self.terms.project or receipts[PROJECT].target_id

    def check_project(self) -> None:
        """See that a project that somebody named is there.

        Raises:
            SettingMissing: it is not.
        """
        wanted = self.terms.project
        if wanted is None:
            return
        there = list(self.api.projects(self.workspace_id))
        if wanted not in {one.id for one in there}:
            raise errors.SettingMissing(
                f"project: the workspace has none of that id; it has {_listed(there)}"
            )

    def check_currency(self) -> None:
        """See that rewards are meant in what the workspace pays.

        Raises:
            SettingMissing: they are not.
        """
        currency = self.api.balance(self.workspace_id).currency
        if currency != self.terms.currency:
            raise errors.SettingMissing(
                f"currency: the workspace pays in {currency}; --set currency={currency}, and"
                " --set rate=... says what a dollar of MTurk's is worth in it"
            )

    @cached_property
    def wage(self) -> Wage:
        """What an hour must pay now."""
        return self.api.wage(self.workspace_id, self.terms.currency)

    def filters_for(self, payload: Mapping[str, JSON]) -> Sequence[Filter]:
        """What participants can be chosen by, now; asked for only if the study needs to know."""
        return self.filters if any("title" in one for one in payload["filters"]) else ()

    @cached_property
    def filters(self) -> Sequence[Filter]:
        """What participants can be chosen by, now."""
        return list(self.api.filters(self.workspace_id))


def _listed(several: list[Named]) -> str:
    shown = [f"{one.id} ({_plain(one.title[:60])})" for one in several[:_MOST_LISTED]]
    return ", ".join(shown) or "none at all"


def _plain(title: str) -> str:
    """Anybody's words, without commands to a terminal, or halves of characters."""
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in title)
