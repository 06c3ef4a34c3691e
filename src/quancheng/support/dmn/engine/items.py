"""Makes FEEL types of item definitions (DMN 1.5, 7.3.3): components, collections, allowed values, functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from quancheng.support.dmn.engine import model
from quancheng.support.dmn.engine.refusals import BrokenModel
from quancheng.support.feel import public as feel


class Items:
    """The types of one namespace by name; those of the files it imports by their prefix, "policy.tRisk"."""

    def __init__(self, found: model.Model, namespace: str, names: frozenset[str]) -> None:
        self._names = names
        self.types: dict[str, feel.Type] = {}
        self._add(found, namespace, "", ())

    def _add(self, found: model.Model, namespace: str, prefix: str, path: tuple[str, ...]) -> None:
        if namespace in path:
            return
        for item in found.items.get(namespace, ()):
            self.types[prefix + item.name] = self._type(item, prefix)
        for name, imported in found.imports.get(namespace, {}).items():
            self._add(found, imported, f"{prefix}{name}." if name else prefix, (*path, namespace))

    def _type(self, item: model.Item, prefix: str) -> feel.Type:
        if item.parameters is not None:
            inner = [self.named(one.type_ref, prefix) for one in item.parameters]
            base = feel.Type("function", (*inner, self.named(item.type_ref, prefix)))
        elif item.components:
            base = feel.Type("context", entries=tuple((one.name, self._type(one, prefix)) for one in item.components))
        else:
            base = self.named(item.type_ref, prefix)
        if item.allowed:
            base = self._allowing(base, item.allowed)
        if item.collection:
            base = feel.Type("list", (base,))
        return self._allowing(base, item.constraint) if item.constraint else base

    def _allowing(self, base: feel.Type, tests: str) -> feel.Type:
        """Return `base` with one more condition; one of one's own types keeps its own conditions."""
        try:
            parsed = feel.parse_tests(tests, self._names)
        except feel.FeelSyntaxError as error:
            raise BrokenModel(place=base.name, why=str(error)) from None

        def allowed(value: Any) -> bool:
            fits = feel.fits(value, base, self.types)
            return fits and feel.evaluate_parsed(parsed, {"?": value}, types=self.types) is True

        known = self.types.get(base.name, base)
        return replace(known if known.name in feel.SIMPLE_TYPES else feel.ANY, allowed=allowed)

    def named(self, name: str, prefix: str = "") -> feel.Type:
        """Return the type a typeRef names; an empty one is Any. :raises BrokenModel: when there is none."""
        if not name:
            return feel.ANY
        if f"{prefix}{name}" in self.types or "." in name:
            return feel.Type(f"{prefix}{name}")
        try:
            found = feel.parse_type(name, self._names)
        except feel.FeelSyntaxError as error:
            raise BrokenModel(place=name, why=str(error)) from None
        return found if found.name in feel.SIMPLE_TYPES else replace(found, name=f"{prefix}{found.name}")


def all_types(found: model.Model, names: frozenset[str]) -> Mapping[str, Items]:
    """Return the types of each namespace of the model."""
    return {namespace: Items(found, namespace, names) for namespace in found.items}
