"""Evaluates a tree in a context."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Context, Decimal, localcontext
from typing import Any

from quancheng.support.feel.engine import offering, operators, tree, values
from quancheng.support.feel.engine.errors import FeelError
from quancheng.support.feel.engine.values import Function, Months, Range

MOST_STEPS = 100_000
_MISSING = object()


class Scope:
    """The names an expression sees: frames of mappings, the last one nearest. Counts the steps of one evaluation."""

    __slots__ = ("frames", "steps")

    def __init__(self, frames: tuple[Mapping[str, Any], ...], steps: list[int]) -> None:
        self.frames = frames
        self.steps = steps

    def inside(self, frame: Mapping[str, Any]) -> Scope:
        return Scope((*self.frames, frame), self.steps)

    def find(self, name: str) -> Any:
        for frame in reversed(self.frames):
            if name in frame:
                return values.shallow(frame[name])
        return _MISSING


def evaluate(node: tree.Node, context: Mapping[str, Any]) -> Any:
    """Return the value of `node`, converted throughout. :raises FeelError: unknown function, limit, foreign value."""
    with localcontext(Context(prec=34, traps=[])):
        try:
            return values.deep(_value(node, Scope((context,), [0])))
        except RecursionError:
            raise FeelError("the expression calls itself too often") from None


def _value(node: tree.Node, scope: Scope) -> Any:
    scope.steps[0] += 1
    if scope.steps[0] > MOST_STEPS:
        raise FeelError("the expression takes too many steps")
    return _EVALUATORS[type(node)](node, scope)


def _name(node: tree.Name, scope: Scope) -> Any:
    found = scope.find(node.name)
    return None if found is _MISSING else found


def _path(node: tree.Path, scope: Scope) -> Any:
    return _property(_value(node.source, scope), node.name)


def _property(source: Any, name: str) -> Any:
    if isinstance(source, dict):
        return values.shallow(source.get(name))
    if isinstance(source, list):
        return [_property(values.shallow(item), name) for item in source]
    found = _PROPERTIES.get(name)
    return found(source) if found else None


def _component(types: type | tuple[type, ...], read: Callable[[Any], int]) -> Callable[[Any], Decimal | None]:
    return lambda value: Decimal(read(value)) if isinstance(value, types) else None


def _years(value: Any) -> Decimal | None:
    if isinstance(value, Months):
        return Decimal(abs(value.count) // 12) * (-1 if value.count < 0 else 1)
    return None


def _months(value: Any) -> Decimal | None:
    if isinstance(value, Months):
        return Decimal(abs(value.count) % 12) * (-1 if value.count < 0 else 1)
    return None


def _span_part(size: int, within: int | None) -> Callable[[Any], Decimal | None]:
    def read(value: Any) -> Decimal | None:
        if not isinstance(value, timedelta):
            return None
        whole = int(abs(value).total_seconds()) // size
        part = whole % within if within else whole
        return Decimal(part) * (-1 if value < timedelta(0) else 1)

    return read


_PROPERTIES: dict[str, Callable[[Any], Any]] = {
    "year": _component(date, lambda value: value.year),
    "month": _component(date, lambda value: value.month),
    "day": _component(date, lambda value: value.day),
    "weekday": _component(date, lambda value: value.isoweekday()),
    "hour": _component((datetime, time), lambda value: value.hour),
    "minute": _component((datetime, time), lambda value: value.minute),
    "second": _component((datetime, time), lambda value: value.second),
    "years": _years,
    "months": _months,
    "days": _span_part(86400, None),
    "hours": _span_part(3600, 24),
    "minutes": _span_part(60, 60),
    "seconds": _span_part(1, 60),
    "start": lambda value: value.start if isinstance(value, Range) else None,
    "end": lambda value: value.end if isinstance(value, Range) else None,
}


def _filter(node: tree.Filter, scope: Scope) -> Any:
    source = _value(node.source, scope)
    items = source if isinstance(source, list) else [] if source is None else [source]
    kept: list[Any] = []
    for item in map(values.shallow, items):
        frame = {"item": item, **item} if isinstance(item, dict) else {"item": item}
        found = _value(node.condition, scope.inside(frame))
        if isinstance(found, Decimal):
            return _at(items, found)
        if found is True:
            kept.append(item)
    if not items and isinstance(_value(node.condition, scope), Decimal):
        return None
    return kept


def _at(items: list[Any], number: Decimal) -> Any:
    """Return the item at a position counted from 1, or from the end when negative; None outside."""
    index = int(number)
    if index != number or index == 0 or abs(index) > len(items):
        return None
    return values.shallow(items[index - 1 if index > 0 else index])


def _call(node: tree.Call, scope: Scope) -> Any:
    if isinstance(node.function, tree.Name):
        name = node.function.name
        if name == "is defined":
            return _is_defined(node, scope)
        own = scope.find(name)
        if own is _MISSING:
            arguments = [_value(argument, scope) for argument in node.arguments]
            return offering.call(name, arguments, _apply)
    function = _value(node.function, scope)
    if not isinstance(function, Function):
        raise FeelError("what stands before the brackets is not a function")
    return _apply(function, [_value(argument, scope) for argument in node.arguments])


def _apply(function: Function, arguments: list[Any]) -> Any:
    if len(arguments) != len(function.parameters):
        raise FeelError(f"the function takes {len(function.parameters)} arguments, not {len(arguments)}")
    return function.call(arguments)


def _is_defined(node: tree.Call, scope: Scope) -> bool:
    if len(node.arguments) != 1:
        raise FeelError("is defined() takes 1 argument")
    argument = node.arguments[0]
    if isinstance(argument, tree.Name):
        return scope.find(argument.name) is not _MISSING
    if isinstance(argument, tree.Path):
        source = _value(argument.source, scope)
        return isinstance(source, dict) and argument.name in source
    return True


def _context(node: tree.ContextOf, scope: Scope) -> dict[str, Any]:
    found: dict[str, Any] = {}
    inner = scope.inside(found)
    for name, entry in node.entries:
        found[name] = _value(entry, inner)
    return found


def _in(node: tree.In, scope: Scope) -> bool | None:
    value = _value(node.value, scope)
    answers = [_test(test, value, scope) for test in node.tests]
    found = answers[0]
    for answer in answers[1:]:
        found = operators.either(found, answer)
    return found


def _test(test: tree.Node, value: Any, scope: Scope) -> bool | None:
    if isinstance(test, tree.UnaryTest):
        return operators.compare(test.operator, value, _value(test.operand, scope))
    return operators.member(value, _value(test, scope))


def _between(node: tree.Between, scope: Scope) -> bool | None:
    value = _value(node.value, scope)
    return operators.both(
        operators.compare(">=", value, _value(node.low, scope)),
        operators.compare("<=", value, _value(node.high, scope)),
    )


def _and(node: tree.And, scope: Scope) -> bool | None:
    left = _value(node.left, scope)
    return False if left is False else operators.both(left, _value(node.right, scope))


def _or(node: tree.Or, scope: Scope) -> bool | None:
    left = _value(node.left, scope)
    return True if left is True else operators.either(left, _value(node.right, scope))


def _if(node: tree.If, scope: Scope) -> Any:
    return _value(node.then if _value(node.condition, scope) is True else node.otherwise, scope)


def _combinations(iterators: tuple[tree.Iterator, ...], scope: Scope) -> Iterator[Scope]:
    """Yield a scope for each combination; a later iterator may use the names of the earlier ones."""
    if not iterators:
        yield scope
        return
    first, rest = iterators[0], iterators[1:]
    for item in _each(first, scope):
        yield from _combinations(rest, scope.inside({first.name: item}))


def _each(iterator: tree.Iterator, scope: Scope) -> Iterable[Any]:
    source = _value(iterator.source, scope)
    if iterator.end is not None:
        return _steps(source, _value(iterator.end, scope))
    if isinstance(source, Range):
        return _steps(source.start, source.end)
    if source is None:
        return ()
    return source if isinstance(source, list) else [source]


def _steps(start: Any, end: Any) -> Iterator[Any]:
    """Yield whole numbers or days from `start` to `end`, downwards when `end` is smaller."""
    if type(start) is not type(end) or not isinstance(start, Decimal | date):
        return
    step: Any = Decimal(1) if isinstance(start, Decimal) else timedelta(days=1)
    forward = start <= end
    for count in itertools.count():
        item = start + step * count if forward else start - step * count
        if (item > end) if forward else (item < end):
            return
        yield item


def _for(node: tree.For, scope: Scope) -> list[Any]:
    results: list[Any] = []
    frame = {"partial": results}
    for inner in _combinations(node.iterators, scope.inside(frame)):
        results.append(_value(node.result, inner))
    return results


def _quantified(node: tree.Quantified, scope: Scope) -> bool | None:
    answer: bool | None = node.quantifier == "every"
    combine = operators.both if node.quantifier == "every" else operators.either
    for inner in _combinations(node.iterators, scope):
        answer = combine(answer, _value(node.condition, inner))
    return answer


def _function(node: tree.FunctionOf, scope: Scope) -> Function:
    def call(arguments: list[Any]) -> Any:
        return _value(node.body, scope.inside(dict(zip(node.parameters, arguments, strict=True))))

    return Function(node.parameters, call)


def _instance(node: tree.InstanceOf, scope: Scope) -> bool:
    value = _value(node.value, scope)
    return value is not None and node.type_name in (values.kind(value), "Any")


_EVALUATORS: dict[type, Callable[[Any, Scope], Any]] = {
    tree.Literal: lambda node, _: node.value,
    tree.Name: _name,
    tree.Path: _path,
    tree.Filter: _filter,
    tree.Call: _call,
    tree.ListOf: lambda node, scope: [_value(item, scope) for item in node.items],
    tree.ContextOf: _context,
    tree.RangeOf: lambda node, scope: Range(
        _value(node.start, scope), _value(node.end, scope), node.start_included, node.end_included
    ),
    tree.Negation: lambda node, scope: operators.negated(_value(node.operand, scope)),
    tree.Arithmetic: lambda node, scope: operators.arithmetic(
        node.operator, _value(node.left, scope), _value(node.right, scope)
    ),
    tree.Comparison: lambda node, scope: operators.compare(
        node.operator, _value(node.left, scope), _value(node.right, scope)
    ),
    tree.Between: _between,
    tree.In: _in,
    tree.And: _and,
    tree.Or: _or,
    tree.If: _if,
    tree.For: _for,
    tree.Quantified: _quantified,
    tree.FunctionOf: _function,
    tree.InstanceOf: _instance,
}
