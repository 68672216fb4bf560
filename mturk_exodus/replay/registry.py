"""Which adapters are installed: ours and anyone's, found by entry point."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from mturk_exodus import errors, plugins
from mturk_exodus.plugins import Plugins, Unusable
from mturk_exodus.replay.adapter import Adapter, Capability, Fidelity, Limits, Setting
from mturk_exodus.replay.fields import FIELDS

GROUP = "mturk_exodus.adapters"
_METHODS = ("identity", "plan", "apply", "revise", "find", "held", "remove")


def installed(points: Iterable[EntryPoint] | None = None) -> Plugins[type[Adapter]]:
    """Load every adapter. One that is broken leaves the others as they are."""
    return plugins.load("adapter", entry_points(group=GROUP) if points is None else points, _made)


def adapter(name: str, points: Iterable[EntryPoint] | None = None) -> type[Adapter]:
    """The adapter of that name; no other is loaded.

    Raises:
        AdapterNotFound: there is none.
        AdapterBroken: there is, but it cannot be used.
    """
    every = list(entry_points(group=GROUP) if points is None else points)
    found = plugins.load("adapter", [one for one in every if one.name == name], _made)
    if name in found.usable:
        return found.usable[name]
    if found.broken:
        raise errors.AdapterBroken(found.broken[0])
    names = ", ".join(sorted({one.name for one in every})) or "none"
    raise errors.AdapterNotFound(f"there is no target {name!r}; there are {names}")


def _made(name: str, loaded: Any) -> type[Adapter]:  # noqa: ANN401 - whatever an entry point leads to
    if not isinstance(loaded, type):
        raise Unusable("must be a class")
    missing = [method for method in _METHODS if not callable(getattr(loaded, method, None))]
    if missing:
        raise Unusable(f"has no {', '.join(missing)}")
    found: Any = loaded
    if getattr(found, "name", None) != name or not isinstance(getattr(found, "title", None), str):
        raise Unusable("must have that name, and a title")
    if not isinstance(getattr(found, "limits", None), Limits):
        raise Unusable("has no limits")
    if not all(isinstance(one, Setting) for one in getattr(found, "settings", [None])):
        raise Unusable("has no settings")
    _check_capabilities(getattr(found, "capabilities", {}))
    adapter_class: type[Adapter] = found
    return adapter_class


def _check_capabilities(capabilities: Any) -> None:  # noqa: ANN401 - as above
    """Nothing is lost in silence: each field is spoken of."""
    missing = [name for name in FIELDS if not isinstance(capabilities.get(name), Capability)]
    if missing:
        raise Unusable(f"does not say what becomes of {missing[0]} and {len(missing) - 1} more")
    silent = [
        name
        for name, one in capabilities.items()
        if one.fidelity is not Fidelity.EXACT and not one.note
    ]
    if silent:
        raise Unusable(f"does not say why {silent[0]} is not exact")
