"""Questions about organisations: the tree, their names through time."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.kernel.statements import Parameter
from quancheng.security.identity import rules
from quancheng.security.identity.models import Appointment, Organisation, OrganisationName, OrganisationPlace
from quancheng.security.pmi import public as pmi


class UnknownOrganisation(Refusal):
    code = "identity.unknown-organisation"
    message = _("There is no organisation %(code)s.")
    status = 404


class NotThen(Refusal):
    code = "identity.not-then"
    message = _("%(name)s does not exist on that day.")
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


def organisation_at(code: str, day: date) -> OrganisationView:
    """Return the organisation `code` with the name and the place that it had on `day`.

    :raises UnknownOrganisation: if there is none. :raises NotThen: if it did not exist on that day.
    """
    shown = organisation(code)
    if shown.valid_from > day or (shown.valid_until and shown.valid_until < day):
        raise NotThen(name=shown.name)
    return _as_on(day, [shown])[0]


def tree_on(day: date) -> tuple[OrganisationView, ...]:
    """Return the organisations that existed on `day`, with the names and places of that day, in the tree's order."""
    found = Organisation.objects.select_related("successor").filter(valid_on(day))
    ranks = {item.code: item.rank for item in found}
    shown = {item.path: item for item in _as_on(day, [_view(item) for item in found])}
    return tuple(shown[path] for path in rules.in_order_of_tree({path: ranks[shown[path].code] for path in shown}))


def resolve(path: str) -> str:
    """Return the path at which today is looked after what once belonged to `path`; empty when `path` never was one.

    A path of today is its own answer. Follows moves and successors.
    """
    places = OrganisationPlace.objects.filter(path=path).order_by("-valid_from")
    key = places.values_list("organisation_id", flat=True).first()
    found = Organisation.objects.filter(pk=key).first() if key else None
    while found and found.successor_id:
        found = Organisation.objects.get(pk=found.successor_id)
    return found.path if found else ""


def children(path: str) -> tuple[OrganisationView, ...]:
    """Return the organisations directly below `path` that exist today; those without a parent for the empty path."""
    below = Organisation.objects.filter(parent__path=path) if path else Organisation.objects.filter(parent=None)
    found = below.filter(valid_on(timezone.localdate())).select_related("successor").order_by("rank", "path")
    return tuple(_view(item) for item in found)


def names_of(paths: Iterable[str]) -> dict[str, str]:
    """Return today's names of the organisations at `paths`, former paths included; unknown paths are left out.

    One query, and a second one only when there are former paths among them.
    """
    wanted = set(paths)
    found = dict(Organisation.objects.filter(path__in=wanted).values_list("path", "name"))
    if missing := wanted - found.keys() - {""}:
        former = OrganisationPlace.objects.filter(path__in=missing).order_by("valid_from")
        found |= dict(former.values_list("path", "organisation__name"))
    return found


def names_by_code(codes: Iterable[str]) -> dict[str, str]:
    """Return today's names of the organisations with these codes, in one query; unknown codes are left out."""
    return dict(Organisation.objects.filter(code__in=set(codes)).values_list("code", "name"))


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


def former_places(code: str) -> tuple[tuple[str, date], ...]:
    """Return every path at which the organisation has stood, with the first day there, the newest first."""
    places = OrganisationPlace.objects.filter(organisation__code=code).order_by("-valid_from")
    return tuple(places.values_list("path", "valid_from"))


def choices(*, without: str = "") -> list[tuple[str, str]]:
    """Return code and name of every organisation of today in the order of the tree, but those below `without`."""
    return [
        (item.code, f"{'　' * item.depth}{item.name}")
        for item in organisations()
        if not without or not item.path.startswith(without)
    ]


def _as_on(day: date, shown: list[OrganisationView]) -> list[OrganisationView]:
    """Return the views with the names and paths of `day`; the earliest known ones when the day lies before them."""
    codes = [item.code for item in shown]
    names: dict[str, OrganisationName] = {}
    for name in (
        OrganisationName.objects.filter(organisation__code__in=codes)
        .select_related("organisation")
        .order_by("valid_from")
    ):
        if name.valid_from <= day or name.organisation.code not in names:
            names[name.organisation.code] = name
    paths: dict[str, str] = {}
    places = OrganisationPlace.objects.filter(organisation__code__in=codes).order_by("valid_from")
    for code, path, since in places.values_list("organisation__code", "path", "valid_from"):
        if since <= day or code not in paths:
            paths[code] = path
    return [
        replace(
            item,
            name=names[item.code].name if item.code in names else item.name,
            short_name=(names[item.code].short_name or names[item.code].name) if item.code in names else item.name,
            path=paths.get(item.code, item.path),
        )
        for item in shown
    ]


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


def valid_on(day: date | Parameter) -> Q:
    """Return the condition that something with a period is in force on `day`, first and last day included."""
    return Q(valid_from__lte=day) & (Q(valid_until=None) | Q(valid_until__gte=day))


def appointments_on(day: date | Parameter, *, active_only: bool = True) -> "QuerySet[Appointment]":
    """Return the appointments in force on `day`, in organisations that exist then, of accounts that are open."""
    found = Appointment.objects.filter(
        valid_on(day), Q(post__organisation__valid_until=None) | Q(post__organisation__valid_until__gte=day)
    )
    return found.filter(account__is_active=True) if active_only else found
