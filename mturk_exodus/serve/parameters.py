"""What an operation is asked with, checked: everything here comes from outside."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mturk_exodus.serve.refusals import invalid

Asked = dict[str, Any]

_LONGEST_ID = 64
_LARGEST_PAGE = 100
_USUAL_PAGE = 10


@dataclass(frozen=True)
class Parameter:
    """One parameter of an operation.

    Attributes:
        name: MTurk's name for it.
        check: returns the value, or raises ValueError with what it must be.
        required: whether the call makes no sense without it.
        default: what its absence means.
    """

    name: str
    check: Callable[[object], Any]
    required: bool = False
    default: Any = None


def take(parameters: Iterable[Parameter], given: Mapping[str, object]) -> Asked:
    """The values of the parameters. Members that are null count as absent, unknown ones too.

    Raises:
        MTurkError: a required one is missing, or a value is not valid.
    """
    return {parameter.name: _value(parameter, given) for parameter in parameters}


def _value(parameter: Parameter, given: Mapping[str, object]) -> object:
    value = given.get(parameter.name)
    if value is None:
        if parameter.required:
            raise invalid(f"{parameter.name} is missing.")
        return parameter.default
    try:
        return parameter.check(value)
    except ValueError as error:
        raise invalid(f"{parameter.name} must be {error}.") from None


def text(value: object) -> str:
    """Text that UTF-8 can hold: JSON can smuggle in half of a surrogate pair."""
    if not isinstance(value, str) or any("\ud800" <= letter <= "\udfff" for letter in value):
        raise ValueError("text")
    return value


def entity_id(value: object) -> str:
    """An id: of 1 to 64 characters, says MTurk's service model."""
    if not 0 < len(text(value)) <= _LONGEST_ID:
        raise ValueError(f"an id of 1 to {_LONGEST_ID} characters")
    return text(value)


def boolean(value: object) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise ValueError("true or false")  # noqa: TRY004 - take() looks for ValueError
    return value


def page_size(value: object) -> int:
    """How many records a page may have: 1 to 100, says MTurk's service model."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= _LARGEST_PAGE:
        raise ValueError(f"a whole number from 1 to {_LARGEST_PAGE}")
    return value


def one_of(*names: str) -> Callable[[object], str]:
    """A check for one of MTurk's words."""

    def check(value: object) -> str:
        if not isinstance(value, str) or value not in names:
            raise ValueError(" or ".join(names))
        return value

    return check


def some_of(*names: str) -> Callable[[object], tuple[str, ...]]:
    """A check for a list of MTurk's words. Order and repetition mean nothing."""

    def check(value: object) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(one in names for one in value):
            raise ValueError(f"a list of {' or '.join(names)}")
        return tuple(sorted(set(value)))

    return check


PAGING = (
    Parameter("NextToken", text),
    # The reference gives no default; its samples, and the legacy reference, say 10.
    Parameter("MaxResults", page_size, default=_USUAL_PAGE),
)
"""The parameters of every List operation."""
