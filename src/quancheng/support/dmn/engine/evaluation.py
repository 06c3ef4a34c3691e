"""Evaluates decisions: the requirements graph and the boxed expressions in it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from quancheng.support.dmn.engine import items, model, tables
from quancheng.support.dmn.engine.refusals import BrokenModel, Problem
from quancheng.support.feel import public as feel

MOST_BOXES = 50_000
DEEPEST_CALLS = 60


@dataclass(frozen=True, slots=True)
class Matched:
    """The rules of one table that held, counted from 1, in the order in which their outputs count."""

    decision: str
    place: str
    rules: tuple[int, ...]


class Prepared:
    """A model with its names and types: what all evaluations of it share."""

    def __init__(self, found: model.Model) -> None:
        self.model = found
        self.names = found.names()
        self.types = items.all_types(found, self.names)


class Evaluation:
    """One evaluation: remembers the value of each decision, gathers what matched and what went wrong.

    A decision that cannot be worked out is null and leaves a `Problem`, as the standard wants; the caller decides
    whether problems are a refusal.
    """

    def __init__(self, prepared: Prepared, inputs: Mapping[str, Any], *, instant: datetime | None = None) -> None:
        self.model = prepared.model
        self.names = prepared.names
        self.types = prepared.types
        self.inputs = inputs
        self.instant = instant
        self.problems: list[Problem] = []
        self.matches: list[Matched] = []
        self._given: dict[str, Any] = {}
        self._known: dict[str, Any] = {}
        self._places: list[str] = [""]
        self._boxes = 0
        self._calls = 0

    # -- places and problems

    @contextlib.contextmanager
    def at(self, place: str) -> Iterator[None]:
        """Name the place in which problems arise."""
        self._places.append(place)
        try:
            yield
        finally:
            self._places.pop()

    def problem(self, why: object) -> None:
        """Note what went wrong at the present place."""
        self.problems.append(Problem(self._decision(), self._place(), str(why)))

    def matched(self, rules: tuple[int, ...]) -> None:
        """Note which rules of the present table held."""
        self.matches.append(Matched(self._decision(), self._place(), rules))

    def _decision(self) -> str:
        start = max((index for index, place in enumerate(self._places) if place.startswith("\0")), default=0)
        return self._places[start].removeprefix("\0")

    def _place(self) -> str:
        start = max((index for index, place in enumerate(self._places) if place.startswith("\0")), default=0)
        return ", ".join(self._places[start + 1 :])

    # -- the requirements graph

    def value_of(self, ref: str) -> Any:
        """Return the value of an element: an input, a decision, or the function that knowledge is."""
        if ref in self._given:
            return self._given[ref]
        if ref not in self._known:
            element = self.model.elements[ref]
            with self.at(f"\0{element.name}"):
                self._known[ref] = self._element(element)
        return self._known[ref]

    def _element(self, element: model.Element) -> Any:
        match element:
            case model.InputData():
                given = self.inputs.get(element.name)
                return self.fitted(given, element.type_ref, element.model)
            case model.Decision(expression=expression):
                if expression is None:
                    self.problem(_("the decision has no logic"))
                    return None
                found = self.box(expression, self.surroundings(element.requires, element.model), element.model)
                return self.fitted(found, element.type_ref, element.model)
            case model.Knowledge():
                scope = self.surroundings(element.requires, element.model)
                return self.function(element.function, scope, element.model, result=element.type_ref)
            case model.Service():
                return self._service(element)
        raise BrokenModel(place=element.name, why="it has no value")

    def surroundings(self, requires: tuple[str, ...], namespace: str) -> dict[str, Any]:
        """Return the names an element sees; those of an imported file stand in a context of the import's name."""
        prefixes = {imported: name for name, imported in self.model.imports.get(namespace, {}).items()}
        scope: dict[str, Any] = {}
        for ref in requires:
            element = self.model.elements[ref]
            prefix = prefixes.get(element.model, "") if element.model != namespace else ""
            holder = scope.setdefault(prefix, {}) if prefix else scope
            holder[element.name] = self.value_of(ref)
        return scope

    def _service(self, service: model.Service) -> feel.Function:
        refs = (*service.input_data, *service.input_decisions)
        names = tuple(self.model.elements[ref].name for ref in refs)

        def call(arguments: list[Any]) -> Any:
            return self.serve(service, dict(zip(names, arguments, strict=True)))

        return feel.Function(names, call)

    def serve(self, service: model.Service, given: Mapping[str, Any]) -> Any:
        """Return the outputs of a decision service for its inputs: one value, or a context of several."""
        elements = [self.model.elements[ref] for ref in (*service.input_data, *service.input_decisions)]
        for one in elements:
            if not self.conforms(given.get(one.name), one.type_ref, one.model):
                self.problem(_("%(name)s is not of type %(type)s") % {"name": one.name, "type": one.type_ref})
                return None
        inner = Evaluation.__new__(Evaluation)
        inner.__dict__.update(self.__dict__)
        inner._known = {}
        inner.inputs = {}
        inner._given = {one.ref: self.fitted(given.get(one.name), one.type_ref, one.model) for one in elements}
        outputs = {self.model.elements[ref].name: inner.value_of(ref) for ref in service.outputs}
        found = next(iter(outputs.values())) if len(outputs) == 1 else outputs
        return self.fitted(found, service.type_ref, service.model)

    # -- expressions

    def fitted(self, value: Any, type_ref: str, namespace: str) -> Any:
        """Return `value` as that type, null and a problem if it does not conform."""
        if not type_ref or type_ref == "Any" or value is None:
            return value
        types = self.types[namespace]
        try:
            return feel.coerced(value, types.named(type_ref), types.types)
        except feel.DoesNotFit:
            self.problem(_("the value is not of type %(type)s") % {"type": type_ref})
        except (feel.FeelError, BrokenModel) as error:
            self.problem(error)
        return None

    def conforms(self, value: Any, type_ref: str, namespace: str) -> bool:
        """Tell whether `value` fits that type, or can be made to."""
        before = len(self.problems)
        self.fitted(value, type_ref, namespace)
        found = len(self.problems) == before
        del self.problems[before:]
        return found

    def expression(self, text: str, scope: Mapping[str, Any], namespace: str) -> Any:
        """Return the value of an expression, null and a problem if it has none."""
        try:
            parsed = feel.parse(text, self.names)
            return feel.evaluate_parsed(parsed, scope, types=self.types[namespace].types, instant=self.instant)
        except feel.FeelError as error:
            self.problem(error)
            return None

    def test(self, text: str, value: Any, scope: Mapping[str, Any], namespace: str) -> bool:
        """Tell whether `value` passes the unary tests in `text`; an empty text is a dash."""
        if text in ("", "-"):
            return True
        try:
            parsed = feel.parse_tests(text, self.names)
            found = feel.evaluate_parsed(
                parsed, {**scope, "?": value}, types=self.types[namespace].types, instant=self.instant
            )
        except feel.FeelError as error:
            self.problem(error)
            return False
        return found is True

    def box(self, box: model.Expression, scope: Mapping[str, Any], namespace: str) -> Any:
        """Return the value of a boxed expression, made to fit the type written on it."""
        self._boxes += 1
        if self._boxes > MOST_BOXES:
            raise feel.FeelError(gettext_noop("the decision takes too many steps"))
        return self.fitted(self._box(box, scope, namespace), box.type_ref, namespace)

    def _box(self, box: model.Expression, scope: Mapping[str, Any], namespace: str) -> Any:  # noqa: PLR0911 - a switch
        match box:
            case model.Literal(text=text):
                return self.expression(text, scope, namespace) if text else None
            case model.Table():
                return tables.decide(self, box, scope, namespace)
            case model.Context():
                return self._context(box, scope, namespace)
            case model.List(items=parts):
                return [self.box(part, scope, namespace) for part in parts]
            case model.Relation(columns=columns, rows=rows):
                return [
                    {
                        column.name: self.fitted(self.box(cell, scope, namespace), column.type_ref, namespace)
                        for column, cell in zip(columns, row, strict=True)
                    }
                    for row in rows
                ]
            case model.Function():
                return self.function(box, scope, namespace)
            case model.Invocation():
                return self._invocation(box, scope, namespace)
            case model.Conditional(condition=condition, then=then, otherwise=otherwise):
                holds = self.box(condition, scope, namespace)
                if holds is not None and not isinstance(holds, bool):
                    self.problem(_("the condition is neither true nor false"))
                    return None
                return self.box(then if holds else otherwise, scope, namespace)
            case model.Filter():
                return self._filter(box, scope, namespace)
            case model.Iteration():
                return self._iteration(box, scope, namespace)
        raise BrokenModel(place=self._decision(), why=f"{type(box).__name__} has no value")

    def _context(self, box: model.Context, scope: Mapping[str, Any], namespace: str) -> Any:
        found: dict[str, Any] = {}
        for variable, part in box.entries:
            with self.at(_("entry %(name)s") % {"name": variable.name} if variable else _("result")):
                value = self.box(part, {**scope, **found}, namespace)
                if variable is None:
                    return value
                found[variable.name] = self.fitted(value, variable.type_ref, namespace)
        return found

    def function(
        self, box: model.Function, scope: Mapping[str, Any], namespace: str, *, result: str = ""
    ) -> feel.Function:
        """Return the function a definition or a business knowledge model is."""
        # A function may call itself by the name of the entry or model it stands in, so the scope is read when called.
        names = tuple(parameter.name for parameter in box.parameters)
        place = list(self._places)

        def call(arguments: list[Any]) -> Any:
            self._calls += 1
            before, self._places = self._places, place
            try:
                if self._calls > DEEPEST_CALLS:
                    raise feel.FeelError(gettext_noop("functions call one another too deeply"))
                pairs = list(zip(box.parameters, arguments, strict=True))
                for one, value in pairs:
                    if not self.conforms(value, one.type_ref, namespace):
                        facts = {"name": one.name, "type": one.type_ref}
                        self.problem(_("parameter %(name)s is not of type %(type)s") % facts)
                        return None
                given = {one.name: self.fitted(value, one.type_ref, namespace) for one, value in pairs}
                found = self.box(box.body, {**scope, **given}, namespace) if box.body else None
                return self.fitted(found, result, namespace)
            finally:
                self._calls -= 1
                self._places = before

        types = self.types[namespace]
        kinds = tuple(types.named(parameter.type_ref) for parameter in box.parameters)
        return feel.Function(names, call, kinds, types.named(result) if result else None)

    def _invocation(self, box: model.Invocation, scope: Mapping[str, Any], namespace: str) -> Any:
        function = self.box(box.function, scope, namespace)
        if not isinstance(function, feel.Function):
            self.problem(_("what is invoked is not a function"))
            return None
        given: dict[str, Any] = {}
        for parameter, part in box.bindings:
            with self.at(_("binding %(name)s") % {"name": parameter.name}):
                value = self.box(part, scope, namespace) if part else None
                given[parameter.name] = self.fitted(value, parameter.type_ref, namespace)
        if unknown := given.keys() - set(function.parameters):
            self.problem(_("the function has no parameter %(names)s") % {"names": ", ".join(sorted(unknown))})
            return None
        try:
            return function.call([given.get(name) for name in function.parameters])
        except feel.FeelError as error:
            self.problem(error)
            return None

    def _items(self, source: Any) -> list[Any]:
        return source if isinstance(source, list) else [] if source is None else [source]

    def _filter(self, box: model.Filter, scope: Mapping[str, Any], namespace: str) -> Any:
        found = []
        for item in self._items(self.box(box.source, scope, namespace)):
            inner = {**scope, **item, "item": item} if isinstance(item, dict) else {**scope, "item": item}
            holds = self.box(box.match, inner, namespace)
            if holds is not None and not isinstance(holds, bool):
                self.problem(_("the condition is neither true nor false"))
                return None
            if holds:
                found.append(item)
        return found

    def _iteration(self, box: model.Iteration, scope: Mapping[str, Any], namespace: str) -> Any:
        source = self._items(self.box(box.source, scope, namespace))
        partial: list[Any] = []
        for item in source:
            partial.append(self.box(box.body, {**scope, "partial": list(partial), box.variable: item}, namespace))
        if box.kind == "for":
            return partial
        if any(answer is not None and not isinstance(answer, bool) for answer in partial):
            self.problem(_("an answer is neither true nor false"))
            return None
        return feel.evaluate("any(answers)" if box.kind == "some" else "all(answers)", {"answers": partial})
