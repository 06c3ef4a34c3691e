"""Every address of the site, found in the URL resolver, with a real thing of the city in each of its places."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.regex_helper import normalize

from quancheng.kernel import discovery

UNKNOWN = {"uuid": str(uuid4()), "int": "1"}


@dataclass(frozen=True, slots=True)
class Route:
    """One address: its text with `%(name)s` places, the kinds of those places, the view and the app it belongs to."""

    text: str
    places: tuple[tuple[str, str], ...]
    callback: Any
    namespace: str

    @property
    def view(self) -> Any:
        """The view's class, or the function."""
        return getattr(self.callback, "view_class", self.callback)

    @property
    def is_ours(self) -> bool:
        """Whether an app of the platform answers here."""
        return self.view.__module__.startswith("quancheng.")

    def path(self, things: dict[tuple[str, str], str]) -> str:
        """Return the address of the things named."""
        values = {
            name: things.get((self.view.__name__, name)) or things.get((self.namespace, name)) or UNKNOWN.get(kind, "x")
            for name, kind in self.places
        }
        return "/" + self.text % values


def every() -> tuple[Route, ...]:
    """Return all routes of this site."""
    return tuple(_routes(get_resolver(), "", (), ""))


def _routes(resolver: Any, text: str, places: tuple[tuple[str, str], ...], space: str) -> Iterator[Route]:
    for item in resolver.url_patterns:
        kinds = {name: type(kind).__name__.removesuffix("Converter").lower() for name, kind in _converters(item)}
        # An alternative without its optional parts comes first.
        shown, names = normalize(item.pattern.regex.pattern)[0]
        here = text + shown, (*places, *((name, kinds.get(name, "str")) for name in names))
        if isinstance(item, URLResolver):
            yield from _routes(item, *here, space or item.namespace or "")
        elif isinstance(item, URLPattern):
            yield Route(*here, item.callback, space.removesuffix("-api"))


def _converters(item: Any) -> Any:
    return item.pattern.converters.items()


def things(city: Any) -> dict[tuple[str, str], str]:
    """Return what stands in the places: by app and name of the place; `<noun>_id` is a row of the app's model."""
    found = {}
    for route in every():
        for name, _kind in route.places:
            model = _model(route.namespace, name)
            if model and (row := model.objects.order_by("pk").first()):
                found[route.namespace, name] = str(row.pk)
    return found | city.things


def _model(label: str, name: str) -> Any:
    config = apps.app_configs.get(label)
    if not isinstance(config, discovery.App) or not name.endswith("_id"):
        return None
    noun = re.sub("_", "", name.removesuffix("_id"))
    return config.models.get(noun)


def walks(cases: Iterable[Any], daily: Iterable[Any]) -> list[Any]:
    """Return the cases of a long walk: the `daily` ones are walked in `make test`, the others in `make test-heavy`."""
    some = list(daily)
    return [case if case in some else pytest.param(case, marks=pytest.mark.heavy) for case in cases]
