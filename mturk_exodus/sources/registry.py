"""Which sources of files are installed: ours and anyone's, found by entry point."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from mturk_exodus import plugins
from mturk_exodus.archive.testimony import IMPLIED, REQUESTER_API
from mturk_exodus.errors import SourceBroken
from mturk_exodus.plugins import Plugins, Unusable
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
        known = Plugins("source", self.sources, self.packages, self.broken)
        raise SourceBroken(known.why_not(name))

    def meanings(self) -> dict[str, Callable[[str, Mapping[str, Any]], Mapping[str, Any]]]:
        """What each source's records mean, for `verify`."""
        return {name: _meaning(source) for name, source in self.sources.items()}


def _meaning(source: Source) -> Callable[[str, Mapping[str, Any]], Mapping[str, Any]]:
    return lambda table, raw: source.derive(table, raw).wire


def installed(points: Iterable[EntryPoint] | None = None) -> Installed:
    """Load every source. One that is broken leaves the others as they are."""
    found = plugins.load("source", entry_points(group=GROUP) if points is None else points, _made)
    return Installed(found.usable, found.packages, found.broken)


def _made(name: str, source_class: Callable[[], Source]) -> Source:
    source = source_class()
    missing = [member for member in _MEMBERS if not hasattr(source, member)]
    if missing:
        raise Unusable(f"has no {', '.join(missing)}")
    if source.name != name or name in _RESERVED or not isinstance(source.title, str):
        raise Unusable("must have that name, and a title")
    if type(source.authority) is not int or source.authority not in _AUTHORITIES:
        raise Unusable("must have an authority from 1 to 99")
    return source
