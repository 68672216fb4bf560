"""What a panel puts into a link, and where its participants go from here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import quote, urlencode, urlsplit

from mturk_exodus.serve.host.desk import Visit
from mturk_exodus.serve.host.links import is_signed, signature

SIGNATURE = "signature"
"""The parameter that shows that a participant's id is one that we were given."""
BEGUN = "begun"
"""The parameter that shows that a participant has pressed the button of the first page."""
CODE = "{code}"
"""What stands for an archive's completion code."""
_PURPOSE = "participant"


@dataclass(frozen=True, kw_only=True)
class Panel:
    """Where participants come from.

    Attributes:
        name: is kept with each assignment.
        worker, study, session: the parameters of a link that hold the participant's id, the
            study's and the visit's; None if the panel says no such thing.
        placeholders: what the panel replaces in a link, by parameter. Without one, the parameter's
            own name in braces.
        signed: whether a participant's id counts only with our signature: it was given to us.
        completion_url: where a participant goes who has submitted; None for a word of thanks.
            `{code}` in it stands for the archive's completion code, until `coded` puts it there.
        way_out_url: where one goes who cannot work or will not; None if there is no such place.
    """

    name: str
    worker: str
    study: str | None = None
    session: str | None = None
    placeholders: Mapping[str, str] | None = None
    signed: bool = False
    completion_url: str | None = None
    way_out_url: str | None = None

    def coded(self, code: str) -> Panel:
        """With an archive's completion code."""
        url = self.completion_url
        return self if url is None else replace(self, completion_url=url.replace(CODE, code))

    def visit(self, parameters: Mapping[str, str], key: bytes) -> Visit | None:
        """Who comes; None if the link does not say it, or what it says is not ours to believe."""
        worker_id = parameters.get(self.worker, "")
        if not worker_id or _is_placeholder(worker_id):
            return None
        signed = parameters.get(SIGNATURE, "")
        if self.signed and not is_signed(key, _PURPOSE, worker_id, signed):
            return None
        return Visit(
            worker_id=worker_id,
            panel=self.name,
            study_id=_said(parameters, self.study),
            session_id=_said(parameters, self.session),
        )

    @property
    def parameters(self) -> set[str]:
        """All that a link says to us."""
        names = {name for name in (self.worker, self.study, self.session) if name}
        return names | {SIGNATURE, BEGUN}

    def has_begun(self, parameters: Mapping[str, str], key: bytes) -> bool:
        """Whether opening the link takes a place.

        A panel's link does: its participants follow it from the panel's own page. One that came by
        mail does not: programs open it before people do.
        """
        worker_id, begun = parameters.get(self.worker, ""), parameters.get(BEGUN, "")
        return not self.signed or is_signed(key, BEGUN, worker_id, begun)

    def address(
        self, path: str, parameters: Mapping[str, str], key: bytes, *, has_begun: bool = False
    ) -> str:
        """What was opened, to be opened again: for the next HIT, or once the button was pressed."""
        said = {name: parameters[name] for name in parameters if name in self.parameters}
        if has_begun:
            said[BEGUN] = signature(key, BEGUN, parameters.get(self.worker, ""))
        return f"{path}?{urlencode(said)}"

    def link_parameters(self) -> dict[str, str]:
        """What stands in a link for the panel to fill in."""
        names = [name for name in (self.worker, self.study, self.session) if name]
        placeholders = self.placeholders or {}
        return {name: placeholders.get(name, f"{{{name}}}") for name in names}

    def personal_parameters(self, worker_id: str, key: bytes) -> dict[str, str]:
        """What stands in the link of one participant, whose id we know."""
        return {self.worker: worker_id, SIGNATURE: signature(key, _PURPOSE, worker_id)}

    def completed(self, visit: Visit) -> str | None:
        """Where a participant goes who is done."""
        return _filled(self.completion_url, visit)

    def way_out(self, visit: Visit | None) -> str | None:
        """Where a participant goes who cannot work."""
        return _filled(self.way_out_url, visit)


PANELS = {
    "prolific": Panel(
        name="prolific",
        worker="PROLIFIC_PID",
        study="STUDY_ID",
        session="SESSION_ID",
        placeholders={
            "PROLIFIC_PID": "{{%PROLIFIC_PID%}}",
            "STUDY_ID": "{{%STUDY_ID%}}",
            "SESSION_ID": "{{%SESSION_ID%}}",
        },
        completion_url=f"https://app.prolific.com/submissions/complete?cc={CODE}",
    ),
    "list": Panel(name="list", worker="participant", signed=True),
}
"""Prolific's parameters stand in its API reference ("external_study_url"). `list` is for people
whose ids one has oneself, on a mailing list say."""


def is_address(text: str) -> bool:
    """Whether a browser may be sent there."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _is_placeholder(text: str) -> bool:
    return "{" in text


def _said(parameters: Mapping[str, str], name: str | None) -> str | None:
    said = parameters.get(name, "") if name else ""
    return said if said and not _is_placeholder(said) else None


def _filled(url: str | None, visit: Visit | None) -> str | None:
    """An address with `{worker_id}`, `{study_id}` and `{session_id}` filled in."""
    if url is None:
        return None
    for name in ("worker_id", "study_id", "session_id"):
        said = (getattr(visit, name) if visit else None) or ""
        url = url.replace(f"{{{name}}}", quote(said, safe=""))
    return url
