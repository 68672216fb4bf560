"""Label Studio's API: one method for each endpoint that we use.

Measured on Label Studio 1.23.2, Community edition. What its own documentation leaves open is said
where something relies on it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

import httpx

from mturk_exodus import errors
from mturk_exodus.replay.addresses import base
from mturk_exodus.replay.http import REPEATABLE
from mturk_exodus.replay.shapes import JSON, Members, encoded, gone
from mturk_exodus_label_studio import refusals, shapes
from mturk_exodus_label_studio.access import Access
from mturk_exodus_label_studio.shapes import Annotation, Project, Task, User

PROJECT_MEMBERS = "title,description,label_config,expert_instruction,show_instruction"

# `include` trims annotations, too, by the same names.
_IDS = "id,project,data,annotations,import_id"
_WHOLE = (
    f"{_IDS},meta,draft_exists,total_predictions,result,lead_time,was_cancelled,ground_truth,"
    "completed_by,created_at,updated_at,updated_by"
)
_IDS_IN_AN_ADDRESS = 150
"""A server in front of Label Studio may refuse an address of more than 8 KB (nginx's default)."""

_FORM = "multipart/form-data; boundary=mturk-exodus"
_UPLOAD = (
    b'--mturk-exodus\r\nContent-Disposition: form-data; name="file"; filename="mturk-exodus.json"'
    b'\r\nContent-Type: application/json\r\n\r\n[{"data": {}}]\r\n--mturk-exodus--\r\n'
)

_PER_PAGE = 1_000
_MOST_PAGES = 100_000
_TASKS_PER_DELETION = 1_000


class Api:
    """A server.

    Args:
        url: its address.
        token: of either kind.
        client: what sends.

    Raises:
        SettingMissing: the address or the token cannot be one.
    """

    def __init__(self, url: str, token: str, client: httpx.Client) -> None:
        self.url = base(url)
        self._client = client
        self._access = Access(token, self._exchanged)
        self._whoami: User | None = None

    def edition(self) -> tuple[str, str]:
        """The release and the edition, `1.23.2` and `Community`. Everybody may ask for it."""
        with self._here():
            one = shapes.members(self._plain("GET", "/api/version"), "/api/version")
            release = shapes.text(one.get("release"), "/api/version")
            return release, shapes.text(one.get("edition"), "/api/version")

    def whoami(self) -> User:
        """Whose token it is. It is asked for once."""
        path = "/api/current-user/whoami"
        if self._whoami is None:
            with self._here():
                self._whoami = shapes.user(self._json("GET", path), path)
        return self._whoami

    def users(self) -> list[User]:
        """All members of the organization; the list has no pages."""
        reply = self._json("GET", "/api/users/")
        return [shapes.user(one, "/api/users/") for one in shapes.items(reply, "/api/users/")]

    def make_user(self, body: JSON) -> int:
        """A user, by `email` and `username`; its id."""
        reply = self._json("POST", "/api/users/", body=body)
        return shapes.user(reply, "/api/users/").id

    def delete_user(self, user_id: int) -> None:
        """Delete a user. Its annotations stay, and are nobody's."""
        self._send("DELETE", f"/api/users/{user_id}/")

    def authors(self, organization: int) -> set[int]:
        """The ids of those members of an organization who have annotated."""
        path = f"/api/organizations/{organization}/memberships"
        params = {"contributed_to_projects": "true", "page_size": str(_PER_PAGE)}
        found = set()
        for one in self._pages(path, params, "results", "count"):
            member = shapes.members(shapes.members(one, path).get("user"), path)
            if shapes.items(member.get("contributed_to_projects"), path):
                found.add(shapes.whole(member.get("id"), path))
        return found

    def projects(self) -> Iterator[Project]:
        """All projects, each with no more than its id and description."""
        params = {"include": "id,description", "page_size": "100"}
        yield from (
            shapes.project(one, "/api/projects/")
            for one in self._pages("/api/projects/", params, "results", "count")
        )

    def project(self, project_id: int) -> Project | None:
        """A project, or None if it is gone."""
        path = f"/api/projects/{project_id}/"
        params = {"include": f"id,task_number,{PROJECT_MEMBERS}"}
        reply = self._json_or_gone("GET", path, params)
        return None if reply is None else shapes.project(reply, path)

    def make_project(self, body: JSON) -> int:
        """A project; its id. The server looks at the labeling config first."""
        return shapes.project(self._json("POST", "/api/projects/", body=body), "/api/projects/").id

    def change_project(self, project_id: int, body: JSON) -> None:
        """Write some members of a project. A labeling config is taken whatever hangs on it."""
        self._send("PATCH", f"/api/projects/{project_id}/", body=body)

    def delete_project(self, project_id: int) -> None:
        """Delete a project and all that is in it."""
        self._send("DELETE", f"/api/projects/{project_id}/")

    def import_tasks(self, project_id: int, body: bytes, tasks: int, annotations: int) -> list[int]:
        """Make tasks with their annotations, all of them or none; the tasks' ids, in order.

        Args:
            project_id: where.
            body: an array of tasks, as JSON.
            tasks: how many there are.
            annotations: how many they have together.

        Raises:
            OutcomeUnknown: the tasks are there, their annotations are not: a server whose database
                was locked for a while tries again, and has forgotten them by then.
        """
        path = f"/api/projects/{project_id}/import"
        reply = self._imported(path, {"return_task_ids": "true"}, body)
        ids = [shapes.whole(one, path) for one in shapes.items(reply.get("task_ids"), path)]
        if len(ids) != tasks or len(set(ids)) != len(ids):
            shapes.not_understood(path)
        if shapes.whole(reply.get("annotation_count"), path) != annotations:
            raise errors.OutcomeUnknown("the server has made tasks without their annotations")
        return ids

    def upload(self, project_id: int) -> int:
        """Upload a file of which no tasks are made; its id."""
        path = f"/api/projects/{project_id}/import"
        reply = self._imported(path, {"commit_to_project": "false"}, _UPLOAD)
        ids = [shapes.whole(one, path) for one in shapes.items(reply.get("file_upload_ids"), path)]
        return ids[0] if len(ids) == 1 else shapes.not_understood(path)

    def uploads(self, project_id: int) -> list[int]:
        """The ids of the files that were uploaded so, by whomever the token is for."""
        path = f"/api/projects/{project_id}/file-uploads"
        reply = shapes.items(self._json("GET", path, {"all": "true"}), path)
        files = [shapes.file(one, path) for one in reply]
        return [number for number, name in files if name.endswith("-mturk-exodus.json")]

    def delete_uploads(self, project_id: int, ids: Sequence[int]) -> None:
        """Delete uploaded files. The tasks that were made of them stay."""
        path = f"/api/projects/{project_id}/file-uploads"
        self._send("DELETE", path, body={"file_upload_ids": list(ids)})

    def tasks_of_hits(self, project_id: int, hit_ids: Sequence[str]) -> Iterator[Task]:
        """The tasks of a project that were made of some HITs, with the ids of their annotations."""
        wanted = set(hit_ids)
        for part in _parts(hit_ids, _IDS_IN_AN_ADDRESS):
            found = self._tasks(project_id, _of_hits(part), _IDS)
            yield from (one for one in found if one.hit_id in wanted)

    def tasks(self, task_ids: Iterable[int], *, whole: bool = True) -> dict[int, Task]:
        """Tasks, without those that are gone.

        There is no list of tasks across projects: each one's own is asked for first, unless
        another one has told it.

        Args:
            task_ids: which.
            whole: with all that hangs on them, rather than only the ids of it.
        """
        there: dict[int, Task] = {}
        left = list(dict.fromkeys(task_ids))
        while left:
            project_id = self._project_of(left[0])
            if project_id is not None:
                there.update(self.tasks_in(project_id, left, whole=whole))
            left = [one for one in left[1:] if one not in there]
        return there

    def tasks_in(
        self, project_id: int, task_ids: Iterable[int], *, whole: bool = True
    ) -> dict[int, Task]:
        """Those of the tasks that are in a project; none if it is gone."""
        there: dict[int, Task] = {}
        for part in _parts(list(dict.fromkeys(task_ids)), _IDS_IN_AN_ADDRESS):
            query = {"selectedItems": {"all": False, "included": part}}
            found = self._tasks(project_id, query, _WHOLE if whole else _IDS)
            there.update((one.id, one) for one in found)
        return there

    def change_task(self, task_id: int, body: JSON) -> None:
        """Write a task's `data` and `meta`."""
        self._send("PATCH", f"/api/tasks/{task_id}/", body=body)

    def delete_tasks(self, project_id: int, task_ids: Sequence[int]) -> None:
        """Delete tasks with all that hangs on them.

        The server takes an empty list for all tasks of the project, so none is ever sent.
        """
        params = {"id": "delete_tasks", "project": str(project_id)}
        for part in _parts(task_ids, _TASKS_PER_DELETION):
            body = {"selectedItems": {"all": False, "included": part}}
            self._send("POST", "/api/dm/actions/", params, body, repeatable=True)

    def make_annotation(self, task_id: int, body: JSON) -> Annotation:
        """An annotation on a task that is there already."""
        path = f"/api/tasks/{task_id}/annotations/"
        return shapes.annotation(self._json("POST", path, body=body), path)

    def delete_annotation(self, annotation_id: int) -> None:
        """Delete an annotation."""
        self._send("DELETE", f"/api/annotations/{annotation_id}/")

    @contextmanager
    def _here(self) -> Iterator[None]:
        """What everybody may ask any Label Studio."""
        try:
            yield
        except (errors.TargetRejected, errors.TargetNotUnderstood):
            raise errors.TargetNotUnderstood(
                f"{self.url} does not answer as Label Studio does; is this Label Studio's address?"
            ) from None

    def _imported(self, path: str, params: dict[str, str], body: JSON) -> Members:
        """What an import is answered with. `{"import": 5}` says that the server took it to do it
        later, as Enterprise does (HumanSignal/label-studio#7204).
        """
        reply = shapes.members(self._json("POST", path, params, body), path)
        if "import" in reply:
            raise errors.TargetNotUnderstood(refusals.LATER)
        return reply

    def _project_of(self, task_id: int) -> int | None:
        path = f"/api/tasks/{task_id}/"
        reply = self._json_or_gone("GET", path, {"include": "id,project"})
        if reply is None:
            return None
        return shapes.whole(shapes.members(reply, path).get("project"), path)

    def _tasks(self, project_id: int, query: JSON, include: str) -> Iterator[Task]:
        """Tasks of a project; none if it is gone."""
        params = {
            "project": str(project_id),
            "fields": "all",
            "include": include,
            "resolve_uri": "false",
            "query": json.dumps(query, ensure_ascii=False, separators=(",", ":")),
            "page_size": str(_PER_PAGE),
        }
        try:
            for one in self._pages("/api/tasks/", params, "tasks", "total"):
                yield shapes.task(one, "/api/tasks/")
        except errors.TargetRejected as error:
            if not gone(error):
                raise

    def _pages(self, path: str, params: dict[str, str], name: str, total: str) -> Iterator[JSON]:
        """What a list holds. A page beyond the last one is answered with 404."""
        seen = 0
        for page in range(1, _MOST_PAGES):
            reply = shapes.members(self._json("GET", path, {**params, "page": str(page)}), path)
            ones = shapes.items(reply.get(name), path)
            yield from ones
            seen += len(ones)
            if not ones or seen >= shapes.whole(reply.get(total), path):
                return
        shapes.not_understood(path)

    def _json_or_gone(self, method: str, path: str, params: dict[str, str]) -> JSON:
        try:
            return self._json(method, path, params)
        except errors.TargetRejected as error:
            if not gone(error):
                raise
            return None

    def _json(
        self, method: str, path: str, params: dict[str, str] | None = None, body: JSON = None
    ) -> JSON:
        return shapes.parsed(self._send(method, path, params, body), path)

    def _send(
        self,
        method: str,
        path: str,
        params: dict[str, str] | None = None,
        body: JSON = None,
        *,
        repeatable: bool = False,
    ) -> bytes:
        """A reply's body. A short token that has run out is renewed, once."""

        def attempt() -> bytes:
            header = self._access.header()
            return self._sent(method, path, params, body, header, repeatable=repeatable)

        try:
            return self._judged(attempt)
        except errors.TargetRefused as error:
            if error.status_code != httpx.codes.UNAUTHORIZED or not self._access.renew():
                raise
        return self._judged(attempt)

    def _judged(self, attempt: Callable[[], bytes]) -> bytes:
        try:
            return attempt()
        except errors.TargetError as error:
            raise refusals.explained(error) from None

    def _sent(
        self,
        method: str,
        path: str,
        params: dict[str, str] | None,
        body: JSON,
        authorization: str | None,
        *,
        repeatable: bool,
    ) -> bytes:
        headers = {"Accept": "application/json"}
        if authorization is not None:
            headers["Authorization"] = authorization
        if body is not None:
            headers["Content-Type"] = _FORM if body is _UPLOAD else "application/json"
        response = self._client.request(
            method,
            self.url + path,
            params=params,
            content=body if body is None or isinstance(body, bytes) else encoded(body),
            headers=headers,
            extensions=dict(REPEATABLE) if repeatable else None,
        )
        return response.content

    def _plain(self, method: str, path: str, body: JSON = None) -> JSON:
        """Ask without a token what may be asked again."""
        content = self._sent(method, path, None, body, None, repeatable=True)
        return shapes.parsed(content, path)

    def _exchanged(self, token: str) -> str:
        path = "/api/token/refresh/"
        try:
            reply = self._plain("POST", path, {"refresh": token})
        except (errors.TargetRejected, errors.TargetRefused):
            raise errors.TargetRefused(refusals.NOT_ACCEPTED) from None
        short = shapes.text(shapes.members(reply, path).get("access"), path)
        return short if short.isascii() and short.isprintable() else shapes.not_understood(path)


def _of_hits(hit_ids: Sequence[str]) -> JSON:
    item = {
        "filter": "filter:tasks:data.mturk_hit_id",
        "operator": "in_list",
        "type": "String",
        "value": list(hit_ids),
    }
    return {"filters": {"conjunction": "and", "items": [item]}}


def _parts(ones: Sequence[JSON], size: int) -> Iterator[list[JSON]]:
    return (list(ones[start : start + size]) for start in range(0, len(ones), size))
