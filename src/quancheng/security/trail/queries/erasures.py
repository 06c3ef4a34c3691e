"""Questions about erasures: what was asked, what would go, what is gone and why."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.paginator import Page, Paginator
from django.db.models import Case, Max, Q, QuerySet, When
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.trail import config, rules
from quancheng.security.trail.models import Entry, Erasure
from quancheng.security.trail.queries.entries import waiting

LAW = "个人信息保护法 第四十七条"
PAGE = 20


class NoSuchErasure(Refusal):
    """There is no request with this number."""

    code = "trail.no-such-erasure"
    message = _("There is no such request for erasure.")
    status = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """What an erasure finds: entries that may go, those to be kept (the last until `until`), those gone before."""

    erasable: int
    kept: int
    until: datetime | None
    erased: int


def extent(*, kind: str, name: str, at: datetime) -> Extent:
    """Return what erasing the entries ABOUT a subject, BY an actor, or one ENTRY (by its id) would find."""
    found = entries_of(kind, name)
    retention = timedelta(days=config.settings().retention_days)
    kept = [found.filter(Q(at__gt=at - retention, sealed__isnull=False) | Q(index=None))]
    if kind != rules.ENTRY:
        kept.append(waiting(rules.key(kind, name)))
    ends = [part.aggregate(latest=Max("at"))["latest"] for part in kept]
    latest = max((end for end in ends if end), default=None)
    return Extent(
        erasable=erasable(kind, name, at).count(),
        kept=sum(part.count() for part in kept),
        until=latest + retention if latest else None,
        erased=found.filter(sealed=None, index__isnull=False).count(),
    )


def entries_of(kind: str, name: str) -> QuerySet[Entry]:
    """Return the entries that an erasure of this kind is about; of a name, those that have their place."""
    if kind == rules.ENTRY:
        return Entry.objects.filter(pk=int(name) if name.isdecimal() and len(name) < 19 else -1)
    return Entry.objects.filter(names__key=rules.key(kind, name))


def erasable(kind: str, name: str, at: datetime) -> QuerySet[Entry]:
    """Return those that have their place in the log and need not be kept any longer."""
    retention = timedelta(days=config.settings().retention_days)
    return entries_of(kind, name).filter(at__lte=at - retention, index__isnull=False).exclude(sealed=None)


def erasures(*, seen: Q, page: object = 1) -> Page[Erasure]:
    """Return a page of the requests that fit the condition `seen`, those that wait first."""
    waiting_first = Case(When(state=Erasure.State.WAITING, then=0), default=1)
    return Paginator(Erasure.objects.filter(seen).order_by(waiting_first, "-requested_at"), PAGE).get_page(page)  # type: ignore[arg-type]


def erasure(*, erasure_id: int) -> Erasure:
    """Return one request. :raises NoSuchErasure: if there is none."""
    row = Erasure.objects.filter(pk=erasure_id).first()
    if row is None:
        raise NoSuchErasure
    return row
