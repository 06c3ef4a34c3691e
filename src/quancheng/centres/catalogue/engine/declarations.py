"""Reads what the apps declare. The files are the truth; the tables keep their history."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from quancheng.kernel import discovery

from .. import rules


@cache
def _tables() -> tuple[tuple[str, dict[str, Any]], ...]:
    files: list[Path] = []
    # Apps of the other zone too: a citizen may see what exists even where only staff have the data.
    for layer in discovery.LAYERS:
        files += sorted((discovery.ROOT / layer).glob("*/resources.toml"))
    return tuple((file.parent.name, tomllib.loads(file.read_text(encoding="utf-8"))) for file in files)


@cache
def resources() -> dict[str, rules.Resource]:
    """Return all declared resources by code. :raises BadDeclaration: naming app and field."""
    return rules.by_code(
        rules.read_resource(table, app) for app, document in _tables() for table in document.get("resource", ())
    )


@cache
def purposes() -> tuple[rules.Purpose, ...]:
    """Return all registered purposes. :raises BadDeclaration: naming app and field."""
    return tuple(rules.read_purpose(table, app) for app, document in _tables() for table in document.get("purpose", ()))


def app_of(code: str) -> str:
    """Return the label of the app that declares the resource `code`."""
    return next(
        app for app, document in _tables() for table in document.get("resource", ()) if table.get("code") == code
    )
