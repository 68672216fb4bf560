"""The Content-Security-Policy of a frame's document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mturk_exodus.questions.showing.frame import SANDBOX

_INLINE = ("data:", "blob:")
_SERVED = ("form-action", "frame-ancestors", "sandbox")
_OF_A_PAGE: Mapping[str, tuple[str, ...]] = {
    "script-src": ("'unsafe-inline'", "'unsafe-eval'", *_INLINE),
    "style-src": ("'unsafe-inline'", *_INLINE),
    "img-src": _INLINE,
    "media-src": _INLINE,
    "font-src": _INLINE,
    "connect-src": _INLINE,
    "frame-src": _INLINE,
    "worker-src": ("blob:",),
}


def of_page(origin: str, sources: Mapping[str, Iterable[str]]) -> str:
    """For a page with scripts of its own.

    Args:
        origin: the host's own, where the answer goes: `https://host.example`.
        sources: by directive, what the page loads from elsewhere.
    """
    directives = {name: (*own, *sources.get(name, ())) for name, own in _OF_A_PAGE.items()}
    return _policy(origin, directives)


def of_form(origin: str, script: str, sources: Mapping[str, Iterable[str]]) -> str:
    """For a page of ours, which runs one script and no other.

    Args:
        origin: as of_page.
        script: the script, as a hash.
        sources: as of_page.
    """
    shown = {name: tuple(sources.get(name, ())) for name in ("img-src", "media-src", "frame-src")}
    return _policy(origin, {"script-src": (script,), "style-src": ("'unsafe-inline'",), **shown})


def _policy(origin: str, directives: Mapping[str, Iterable[str]]) -> str:
    """What holds for all: opened outside of its frame, the document is as shut in as inside."""
    said = {
        "default-src": ("'none'",),
        **directives,
        "form-action": (origin,),
        "base-uri": ("'none'",),
        "frame-ancestors": (origin,),
        "sandbox": (SANDBOX,),
    }
    return "; ".join(f"{name} {' '.join(values)}" for name, values in said.items() if values)


def in_document(policy: str) -> str:
    """A policy as a document can say it of itself, where none can serve it: without what is not
    heeded there (CSP 3, "The meta element"), and posting nowhere. Its answer goes to the page
    around it.
    """
    said = [one for one in policy.split("; ") if one.partition(" ")[0] not in _SERVED]
    return "; ".join([*said, "form-action 'none'"])
