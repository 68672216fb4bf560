"""Which sources of files are installed: ours and anyone's, found by entry point."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType
from typing import Any

from mturk_exodus.archive.testimony import IMPLIED, REQUESTER_API
from mturk_exodus.errors import SourceBroken
from mturk_exodus.sources.interface import Source

GROUP = "mturk_exodus.sources"
_RESERVED = {REQUESTER_API, IMPLIED}
_AUTHORITIES = range(1, 100)
_MEMBERS = ("name", "title", "authority", "claims", "read", "derive")


@dataclass(frozen=True)
class Installed:
    """The sources that can be used, and what is wrong with the others.

    Attributes:
        sources: by name, in the order of their names.
        packages: what each comes from.
        broken: a line for each that cannot be used.
    """

    sources: Mapping[str, Source] = field(default_factory=dict)
    packages: Mapping[str, str] = field(default_factory=dict)
    broken: tuple[str, ...] = ()

    def source(self, name: str) -> Source:
        """The source of that name.

        Raises:
            SourceBroken: there is none.
        """
        if name in self.sources:
            return self.sources[name]
        reasons = [line for line in self.broken if f"'{name}'" in line]
        known = ", ".join(self.sources)
        raise SourceBroken(
            reasons[0] if reasons else f"there is no source {name!r}; there are {known}"
        )

    def meanings(self) -> dict[str, Callable[[str, Mapping[str, Any]], Mapping[str, Any]]]:
        """What each source's records mean, for `verify`."""
        return {name: _meaning(source) for name, source in self.sources.items()}


def _meaning(source: Source) -> Callable[[str, Mapping[str, Any]], Mapping[str, Any]]:
    return lambda table, raw: source.derive(table, raw).wire


def installed(points: Iterable[EntryPoint] | None = None) -> Installed:
    """Load every source. One that is broken leaves the others as they are."""
    claimed: dict[str, list[EntryPoint]] = {}
    for point in entry_points(group=GROUP) if points is None else points:
        claimed.setdefault(point.name, []).append(point)
    sources, packages, broken = {}, {}, []
    for name, claims in sorted(claimed.items()):
        try:
            sources[name] = _load(name, claims)
            packages[name] = _package(claims[0])
        except SourceBroken as error:  # noqa: PERF203 - a dozen of them
            broken.append(str(error))
    return Installed(MappingProxyType(sources), MappingProxyType(packages), tuple(broken))


def _load(name: str, claims: list[EntryPoint]) -> Source:
    if len({point.value for point in claims}) > 1:
        packages = " and ".join(sorted(_package(point) for point in claims))
        raise SourceBroken(f"source '{name}' is claimed by {packages}; uninstall one")
    package = _package(claims[0])
    try:
        source: Source = claims[0].load()()
    except (Exception, SystemExit) as error:
        words = " ".join(f"{type(error).__name__}: {error}".split())
        raise SourceBroken(f"source '{name}' of {package} cannot be loaded: {words}") from error
    missing = [member for member in _MEMBERS if not hasattr(source, member)]
    if missing:
        raise SourceBroken(f"source '{name}' of {package} has no {', '.join(missing)}")
    if source.name != name or name in _RESERVED or not isinstance(source.title, str):
        raise SourceBroken(f"source '{name}' of {package} must have that name, and a title")
    if type(source.authority) is not int or source.authority not in _AUTHORITIES:
        raise SourceBroken(f"source '{name}' of {package} must have an authority from 1 to 99")
    return source


def _package(point: EntryPoint) -> str:
    return point.dist.name if point.dist else "an unknown package"
