"""Legal rules: how long the law gives for what, where it says so, and what silence means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class LegalRule:
    """A period set by law.

    `unit` is workday, day or month; `direction` after or before the start event; `exclusions` are the codes of what
    suspends it; `extension` {n, level, text}; `on_expiry` is overdue, deemed-accepted, deemed-renewed or lapse.
    """

    code: str
    version: int
    title: str
    law: str
    article: str
    n: int
    unit: str
    start_event: str
    basis: str = ""
    direction: str = "after"
    roll: bool = True
    exclusions: tuple[str, ...] = ()
    extension_n: int = 0
    extension_level: str = ""
    on_expiry: str = "overdue"
    on_expiry_text: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Principle:
    """A rule of counting that is not a period itself, such as what a working day is."""

    code: str
    title: str
    law: str
    article: str
    basis: str = ""
    source: str = ""


def read_rules(
    data: Mapping[str, Any],
) -> tuple[dict[tuple[str, int], LegalRule], dict[str, Principle], dict[str, str]]:
    """Return rules by (code, version), principles by code and grounds of suspension by code.

    `data` is legal_rules.toml: [[law]] {key, title, source}, [[rule]], [[principle]] naming a law by key, [grounds].

    :raises KeyError: when a rule names an unknown law or ground. :raises ValueError: when a rule stands twice.
    """
    laws = {law["key"]: law for law in data["law"]}
    grounds: dict[str, str] = dict(data.get("grounds", {}))
    rules: dict[tuple[str, int], LegalRule] = {}
    for row in data["rule"]:
        law, extension = laws[row["law"]], row.get("extension", {})
        for ground in row.get("exclusions", ()):
            if ground not in grounds:
                raise KeyError(ground)
        key = (row["code"], row.get("version", 1))
        if key in rules:
            raise ValueError(f"rule {key} stands twice")
        plain = {
            name: value for name, value in row.items() if name not in {"law", "extension", "exclusions", "version"}
        }
        rules[key] = LegalRule(
            **plain,
            version=key[1],
            law=law["title"],
            source=law["source"],
            exclusions=tuple(row.get("exclusions", ())),
            extension_n=extension.get("n", 0),
            extension_level=extension.get("level", ""),
        )
    principles = {
        row["code"]: Principle(**{**row, "law": laws[row["law"]]["title"]}, source=laws[row["law"]]["source"])
        for row in data.get("principle", ())
    }
    return rules, principles, grounds
