"""Adding a version of a legal rule when the law has changed; running clocks keep the version they began with."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from quancheng.kernel import events as kernel
from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi
from quancheng.support.calendar import events, queries, rules
from quancheng.support.calendar.models import RuleVersion

SAID = ("law", "article", "basis", "n", "extension_n", "extension_level", "extension_by", "note")


class NotLater(Refusal):
    """Versions follow one another in time, and none reaches back: dates that were told stand."""

    code: ClassVar[str] = "calendar.version-not-later"
    message = _("A new version must begin after the one before it, and not before today.")


class NoExtender(Refusal):
    """An extension names who gives it, and the other way round."""

    code: ClassVar[str] = "calendar.no-extender"
    message = _("Say both how long the extension is and who may give it, or neither.")


def _of_rule(*, code: str, **_others: object) -> pmi.Target:
    return pmi.Target(subjects=(f"calendar-rule:{code}",))


@pmi.action("calendar.rule.add-version", scope=_of_rule)
def add_version(
    *,
    actor: pmi.Actor,
    code: str,
    since: date,
    law: str,
    article: str,
    basis: str,
    n: int,
    extension_n: int = 0,
    extension_level: str = "",
    extension_by: str = "",
    note: str = "",
    at: datetime,
) -> rules.LegalRule:
    """Add a version of the rule `code`, in force from `since`, and tell the other zone.

    :raises UnknownRule: for a rule that is not there. :raises NotLater: unless it begins today or later, and after the
    version before it. :raises NoExtender: for an extension without its level or a level without extension.
    """
    known = queries.versions(code)
    if not known:
        raise queries.UnknownRule(rule=code)
    if since < queries.local_day(at) or any((item.since or date.min) >= since for item in known):
        raise NotLater
    if bool(extension_n) != (extension_by in rules.LEVELS) or bool(extension_n) != bool(extension_level):
        raise NoExtender
    row = RuleVersion.objects.create(
        code=code,
        version=known[-1].version + 1,
        since=since,
        law=law,
        article=article,
        basis=basis,
        n=n,
        extension_n=extension_n,
        extension_level=extension_level,
        extension_by=extension_by,
        note=note,
        added_at=at,
        added_by=actor.name or actor.id,
    )
    kernel.publish(
        events.RuleVersionAdded(
            rule=code, version=row.version, since=since.isoformat(), said={name: getattr(row, name) for name in SAID}
        )
    )
    return queries.rule(code, on=since)


def _told(*, data: Mapping[str, Any], **_others: object) -> pmi.Target:
    return pmi.Target(subjects=(f"calendar-rule:{data['rule']}",))


@pmi.action("calendar.rule.receive", scope=_told)
def receive_version(*, actor: pmi.Actor, data: Mapping[str, Any], at: datetime) -> None:
    """Take over a version that was added in the other zone (`data` as in calendar.rule-version-added). Repeatable."""
    RuleVersion.objects.get_or_create(
        code=data["rule"],
        version=data["version"],
        defaults={
            **{name: data["said"][name] for name in SAID},
            "since": date.fromisoformat(data["since"]),
            "added_at": at,
            "added_by": actor.id,
        },
    )
