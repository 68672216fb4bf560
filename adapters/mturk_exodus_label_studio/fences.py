"""Keeps an import that nobody waits for any more from being carried out late.

The server goes on with a request when whoever sent it is gone. If it were looked for too early, it
would be sent again, and done twice. So the tasks of an import hang on a file that was uploaded
before. When that file is taken away, the server either waits until an import that is under way has
been written, or refuses to write it ("FOREIGN KEY constraint failed"; measured on 1.23.2). Whatever
is looked for afterwards is there, or will never be.
"""

from __future__ import annotations

from mturk_exodus import errors
from mturk_exodus.replay.shapes import gone
from mturk_exodus_label_studio.api import Api


class Fences:
    """The files on which tasks hang, by project."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._files: dict[int, int] = {}

    def of(self, project_id: int) -> int:
        """The id of a project's file."""
        if project_id not in self._files:
            self._files[project_id] = self._uploaded(project_id)
        return self._files[project_id]

    def _uploaded(self, project_id: int) -> int:
        """Any of ours will do: all of them are taken away at once."""
        try:
            return self._api.upload(project_id)
        except errors.OutcomeUnknown:
            files = self._api.uploads(project_id)
            if not files:
                raise
            return max(files)

    def take_away(self, project_id: int) -> None:
        """No import that was sent before will be carried out after this; nothing if there is no
        such project.
        """
        self._files.pop(project_id, None)
        try:
            files = self._api.uploads(project_id)
            if files:
                self._api.delete_uploads(project_id, files)
        except errors.TargetRejected as error:
            if not gone(error):
                raise
