"""Where a page loads from: every address that it says, by what may be loaded from there."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from mturk_exodus.questions.pages.page import Element, Page

STANDS_IN_FOR = re.compile(r"/(?:externalHIT_v1|crowd-html-elements[\w.-]{0,40})\.js\b").search
"""Scripts in whose place ours are."""

_AMAZON = re.compile(
    r"(?:.*\.)?(?:mturk|mturkcontent|amazonaws|amazon|awsstatic|cloudfront|amazon-adsystem"
    r"|media-amazon|ssl-images-amazon|images-amazon)\.[a-z]{2,3}(?:\.[a-z]{2})?|(?:.*\.)?aws",
    re.IGNORECASE,
).fullmatch
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,250}[a-z0-9])?(?::[0-9]{1,5})?").fullmatch
_PATH = re.compile(r"[\w./-]{1,200}", re.ASCII).fullmatch
_URL = re.compile(
    r"""(?:(?P<name>(?<![\w:-])[\w:-]{1,40})\s{0,9}=\s{0,9}["']?\s{0,9}|(?<=["'(,=])\s{0,9})?"""
    r"""(?P<url>(?:https?:(?:\\?/){2}|(?<=["'(=])//)[\w.-]{1,253}(?::\d{1,5})?[^\s"'<>()\\]{0,2000})""",
    re.IGNORECASE,
).finditer
_LINK = re.compile(r"<(?:a|area|form|base)\s[^<>]{0,4000}>", re.IGNORECASE)
_NOT_LOADED = re.compile(
    r"xmlns.*|.*action|cite|itemtype|itemscope|ping|profile|about", re.IGNORECASE
).fullmatch
_FRAMES = ("iframe", "frame", "embed", "object")
PASSIVE = ("style-src", "img-src", "media-src", "font-src", "connect-src")
_COMPANIONS = {"fonts.googleapis.com": "https://fonts.gstatic.com"}
"""Hosts whose style sheets load from another one."""


@dataclass(frozen=True, slots=True)
class Sources:
    """What a page loads from where.

    Attributes:
        allowed: by directive of a Content-Security-Policy, its sources.
        hosts: those of all of them.
        blocked: hosts that the page asks for and does not get.
    """

    allowed: dict[str, tuple[str, ...]]
    hosts: tuple[str, ...]
    blocked: tuple[str, ...]


def is_amazon(host: str) -> bool:
    """Whether a host is Amazon's, whoever's files lie on it."""
    return _AMAZON(host.partition(":")[0]) is not None


def allowed_host(text: str) -> str:
    """A host that an operator allows, with a path below which, as it may stand in a policy.

    Raises:
        ValueError: it is none.
    """
    host, slash, path = text.lower().removeprefix("https://").strip("/").partition("/")
    if not _HOST(host) or (slash and not _PATH(path)):
        raise ValueError("a host in ASCII letters, or a host and a path")
    return f"{host}{slash}{path}"


def sources(html: str, page: Page, allowed_hosts: Iterable[str], most: int) -> Sources:
    """What a page may load.

    Args:
        html: the page.
        page: the same, read.
        allowed_hosts: hosts of Amazon's that the operator allows, as `allowed_host` gives them;
            with a path, only what is below it (`s3.amazonaws.com/a-bucket`).
        most: hosts; a policy of more does not pass through proxies.
    """
    allowed = list(allowed_hosts)
    found: dict[str, dict[str, None]] = defaultdict(dict)
    hosts: dict[str, None] = {}
    blocked: dict[str, None] = {}
    for directive, url in _wanted(html, page):
        if STANDS_IN_FOR(url):
            continue
        host, source = _source(url, allowed)
        if source is None or (host not in hosts and len(hosts) >= most):
            if host:
                blocked[host] = None
            continue
        hosts[host] = None
        found[directive][source] = None
        if companion := _COMPANIONS.get(host):
            found["font-src"][companion] = None
    kept = {directive: tuple(them) for directive, them in found.items()}
    return Sources(kept, tuple(hosts), tuple(blocked))


def _wanted(html: str, page: Page) -> Iterator[tuple[str, str]]:
    """Every address that may be loaded, with the directive that it comes under."""
    yield from (("script-src", url) for url in page.script_urls)
    for element in page.of(*_FRAMES):
        yield from (("frame-src", url) for url in _addresses(element))
    for script in page.script_texts:
        for url in _urls(script):
            yield "script-src", url
            yield "frame-src", url
    for url in _urls(_LINK.sub("", _without_comments(html))):
        yield from ((directive, url) for directive in PASSIVE)


def _addresses(element: Element) -> Iterator[str]:
    for name in ("src", "data"):
        if value := element.attributes.get(name):
            yield value.strip()


def _urls(text: str) -> Iterator[str]:
    for match in _URL(text):
        if not _NOT_LOADED(match["name"] or ""):
            yield match["url"].replace("\\/", "/")


def _without_comments(html: str) -> str:
    parts, end = [], 0
    while (start := html.find("<!--", end)) >= 0:
        parts.append(html[end:start])
        closed = html.find("-->", start)
        if closed < 0:
            break
        end = closed + 3
    else:
        parts.append(html[end:])
    return "".join(parts)


def _source(url: str, allowed: list[str]) -> tuple[str, str | None]:
    """An address's host, and the source that a policy names it by; none if it may not be loaded."""
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2].encode("idna").decode().lower()
    except ValueError:
        return "", None
    if not _HOST(host) or ("." not in host and not host.startswith("localhost")):
        return "", None
    scheme = f"{parts.scheme}://" if parts.scheme in ("http", "https") else ""
    if not is_amazon(host):
        return host, f"{scheme}{host}"
    for one in allowed:
        name, slash, path = one.partition("/")
        if name == host and f"{parts.path.strip('/')}/".startswith(f"{path}/" if slash else ""):
            return host, f"{scheme}{host}{_path(slash, path)}"
    return host, None


def _path(slash: str, path: str) -> str:
    return f"/{path}/" if slash else ""
