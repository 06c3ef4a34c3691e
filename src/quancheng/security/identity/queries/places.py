"""Questions about organisations: the tree, their names through time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.identity import rules
from quancheng.security.identity.models import Appointment, Organisation, OrganisationName
from quancheng.security.pmi import public as pmi


class UnknownOrganisation(Refusal):
    code = "identity.unknown-organisation"
    message = _("There is no organisation %(code)s.")
    status = 404


@dataclass(frozen=True, slots=True)
class OrganisationView:
    """An organisation as others see it. `parent` is the path above, empty for the root."""

    code: str
    path: str
    name: str
    short_name: str
    kind: str
    kind_title: str
    valid_from: date
    valid_until: date | None
    successor: str

    @property
    def parent(self) -> str:
        return self.path.removesuffix(f"{self.code}/")

    @property
    def depth(self) -> int:
        return self.path.count("/") - 1


@dataclass(frozen=True, slots=True)
class NamePeriod:
    """A name that an organisation carried from a day on."""

    name: str
    short_name: str
    valid_from: date


def organisation(code: str) -> OrganisationView:
    """Return the organisation `code`. :raises UnknownOrganisation: if there is none."""
    found = Organisation.objects.select_related("successor").filter(code=code).first()
    if found is None:
        raise UnknownOrganisation(code=code)
    return _view(found)


def organisations(
    *, under: str = "", at: date | None = None, include_ended: bool = False, seen: Q = pmi.EVERYTHING
) -> tuple[OrganisationView, ...]:
    """Return the organisations at and below the path `under`, in the order of the tree and of precedence.

    `seen` leaves out what a reader may not see.
    """
    found = Organisation.objects.select_related("successor").filter(seen, path__startswith=under).order_by("path")
    if not include_ended:
        found = found.filter(valid_on(at or timezone.localdate()))
    by_path = {item.path: item for item in found}
    ranks = {path: item.rank for path, item in by_path.items()}
    return tuple(_view(by_path[path]) for path in rules.in_order_of_tree(ranks))


def children(path: str) -> tuple[OrganisationView, ...]:
    """Return the organisations directly below `path` that exist today; those without a parent for the empty path."""
    below = Organisation.objects.filter(parent__path=path) if path else Organisation.objects.filter(parent=None)
    found = below.filter(valid_on(timezone.localdate())).select_related("successor").order_by("rank", "path")
    return tuple(_view(item) for item in found)


def names_of(paths: Iterable[str]) -> dict[str, str]:
    """Return today's names of the organisations at `paths`, in one query; unknown paths are left out."""
    return dict(Organisation.objects.filter(path__in=set(paths)).values_list("path", "name"))


def name_of(path: str, at: date | None = None) -> str:
    """Return the name of the organisation at `path`, as it was on `at` when given; empty when there is none."""
    if at is None:
        return names_of([path]).get(path, "")
    names = OrganisationName.objects.filter(organisation__path=path, valid_from__lte=at).order_by("-valid_from")
    return names.values_list("name", flat=True).first() or name_of(path)


def former_names(code: str) -> tuple[NamePeriod, ...]:
    """Return every name the organisation has had, the newest first."""
    names = OrganisationName.objects.filter(organisation__code=code).order_by("-valid_from")
    return tuple(NamePeriod(item.name, item.short_name, item.valid_from) for item in names)


def _view(item: Organisation) -> OrganisationView:
    return OrganisationView(
        code=item.code,
        path=item.path,
        name=item.name,
        short_name=item.short_name or item.name,
        kind=item.kind,
        kind_title=item.get_kind_display(),
        valid_from=item.valid_from,
        valid_until=item.valid_until,
        successor=item.successor.code if item.successor else "",
    )


def valid_on(day: date) -> Q:
    """Return the condition that something with a period is in force on `day`, first and last day included."""
    return Q(valid_from__lte=day) & (Q(valid_until=None) | Q(valid_until__gte=day))


def appointments_on(day: date, *, active_only: bool = True) -> "QuerySet[Appointment]":
    """Return the appointments in force on `day`, in organisations that exist then, of accounts that are open."""
    found = Appointment.objects.filter(
        valid_on(day), Q(post__organisation__valid_until=None) | Q(post__organisation__valid_until__gte=day)
    )
    return found.filter(account__is_active=True) if active_only else found
