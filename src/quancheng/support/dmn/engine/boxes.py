"""Reads boxed expressions (DMN 1.5, chapters 8 and 10.2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lxml import etree

from quancheng.support.dmn.engine import model
from quancheng.support.dmn.engine.refusals import BrokenModel, UnsupportedElement

_POLICIES = {
    "UNIQUE": model.Hit.UNIQUE,
    "ANY": model.Hit.ANY,
    "PRIORITY": model.Hit.PRIORITY,
    "FIRST": model.Hit.FIRST,
    "RULE ORDER": model.Hit.RULE_ORDER,
    "OUTPUT ORDER": model.Hit.OUTPUT_ORDER,
    "COLLECT": model.Hit.COLLECT,
}
_AGGREGATIONS = {"": "", "SUM": "+", "MIN": "<", "MAX": ">", "COUNT": "#"}
_PASSIVE = frozenset({"description", "extensionElements"})
DEEPEST_NESTING = 40


def local(element: Any) -> str:
    """Return an element's name without its namespace."""
    return str(etree.QName(element).localname)


def children(element: Any, name: str) -> list[Any]:
    """Return the child elements of that local name."""
    return [child for child in element if local(child) == name]


def text_in(element: Any, name: str) -> str:
    """Return the text of the child of that name, or of its `text` child; empty when there is none."""
    for child in children(element, name):
        return "".join((next(iter(children(child, "text")), child)).itertext()).strip()
    return ""


def attribute(element: Any, name: str) -> str:
    """Return a reference to a type without the prefix DMN 1.1 gave the types of FEEL."""
    return " ".join((element.get(name) or "").split()).removeprefix("feel:")


def only(element: Any) -> list[Any]:
    """Return the children that mean something."""
    return [child for child in element if local(child) not in _PASSIVE]


class Boxes:
    """Reads the expressions of one decision, whose name is `place` in refusals."""

    def __init__(self, place: str) -> None:
        self.place = place
        self.depth = 0

    def expression(self, element: Any) -> model.Expression:
        """Return the boxed expression in `element`. :raises UnsupportedElement, BrokenModel:"""
        readers: dict[str, Callable[[Any], model.Expression]] = {
            "literalExpression": self._literal,
            "decisionTable": self._table,
            "context": self._context,
            "list": self._list,
            "relation": self._relation,
            "invocation": self._invocation,
            "functionDefinition": self.function,
            "conditional": self._conditional,
            "filter": self._filter,
            "for": self._iteration,
            "some": self._iteration,
            "every": self._iteration,
        }
        reader = readers.get(local(element))
        if reader is None:
            raise UnsupportedElement(type=local(element), place=self.place)
        self.depth += 1
        if self.depth > DEEPEST_NESTING:
            self._broken("it is nested too deeply")
        try:
            return reader(element)
        finally:
            self.depth -= 1

    def _broken(self, why: str) -> None:
        raise BrokenModel(place=self.place, why=why)

    def _inside(self, element: Any, name: str = "") -> model.Expression:
        """Return the one expression in `element`, or in its child of that name."""
        holders = children(element, name) if name else [element]
        boxes = [part for holder in holders for part in only(holder)]
        if len(boxes) != 1:
            raise BrokenModel(place=self.place, why=f"{name or local(element)} holds {len(boxes)} expressions, not one")
        return self.expression(boxes[0])

    def _literal(self, element: Any) -> model.Literal:
        language = element.get("expressionLanguage") or ""
        if language and "feel" not in language.lower():
            raise UnsupportedElement(type=f"{local(element)} in {language}", place=self.place)
        if children(element, "importedValues"):
            raise UnsupportedElement(type="importedValues", place=self.place)
        return model.Literal(text=text_in(element, "text"), type_ref=attribute(element, "typeRef"))

    def _variable(self, element: Any) -> model.Variable:
        name = " ".join((element.get("name") or "").split())
        return model.Variable(name=name, type_ref=attribute(element, "typeRef"))

    def _context(self, element: Any) -> model.Context:
        entries: list[tuple[model.Variable | None, model.Expression]] = []
        for entry in children(element, "contextEntry"):
            variables = children(entry, "variable")
            boxes = [part for part in only(entry) if local(part) != "variable"]
            if len(boxes) != 1:
                raise BrokenModel(place=self.place, why="an entry of a context holds no expression")
            entries.append((self._variable(variables[0]) if variables else None, self.expression(boxes[0])))
        return model.Context(entries=tuple(entries), type_ref=attribute(element, "typeRef"))

    def _list(self, element: Any) -> model.List:
        items = tuple(self.expression(part) for part in only(element))
        return model.List(items=items, type_ref=attribute(element, "typeRef"))

    def _relation(self, element: Any) -> model.Relation:
        columns = tuple(self._variable(part) for part in children(element, "column"))
        rows = tuple(tuple(self.expression(cell) for cell in only(row)) for row in children(element, "row"))
        if any(len(row) != len(columns) for row in rows):
            self._broken("a row of a relation has not one cell for each column")
        return model.Relation(columns=columns, rows=rows, type_ref=attribute(element, "typeRef"))

    def _invocation(self, element: Any) -> model.Invocation:
        boxes = [part for part in only(element) if local(part) != "binding"]
        if len(boxes) != 1:
            self._broken("an invocation names no function")
        bindings = []
        for binding in children(element, "binding"):
            values = [part for part in only(binding) if local(part) != "parameter"]
            parameter = self._variable(children(binding, "parameter")[0])
            bindings.append((parameter, self.expression(values[0]) if values else None))
        return model.Invocation(
            function=self.expression(boxes[0]), bindings=tuple(bindings), type_ref=attribute(element, "typeRef")
        )

    def function(self, element: Any) -> model.Function:
        """Return a function definition or the encapsulated logic of a business knowledge model."""
        if (kind := element.get("kind") or "FEEL") not in ("FEEL", "F"):
            raise UnsupportedElement(type=f"{local(element)} of kind {kind}", place=self.place)
        boxes = [part for part in only(element) if local(part) != "formalParameter"]
        return model.Function(
            parameters=tuple(self._variable(part) for part in children(element, "formalParameter")),
            body=self.expression(boxes[0]) if boxes else None,
            type_ref=attribute(element, "typeRef"),
        )

    def _conditional(self, element: Any) -> model.Conditional:
        return model.Conditional(
            condition=self._inside(element, "if"),
            then=self._inside(element, "then"),
            otherwise=self._inside(element, "else"),
            type_ref=attribute(element, "typeRef"),
        )

    def _filter(self, element: Any) -> model.Filter:
        return model.Filter(
            source=self._inside(element, "in"),
            match=self._inside(element, "match"),
            type_ref=attribute(element, "typeRef"),
        )

    def _iteration(self, element: Any) -> model.Iteration:
        return model.Iteration(
            kind=local(element),
            variable=" ".join((element.get("iteratorVariable") or "").split()),
            source=self._inside(element, "in"),
            body=self._inside(element, "return" if local(element) == "for" else "satisfies"),
            type_ref=attribute(element, "typeRef"),
        )

    def _table(self, element: Any) -> model.Table:
        policy, aggregation = element.get("hitPolicy") or "UNIQUE", element.get("aggregation") or ""
        if policy not in _POLICIES or aggregation not in _AGGREGATIONS:
            raise UnsupportedElement(type=f"hit policy {policy} {aggregation}".strip(), place=self.place)
        inputs = tuple(self._input(part) for part in children(element, "input"))
        outputs = tuple(self._output(part) for part in children(element, "output"))
        rules = tuple(self._rule(part) for part in children(element, "rule"))
        for number, rule in enumerate(rules, start=1):
            if len(rule.tests) != len(inputs) or len(rule.results) != len(outputs):
                self._broken(f"rule {number} has not one cell for each column")
        if not outputs or (len(outputs) > 1 and not all(output.name for output in outputs)):
            self._broken("an output of the table has no name")
        return model.Table(
            id=element.get("id") or "",
            hit=_POLICIES[policy],
            aggregation=_AGGREGATIONS[aggregation],
            inputs=inputs,
            outputs=outputs,
            rules=rules,
            remarks=tuple(part.get("name") or "" for part in children(element, "annotation")),
            type_ref=attribute(element, "typeRef"),
        )

    def _input(self, element: Any) -> model.Input:
        expressions = children(element, "inputExpression")
        if not expressions:
            raise BrokenModel(place=self.place, why="an input of the table has no expression")
        expression = self._literal(expressions[0])
        return model.Input(
            label=element.get("label") or expression.text,
            expression=expression,
            allowed=text_in(element, "inputValues"),
        )

    def _output(self, element: Any) -> model.Output:
        defaults = children(element, "defaultOutputEntry")
        name = " ".join((element.get("name") or "").split())
        return model.Output(
            name=name,
            label=element.get("label") or name or self.place,
            type_ref=attribute(element, "typeRef"),
            allowed=text_in(element, "outputValues"),
            default=self._literal(defaults[0]) if defaults else None,
        )

    def _rule(self, element: Any) -> model.Rule:
        return model.Rule(
            id=element.get("id") or "",
            tests=tuple(self._literal(part).text for part in children(element, "inputEntry")),
            results=tuple(self._literal(part) for part in children(element, "outputEntry")),
            remarks=tuple(text_in(part, "text") for part in children(element, "annotationEntry")),
        )
