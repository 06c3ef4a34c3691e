"""What conditions and calculations make of the values: hidden, switched off, calculated. Settled round by round."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from quancheng.support.eforms.engine.schema import Field, Schema, walk
from quancheng.support.feel import public as feel

LONGEST = 2000


@dataclass(frozen=True, slots=True)
class State:
    """`hidden` ids, `disabled` keys, `calculated` values, `rows` of lists, `names` as conditions see them."""

    hidden: frozenset[str]
    disabled: frozenset[str]
    calculated: Mapping[str, Any]
    rows: Mapping[str, Any]
    names: Mapping[str, Any]


def settle(
    schema: Schema,
    *,
    sent: Mapping[str, Any],
    known: Mapping[str, Any],
    context: Mapping[str, Any],
    rows_of: Callable[[Field, Mapping[str, Any]], tuple[Any, ...]],
) -> State:
    """Return what holds once nothing changes any more.

    `sent` are the checked values by key, None for empty; `known` those that stand where a condition locks the field;
    `rows_of(field, names)` binds the rows of a repeating group. A hidden field counts as empty for the others.
    """
    conditions = list(walk(schema.items))
    fields = list(schema.fields.values())
    lists = {field.key: (field, _wanted(field)) for field in fields if field.type == "dynamiclist"}
    now = State(frozenset(), frozenset(), {}, {}, {})
    last: dict[str, Any] = {}
    # Each round settles at least one more; conditions that contradict each other end with the rounds.
    for _round in range(len(conditions) + len(fields) + 2):
        names = _names(schema, now, sent, known, context)
        bound = {}
        for key, (field, wanted) in lists.items():
            around = _around(names, wanted, own={inner.key for inner in field.fields})
            if key not in last or last[key] != around:
                last[key] = around
                bound[key] = rows_of(field, around)
            else:
                bound[key] = now.rows[key]
        for key, rows in bound.items():
            field = lists[key][0]
            if field.id not in now.hidden and key not in now.disabled:
                names[key] = [{**dict.fromkeys(row.form.fields), **row.cleaned} for row in rows if row.cleaned]
        after = State(
            hidden=frozenset(item.id for item, hides in conditions if any(holds(hide, names) for hide in hides)),
            disabled=frozenset(field.key for field in fields if field.disable and holds(field.disable, names)),
            calculated={field.key: calculated(field, names) for field in fields if field.expression},
            rows=bound,
            names=names,
        )
        if after == now:
            break
        now = after
    return now


def _names(
    schema: Schema, now: State, sent: Mapping[str, Any], known: Mapping[str, Any], context: Mapping[str, Any]
) -> dict[str, Any]:
    found = {**dict.fromkeys(schema.fields), **context}
    for key, field in schema.fields.items():
        if field.id in now.hidden or key in now.disabled:
            continue
        locked = key in known and holds(field.lock_if, now.names)
        value = now.calculated.get(key) if field.expression else known[key] if locked else sent.get(key)
        if value is not None:
            found[key] = plain(value)
    return found


def _wanted(field: Field) -> frozenset[str]:
    """Return the names that the conditions of a row look at."""
    texts = [hide for _item, hides in walk(field.items) for hide in hides]
    for inner in field.fields:
        texts += [inner.required_if, inner.disable, inner.lock_if, inner.expression]
    return frozenset().union(*(feel.names(text) for text in texts if text))


def _around(names: Mapping[str, Any], wanted: frozenset[str], *, own: set[str]) -> dict[str, Any]:
    found = {name: value for name, value in names.items() if name in wanted and name not in own}
    if "parent" in wanted and "parent" not in found:
        found["parent"] = dict(names)
    return found


def holds(condition: str, names: Mapping[str, Any]) -> bool:
    """Test a condition; one that cannot be evaluated must not make a question disappear."""
    try:
        return feel.holds(condition, names)
    except feel.FeelError:
        return False


def value(expression: str, names: Mapping[str, Any]) -> Any:
    """Return the value of an expression, None where it cannot be evaluated."""
    try:
        return feel.evaluate(expression, names)
    except feel.FeelError:
        return None


def calculated(field: Field, names: Mapping[str, Any]) -> Any:
    """Return a calculated value as it is kept: str, int, Decimal, bool, date or time; None for everything else."""
    found = value(field.expression, names)
    if isinstance(found, Decimal):
        return _number(field, found)
    if isinstance(found, str):
        return found[:LONGEST].replace("\x00", "") or None
    if isinstance(found, timedelta | feel.Months):
        return feel.text_of(found)
    return found if isinstance(found, bool | date | datetime | time) else None


def _number(field: Field, number: Decimal) -> Decimal | int | None:
    if not number.is_finite() or abs(number) >= Decimal(10) ** 15:
        return None
    places = 2 if field.format == "money" else 10 if field.decimals is None else min(field.decimals, 10)
    rounded = number.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    if field.format == "money":
        return rounded
    return int(rounded) if rounded == rounded.to_integral_value() else rounded.normalize()


def plain(value: Any) -> Any:
    """Return a value for the conditions; of files only how many there are is known."""
    if isinstance(value, list):
        return [item if isinstance(item, str) else True for item in value]
    return value
