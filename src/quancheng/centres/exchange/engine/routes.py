"""Which topics exist and where they go, read from the `resources.toml` of every app in the tree."""

from __future__ import annotations

import tomllib
from functools import cache

from quancheng.kernel import discovery

from .. import rules


@cache
def topics() -> dict[str, rules.Topic]:
    """Return the declared topics by name.

    Apps of the other zone count too: the zone that hears a topic must know it without having its announcer installed.
    """
    tables = []
    for layer in discovery.LAYERS:
        for file in sorted((discovery.ROOT / layer).glob("*/resources.toml")):
            tables += tomllib.loads(file.read_text(encoding="utf-8")).get("topic", [])
    return rules.topics(tables)


def topic(name: str) -> rules.Topic:
    """Return the declaration of `name`; an undeclared topic is local and has version 1."""
    return topics().get(name, rules.Topic(name))
