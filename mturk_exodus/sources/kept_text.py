"""Files that are kept word for word: what HITs were made from."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mturk_exodus.records import InvalidRecord, text
from mturk_exodus.sources.interface import Derived


def template_record(name: str, kind: str, content: str) -> dict[str, str]:
    """The raw record of a file that HITs were made from.

    Args:
        name: the file's base name.
        kind: what it is, in a few words of the source's: `amti question`.
        content: its text.
    """
    return {"Name": name, "Kind": kind, "Content": content}


def _none(_content: str) -> Sequence[str]:
    return ()


def derive_template(
    raw: Mapping[str, Any], variables: Callable[[str], Sequence[str]] = _none
) -> Derived:
    """What such a record means. The same text of the same kind is one template, whatever its name.

    Args:
        raw: what `template_record` made.
        variables: the names of the placeholders in a content; none is not known.
    """
    wire, unreadable = _texts(raw)
    if "Kind" not in wire or "Content" not in wire:
        return Derived(wire, unreadable)
    identity = f"{wire['Kind']}\0{wire['Content']}"
    wire["TemplateSHA256"] = hashlib.sha256(identity.encode()).hexdigest()
    if names := list(dict.fromkeys(variables(wire["Content"]))):
        wire["Variables"] = names
    return Derived(wire, unreadable)


def _texts(raw: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    wire: dict[str, Any] = {}
    unreadable = []
    for name in ("Name", "Kind", "Content"):
        if raw.get(name) is None:
            continue
        try:
            wire[name] = text(raw[name])
        except InvalidRecord:
            unreadable.append(name)
    return wire, tuple(unreadable)
