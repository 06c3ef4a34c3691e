"""Questions about legal rules: those that are shipped, and the versions that an administrator added here."""

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from typing import Any, ClassVar

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.support.calendar import rules
from quancheng.support.calendar.models import RuleVersion
from quancheng.support.calendar.queries.days import FOLDER, local_day, table


class UnknownRule(Refusal):
    code: ClassVar[str] = "calendar.unknown-rule"
    message = _("There is no legal rule %(rule)s.")
    status = 404


@cache
def _legal() -> tuple[dict[tuple[str, int], rules.LegalRule], dict[str, rules.Principle], dict[str, str]]:
    return rules.read_rules(tomllib.loads((FOLDER / "legal_rules.toml").read_text(encoding="utf-8")))


def shipped_rules() -> tuple[rules.LegalRule, ...]:
    """Return every version that is shipped, in the order of the file; asks no database."""
    return tuple(_legal()[0].values())


def rule(code: str, version: int | None = None, *, on: date | None = None) -> rules.LegalRule:
    """Return a legal rule: the version named, else the one in force `on` a day (today). :raises UnknownRule:"""
    if version is None:
        found = versions(code)
        if not found:
            raise UnknownRule(rule=code)
        return rules.in_force(found, on or timezone.localdate())
    shipped = _legal()[0].get((code, version))
    return shipped or added(code, version)


# A version is never changed once it stands, so it may be kept for as long as the process lives.
@cache
def added(code: str, version: int) -> rules.LegalRule:
    """Return a version that was added here. :raises UnknownRule:"""
    found = next((item for item in versions(code) if item.version == version), None)
    if found is None:
        raise UnknownRule(rule=code)
    return found


def versions(code: str) -> tuple[rules.LegalRule, ...]:
    """Return all versions of a rule, oldest first; none for a rule that is not there."""
    return _book(RuleVersion.objects.filter(code=code)).get(code, ()) if _shipped_of(code) else ()


def all_rules(on: date | None = None) -> tuple[rules.LegalRule, ...]:
    """Return of every rule the version in force `on` a day (today), in the order of the file."""
    book, day = history(), on or timezone.localdate()
    return tuple(rules.in_force(found, day) for found in book.values())


def history() -> dict[str, tuple[rules.LegalRule, ...]]:
    """Return all versions of every rule, oldest first, by code, in the order of the file."""
    book = _book(RuleVersion.objects.all())
    return {code: book[code] for code in dict.fromkeys(code for code, _version in _legal()[0])}


def _shipped_of(code: str) -> list[rules.LegalRule]:
    return [item for key, item in _legal()[0].items() if key[0] == code]


def _book(rows: Any) -> dict[str, tuple[rules.LegalRule, ...]]:
    book: dict[str, list[rules.LegalRule]] = {}
    for item in _legal()[0].values():
        book.setdefault(item.code, []).append(item)
    for row in rows.order_by("code", "version"):
        # What a version does not say it has from the one before it.
        if row.code in book:
            book[row.code].append(of_row(row, book[row.code][-1]))
    return {code: tuple(found) for code, found in book.items()}


def of_row(row: RuleVersion, before: rules.LegalRule) -> rules.LegalRule:
    """Return an added version as a rule; title, unit, start event and exclusions come from the version `before`."""
    return replace(
        before,
        version=row.version,
        law=row.law,
        article=row.article,
        basis=row.basis,
        source="",
        n=row.n,
        extension_n=row.extension_n,
        extension_level=row.extension_level,
        extension_by=row.extension_by,
        confirmed=True,
        note=row.note,
        since=row.since,
        on_expiry_text=before.on_expiry_text if before.on_expiry_text in row.basis else "",
    )


def titled(rule: rules.LegalRule | rules.Principle) -> str:
    """Return a rule's title in the reader's language."""
    return rule.title if (get_language() or "").startswith("zh") else rule.title_en or rule.title


def principles() -> tuple[rules.Principle, ...]:
    """Return the rules of counting, such as what a working day is."""
    return tuple(_legal()[1].values())


def grounds() -> Mapping[str, str]:
    """Return what may suspend a period, by code."""
    return dict(_legal()[2])


def due(*, rule: str, start: date | datetime, days: int | None = None) -> rules.Due:
    """Return when the period of a rule ends that starts with an event on `start`; `days` overrides the rule's number.

    The version counts that was in force on the day of the event.

    :raises UnknownRule: :raises rules.OutsideCalendar:
    """
    day = local_day(start)
    return due_of(_rule(rule, on=day), start=day, days=days)


_rule = rule


def due_of(
    legal: rules.LegalRule,
    *,
    start: date,
    days: int | None = None,
    calendar: rules.CalendarTable | None = None,
    **more: Any,
) -> rules.Due:
    """Return when the period of `legal` ends; `more` goes to `rules.due_date`."""
    return rules.due_date(
        calendar or table(),
        start=start,
        n=legal.n if days is None else days,
        unit=legal.unit,
        direction=legal.direction,
        roll=legal.roll,
        rule=legal.code,
        annual=legal.annual,
        **more,
    )
