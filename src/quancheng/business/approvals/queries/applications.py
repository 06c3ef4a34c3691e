"""Which applications there are, and where a reader stands to them."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from quancheng.business.approvals.engine import texts
from quancheng.business.approvals.models import Application, Share
from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi
from quancheng.support.calendar import public as calendar

READ = "approvals.application.read"
STATES = dict(Application.State.choices)


class NoSuchApplication(Refusal):
    """No application has this id."""

    code = "approvals.no-such-application"
    message = _("There is no such application.")
    status = 404


@dataclass(frozen=True, slots=True)
class ApplicationRow:
    """A line of the list. `clock` is the running clock, None when none runs."""

    id: UUID
    number: str
    service: str
    applicant_name: str
    state: str
    state_label: str
    outcome: str
    outcome_label: str
    department: str
    received_at: datetime
    clock: calendar.ClockView | None


def get(application_id: UUID | str) -> Application:
    """Return the application. :raises NoSuchApplication: for an unknown id."""
    found = Application.objects.select_related("version__item").filter(pk=application_id).first()
    if found is None:
        raise NoSuchApplication
    return found


def _places(application_id: UUID | str) -> list[str]:
    """Return the paths of the departments that take part, the leading one first; one query, for every page asks."""
    found = Application.objects.filter(pk=application_id).order_by("shares__id")
    paths = [path for row in found.values_list("organisation", "shares__organisation") for path in row if path]
    if not paths:
        raise NoSuchApplication
    return list(dict.fromkeys(paths))


def place(actor: pmi.Actor, application_id: UUID | str) -> str:
    """Return the path at which `actor` may read the application: the leading department's, or one that takes part.

    The leading department's path when there is none, so that the refusal names it.
    """
    paths = _places(application_id)
    return next((path for path in paths if actor.may(READ, path)), paths[0])


def target(*, application_id: UUID | str, place: str = "", **_others: object) -> pmi.Target:
    """Return what a reading touches; `place` counts only where that department really takes part."""
    paths = _places(application_id)
    return pmi.Target(
        organisation=place if place in paths else paths[0], subjects=(f"application:{UUID(str(application_id))}",)
    )


def part_target(*, application_id: UUID | str, part: str, **_others: object) -> pmi.Target:
    """Return the application at the department of `part`; at the leading department for an unknown part."""
    share = Share.objects.filter(application_id=application_id, part=part).first()
    return target(application_id=application_id, place=share.organisation if share else "")


def visible(actor: pmi.Actor) -> QuerySet[Application]:
    """Return the applications of the departments where `actor` may read."""
    seen = pmi.visible(actor, READ, organisation="organisation")
    return Application.objects.filter(seen | Q(pk__in=Share.objects.filter(seen).values("application")))


def lines(rows: Sequence[Application]) -> list[ApplicationRow]:
    """Return the lines of a list for these applications, with their clocks, asked for together."""
    clocks = calendar.clocks_due([item.subject for item in rows])
    return [_row(item, clocks.get(item.subject)) for item in rows]


def waiting_count(actor: pmi.Actor) -> int:
    """Return how many applications of the actor's departments are still open."""
    return visible(actor).filter(closed_at=None).count()


def _row(item: Application, clock: calendar.ClockView | None) -> ApplicationRow:
    return ApplicationRow(
        id=item.pk,
        number=item.number,
        service=item.version.item.title,
        applicant_name=item.applicant_name,
        state=item.state,
        state_label=item.get_state_display(),
        outcome=item.outcome,
        outcome_label=item.get_outcome_display() if item.outcome else "",
        department=texts.department(item.version.item.department),
        received_at=item.received_at,
        clock=clock,
    )


@dataclass(frozen=True, slots=True)
class Searchable:
    """What the search says of an application, and the paths of the departments that may read it."""

    id: UUID
    number: str
    service: str
    applicant_name: str
    state: str
    department: str
    received_at: datetime
    places: tuple[str, ...]


def searchable(keys: Collection[str] | None) -> Iterator[Searchable]:
    """Yield the applications with these ids, or made from these submissions; all for None, a portion at a time."""
    rows = Application.objects.select_related("version__item").prefetch_related("shares").order_by("received_at", "pk")
    if keys is not None:
        rows = rows.filter(Q(pk__in=[key for key in keys if _is_id(key)]) | Q(submission_id__in=list(keys)))
    for item in rows.iterator(chunk_size=500):
        yield Searchable(
            id=item.pk,
            number=item.number,
            service=item.version.item.title,
            applicant_name=item.applicant_name,
            state=item.state,
            department=item.version.item.department,
            received_at=item.received_at,
            places=tuple(dict.fromkeys([item.organisation, *(share.organisation for share in item.shares.all())])),
        )


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
