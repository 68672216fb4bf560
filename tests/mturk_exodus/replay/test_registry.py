"""Adapters that packages bring: what works, and what is broken."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from typing import Any, ClassVar

import pytest

from mturk_exodus.errors import AdapterBroken, AdapterNotFound
from mturk_exodus.replay.adapter import Capability, Fidelity
from mturk_exodus.replay.registry import GROUP, adapter, installed
from tests.mturk_exodus.replay.shelf import ShelfAdapter

HERE = "tests.mturk_exodus.replay.test_registry"


def point(name: str, value: str) -> EntryPoint:
    return EntryPoint(name, value if ":" in value else f"{HERE}:{value}", GROUP)


class Forgetful(ShelfAdapter):
    """Says nothing of a field."""

    name = "forgetful"
    capabilities: ClassVar[Any] = {
        key: one for key, one in ShelfAdapter.capabilities.items() if key != "HIT.Title"
    }


class Silent(ShelfAdapter):
    """Does not say why."""

    name = "silent"
    capabilities: ClassVar[Any] = {
        **ShelfAdapter.capabilities,
        "HIT.Title": Capability(Fidelity.APPROXIMATE),
    }


class Unfinished:
    """Has no methods."""

    name, title = "unfinished", "Unfinished"


class OtherName(ShelfAdapter):
    """Has not the name of its entry point."""

    name = "another"


SHELF = point("shelf", "tests.mturk_exodus.replay.shelf:ShelfAdapter")
BROKEN = [
    (point("gone", "no.such.module:Adapter"), "cannot be loaded: ModuleNotFoundError"),
    (point("missing", "NoSuchClass"), "cannot be loaded: AttributeError"),
    (point("function", "point"), "must be a class"),
    (point("unfinished", "Unfinished"), "has no identity, plan, apply"),
    (point("other", "OtherName"), "must have that name"),
    (point("forgetful", "Forgetful"), "does not say what becomes of HIT.Title"),
    (point("silent", "Silent"), "does not say why HIT.Title is not exact"),
]


def test_ours_are_installed() -> None:
    found = installed()
    assert "label-studio" in found.usable
    assert found.broken == ()


@pytest.mark.parametrize(("broken", "why"), BROKEN, ids=[one.name for one, _ in BROKEN])
def test_one_that_is_broken_is_one_clear_line_and_the_others_work(
    broken: EntryPoint, why: str
) -> None:
    found = installed([broken, SHELF])
    assert list(found.usable) == ["shelf"]
    (line,) = found.broken
    assert why in line
    assert "\n" not in line
    assert adapter("shelf", [broken, SHELF]) is ShelfAdapter
    with pytest.raises(AdapterBroken, match=why):
        adapter(broken.name, [broken, SHELF])


def test_two_of_one_name_are_a_clear_line() -> None:
    found = installed([SHELF, point("shelf", "Forgetful"), point("other", "OtherName")])
    assert dict(found.usable) == {}
    assert "is claimed by" in found.broken[1]
    with pytest.raises(AdapterBroken, match="uninstall one"):
        adapter("shelf", [SHELF, point("shelf", "Forgetful")])


def test_one_that_nobody_brings() -> None:
    with pytest.raises(AdapterNotFound, match="there is no target 'toloka'; there are shelf"):
        adapter("toloka", [SHELF])


def test_only_the_one_that_is_asked_for_is_loaded() -> None:
    explosive = point("explosive", "no.such.module:Adapter")
    assert adapter("shelf", [explosive, SHELF]) is ShelfAdapter
