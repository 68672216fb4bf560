"""What a person tells an adapter: on the command line, in the environment, in a file."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mturk_exodus import errors
from mturk_exodus.replay import addresses
from mturk_exodus.replay.adapter import Adapter, Setting

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_LARGEST_FILE = 1_000_000


def settings(
    adapter: type[Adapter],
    given: Mapping[str, str],
    environment: Mapping[str, str],
    file: Path | None,
    *,
    to_plan: bool = False,
) -> dict[str, str]:
    """The values that an adapter is made with: what is given, else the environment's, else the
    file's, else its own.

    Args:
        adapter: asks for them.
        given: on the command line, where there are no secrets: others can read it.
        environment: variables.
        file: a TOML file with a table named as the adapter.
        to_plan: whether nothing but a plan is made, so that the others may be missing.

    Raises:
        SettingMissing: one is missing, or nobody asks for it, or it cannot be one.
    """
    known = {one.name: one for one in adapter.settings}
    _refuse_unknown(adapter, known, given)
    _refuse_secrets(adapter, known, given)
    told = _in_file(adapter, file)
    _refuse_unknown(adapter, known, told)
    found: dict[str, str] = {}
    for name, setting in known.items():
        ways = (given.get(name), _of(environment, setting), told.get(name), setting.default)
        value = next((one for one in ways if one), None)
        if value is None and (setting.to_plan or not to_plan):
            raise errors.SettingMissing(
                f"{adapter.title} needs its {name}: {_where(adapter, setting)}"
            )
        if value is not None:
            found[name] = _checked(adapter, setting, value)
    return found


def _of(environment: Mapping[str, str], setting: Setting) -> str | None:
    return None if setting.environment is None else environment.get(setting.environment)


def _refuse_unknown(
    adapter: type[Adapter], known: Mapping[str, Setting], given: Mapping[str, Any]
) -> None:
    for name in given:
        if name not in known:
            names = ", ".join(known) or "none"
            raise errors.SettingMissing(f"{adapter.title} has no setting {name!r}; it has {names}")


def _refuse_secrets(
    adapter: type[Adapter], known: Mapping[str, Setting], given: Mapping[str, str]
) -> None:
    for name in given:
        if known[name].secret:
            raise errors.SettingMissing(
                "others can read what stands on the command line, and it stays in the shell's"
                f" history; give {adapter.title}'s {name} otherwise: {_where(adapter, known[name])}"
            )


def _where(adapter: type[Adapter], setting: Setting) -> str:
    ways = [] if setting.secret else [f"--set {setting.name}=..."]
    if setting.environment:
        ways.append(f"${setting.environment}")
    ways.append(f'{setting.name} = "..." under [{adapter.name}] in the file of --config')
    return ", or ".join(ways)


def _checked(adapter: type[Adapter], setting: Setting, value: str) -> str:
    value = value.strip()
    if setting.secret and not (value.isascii() and value.isprintable() and " " not in value):
        raise errors.SettingMissing(
            f"{adapter.title}'s {setting.name} holds characters that no key has; copy it again"
        )
    problem = addresses.problem(value) if setting.name == "url" else None
    if problem is not None:
        # Not what it is: a password may be in it.
        raise errors.SettingMissing(f"{adapter.title}'s url {problem}")
    return value


def _in_file(adapter: type[Adapter], file: Path | None) -> Mapping[str, str]:
    if file is None:
        return {}
    try:
        table = tomllib.loads(_text(file)).get(adapter.name, {})
    except (ValueError, RecursionError):
        # Its own words would show the line, and what stands in it.
        raise errors.SettingMissing(f"{file} is not TOML that can be read") from None
    if not isinstance(table, dict) or not all(isinstance(one, str) for one in table.values()):
        raise errors.SettingMissing(f'[{adapter.name}] in {file} must hold texts: name = "value"')
    return table


def _text(file: Path) -> str:
    """What a file holds, without the mark that some editors put before it."""
    try:
        with file.open("rb") as opened:
            content = opened.read(_LARGEST_FILE + 1)
    except FileNotFoundError:
        raise errors.SettingMissing(f"there is no file {file}") from None
    except OSError as error:
        raise errors.SettingMissing(f"{file} cannot be read: {error.strerror}") from None
    if len(content) > _LARGEST_FILE:
        raise errors.SettingMissing(f"{file} is too large for a file of settings")
    return content.decode("utf-8-sig")


def required(adapter: Adapter, values: Mapping[str, str], name: str) -> str:
    """The value of a setting without which its adapter cannot send; its own default otherwise.

    Raises:
        SettingMissing: there is none.
    """
    known = next(one for one in adapter.settings if one.name == name)
    value = values.get(name) or known.default
    if not value:
        raise errors.SettingMissing(
            f"{adapter.title}'s {name} is missing; {known.environment} may hold it"
        )
    return value
