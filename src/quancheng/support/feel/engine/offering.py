"""How a built-in function is offered and called, and what its arguments are read with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, DecimalException
from typing import Any

from quancheng.support.feel.engine import values
from quancheng.support.feel.engine.errors import FeelError
from quancheng.support.feel.engine.errors import marked as _
from quancheng.support.feel.engine.values import Function

Apply = Callable[[Function, list[Any]], Any]


@dataclass(frozen=True, slots=True)
class Builtin:
    """A function and how many arguments it takes; `most` None means any number."""

    function: Callable[..., Any]
    least: int
    most: int | None
    needs_apply: bool = False


BUILTINS: dict[str, Builtin] = {}


def call(name: str, arguments: list[Any], apply: Apply) -> Any:
    """Return the result of a built-in, or None for arguments of types it does not take.

    :raises FeelError: when there is no such function or the number of arguments is wrong.
    """
    builtin = BUILTINS.get(name)
    if builtin is None:
        raise FeelError(_("there is no function “%(name)s”"), name=name)
    if len(arguments) < builtin.least or (builtin.most is not None and len(arguments) > builtin.most):
        raise FeelError(_("%(name)s() does not take %(count)s arguments"), name=name, count=len(arguments))
    given = [*arguments, apply] if builtin.needs_apply else arguments
    try:
        result = builtin.function(*given)
    except (TypeError, ValueError, AttributeError, OverflowError, LookupError, DecimalException):
        return None
    return None if isinstance(result, Decimal) and not result.is_finite() else result


def offers(
    name: str, least: int = 1, most: int | None = -1, *, needs_apply: bool = False
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register the decorated function; `most` is `least` unless given."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        BUILTINS[name] = Builtin(function, least, least if most == -1 else most, needs_apply)
        return function

    return register


def _alone(value: Any) -> Any:
    """Return the one item of a list of one: it may stand where a single value is wanted."""
    return values.shallow(value[0]) if isinstance(value, list) and len(value) == 1 else value


def as_text(value: Any) -> str:
    value = _alone(value)
    if not isinstance(value, str):
        raise TypeError
    return value


def as_number(value: Any) -> Decimal:
    value = _alone(value)
    if not isinstance(value, Decimal):
        raise TypeError
    return value


def as_whole(value: Any) -> int:
    return int(as_number(value))


def as_items(value: Any) -> list[Any]:
    """Return the items of a list; a single value is a list of one."""
    return [values.shallow(item) for item in value] if isinstance(value, list) else [value]


def as_spread(arguments: tuple[Any, ...]) -> list[Any]:
    """Return the items of `f(list)` or of `f(a, b, c)`."""
    return as_items(arguments[0]) if len(arguments) == 1 else list(arguments)
