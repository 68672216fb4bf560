"""What would not work in the editor: pictures that it may not read, and far too many projects.

It draws them on a canvas, so a browser shows them only if their host lets other sites read them: it
must send `Access-Control-Allow-Origin` (seen in the editor of Label Studio 1.23.2, with every tool
that draws). Pictures that are only looked at are plain `<img>`, which needs nothing of the kind.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit
from xml.etree.ElementTree import fromstring

import httpx

from mturk_exodus import errors
from mturk_exodus.replay.adapter import Action, Loss

_MOST_HOSTS = 50
_SECONDS = 20.0
_MOST_PROJECTS = 50


def doubts(items: Iterable[Action | Loss], client: httpx.Client, origin: str) -> Iterator[str]:
    """A line for each host whose pictures the editor would not show, of which one is asked for; and
    for each HIT type that becomes very many projects.

    Args:
        items: a plan.
        client: what asks.
        origin: the server's address, where the editor runs.
    """
    projects: Counter[str] = Counter()
    for host, url in _pictures(items, projects).items():
        problem = _problem(client, url, origin)
        if problem:
            yield f"pictures of {host} will not be shown in the editor: {problem}"
    for hit_type_id, count in projects.items():
        if count > _MOST_PROJECTS:
            yield f"HIT type {hit_type_id} becomes {count:,} projects: its HITs ask differently"


def _pictures(items: Iterable[Action | Loss], projects: Counter[str]) -> dict[str, str]:
    """The address of a picture to draw on, by host. Projects are counted by HIT type."""
    keys: dict[str, tuple[str, ...]] = {}
    found: dict[str, str] = {}
    for item in items:
        if isinstance(item, Loss):
            continue
        if item.operation == "project":
            projects[item.source.id] += 1
            keys[item.key] = tuple(_image_keys(item.payload["label_config"]))
        elif item.operation == "task":
            data = item.payload["data"]
            for key in keys.get(item.requires[0], ()):
                url = data.get(key)
                if isinstance(url, str) and url.startswith(("http://", "https://")):
                    host = _host(url)
                    if len(found) < _MOST_HOSTS:
                        found.setdefault(host, url)
    return found


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc.rpartition("@")[2]
    except ValueError:
        return url


def _image_keys(label_config: str) -> Iterator[str]:
    for one in fromstring(label_config).iter("Image"):  # noqa: S314 - our own, just written
        yield one.get("value", "").removeprefix("$")


def _problem(client: httpx.Client, url: str, origin: str) -> str | None:
    headers = {"Origin": _origin(origin), "Range": "bytes=0-0", "Accept": "image/*"}
    try:
        reply = client.get(url, headers=headers, timeout=_SECONDS)
    except errors.TargetNotUnderstood:
        return "it sends browsers elsewhere; open one in Label Studio and see"
    except errors.TargetError as error:
        code = f" ({error.status_code})" if error.status_code else ""
        return f"it does not give them{code}"
    if reply.headers.get("access-control-allow-origin") in ("*", _origin(origin)):
        return None
    return (
        "it does not let other sites read them. Have it send Access-Control-Allow-Origin, or copy"
        " them to a host that does, such as Label Studio's own storage"
    )


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
