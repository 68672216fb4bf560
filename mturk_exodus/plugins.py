"""Plug-ins of any kind, found by entry point. One that is broken leaves the others as they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from types import MappingProxyType
from typing import Any, Generic, TypeVar

Plugin = TypeVar("Plugin")


class Unusable(ValueError):
    """A plug-in cannot be used; the message says why, as one line."""


@dataclass(frozen=True)
class Plugins(Generic[Plugin]):
    """Those that can be used, and what is wrong with the others.

    Attributes:
        kind: what they are called: `source`.
        usable: by name, in the order of their names.
        packages: what each comes from.
        broken: a line for each that cannot be used.
    """

    kind: str
    usable: Mapping[str, Plugin]
    packages: Mapping[str, str]
    broken: tuple[str, ...] = ()

    def why_not(self, name: str) -> str:
        """Why there is no usable plug-in of that name."""
        reasons = [line for line in self.broken if f"'{name}'" in line]
        known = ", ".join(self.usable) or "none"
        return reasons[0] if reasons else f"there is no {self.kind} {name!r}; there are {known}"


def load(
    kind: str, points: Iterable[EntryPoint], made: Callable[[str, Any], Plugin]
) -> Plugins[Plugin]:
    """Load plug-ins.

    Args:
        kind: what they are called.
        points: where they are.
        made: the plug-in, of its name and what its entry point leads to. Raises Unusable, whose
            message goes on after "'NAME' of PACKAGE".
    """
    claimed: dict[str, list[EntryPoint]] = {}
    for point in points:
        claimed.setdefault(point.name, []).append(point)
    usable, packages, broken = {}, {}, []
    for name, claims in sorted(claimed.items()):
        try:
            usable[name] = _load(name, claims, made)
            packages[name] = _package(claims[0])
        except Unusable as error:  # noqa: PERF203 - a dozen of them
            broken.append(f"{kind} '{name}' {error}")
    return Plugins(kind, MappingProxyType(usable), MappingProxyType(packages), tuple(broken))


def _load(name: str, claims: list[EntryPoint], made: Callable[[str, Any], Plugin]) -> Plugin:
    if len({point.value for point in claims}) > 1:
        packages = " and ".join(sorted(_package(point) for point in claims))
        raise Unusable(f"is claimed by {packages}; uninstall one")
    package = _package(claims[0])
    try:
        return made(name, claims[0].load())
    except Unusable as error:
        raise Unusable(f"of {package} {error}") from error
    except (Exception, SystemExit) as error:
        words = " ".join(f"{type(error).__name__}: {error}".split())
        raise Unusable(f"of {package} cannot be loaded: {words}") from error


def _package(point: EntryPoint) -> str:
    return point.dist.name if point.dist else "an unknown package"
