"""What would go wrong with HITs, before anyone is sent to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from mturk_exodus.archive import Archive
from mturk_exodus.serve.host.catalogue import Place, Work, work_of
from mturk_exodus.serve.host.desk import OfferedHIT
from mturk_exodus.serve.host.panels import Panel, is_address

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
        hits: that were looked at.
        shown: of these, that can be shown.
        places: of those that can be shown.
        of_hits: what is so for some.
        of_settings: what is wrong with what the host was told.
        not_shown: the ids of HITs that cannot be shown.
    """

    hits: int = 0
    shown: int = 0
    places: int = 0
    of_hits: dict[str, Finding] = field(default_factory=dict)
    of_settings: list[str] = field(default_factory=list)
    not_shown: set[str] = field(default_factory=set)

    @property
    def is_good(self) -> bool:
        """Whether everything that is offered can be shown, and participants can go on."""
        return self.hits > 0 and self.shown == self.hits and not self.of_settings

    def add(self, says: str, hit_id: str, *, prevents: bool) -> None:
        """Count it."""
        if says not in self.of_hits and len(self.of_hits) >= _MOST_FINDINGS:
            says = "something else"
        finding = self.of_hits.setdefault(says, Finding(prevents, says))
        finding.hits += 1
        if len(finding.examples) < _EXAMPLES:
            finding.examples.append(hit_id)


def check(
    archive: Archive, hits: Iterable[OfferedHIT], place: Place, panel: Panel, *, is_public: bool
) -> Findings:
    """Look at each HIT as a participant would see it."""
    findings = Findings(of_settings=list(_of_settings(place, panel, is_public=is_public)))
    for hit in hits:
        work = work_of(archive, hit.hit_id, place)
        findings.hits += 1
        if work is None or work.frame.refused is not None:
            why = work.frame.refused if work and work.frame.refused else "it is not in the archive"
            findings.add(why, hit.hit_id, prevents=True)
            findings.not_shown.add(hit.hit_id)
            continue
        findings.shown += 1
        findings.places += hit.places
        for says in _of_work(work, place):
            findings.add(says, hit.hit_id, prevents=False)
    return findings


def _of_work(work: Work, place: Place) -> Iterator[str]:
    frame = work.frame
    for host in frame.blocked:
        yield f"does not load from {host}, which is Amazon's; --allow-host lets it"
    yield from frame.not_shown
    if frame.url is not None:
        yield f"its page is on {', '.join(frame.hosts)}: is it still there?"
        if place.origin.startswith("https:") and frame.url.startswith("http:"):
            yield "its page is http, which browsers do not show inside of https"
    if work.form.variables:
        yield "variables of its layout are not filled in"


def _of_settings(place: Place, panel: Panel, *, is_public: bool) -> Iterator[str]:
    parts = urlsplit(place.origin)
    if not is_public:
        yield "no --public-url: links lead to this computer alone"
    elif parts.scheme != "https":
        yield "--public-url is not https: panels and browsers may refuse it"
    for url, option in (
        (panel.completion_url, "--completion-url"),
        (panel.way_out_url, "--way-out-url"),
    ):
        if url is not None and not is_address(url):
            yield f"{option} is no address"
    if panel.completion_url is None and panel.name != "list":
        yield "no --completion-url: participants cannot tell the panel that they are done"
