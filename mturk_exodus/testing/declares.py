"""What an adapter says of itself."""

from __future__ import annotations

import inspect
import re
from importlib.metadata import entry_points

from mturk_exodus.replay.adapter import Adapter, Capability, Fidelity, Limits, Setting
from mturk_exodus.replay.fields import FIELDS
from mturk_exodus.testing.faults import Fault
from mturk_exodus.testing.target import Stage, Target

GROUP = "mturk_exodus.adapters"

_TAKES = {
    "identity": 0,
    "plan": 1,
    "apply": 2,
    "revise": 2,
    "find": 2,
    "held": 2,
    "remove": 1,
}
"""The contract's methods, and how many arguments each is called with."""

_LEAST_BYTES = 1_000

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_SETTING = re.compile(r"[a-z][a-z0-9_]*")
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*")


class Declares:
    """It says truly what it is and what it needs."""

    def test_it_has_all_that_the_contract_asks_for(self, target: Target) -> None:
        """Name, title, capabilities, settings, limits, and seven methods to be called."""
        adapter = target.adapter
        missing = [name for name in Adapter.__annotations__ if not hasattr(adapter, name)]
        assert not missing, f"{adapter.__name__} has no {', '.join(missing)}"
        for method, count in _TAKES.items():
            found = inspect.getattr_static(adapter, method, None)
            assert callable(found), f"{adapter.__name__} has no method {method}"
            wanted = [None] * (count + 1)
            try:
                inspect.signature(found).bind(*wanted)
            except TypeError as error:
                raise AssertionError(f"{method} must take {count} arguments: {error}") from None

    def test_its_name_is_that_of_an_entry_point(self, target: Target) -> None:
        """Small letters and digits, in words joined by hyphens; as it is registered, if it is."""
        name, adapter = target.adapter.name, target.adapter
        assert _NAME.fullmatch(name), f"{name!r} is no name for an adapter"
        assert adapter.title.strip() == adapter.title != "", "the title is what people read"
        place = f"{adapter.__module__}:{adapter.__qualname__}"
        registered = [one.name for one in entry_points(group=GROUP) if one.value == place]
        assert registered in ([], [name]), f"the entry point is called {registered}, not {name!r}"

    def test_every_field_is_declared_and_no_other(self, target: Target) -> None:
        """Nothing is lost in silence: each field of each record has its capability."""
        declared = target.adapter.capabilities
        missing = [name for name in FIELDS if name not in declared]
        assert not missing, f"nothing is said of {', '.join(missing)}"
        unknown = sorted(declared.keys() - set(FIELDS))
        assert not unknown, f"no record has {', '.join(unknown)}"
        wrong = [name for name, one in declared.items() if not isinstance(one, Capability)]
        assert not wrong, f"a Capability is what must stand for {', '.join(wrong)}"

    def test_what_is_not_exact_has_a_note(self, target: Target) -> None:
        """People read why a field does not arrive as it is, in a line."""
        silent = [
            name
            for name, one in target.adapter.capabilities.items()
            if (one.fidelity is not Fidelity.EXACT and not one.note.strip()) or "\n" in one.note
        ]
        assert not silent, f"no note, or more than a line, for {', '.join(silent)}"

    def test_its_settings_can_be_given(self, target: Target) -> None:
        """Each has a name that an option can have, and a line of help; secrets have no default."""
        names = [one.name for one in target.adapter.settings]
        assert len(names) == len(set(names)), f"two settings have one name: {names}"
        variables = [one.environment for one in target.adapter.settings if one.environment]
        assert len(variables) == len(set(variables)), f"two settings have one variable: {variables}"
        for setting in target.adapter.settings:
            assert isinstance(setting, Setting)
            _check_setting(setting)

    def test_the_test_gives_every_setting(self, target: Target) -> None:
        """The kit can only try what it is told: all that has no default, and nothing unknown."""
        known = {one.name: one for one in target.adapter.settings}
        unknown = sorted(target.settings.keys() - known.keys())
        assert not unknown, f"the adapter has no setting {', '.join(unknown)}"
        missing = [
            name
            for name, one in known.items()
            if one.default is None and name not in target.settings
        ]
        assert not missing, f"Target.settings has no {', '.join(missing)}"

    def test_its_limits_let_something_through(self, target: Target) -> None:
        """At least one action, and at least a payload's worth of bytes, at a time."""
        limits = target.adapter.limits
        assert isinstance(limits, Limits), "limits must be Limits"
        assert limits.actions >= 1, f"{limits.actions} actions at a time are none"
        assert limits.payload_bytes >= _LEAST_BYTES, f"{limits.payload_bytes} bytes hold nothing"

    def test_making_it_sends_nothing(self, stage: Stage) -> None:
        """The target is asked when there is something to ask."""
        watched = Fault(stage.target.transport)
        stage.adapter(watched)
        assert not watched.requests, f"made, it sent {watched.requests}"


def _check_setting(setting: Setting) -> None:
    name = setting.name
    assert _SETTING.fullmatch(name), f"{name!r} is no name for a setting"
    assert setting.help.strip(), f"{name} has no help"
    assert "\n" not in setting.help, f"{name}: help is a line"
    variable = setting.environment
    assert variable is None or _VARIABLE.fullmatch(variable), f"{variable!r} is no variable"
    if setting.secret:
        assert setting.default is None, f"{name} is a secret and has a default"
        assert not setting.to_plan, f"{name} is a secret, and a plan depends on it"
        assert setting.environment, f"{name} is a secret, and can only come from the environment"
