"""FEEL, the Friendly Enough Expression Language of DMN 1.5: parse once, evaluate often.

Types: null None · number Decimal · string str · boolean bool · list list · context dict · date, datetime, time ·
durations timedelta and `Months` · `Range`. The context may hold ordinary Python values (int, float, tuple, UUID, any
mapping); they are converted when used. A name that is not there, and an operation on values it is not made for, give
null, as the standard says; an unknown function, a wrong number of arguments and a text that is not FEEL are errors.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from quancheng.support.feel.engine import builtins, evaluator, tree
from quancheng.support.feel.engine.errors import FeelError, FeelSyntaxError
from quancheng.support.feel.engine.evaluator import NO_TYPES
from quancheng.support.feel.engine.parser import Parser
from quancheng.support.feel.engine.plain import beside, between, plain_values
from quancheng.support.feel.engine.temporal import temporal
from quancheng.support.feel.engine.types import ANY, DoesNotFit, Type, Types, coerced, fits
from quancheng.support.feel.engine.types import SIMPLE as SIMPLE_TYPES
from quancheng.support.feel.engine.values import Function, Months, Range, jsonable, text_of

__all__ = [
    "ANY",
    "SIMPLE_TYPES",
    "DoesNotFit",
    "Expression",
    "FeelError",
    "FeelSyntaxError",
    "Function",
    "Months",
    "Range",
    "Type",
    "Types",
    "beside",
    "between",
    "coerced",
    "evaluate",
    "evaluate_parsed",
    "fits",
    "holds",
    "jsonable",
    "names",
    "parse",
    "parse_tests",
    "parse_type",
    "plain_values",
    "temporal",
    "text_of",
]

Expression = tree.Node
_SPACED = frozenset(tuple(name.split()) for name in [*builtins.BUILTINS, "is defined"] if " " in name)


@functools.lru_cache(maxsize=4096)
def parse(text: str, names: frozenset[str] = frozenset()) -> Expression:
    """Return the tree of one expression; a leading "=" (as modelers write it) is ignored.

    `names` are those its context will offer; only names with spaces or signs in them need be told.

    :raises FeelSyntaxError: with `position`, when the text is not FEEL.
    """
    return Parser(text, spaced=_SPACED, names=names).whole()


@functools.lru_cache(maxsize=4096)
def parse_tests(text: str, names: frozenset[str] = frozenset()) -> Expression:
    """Return the tree of a decision table's cell, unary tests over the name `?`. :raises FeelSyntaxError:"""
    return Parser(text, spaced=_SPACED, names=names).unary_tests()


@functools.lru_cache(maxsize=1024)
def parse_type(text: str, names: frozenset[str] = frozenset()) -> Type:
    """Return the type written in `text`, e.g. "list<number>". :raises FeelSyntaxError:"""
    return Parser(text, spaced=_SPACED, names=names).whole_type()


def evaluate(text: str, context: Mapping[str, Any]) -> Any:
    """Parse (from the cache) and evaluate. :raises FeelError:"""
    return evaluator.evaluate(parse(text), context)


def evaluate_parsed(
    expression: Expression, context: Mapping[str, Any], *, types: Types = NO_TYPES, instant: datetime | None = None
) -> Any:
    """Evaluate what `parse` returned. `types` are the caller's own, by name; without `instant` there is no `now()`.

    :raises FeelError:
    """
    return evaluator.evaluate(expression, context, types=types, instant=instant)


def holds(text: str, context: Mapping[str, Any]) -> bool:
    """Test a condition: only true holds, null and everything else do not. :raises FeelError:"""
    return evaluate(text, context) is True


def names(text: str) -> frozenset[str]:
    """Return every name that stands free in the expression: what its context may have to offer (an upper bound)."""
    return frozenset(_names(parse(text)))


def _names(node: Any) -> set[str]:
    if isinstance(node, tree.Name):
        return {node.name}
    if isinstance(node, tuple):
        return set().union(*map(_names, node))
    if isinstance(node, tree.Call) and isinstance(node.function, tree.Name):
        return _names(node.arguments)
    if isinstance(node, tree.Node | tree.Iterator):
        parts = (getattr(node, slot) for slot in type(node).__slots__)
        return set().union(*(_names(part) for part in parts if not isinstance(part, str | Type)))
    return set()
