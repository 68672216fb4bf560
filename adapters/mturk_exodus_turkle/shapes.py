"""What Turkle answers, as far as we look at it. Whatever else comes is not understood."""

from __future__ import annotations

from dataclasses import dataclass

from mturk_exodus.replay.shapes import JSON, Members, Shapes

_SHAPES = Shapes("Turkle")
parsed = _SHAPES.parsed
members = _SHAPES.members
items = _SHAPES.items
whole = _SHAPES.whole
not_understood = _SHAPES.not_understood


@dataclass(frozen=True, slots=True)
class Thing:
    """A user, group, project or batch: its number, and its members by their names there."""

    id: int
    members: Members

    def text(self, name: str) -> str:
        """A member that is a text; empty if it is none."""
        value = self.members.get(name)
        return value if isinstance(value, str) else ""


def thing(value: JSON, what: str) -> Thing:
    """One of them."""
    one = members(value, what)
    return Thing(whole(one.get("id"), what), one)
