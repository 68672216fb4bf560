"""Turkle's API: one method for each endpoint that we use.

Measured on Turkle 3.1.0. It deletes nothing, lists no tasks, and answers a wrong token with 403.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import quote

import httpx

from mturk_exodus import errors
from mturk_exodus.replay.addresses import base
from mturk_exodus.replay.http import REPEATABLE
from mturk_exodus.replay.shapes import JSON, encoded, gone
from mturk_exodus_turkle import refusals, shapes
from mturk_exodus_turkle.mapping.rows import Row, rows_of
from mturk_exodus_turkle.shapes import Thing

_MOST_PAGES = 1_000_000


class Api:
    """A server.

    Args:
        url: its address.
        token: of an administrator.
        client: what sends.
    """

    def __init__(self, url: str, token: str, client: httpx.Client) -> None:
        self.url = base(url)
        self._headers = {"Authorization": f"Token {token}", "Accept": "application/json"}
        self._client = client

    def users(self) -> Iterator[Thing]:
        """All users, a hundred to a page."""
        return self._list("/api/users/")

    def user(self, username: str) -> Thing | None:
        """A user by the name, or None."""
        return self._thing_or_gone(f"/api/users/username/{quote(username)}/")

    def user_of(self, user_id: int) -> Thing | None:
        """A user by the number, or None."""
        return self._thing_or_gone(f"/api/users/{user_id}/")

    def make_user(self, body: JSON) -> int:
        """A user, by `username` and `password`; its id."""
        return self._made("/api/users/", body)

    def change_user(self, user_id: int, body: JSON) -> None:
        """Write some members of a user."""
        self._send("PATCH", f"/api/users/{user_id}/", body, repeatable=True)

    def group(self, name: str) -> Thing | None:
        """A group by its name, or None. Turkle answers with a list of one."""
        path = f"/api/groups/name/{quote(name)}/"
        reply = self._json_or_gone(path)
        return None if reply is None else next(self._pages(reply, path), None)

    def group_of(self, group_id: int) -> Thing | None:
        """A group by its number, or None."""
        return self._thing_or_gone(f"/api/groups/{group_id}/")

    def groups(self) -> Iterator[Thing]:
        """All groups."""
        return self._list("/api/groups/")

    def make_group(self, name: str, users: Sequence[int]) -> int:
        """A group; its id. Turkle makes it before it looks for its users, one after another."""
        return self._made("/api/groups/", {"name": name, "users": list(users)})

    def add_to_group(self, group_id: int, users: Sequence[int]) -> None:
        """Put users into a group."""
        body = {"users": list(users)}
        self._send("POST", f"/api/groups/{group_id}/users/", body, repeatable=True)

    def projects(self) -> Iterator[Thing]:
        """All projects, twenty to a page, each with its template."""
        return self._list("/api/projects/")

    def project(self, project_id: int) -> Thing | None:
        """A project, or None if it is gone."""
        return self._thing_or_gone(f"/api/projects/{project_id}/")

    def make_project(self, body: JSON) -> int:
        """A project; its id."""
        return self._made("/api/projects/", body)

    def change_project(self, project_id: int, body: JSON) -> None:
        """Write some members of a project."""
        self._send("PATCH", f"/api/projects/{project_id}/", body, repeatable=True)

    def access(self, project_id: int) -> list[int] | None:
        """The ids of the groups that a project is for; None if it is gone."""
        path = f"/api/projects/{project_id}/permissions/"
        reply = self._json_or_gone(path)
        if reply is None:
            return None
        groups = shapes.items(shapes.members(reply, path).get("groups"), path)
        return [shapes.whole(one, path) for one in groups]

    def restrict(self, project_id: int, groups: Sequence[int]) -> None:
        """Let only these groups into a project; its batches take that over when they are made."""
        body = {"users": [], "groups": list(groups)}
        self._send("PUT", f"/api/projects/{project_id}/permissions/", body)

    def restrict_batch(self, batch_id: int, groups: Sequence[int]) -> None:
        """Let only these groups into a batch that was made before its project was restricted."""
        body = {"users": [], "groups": list(groups)}
        self._send("PUT", f"/api/batches/{batch_id}/permissions/", body)

    def batches(self, project_id: int) -> list[Thing]:
        """The batches of a project. Turkle says 404 of one without any, as of one that is gone."""
        path = f"/api/projects/{project_id}/batches/"
        reply = self._json_or_gone(path)
        if isinstance(reply, dict):
            return list(self._pages(reply, path))
        return [shapes.thing(one, path) for one in shapes.items(reply or [], path)]

    def batch(self, batch_id: int) -> Thing | None:
        """A batch, or None if it is gone."""
        return self._thing_or_gone(f"/api/batches/{batch_id}/")

    def make_batch(self, body: JSON) -> int:
        """A batch; its id."""
        return self._made("/api/batches/", body)

    def change_batch(self, batch_id: int, body: JSON) -> None:
        """Write some members of a batch: `name`, `active`, `allotted_assignment_time`."""
        self._send("PATCH", f"/api/batches/{batch_id}/", body, repeatable=True)

    def add_tasks(self, batch_id: int, csv_text: str) -> int:
        """Rows for a batch; how many tasks were made. Turkle makes one after another: whoever is
        cut off has some of them.
        """
        path = f"/api/batches/{batch_id}/tasks/"
        reply = shapes.parsed(self._send("POST", path, {"csv_text": csv_text}), path)
        return shapes.whole(shapes.members(reply, path).get("new_tasks"), path)

    def number_of_tasks(self, batch_id: int) -> int:
        """How many tasks a batch has now."""
        return self.progress(batch_id)[1]

    def progress(self, batch_id: int) -> tuple[int, int]:
        """How many assignments of a batch are finished, and how many tasks it has."""
        path = f"/api/batches/{batch_id}/progress/"
        reply = shapes.members(shapes.parsed(self._send("GET", path), path), path)
        names = ("total_finished_task_assignments", "total_tasks")
        finished, tasks = (shapes.whole(reply.get(name), path) for name in names)
        return finished, tasks

    def rows(self, batch_id: int) -> list[Row]:
        """The rows of a batch that are ours.

        Raises:
            TargetNotUnderstood: there are fewer rows than tasks. Turkle's API cuts off what holds
                anything but ASCII, and says that all is well.
        """
        path = f"/api/batches/{batch_id}/input/"
        tasks = self.number_of_tasks(batch_id)
        try:
            return list(rows_of(self._send("GET", path).decode("utf-8"), tasks))
        except (ValueError, RecursionError, KeyError):
            raise errors.TargetNotUnderstood(
                f"{path}: it is cut off; a task was added to this batch that holds other characters"
                " than ASCII, which Turkle's API cannot give back"
            ) from None

    @contextmanager
    def here(self) -> Iterator[None]:
        """What any Turkle answers."""
        try:
            yield
        except (errors.TargetRejected, errors.TargetNotUnderstood):
            raise errors.TargetNotUnderstood(
                f"{self.url} does not answer as Turkle does; is this Turkle's address?"
            ) from None

    def a_page_of_users(self) -> None:
        """What every administrator may ask."""
        with self.here():
            path = "/api/users/"
            reply = shapes.members(shapes.parsed(self._send("GET", path), path), path)
            shapes.items(reply.get("results"), path)

    def _list(self, path: str) -> Iterator[Thing]:
        return self._pages(shapes.parsed(self._send("GET", path), path), path)

    def _pages(self, reply: JSON, path: str) -> Iterator[Thing]:
        """What a list holds. Where its next page is, is said by number: a server behind another
        does not know its own address.
        """
        for number in range(2, _MOST_PAGES):
            page = shapes.members(reply, path)
            yield from (shapes.thing(one, path) for one in shapes.items(page.get("results"), path))
            if page.get("next") is None:
                return
            reply = shapes.parsed(self._send("GET", f"{path}?page={number}"), path)

    def _made(self, path: str, body: JSON) -> int:
        return shapes.thing(shapes.parsed(self._send("POST", path, body), path), path).id

    def _thing_or_gone(self, path: str) -> Thing | None:
        reply = self._json_or_gone(path)
        return None if reply is None else shapes.thing(reply, path)

    def _json_or_gone(self, path: str) -> JSON:
        try:
            return shapes.parsed(self._send("GET", path), path)
        except errors.TargetRejected as error:
            if not gone(error):
                raise
            return None

    def _send(
        self, method: str, path: str, body: JSON = None, *, repeatable: bool = False
    ) -> bytes:
        is_json = {} if body is None else {"Content-Type": "application/json"}
        try:
            return self._client.request(
                method,
                self.url + path,
                content=None if body is None else encoded(body),
                headers={**self._headers, **is_json},
                extensions=dict(REPEATABLE) if repeatable else None,
            ).content
        except errors.TargetError as error:
            raise refusals.explained(error) from None


def users_of(group: Thing) -> list[int]:
    """The numbers of those who are in a group."""
    return [
        shapes.whole(one, "a group") for one in shapes.items(group.members.get("users"), "a group")
    ]


def ids(things: Iterable[Thing]) -> list[int]:
    """Their numbers."""
    return [one.id for one in things]
