"""Evaluates a tree in a context."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Context, Decimal, localcontext
from types import MappingProxyType
from typing import Any

from quancheng.support.feel.engine import offering, operators, signatures, tree, types, values
from quancheng.support.feel.engine.errors import FeelError
from quancheng.support.feel.engine.errors import marked as _
from quancheng.support.feel.engine.properties import PROPERTIES
from quancheng.support.feel.engine.types import Types
from quancheng.support.feel.engine.values import Function, Range

MOST_STEPS = 100_000
_MISSING = object()
NO_TYPES: Types = MappingProxyType({})


class Run:
    """What one evaluation shares: its steps so far, the caller's types by name, the instant of `now()` if given."""

    __slots__ = ("instant", "steps", "types")

    def __init__(self, types: Types, instant: datetime | None) -> None:
        self.steps = 0
        self.types = types
        self.instant = instant


class Scope:
    """The names an expression sees: frames of mappings, the last one nearest."""

    __slots__ = ("frames", "run")

    def __init__(self, frames: tuple[Mapping[str, Any], ...], run: Run) -> None:
        self.frames = frames
        self.run = run

    def inside(self, frame: Mapping[str, Any]) -> Scope:
        return Scope((*self.frames, frame), self.run)

    def find(self, name: str) -> Any:
        for frame in reversed(self.frames):
            if name in frame:
                return values.shallow(frame[name])
        return _MISSING


def evaluate(
    node: tree.Node, context: Mapping[str, Any], *, types: Types = NO_TYPES, instant: datetime | None = None
) -> Any:
    """Return the value of `node`, converted throughout. :raises FeelError: unknown function, limit, foreign value."""
    with localcontext(Context(prec=34, traps=[])):
        try:
            return values.deep(_value(node, Scope((context,), Run(types, instant))))
        except RecursionError:
            raise FeelError(_("the expression calls itself too often")) from None


def _value(node: tree.Node, scope: Scope) -> Any:
    run = scope.run
    run.steps += 1
    if run.steps > MOST_STEPS:
        raise FeelError(_("the expression takes too many steps"))
    return _EVALUATORS[type(node)](node, scope)


def _name(node: tree.Name, scope: Scope) -> Any:
    found = scope.find(node.name)
    if found is _MISSING:
        return _dotted(node.name, scope) if "." in node.name else None
    return found


def _dotted(name: str, scope: Scope) -> Any:
    """Read a name that is only elsewhere one with points in it, such as a parameter called `Person.Name`, as a path."""
    first, *rest = (part.strip() for part in name.split("."))
    source = scope.find(first)
    return functools.reduce(_property, rest, None if source is _MISSING else source)


def _path(node: tree.Path, scope: Scope) -> Any:
    return _property(_value(node.source, scope), node.name)


def _property(source: Any, name: str) -> Any:
    if isinstance(source, dict):
        return values.shallow(source.get(name))
    if isinstance(source, list):
        return [_property(values.shallow(item), name) for item in source]
    found = PROPERTIES.get(name)
    return found(source) if found else None


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
            if name in ("now", "today"):
                return _clock(name, node, scope)
            arguments = [_value(argument, scope) for argument in node.arguments]
            if node.names:
                arguments = signatures.ordered(name, node.names, arguments)
            return offering.call(name, arguments, _apply)
    function = _value(node.function, scope)
    if not isinstance(function, Function):
        raise FeelError(_("what stands before the brackets is not a function"))
    arguments = [_value(argument, scope) for argument in node.arguments]
    if node.names:
        if set(node.names) != set(function.parameters) or len(node.names) != len(function.parameters):
            raise FeelError(_("the function takes %(names)s"), names=", ".join(function.parameters))
        given = dict(zip(node.names, arguments, strict=True))
        arguments = [given[name] for name in function.parameters]
    return _apply(function, arguments)


def _clock(name: str, node: tree.Call, scope: Scope) -> Any:
    if scope.run.instant is None:
        raise FeelError(_("%(name)s() is not offered here: an expression has no clock of its own"), name=name)
    if node.arguments:
        raise FeelError(_("%(name)s() takes no arguments"), name=name)
    return scope.run.instant if name == "now" else scope.run.instant.date()


def _apply(function: Function, arguments: list[Any]) -> Any:
    if len(arguments) != len(function.parameters):
        raise FeelError(
            _("the function takes %(right)s arguments, not %(given)s"),
            right=len(function.parameters),
            given=len(arguments),
        )
    return function.call(arguments)


def _is_defined(node: tree.Call, scope: Scope) -> bool:
    if len(node.arguments) != 1:
        raise FeelError(_("is defined() takes 1 argument"))
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
    found = _value(test, scope)
    return None if found is None and isinstance(test, tree.RangeOf) else operators.member(value, found)


def _unary_tests(node: tree.UnaryTests, scope: Scope) -> bool | None:
    if not node.tests:
        return True
    value = scope.find("?")
    found: bool | None = False
    for test in node.tests:
        found = operators.either(found, _passes(test, value, scope))
    return operators.opposite(found) if node.negated else found


def _passes(test: tree.Node, value: Any, scope: Scope) -> bool | None:
    """Test one entry of a cell: an expression over `?` must be true, anything else must hold or equal the value."""
    if isinstance(test, tree.UnaryTest):
        return operators.compare(test.operator, value, _value(test.operand, scope))
    found = _value(test, scope)
    if isinstance(found, bool) and (tree.asks_for_value(test) or not isinstance(value, bool)):
        return found
    return operators.member(value, found)


def _half_open(node: tree.HalfOpen, scope: Scope) -> Range | None:
    end = _value(node.operand, scope)
    return operators.half_open(node.operator, end)


def _range(node: tree.RangeOf, scope: Scope) -> Range | None:
    """Return the range; one with an end that is null is null (open ranges are written `(> 5)`)."""
    start, end = _value(node.start, scope), _value(node.end, scope)
    return None if start is None or end is None else Range(start, end, node.start_included, node.end_included)


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
        if operators.compare("<=", source.start, source.end) is not True:
            raise FeelError(_("a range that is gone through begins before it ends"))
        return _steps(source.start, source.end)
    if source is None:
        return ()
    return source if isinstance(source, list) else [source]


def _steps(start: Any, end: Any) -> Iterator[Any]:
    """Yield whole numbers or days from `start` to `end`, downwards when `end` is smaller."""
    if type(start) is not type(end) or type(start) not in (Decimal, date):
        raise FeelError(_("only numbers and dates can be gone through from one to another"))
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
    names = tuple(name for name, _type in node.parameters)
    wanted = tuple(kind for _name, kind in node.parameters)

    def call(arguments: list[Any]) -> Any:
        given = [_argument(value, kind, scope) for value, kind in zip(arguments, wanted, strict=True)]
        return _value(node.body, scope.inside(dict(zip(names, given, strict=True))))

    return Function(names, call, wanted)


def _argument(value: Any, wanted: types.Type, scope: Scope) -> Any:
    if wanted is types.ANY:
        return value
    try:
        return types.coerced(value, wanted, scope.run.types)
    except types.DoesNotFit:
        raise FeelError(_("an argument is not of type %(name)s"), name=wanted.name) from None


def _instance(node: tree.InstanceOf, scope: Scope) -> bool:
    return types.instance(_value(node.value, scope), node.type, scope.run.types)


_EVALUATORS: dict[type, Callable[[Any, Scope], Any]] = {
    tree.Literal: lambda node, _: node.value,
    tree.Name: _name,
    tree.Path: _path,
    tree.Filter: _filter,
    tree.Call: _call,
    tree.ListOf: lambda node, scope: [_value(item, scope) for item in node.items],
    tree.ContextOf: _context,
    tree.RangeOf: _range,
    tree.HalfOpen: _half_open,
    tree.UnaryTests: _unary_tests,
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
