"""Legal rules: how long the law gives for what, where it says so, and what silence means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

UNITS = ("workday", "day", "month", "year", "annual")
BOUNDS = ("most", "least", "full")
OUTCOMES = (
    "overdue", "deemed-accepted", "deemed-renewed", "deemed-consent", "agency-decides", "lapse", "suspended",
)  # fmt: skip
# Who may extend, the lowest first: whoever stands higher may do what those below may.
LEVELS = ("unit-head", "agency-head", "government-head")


@dataclass(frozen=True, slots=True)
class LegalRule:
    """A period set by law, as one version of it says.

    `unit` is one of `UNITS`: for annual the period ends on the next `annual` (month, day) after the start, `n` is 0;
    `direction` after or before the start event; `bound` is one of `BOUNDS`; `exclusions` are the codes of what suspends
    it; `extension_n`, `_level` (the law's words), `_by` (one of `LEVELS`) and `_tell` (whom) are the extension;
    `on_expiry` is one of `OUTCOMES`. `confirmed` is False for what secondary material tells and the city configures.
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
    extension_by: str = ""
    extension_tell: str = ""
    on_expiry: str = "overdue"
    on_expiry_text: str = ""
    source: str = ""
    row: str = ""
    title_en: str = ""
    bound: str = "most"
    annual: tuple[int, int] | None = None
    confirmed: bool = True
    note: str = ""
    since: date | None = None


@dataclass(frozen=True, slots=True)
class Principle:
    """A rule of counting that is not a period itself, such as what a working day is."""

    code: str
    title: str
    law: str
    article: str
    basis: str = ""
    source: str = ""
    row: str = ""
    title_en: str = ""


def read_rules(
    data: Mapping[str, Any],
) -> tuple[dict[tuple[str, int], LegalRule], dict[str, Principle], dict[str, str]]:
    """Return rules by (code, version), principles by code and grounds of suspension by code.

    `data` is legal_rules.toml: [[law]] {key, title, source, since}, [[rule]], [[principle]] naming a law by key,
    [grounds].

    :raises KeyError: when a rule names an unknown law or ground.
    :raises ValueError: when a rule stands twice or says something that is not known here.
    """
    laws = {law["key"]: law for law in data["law"]}
    grounds: dict[str, str] = dict(data.get("grounds", {}))
    rules: dict[tuple[str, int], LegalRule] = {}
    for row in data["rule"]:
        found = _read(row, laws[row["law"]], grounds)
        key = (found.code, found.version)
        if key in rules:
            raise ValueError(f"rule {key} stands twice")
        rules[key] = found
    principles = {
        row["code"]: Principle(**{**row, "law": laws[row["law"]]["title"]}, source=laws[row["law"]]["source"])
        for row in data.get("principle", ())
    }
    return rules, principles, grounds


def _read(row: Mapping[str, Any], law: Mapping[str, Any], grounds: Mapping[str, str]) -> LegalRule:
    for ground in row.get("exclusions", ()):
        if ground not in grounds:
            raise KeyError(ground)
    extension, annual = row.get("extension", {}), row.get("annual")
    apart = {"law", "extension", "exclusions", "annual", "version", "since"}
    found = LegalRule(
        **{name: value for name, value in row.items() if name not in apart},
        version=row.get("version", 1),
        law=law["title"],
        source=law["source"],
        since=row.get("since", law.get("since")),
        annual=(annual["month"], annual["day"]) if annual else None,
        exclusions=tuple(row.get("exclusions", ())),
        extension_n=extension.get("n", 0),
        extension_level=extension.get("level", ""),
        extension_by=extension.get("by", ""),
        extension_tell=extension.get("tell", ""),
    )
    check(found)
    return found


def check(rule: LegalRule) -> None:
    """Refuse a rule that says what is not known here. :raises ValueError: naming the field."""
    for name, value, known in (
        ("unit", rule.unit, UNITS),
        ("bound", rule.bound, BOUNDS),
        ("on_expiry", rule.on_expiry, OUTCOMES),
        ("direction", rule.direction, ("after", "before")),
        ("extension_by", rule.extension_by, LEVELS if rule.extension_n else ("",)),
    ):
        if value not in known:
            raise ValueError(f"{rule.code}: {name} {value!r}")
    if (rule.unit == "annual") != (rule.annual is not None):
        raise ValueError(f"{rule.code}: annual")


def in_force(versions: Iterable[LegalRule], on: date) -> LegalRule:
    """Return the version that is in force on a day: the latest begun by then, the first one for a day before all.

    :raises ValueError: when there is none at all.
    """
    known = sorted(versions, key=lambda item: (item.since or date.min, item.version))
    begun = [item for item in known if (item.since or date.min) <= on]
    if not known:
        raise ValueError("no versions")
    return begun[-1] if begun else known[0]


def levels_from(level: str) -> tuple[str, ...]:
    """Return the levels that may do what `level` may: itself and those above it."""
    return LEVELS[LEVELS.index(level) :]
