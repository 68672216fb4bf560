"""Removes what was made, and nothing else: drafts, and groups with nobody in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mturk_exodus import errors
from mturk_exodus.replay.adapter import Kept, Making, Receipt
from mturk_exodus.replay.shapes import gone
from mturk_exodus_prolific.api import Api
from mturk_exodus_prolific.looking import bears_mark_of

_PROJECT = "Prolific has no call that deletes a project: its web page does, once it is empty"
_PUBLISHED = "the study is, or was, published: people may have worked on it"
_CHANGED = "it no longer says that it is ours"


class Removing:
    """Removes from a workspace."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def remove(self, makings: Sequence[Making]) -> Iterator[Receipt | Kept]:
        """One by one."""
        for one in makings:
            if one.operation == "study":
                yield self._study(one)
            elif one.operation == "group":
                yield self._group(one)
            else:
                yield Kept(one.key, _PROJECT)

    def _study(self, making: Making) -> Receipt | Kept:
        study = self._api.study(making.target_id)
        if study is None:
            return _gone(making)
        if not bears_mark_of(study.members.get("metadata"), making.key):
            return Kept(making.key, _CHANGED)
        if not study.is_draft:
            return Kept(making.key, _PUBLISHED)
        try:
            self._api.delete_study(study.id)
        except errors.TargetRejected as error:
            if not gone(error):
                raise
        return _gone(making)

    def _group(self, making: Making) -> Receipt | Kept:
        group = self._api.group(making.target_id)
        if group is None or group.is_deleted:
            return _gone(making)
        if not bears_mark_of(group.description, making.key):
            return Kept(making.key, _CHANGED)
        if self._api.group_members(group.id):
            return Kept(making.key, "participants are in the group")
        try:
            self._api.delete_group(group.id)
        except errors.TargetRejected as error:
            if not gone(error):
                raise
        return _gone(making)


def _gone(making: Making) -> Receipt:
    return Receipt(making.key, making.target_id)
