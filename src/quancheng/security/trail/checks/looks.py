"""Unusual access to people's data, as the trail shows it. The thresholds are settings, `QC_TRAIL_WATCH_*`.

How personal data is handled is audited regularly: PIPL (个人信息保护法) art. 54.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from quancheng.kernel import posture
from quancheng.kernel.posture import Finding, Severity
from quancheng.security.trail import adapters, config
from quancheng.security.trail.queries import watching

WEEK, DAY = timedelta(days=7), timedelta(days=1)
# Findings of one check; whoever mends the worst sees the rest at the next review.
TOLD = 20


@posture.check("trail.bulk-looks", title=_("Very many looks by one person"))
def bulk(at: datetime) -> Iterator[Finding]:
    """Find people who within one hour of the last day looked at far more different things than they usually do."""
    for hour, things in watching.bulk(at - DAY)[:TOLD]:
        yield Finding(
            Severity.SERIOUS,
            _("%(name)s looked at %(count)s different things within the hour from %(hour)s, which is unusual.")
            % {"name": _name(hour.actor, hour.name), "count": things, "hour": f"{hour.start:%H:%M}"},
            key=f"{hour.actor} {hour.start:%Y%m%d%H}",
            remedy=_("Ask what it was for; the trail shows each look."),
            url=_trail(actor=hour.actor),
            since=hour.start,
        )


@posture.check("trail.looks-out-of-hours", title=_("Looks out of office hours"))
def out_of_hours(at: datetime) -> Iterator[Finding]:
    """Find staff who looked at protected data at night or on a day off, of the last day. Citizens may at any hour."""
    found: dict[str, list[watching.Hour]] = defaultdict(list)
    wanted, worked = config.settings(), {}
    for hour in watching.hours(at - DAY, without=wanted.watch_shifts):
        day = hour.start.date()
        if day not in worked:
            worked[day] = adapters.worked(day)
        if not (worked[day] and wanted.watch_opens <= hour.start.hour < wanted.watch_closes):
            found[hour.actor].append(hour)
    for actor in _citizens(found):
        del found[actor]
    most = sorted(found.items(), key=lambda item: (-sum(hour.looks for hour in item[1]), item[0]))
    for actor, hours in most[:TOLD]:
        first = hours[0].start
        yield Finding(
            Severity.NOTICE,
            _("Looks of %(name)s out of office hours: %(count)s, first in the hour from %(hour)s.")
            % {
                "name": _name(actor, hours[-1].name),
                "count": sum(hour.looks for hour in hours),
                "hour": date_format(first, "DATETIME_FORMAT"),
            },
            key=f"{actor} {first:%Y%m%d}",
            remedy=_("Ask what it was for; the trail shows each look."),
            url=_trail(actor=actor),
            since=first,
        )


@posture.check("trail.curiosity", title=_("One person looked up by many"))
def curiosity(at: datetime) -> Iterator[Finding]:
    """Find people into whose data very many different people looked within a week, as happens to the well-known."""
    found = watching.sought(at - WEEK)[:TOLD]
    called = adapters.gazetteer().names_of_subjects([subject for subject, _people in found])
    for subject, people in found:
        yield Finding(
            Severity.SERIOUS,
            _("%(count)s different people looked up %(subject)s within a week.")
            % {"count": people, "subject": called.get(subject, subject)},
            key=subject,
            remedy=_("Compare with the matters they handle; the trail shows each look."),
            url=_trail(subject=subject),
        )


@posture.check("trail.refusals", title=_("Many refusals in a row"))
def refusals(at: datetime) -> Iterator[Finding]:
    """Find accounts and systems that were refused time and again within the last day: somebody may be trying doors."""
    for item in watching.refusals(at - DAY)[:TOLD]:
        yield Finding(
            Severity.SERIOUS,
            _("%(name)s was refused %(count)s times in a row.")
            % {"name": _name(item.actor, item.name), "count": item.count},
            key=item.actor,
            remedy=_("See what was tried; withdraw access if the account is in strange hands."),
            url=_trail(actor=item.actor, outcome="refused"),
            since=item.since,
        )


def _citizens(found: dict[str, list[watching.Hour]]) -> set[str]:
    """Return those who look as citizens: by their account, or as the other zone said when it asked for them."""
    known = adapters.gazetteer().citizens_among(found)
    last = {actor: hours[-1].last for actor, hours in found.items() if actor not in known}
    said = watching.bodies(last.values())
    details = {actor: said.get(number, {}).get("detail") for actor, number in last.items()}
    return known | {
        actor for actor, detail in details.items() if isinstance(detail, dict) and detail.get("asker") == "citizen"
    }


def _name(actor: str, name: str) -> str:
    """Return who acted, in words. What asks from the other zone has an account that this site does not know."""
    known = name if name != actor else ""
    return (
        known
        or adapters.gazetteer().names_of_subjects([actor]).get(actor)
        or _("an account of the other zone (%(id)s…)") % {"id": actor.partition(":")[2][:8]}
    )


def _trail(**filters: str) -> str:
    return f"{reverse('trail:entries')}?{urlencode(filters)}"
