"""The built-in functions of lists and contexts."""

from __future__ import annotations

import functools
import math
from decimal import Decimal
from typing import Any

from quancheng.support.feel.engine import operators, values
from quancheng.support.feel.engine.offering import Apply, as_items, as_number, as_spread, as_text, as_whole, offers
from quancheng.support.feel.engine.values import Function


@offers("count")
def _count(items: Any) -> Decimal:
    return Decimal(0 if items is None else len(as_items(items)))


@offers("list contains", 2)
def _list_contains(items: Any, wanted: Any) -> bool | None:
    if items is None:
        return None
    return any(operators.equal(item, wanted) is True for item in as_items(items))


@offers("sum", 1, None)
def _sum(*arguments: Any) -> Any:
    found = as_spread(arguments)
    return functools.reduce(lambda a, b: operators.arithmetic("+", a, b), found) if found else None


@offers("mean", 1, None)
def _mean(*arguments: Any) -> Any:
    found = as_spread(arguments)
    return operators.arithmetic("/", _sum(found), Decimal(len(found))) if found else None


@offers("product", 1, None)
def _product(*arguments: Any) -> Any:
    found = as_spread(arguments)
    return math.prod(map(as_number, found)) if found else None


@offers("min", 1, None)
def _min(*arguments: Any) -> Any:
    return _extreme("<", arguments)


@offers("max", 1, None)
def _max(*arguments: Any) -> Any:
    return _extreme(">", arguments)


def _extreme(operator: str, arguments: tuple[Any, ...]) -> Any:
    best, *others = as_spread(arguments)
    for item in others:
        better = operators.compare(operator, item, best)
        if better is None:
            return None
        best = item if better else best
    return best


@offers("append", 2, None)
def _append(items: Any, *more: Any) -> list[Any]:
    return [*as_items(items), *more]


offers("concatenate", 1, None)(lambda *lists: [item for items in lists for item in as_items(items)])
offers("reverse")(lambda items: as_items(items)[::-1])
offers("union", 1, None)(lambda *lists: _distinct([item for items in lists for item in as_items(items)]))


@offers("distinct values")
def _distinct(items: Any) -> list[Any]:
    kept: list[Any] = []
    for item in as_items(items):
        if not any(operators.equal(item, other) is True for other in kept):
            kept.append(item)
    return kept


@offers("index of", 2)
def _index_of(items: Any, wanted: Any) -> list[Decimal]:
    return [
        Decimal(position)
        for position, item in enumerate(as_items(items), start=1)
        if operators.equal(item, wanted) is True
    ]


@offers("flatten")
def _flatten(items: Any) -> list[Any]:
    return [leaf for item in as_items(items) for leaf in (_flatten(item) if isinstance(item, list) else [item])]


def _place(items: list[Any], position: Any) -> int:
    """Return the index of a position counted from 1, or from the end when negative. :raises IndexError: outside."""
    number = as_whole(position)
    if number == 0 or abs(number) > len(items):
        raise IndexError
    return number - 1 if number > 0 else len(items) + number


@offers("insert before", 3)
def _insert_before(items: Any, position: Any, item: Any) -> list[Any]:
    found = as_items(items)
    place = _place(found, position)
    return [*found[:place], item, *found[place:]]


@offers("remove", 2)
def _remove(items: Any, position: Any) -> list[Any]:
    found = as_items(items)
    place = _place(found, position)
    return [*found[:place], *found[place + 1 :]]


@offers("list replace", 3, needs_apply=True)
def _list_replace(items: Any, which: Any, new: Any, apply: Apply) -> list[Any]:
    if items is None:
        raise TypeError
    found = as_items(items)
    if isinstance(which, Function):
        answers = [apply(which, [item, new]) for item in found]
        if not all(isinstance(answer, bool) for answer in answers):
            raise TypeError
        return [new if answer else item for item, answer in zip(found, answers, strict=True)]
    place = _place(found, which)
    return [*found[:place], new, *found[place + 1 :]]


@offers("median", 1, None)
def _median(*arguments: Any) -> Any:
    found = sorted(map(as_number, as_spread(arguments)))
    if not found:
        return None
    middle = len(found) // 2
    return found[middle] if len(found) % 2 else (found[middle - 1] + found[middle]) / 2


@offers("mode", 1, None)
def _mode(*arguments: Any) -> list[Any]:
    found = [as_number(item) for item in as_spread(arguments)]
    most = max((found.count(item) for item in found), default=0)
    return sorted({item for item in found if found.count(item) == most})


@offers("stddev", 1, None)
def _stddev(*arguments: Any) -> Any:
    found = [as_number(item) for item in as_spread(arguments)]
    if len(found) < 2:
        return None
    mean = sum(found, Decimal(0)) / len(found)
    return (sum(((item - mean) ** 2 for item in found), Decimal(0)) / (len(found) - 1)).sqrt()


@offers("sublist", 2, 3)
def _sublist(items: Any, start: Any, length: Any = None) -> list[Any] | None:
    found, begin = as_items(items), as_whole(start)
    if begin == 0 or abs(begin) > len(found):
        return None
    index = begin - 1 if begin > 0 else len(found) + begin
    return found[index:] if length is None else found[index : index + as_whole(length)]


@offers("sort", 1, 2, needs_apply=True)
def _sort(items: Any, *rest: Any) -> list[Any]:
    before: Any = rest[0] if len(rest) == 2 else None
    apply: Apply = rest[-1]

    def order(left: Any, right: Any) -> int:
        if before is not None:
            return -1 if apply(before, [left, right]) is True else 1 if apply(before, [right, left]) is True else 0
        return -1 if operators.compare("<", left, right) else int(operators.compare(">", left, right) is True)

    return sorted(as_items(items), key=functools.cmp_to_key(order))


# -- contexts

offers("get value", 2)(lambda context, key: values.shallow(context.get(as_text(key))))


@offers("get entries")
def _get_entries(context: Any) -> list[dict[str, Any]]:
    return [{"key": key, "value": values.shallow(value)} for key, value in context.items()]


def _entry(context: Any) -> dict[str, Any]:
    if not isinstance(context, dict):
        raise TypeError
    return context


@offers("context")
def _context(entries: Any) -> dict[str, Any] | None:
    found: dict[str, Any] = {}
    for entry in as_items(entries):
        if as_text(_entry(entry)["key"]) in found or "value" not in entry:
            return None
        found[entry["key"]] = values.shallow(entry["value"])
    return found


@offers("context put", 3)
def _context_put(context: Any, key: Any, value: Any) -> dict[str, Any] | None:
    if not isinstance(key, list):
        return {**_entry(context), as_text(key): value}
    if not key:
        return None
    inner = value if len(key) == 1 else _context_put(_entry(context).get(as_text(key[0]), {}), key[1:], value)
    return {**_entry(context), as_text(key[0]): inner}


@offers("context merge")
def _context_merge(contexts: Any) -> dict[str, Any]:
    return functools.reduce(lambda left, right: {**left, **_entry(right)}, as_items(contexts), {})
