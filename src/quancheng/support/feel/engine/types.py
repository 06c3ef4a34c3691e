"""The types of FEEL (DMN 1.5, chapter 10.3.2.9): what a value is an instance of, and what is made of one that is not.

A type of the caller's own (an item definition) is a `Type` as well: `Scope.run.types` holds them by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any

from quancheng.support.feel.engine import values
from quancheng.support.feel.engine.errors import FeelError
from quancheng.support.feel.engine.errors import marked as _
from quancheng.support.feel.engine.values import Function, Range


@dataclass(frozen=True, slots=True)
class Type:
    """`arguments`: the element of a list or range; the parameters and, last, the result of a function.

    `entries`: the components of a context. `allowed` tells whether a value that fits is also permitted.
    """

    name: str
    arguments: tuple[Type, ...] = ()
    entries: tuple[tuple[str, Type], ...] = ()
    allowed: Callable[[Any], bool] | None = None


ANY = Type("Any")
# Nothing but null is of this type: it stands for a component that is not there.
_NOTHING = Type("Null")
SIMPLE = frozenset(
    (
        *("number", "string", "boolean", "date", "time", "date and time", "days and time duration"),
        *("years and months duration", "list", "context", "function", "range", "Any", "Null"),
    )
)
# DMN 1.1 wrote the types of FEEL in one word.
_OLD_NAMES = {
    "dateTime": "date and time",
    "dayTimeDuration": "days and time duration",
    "yearMonthDuration": "years and months duration",
    "duration": "duration",
}

Types = Mapping[str, Type]


def named(name: str, types: Types) -> Type:
    """Return the type of that name. :raises FeelError: when there is none."""
    if name in types:
        return types[name]
    name = _OLD_NAMES.get(name, name)
    if name in SIMPLE or name == "duration":
        return Type(name)
    raise FeelError(_("there is no type “%(name)s”"), name=name)


def fits(value: Any, wanted: Type, types: Types, *, allowing: bool = True) -> bool:
    """Tell whether `value` conforms; null conforms to every type. `allowing` asks for allowed values too."""
    if value is None:
        return True
    value = values.shallow(value)
    if not (wanted.arguments or wanted.entries or wanted.allowed) and wanted.name not in SIMPLE:
        own = named(wanted.name, types)
        if own != wanted:
            return fits(value, own, types, allowing=allowing)
    if not _fits_kind(value, wanted, types, allowing=allowing):
        return False
    return not allowing or wanted.allowed is None or wanted.allowed(value)


def _fits_kind(value: Any, wanted: Type, types: Types, *, allowing: bool) -> bool:
    kind = values.kind(value)
    if wanted.name == "Any":
        return True
    if wanted.name == "duration":
        return kind in ("days and time duration", "years and months duration")
    if wanted.name != kind:
        return False
    if kind == "function" and wanted.arguments:
        return _fits_function(value, wanted)
    return all(fits(part, inner, types, allowing=allowing) for part, inner in _parts(value, wanted))


def _parts(value: Any, wanted: Type) -> Iterable[tuple[Any, Type]]:
    """Yield what is inside a list, range or context with the types it has to have; what is missing does not fit."""
    if isinstance(value, list) and wanted.arguments:
        return ((item, wanted.arguments[0]) for item in value)
    if isinstance(value, Range) and wanted.arguments:
        return ((end, wanted.arguments[0]) for end in (value.start, value.end))
    if isinstance(value, dict):
        return ((value[name], entry) if name in value else (False, _NOTHING) for name, entry in wanted.entries)
    return ()


def _fits_function(function: Function, wanted: Type) -> bool:
    *parameters, result = wanted.arguments
    if len(parameters) != len(function.parameters):
        return False
    own = function.types or (None,) * len(parameters)
    # A parameter without a type takes anything; a result without a type is anything.
    taken = all(have is None or have.name == "Any" or have == want for have, want in zip(own, parameters, strict=True))
    return taken and (result.name == "Any" or function.result is None or function.result == result)


def instance(value: Any, wanted: Type, types: Types) -> bool:
    """Answer `value instance of wanted`; null is an instance of Null alone, and allowed values are not asked for."""
    if value is None:
        return wanted.name == "Null"
    return fits(value, wanted, types, allowing=False)


class DoesNotFit(Exception):
    """A value that cannot be made to conform to the type asked for."""


def coerced(value: Any, wanted: Type, types: Types) -> Any:
    """Return `value` made to conform (DMN 1.5, 10.3.2.9.4): a single value and a list of one stand for each other,
    a date for its midnight in UTC.

    :raises DoesNotFit: when it does not conform even so.
    """
    value = values.shallow(value)
    if fits(value, wanted, types):
        return value
    whole = named(wanted.name, types) if wanted.name not in SIMPLE and not wanted.arguments else wanted
    if whole.name == "list" and whole.arguments and not isinstance(value, list) and fits([value], whole, types):
        return [value]
    if isinstance(value, list) and len(value) == 1 and fits(value[0], wanted, types):
        return values.shallow(value[0])
    if whole.name == "date and time" and values.kind(value) == "date":
        moment = datetime.combine(value, time(), tzinfo=UTC)
        if fits(moment, wanted, types):
            return moment
    if whole.name == "context" and isinstance(value, dict) and whole.entries:
        return _context(value, whole, types)
    raise DoesNotFit


def _context(value: dict[str, Any], wanted: Type, types: Types) -> dict[str, Any]:
    found = {
        **value,
        **{name: coerced(value.get(name), entry, types) for name, entry in wanted.entries if name in value},
    }
    if not fits(found, wanted, types):
        raise DoesNotFit
    return found
