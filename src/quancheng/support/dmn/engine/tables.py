"""Decision tables and their hit policies (DMN 1.5, chapter 8)."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from quancheng.support.dmn.engine import model
from quancheng.support.dmn.engine.model import Hit
from quancheng.support.feel import public as feel

if TYPE_CHECKING:
    from quancheng.support.dmn.engine.evaluation import Evaluation

_AGGREGATES = {"+": "sum(values)", "<": "min(values)", ">": "max(values)", "#": "count(values)"}


def decide(run: Evaluation, table: model.Table, scope: Mapping[str, Any], namespace: str) -> Any:
    """Return the outputs of the table: of a single column the value, of several a context, by policy one or a list."""
    return _Decision(run, table, scope, namespace).result()


def _listed(numbers: tuple[int, ...]) -> str:
    return ", ".join(map(str, numbers))


class _Decision:
    """One look into a table: the values of its inputs, the rules that match, one result of them."""

    def __init__(self, run: Evaluation, table: model.Table, scope: Mapping[str, Any], namespace: str) -> None:
        self.run, self.table, self.scope, self.namespace = run, table, scope, namespace

    def result(self) -> Any:
        values = []
        for column in self.table.inputs:
            with self.run.at(_("input “%(column)s”") % {"column": column.label}):
                value = self.run.box(column.expression, self.scope, self.namespace)
                if column.allowed and value is not None and not self._allowed(column.allowed, value):
                    self.run.problem(_("the value is not among those allowed"))
                    return None
                values.append(value)
        rules = enumerate(self.table.rules, start=1)
        return self._of(tuple(number for number, rule in rules if self._matches(number, rule, values)))

    def _allowed(self, tests: str, value: Any) -> bool:
        if isinstance(value, list) and all(self._passes(tests, item) for item in value):
            return True
        return self._passes(tests, value)

    def _passes(self, tests: str, value: Any) -> bool:
        return self.run.test(tests, value, self.scope, self.namespace)

    def _matches(self, number: int, rule: model.Rule, values: list[Any]) -> bool:
        for test, value, column in zip(rule.tests, values, self.table.inputs, strict=True):
            if test in ("", "-"):
                continue
            with self.run.at(_("rule %(number)s, input “%(column)s”") % {"number": number, "column": column.label}):
                if not self._passes(test, value):
                    return False
        return True

    def _of(self, matching: tuple[int, ...]) -> Any:
        if not matching:
            self.run.matched(())
            return self._defaults()
        policy: dict[Hit, Callable[[tuple[int, ...]], Any]] = {
            Hit.UNIQUE: self._unique,
            Hit.ANY: self._any,
            Hit.FIRST: self._first,
            Hit.PRIORITY: self._priority,
            Hit.RULE_ORDER: self._several,
            Hit.OUTPUT_ORDER: self._output_order,
            Hit.COLLECT: self._collect,
        }
        return policy[self.table.hit](matching)

    def _defaults(self) -> Any:
        outputs = self.table.outputs
        if all(output.default is None for output in outputs):
            return 0 if self.table.aggregation == "#" else None
        found = {
            output.name: self._cell(output, output.default, _("default of “%(column)s”") % {"column": output.label})
            for output in outputs
        }
        value = found if len(outputs) > 1 else found[outputs[0].name]
        several = self.table.hit in (Hit.RULE_ORDER, Hit.OUTPUT_ORDER) or (
            self.table.hit is Hit.COLLECT and not self.table.aggregation
        )
        return [value] if several and not isinstance(value, list) else value

    def _cell(self, output: model.Output, literal: model.Literal | None, place: str) -> Any:
        if literal is None:
            return None
        with self.run.at(place):
            value = self.run.box(literal, self.scope, self.namespace)
            value = self.run.fitted(value, output.type_ref, self.namespace)
            if output.allowed and value is not None and not self._allowed(output.allowed, value):
                self.run.problem(_("the output is not among those allowed"))
                return None
            return value

    def _output(self, number: int) -> Any:
        """Return what rule `number` gives: a value, or a context when the table has several outputs."""
        rule, outputs = self.table.rules[number - 1], self.table.outputs
        found = {
            output.name: self._cell(
                output, literal, _("rule %(number)s, output “%(column)s”") % {"number": number, "column": output.label}
            )
            for output, literal in zip(outputs, rule.results, strict=True)
        }
        return found if len(outputs) > 1 else found[outputs[0].name]

    def _single(self, number: int) -> Any:
        self.run.matched((number,))
        return self._output(number)

    def _unique(self, matching: tuple[int, ...]) -> Any:
        if len(matching) > 1:
            self.run.matched(matching)
            self.run.problem(_("the rules %(rules)s hold at once, and only one may") % {"rules": _listed(matching)})
            return None
        return self._single(matching[0])

    def _any(self, matching: tuple[int, ...]) -> Any:
        self.run.matched(matching)
        first, *others = map(self._output, matching)
        if any(feel.evaluate("a = b", {"a": first, "b": other}) is not True for other in others):
            self.run.problem(
                _("the rules %(rules)s hold at once and differ in their outputs") % {"rules": _listed(matching)}
            )
            return None
        return first

    def _first(self, matching: tuple[int, ...]) -> Any:
        return self._single(matching[0])

    def _ordered(self, matching: tuple[int, ...]) -> list[tuple[int, Any]]:
        """Return rules and outputs by priority: the order of the allowed values of the first output, then the next."""
        ranks = [self._ranks(output) for output in self.table.outputs]
        found = [(number, self._output(number)) for number in matching]

        def key(pair: tuple[int, Any]) -> tuple[int, ...]:
            cells = list(pair[1].values()) if len(self.table.outputs) > 1 else [pair[1]]
            return tuple(rank(cell) for rank, cell in zip(ranks, cells, strict=True))

        return sorted(found, key=key)

    def _ranks(self, output: model.Output) -> Callable[[Any], int]:
        tests = output.allowed
        if not tests:
            types = self.run.types[self.namespace]
            tests = next(
                (
                    item.allowed
                    for item in self.run.model.items.get(self.namespace, ())
                    if item.name == output.type_ref and output.type_ref in types.types
                ),
                "",
            )
        listed = feel.evaluate_parsed(feel.parse(f"[{tests}]", self.run.names), {}) if tests else []
        positions = {str(value): place for place, value in enumerate(listed)}
        return functools.partial(lambda value: positions.get(str(value), len(positions)))

    def _priority(self, matching: tuple[int, ...]) -> Any:
        number, value = self._ordered(matching)[0]
        self.run.matched((number,))
        return value

    def _output_order(self, matching: tuple[int, ...]) -> Any:
        found = self._ordered(matching)
        self.run.matched(tuple(number for number, _value in found))
        return [value for _number, value in found]

    def _several(self, matching: tuple[int, ...]) -> Any:
        self.run.matched(matching)
        return [self._output(number) for number in matching]

    def _collect(self, matching: tuple[int, ...]) -> Any:
        values = self._several(matching)
        if not self.table.aggregation:
            return values
        return feel.evaluate(_AGGREGATES[self.table.aggregation], {"values": values})
