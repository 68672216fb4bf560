"""What a frame shows, and what goes with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

OTHER_SELECTION = "\x1fOtherSelectionText"
"""Behind a QuestionIdentifier: the name of the field for what is written in place of a choice.

U+001F is no character of XML, so no QuestionIdentifier holds it.
"""
SANDBOX = "allow-scripts allow-forms allow-modals allow-downloads"
"""What a HIT's page may do: neither be of our origin, nor lead the visitor's page elsewhere, nor
open windows, where no policy holds. It asks the page around it to open them."""

_MTURKS = ("assignmentId", "hitId", "workerId", "turkSubmitTo")


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What a participant sees of a HIT.

    A document is served by the host itself, with `headers`, at an address whose query says
    assignmentId, hitId, workerId and turkSubmitTo. It posts to
    `<turkSubmitTo>/mturk/externalSubmit` as `application/x-www-form-urlencoded` in UTF-8, the
    assignmentId first. What the other fields are depends on the kind:

    - html: the page's own, in its order; a name may come more than once. Of a file, its name only.
    - crowd: `taskAnswers`, a JSON array of one object; with `answer-format="flatten-objects"` one
      field for each value, its name dotted, `true` and `false` in lower case.
    - question_form: QuestionIdentifier as name. A FreeTextAnswer is its text, empty if nothing was
      written. A SelectionAnswer is one field for each SelectionIdentifier that was taken; an empty
      value says nothing. What was written in place of a choice (OtherSelectionText) is in the
      field whose name is the QuestionIdentifier with OTHER_SELECTION behind it, empty if nothing.

    Attributes:
        kind: html, crowd, question_form, external.
        document: what is served; None if it is elsewhere (external) or refused.
        url: of an ExternalQuestion, without MTurk's parameters.
        policy: the Content-Security-Policy of the document; of an external page, that page's own.
        height: in pixels, 0 for the whole window; None if the question does not say.
        hosts: what the page may load from elsewhere, by host.
        blocked: what it asks for and does not get.
        not_shown: parts of a question that cannot be shown or answered here, and why.
        refused: why nothing is shown; None if something is.
    """

    kind: str
    document: str | None = None
    url: str | None = None
    policy: str | None = None
    height: int | None = None
    hosts: tuple[str, ...] = ()
    blocked: tuple[str, ...] = ()
    not_shown: tuple[str, ...] = ()
    refused: str | None = None

    @property
    def headers(self) -> Mapping[str, str]:
        """What the document must be served with.

        A film's player refuses to play where it is not told the site, so the site is told: never
        the address, which names the participant.
        """
        return {
            "Content-Type": "text/html; charset=utf-8",
            "Content-Security-Policy": self.policy or "default-src 'none'",
            "Referrer-Policy": "strict-origin",
            "X-Content-Type-Options": "nosniff",
            "X-DNS-Prefetch-Control": "off",
            "Cache-Control": "no-store",
        }

    def address(self, parameters: Mapping[str, str]) -> str | None:
        """An ExternalQuestion's address with MTurk's parameters behind its own; None for others.

        Args:
            parameters: assignmentId, hitId, workerId and turkSubmitTo; in a preview, the first two.
        """
        if self.url is None:
            return None
        page, mark, fragment = self.url.partition("#")
        given = [f"{name}={quote(parameters[name], '')}" for name in _MTURKS if name in parameters]
        joint = "" if page.endswith(("?", "&")) else "&" if "?" in page else "?"
        return f"{page}{joint}{'&'.join(given)}{mark}{fragment}"
