"""Bundles that were brought from another system."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi
from quancheng.support.designer.engine import differences
from quancheng.support.designer.engine.differences import Difference
from quancheng.support.designer.models import Design, Incoming
from quancheng.support.designer.queries.designs import published

IMPORT = "designer.bundle.import"


class NoIncoming(Refusal):
    """There is no such bundle."""

    code = "designer.no-incoming"
    message = _("There is no such bundle.")
    status = 404


@dataclass(frozen=True, slots=True)
class Arrival:
    """A part of a bundle against what is here. `fate`: new, changed (there is none in work, but another at work), same,
    or conflict (somebody here works on it).
    """

    kind: str
    kind_name: str
    key: str
    title: str
    fate: str
    design_id: int | None
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class IncomingView:
    """A bundle and its parts."""

    id: int
    name: str
    organisation: str
    sealed_by: str
    made_at: str
    brought_by_name: str
    brought_at: datetime
    taken_at: datetime | None
    arrivals: tuple[Arrival, ...] = ()


def incomings(actor: pmi.Actor) -> tuple[IncomingView, ...]:
    """Return the bundles that `actor` may take over and that nobody has."""
    rows = Incoming.objects.filter(pmi.visible(actor, IMPORT, organisation="organisation"), taken_at=None)
    return tuple(_view(row) for row in rows.defer("items").order_by("-pk")[:50])


def incoming(actor: pmi.Actor, incoming_id: int) -> IncomingView:
    """Return a bundle with what would become of its parts. :raises NoIncoming:"""
    visible = pmi.visible(actor, IMPORT, organisation="organisation")
    row = Incoming.objects.filter(visible, pk=incoming_id).first()
    if row is None:
        raise NoIncoming
    return _view(row, tuple(_arrival(item) for item in row.items))


def target(incoming_id: int) -> pmi.Target:
    """Return where a bundle was brought. :raises NoIncoming:"""
    place = Incoming.objects.filter(pk=incoming_id).values_list("organisation", flat=True).first()
    if place is None:
        raise NoIncoming
    return pmi.Target(place, subjects=(f"design-bundle:{incoming_id}",))


def _arrival(item: dict[str, str]) -> Arrival:
    kind, key, content = item["kind"], item["key"], item["content"]
    there = Design.objects.filter(kind=kind, key=key).select_related("current").first()
    now = published(there or Design(kind=kind, key=key))
    here = there.current.content if there and there.current else now.text
    if not here:
        fate = "new"
    elif here == content:
        fate = "same"
    elif there is None or there.state == Design.State.PUBLISHED:
        fate = "changed"
    else:
        fate = "conflict"
    found = differences.between(kind, here, content) if here and fate != "same" else ()
    return Arrival(kind, str(Design.Kind(kind).label), key, item["title"], fate, there.pk if there else None, found)


def _view(row: Incoming, arrivals: tuple[Arrival, ...] = ()) -> IncomingView:
    return IncomingView(
        row.pk, row.name, row.organisation, row.sealed_by, row.made_at, row.brought_by_name, row.brought_at,
        row.taken_at, arrivals,
    )  # fmt: skip
