"""Whether a variable is what the drawing declares (`qc:type` on a data object). Nothing (null) always fits."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from quancheng.support.workflow.engine.drawing import Datum
from quancheng.support.workflow.engine.semantics.state import WrongType


def check(declared: Mapping[str, Datum], variables: Mapping[str, Any]) -> None:
    """Accept variables that are what is declared; undeclared ones are free. :raises WrongType: naming the first."""
    for name, datum in declared.items():
        value = variables.get(name)
        if value is None:
            continue
        fits = _is_list_of(value, datum.type) if datum.many else _is(value, datum.type)
        if not fits:
            raise WrongType(name=name, type=f"list of {datum.type}" if datum.many else datum.type)


def _is_list_of(value: Any, kind: str) -> bool:
    return isinstance(value, list | tuple) and all(item is None or _is(item, kind) for item in value)


def _is(value: Any, kind: str) -> bool:
    return kind not in _TESTS or _TESTS[kind](value)


def _number(value: Any) -> bool:
    text = value.lstrip("-") if isinstance(value, str) else ""
    whole, _point, part = text.partition(".")
    return whole.isascii() and whole.isdigit() and (not part or (part.isascii() and part.isdigit()))


def _reads(read: Any, text: str) -> bool:
    try:
        read(text)
    except ValueError:
        return False
    return True


_TESTS: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    # A decimal travels as text in JSON, so that no digit is lost.
    "number": lambda value: not isinstance(value, bool) and (isinstance(value, int | float) or _number(value)),
    "boolean": lambda value: isinstance(value, bool),
    "date": lambda value: isinstance(value, str) and len(value) == 10 and _reads(date.fromisoformat, value),
    "date-time": lambda value: isinstance(value, str) and "T" in value and _reads(datetime.fromisoformat, value),
    "list": lambda value: isinstance(value, list | tuple),
    "context": lambda value: isinstance(value, Mapping),
}
