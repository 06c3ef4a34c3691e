"""Choices that other apps provide, such as the districts of the city."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from quancheng.support.eforms.engine.schema import Field, Option

Provider = Callable[[str], Iterable[tuple[str, str]]]
_providers: dict[str, Provider] = {}


def provides_choices(name: str) -> Callable[[Provider], Provider]:
    """Offer choices under `name`: a function of the parent's value ("" without one) to (value, label) pairs.

    Write it in a module that is imported at start-up (process.py, subscriptions.py or tasks.py).
    """

    def register(provider: Provider) -> Provider:
        _providers[name] = provider
        return provider

    return register


def choices(name: str, parent: str = "") -> tuple[Option, ...] | None:
    """Return the choices under `name`, None when nobody in this zone provides them."""
    provider = _providers.get(name)
    if provider is None:
        return None
    return tuple(Option(str(value), str(label)) for value, label in provider(parent))


def options_of(field: Field, parent: str = "") -> tuple[Option, ...] | None:
    """Return the choices of a field: its own, or those provided; None when nobody provides any.

    A field below another one has no choices before that is chosen.
    """
    if not field.options_from:
        return field.options
    if field.parent and not parent:
        return () if field.options_from in _providers else None
    # Where the register lists nothing below, e.g. a street without communities, the person writes it down.
    return choices(field.options_from, parent) or None
