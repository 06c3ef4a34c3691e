"""What the extranet's calendar does when the intranet's has been changed, and what forms ask the calendar."""

from collections.abc import Collection, Iterator
from urllib.parse import quote

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quancheng.kernel import events, zone
from quancheng.security.pmi import public as pmi
from quancheng.security.trail import public as trail
from quancheng.support.calendar import public
from quancheng.support.eforms import public as eforms
from quancheng.support.search import public as search

ACTOR = pmi.service_actor("calendar")


@events.hears("calendar.year-loaded")
def take_year(message: events.Message) -> None:
    """Count with the same days as the other zone."""
    public.receive_year(actor=ACTOR, data=message.data, at=timezone.now())


@events.hears("calendar.rule-version-added")
def take_version(message: events.Message) -> None:
    """Count by the same rules as the other zone."""
    public.receive_version(actor=ACTOR, data=message.data, at=timezone.now())


# Forms ask for days on which offices work; which those are only the calendar knows.
eforms.judges_working_days(public.is_workday)
# So does the watch over looks out of office hours.
trail.use_workdays(public.is_workday)


@search.indexes(
    "calendar.rule", title=_("Statutory periods"), icon="calendar-due", weight=0.9, subjects=("calendar-rule",)
)
def searchable(keys: Collection[str] | None) -> Iterator[search.Entry]:
    """Yield the legal rules; each leads to the calculator, which is open to everybody."""
    for rule in public.all_rules():
        if keys is None or rule.code in keys:
            yield search.Entry(
                key=rule.code,
                title=rule.title,
                text=" ".join((f"《{rule.law}》{rule.article}", rule.title_en, rule.code, rule.basis, rule.note)),
                url=f"{reverse('calendar:calculator')}?rule={quote(rule.code)}",
                readers=(search.EVERYBODY if zone.serves({zone.EXTRANET}) else search.SIGNED_IN,),
                day=rule.since,
            )
