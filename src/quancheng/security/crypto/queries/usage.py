"""Who used how much, and what is left."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Q, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.crypto import rules
from quancheng.security.crypto.config import config
from quancheng.security.crypto.models import Quota, Usage
from quancheng.security.pmi import public as pmi

PAGE = 30


class UnknownCaller(Refusal):
    """Nobody of this identifier has called, and nobody was given a quota under it."""

    code = "crypto.unknown-caller"
    message = _("There is no such caller.")
    status = 404


@dataclass(frozen=True, slots=True)
class DayUsage:
    """What one caller did on one day, by operation."""

    day: date
    calls: int
    octets: int
    by_operation: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class CallerUsage:
    """A caller with its quota, what it has used of it today, and its last days. `own` tells a quota of its own."""

    id: int
    caller: str
    name: str
    organisation: str
    calls_a_day: int
    own: bool
    today: int
    left: int
    octets: int
    days: tuple[DayUsage, ...] = ()


def allowance(quota: Quota, *, day: date) -> tuple[int, int]:
    """Return how many calls a caller may make a day, and how many it made on `day`."""
    made = Usage.objects.filter(quota=quota, day=day).aggregate(sum=Sum("calls"))["sum"] or 0
    return (config.calls_a_day if quota.calls_a_day is None else quota.calls_a_day), made


def resets_at(at: datetime) -> datetime:
    """Return when the counts of the day of `at` begin anew."""
    return rules.resets_at(timezone.localdate(at), timezone.get_current_timezone())


def known(caller: str) -> bool:
    """Test whether the caller has called before."""
    return Quota.objects.filter(caller=caller).exists()


def usage(*, actor: pmi.Actor, at: datetime | None = None, page: int | str = 1) -> Page:
    """Return a page of the callers whose use `actor` may see, as `CallerUsage`, who used most today first."""
    day = timezone.localdate(at)
    within = pmi.visible(actor, "crypto.usage.read", organisation="organisation")
    today = Q(usages__day=day)
    found = Quota.objects.filter(within).annotate(
        today=Sum("usages__calls", filter=today, default=0), octets=Sum("usages__octets", filter=today, default=0)
    )
    chosen: Page[Any] = Paginator(found.order_by("-today", "organisation", "caller"), PAGE).get_page(page)
    chosen.object_list = [_view(item) for item in chosen.object_list]
    return chosen


def caller_usage(quota_id: int, *, days: int = 14, at: datetime | None = None) -> CallerUsage:
    """Return one caller with its last days. :raises UnknownCaller: if there is none."""
    day = timezone.localdate(at)
    today = Q(usages__day=day)
    found = (
        Quota.objects.filter(pk=quota_id)
        .annotate(
            today=Sum("usages__calls", filter=today, default=0), octets=Sum("usages__octets", filter=today, default=0)
        )
        .first()
    )
    if found is None:
        raise UnknownCaller
    rows = defaultdict(list)
    for row in found.usages.filter(day__gt=day - timedelta(days=days)).order_by("-day", "operation"):
        rows[row.day].append(row)
    return _view(
        found,
        tuple(
            DayUsage(
                item,
                sum(row.calls for row in of_day),
                sum(row.octets for row in of_day),
                tuple((row.operation, row.calls) for row in of_day),
            )
            for item, of_day in rows.items()
        ),
    )


def _view(item: Quota, days: tuple[DayUsage, ...] = ()) -> CallerUsage:
    allowed = config.calls_a_day if item.calls_a_day is None else item.calls_a_day
    made: int = item.today  # type: ignore[attr-defined]
    return CallerUsage(
        item.pk,
        item.caller,
        item.caller_name,
        item.organisation,
        allowed,
        item.calls_a_day is not None,
        made,
        rules.left(allowed=allowed, made=made),
        item.octets,  # type: ignore[attr-defined]
        days,
    )
