"""What would go wrong with HITs, before anyone is sent to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from mturk_exodus.archive import Archive
from mturk_exodus.serve.host.catalogue import Place, Work, work_of
from mturk_exodus.serve.host.desk import OfferedHIT
from mturk_exodus.serve.host.panels import Panel

_EXAMPLES = 3
_MOST_FINDINGS = 200


@dataclass
class Finding:
    """Something that is so for some HITs.

    Attributes:
        prevents: whether they cannot be shown at all.
        says: what it is.
        hits: how many.
        examples: a few of their ids.
    """

    prevents: bool
    says: str
    hits: int = 0
    examples: list[str] = field(default_factory=list)


@dataclass
class Findings:
    """What was found.

    Attributes:
        of_settings: what is wrong with what the host was told.
        hits: that were looked at.
        shown: of these, that can be shown.
        places: of those that can be shown.
        of_hits: what is so for some.
    """

    of_settings: list[str] = field(default_factory=list)
    hits: int = 0
    shown: int = 0
    places: int = 0
    of_hits: dict[str, Finding] = field(default_factory=dict)

    @property
    def not_shown(self) -> int:
        """HITs that cannot be shown."""
        return self.hits - self.shown

    @property
    def is_good(self) -> bool:
        """Whether everything that is offered can be shown, and participants can go on."""
        return self.hits > 0 and self.not_shown == 0 and not self.of_settings

    def add(self, says: str, hit_id: str, *, prevents: bool = False) -> None:
        """Count it."""
        if says not in self.of_hits and len(self.of_hits) >= _MOST_FINDINGS:
            says = "other reasons" if prevents else "something else"
        finding = self.of_hits.setdefault(says, Finding(prevents, says))
        finding.hits += 1
        if len(finding.examples) < _EXAMPLES:
            finding.examples.append(hit_id)


def of_settings(panel: Panel, place: Place, *, is_public: bool) -> Findings:
    """What would go wrong with every HIT."""
    return Findings(list(_of_settings(panel, place, is_public=is_public)))


def shown(
    archive: Archive, hits: Iterable[OfferedHIT], place: Place, findings: Findings
) -> Iterator[OfferedHIT]:
    """Those HITs that can be shown. Each is looked at as a participant would see it.

    Args:
        archive: where they are.
        hits: to be looked at.
        place: where they are shown from.
        findings: gets what is found.
    """
    for hit in hits:
        work = work_of(archive, hit.hit_id, place)
        findings.hits += 1
        if work is None or work.frame.refused is not None:
            why = work.frame.refused if work and work.frame.refused else "it is not in the archive"
            findings.add(why, hit.hit_id, prevents=True)
            continue
        findings.shown += 1
        findings.places += hit.places
        for says in _of_work(work, place):
            findings.add(says, hit.hit_id)
        yield hit


def _of_work(work: Work, place: Place) -> Iterator[str]:
    frame = work.frame
    for host in frame.blocked:
        yield f"does not load from {host}, which is Amazon's; --allow-host lets it"
    yield from frame.not_shown
    if frame.url is not None:
        yield (
            f"its page is on {', '.join(frame.hosts)}: is it still there? If it leads on to another"
            " host, --allow-host lets it"
        )
        if place.origin.startswith("https:") and frame.url.startswith("http:"):
            yield "its page is http, which browsers do not show inside of https"
    if work.form.variables:
        yield "variables of its layout are not filled in"


def _of_settings(panel: Panel, place: Place, *, is_public: bool) -> Iterator[str]:
    parts = urlsplit(place.origin)
    if not is_public:
        yield "no --public-url: links lead to this computer alone"
    elif parts.scheme != "https":
        yield "--public-url is not https: panels and browsers may refuse it"
    if panel.completion_url is None and panel.name != "list":
        yield "no --completion-url: participants cannot tell the panel that they are done"
