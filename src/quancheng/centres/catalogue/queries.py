"""What the city knows: searching the catalogue, and looking at items."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Prefetch, Q
from django.utils.translation import gettext_lazy as _

from quancheng.centres.exchange import public as exchange
from quancheng.kernel.refusal import Refusal
from quancheng.security.identity import public as identity
from quancheng.security.pmi import public as pmi
from quancheng.support.eforms import public as eforms
from quancheng.zones.gateway import public as gateway

from . import rules
from .engine import declarations, looking
from .models import Item, Resource

READ_ITEMS = pmi.masking("catalogue.items.read")


@dataclass(frozen=True, slots=True)
class ItemView:
    name: str
    title: str
    type: str
    share: str
    share_title: str


@dataclass(frozen=True, slots=True)
class ResourceView:
    """A resource in the catalogue. `is_here`: this site provides it itself."""

    code: str
    title: str
    title_en: str
    app: str
    provider: str
    provider_name: str
    share: str
    share_title: str
    basis: str
    version: int
    updated_at: datetime
    is_withdrawn: bool
    is_here: bool
    items: tuple[ItemView, ...]


@dataclass(frozen=True, slots=True)
class VersionView:
    number: int
    since: datetime
    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TopicView:
    """A topic and the ways it crosses, in words; no way means that it stays in its zone."""

    name: str
    title: str
    ways: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Detail:
    """Everything about one resource: versions newest first, who may use it for what, topics of its system."""

    resource: ResourceView
    versions: tuple[VersionView, ...]
    purposes: tuple[rules.Purpose, ...]
    topics: tuple[TopicView, ...]


class NoSuchResource(Refusal):
    code = "catalogue.no-such-resource"
    message = _("There is no such resource in the catalogue.")
    status = 404


@dataclass(frozen=True, slots=True)
class Facet:
    value: str
    title: str
    count: int


def search(*, text: str = "", share: str = "", provider: str = "") -> tuple[ResourceView, ...]:
    """Return the resources that fit, by code. Words are looked for in titles, codes and item titles. Two queries."""
    rows = Resource.objects.filter(withdrawn_at=None).order_by("code")
    if share:
        rows = rows.filter(share=share)
    if provider:
        rows = rows.filter(provider=provider)
    for word in text.split():
        fits = Q(title__icontains=word) | Q(title_en__icontains=word) | Q(code__icontains=word)
        rows = rows.filter(fits | Q(pk__in=Item.objects.filter(title__icontains=word).values("resource")))
    found = list(rows.prefetch_related(Prefetch("items", Item.objects.order_by("position"))))
    names = _names({row.provider for row in found})
    return tuple(_view(row, names) for row in found)


def providers() -> tuple[Facet, ...]:
    """Return who provides how many resources."""
    counts = list(
        Resource.objects.filter(withdrawn_at=None).values_list("provider").annotate(Count("pk")).order_by("provider")
    )
    names = _names({code for code, _count in counts})
    return tuple(Facet(code, names.get(code, code), count) for code, count in counts)


def topics() -> tuple[TopicView, ...]:
    """Return every topic that systems announce, by name."""
    return tuple(
        TopicView(
            name,
            topic.title or name,
            tuple(f"{gateway.zone_title(here)} → {gateway.zone_title(there)}" for here, there in sorted(topic.routes)),
        )
        for name, topic in sorted(exchange.topics().items())
    )


def detail(code: str) -> Detail:
    """Return one resource with its history. :raises NoSuchResource: if there is none."""
    row = Resource.objects.filter(code=code).prefetch_related("items", "versions").first()
    if row is None:
        raise NoSuchResource
    versions = sorted(row.versions.all(), key=lambda version: version.number)
    before: dict[str, Any] = {}
    history = []
    for version in versions:
        history.append(VersionView(version.number, version.since, _changes(before, version.document)))
        before = version.document
    return Detail(
        resource=_view(row, _names({row.provider})),
        versions=tuple(reversed(history)),
        purposes=tuple(
            purpose
            for purpose in declarations.purposes()
            if any(purpose.covers(f"{code}.{item.name}") for item in row.items.all())
        ),
        topics=tuple(topic for topic in topics() if topic.name.partition(".")[0] == row.app),
    )


def _changes(before: dict[str, Any], after: dict[str, Any]) -> tuple[str, ...]:
    """Name the fields and items that differ between two declarations."""
    if not before:
        return ()
    fields = [name for name in after if name != "items" and after[name] != before.get(name)]
    old, new = ({item["name"]: item for item in document["items"]} for document in (before, after))
    items = [name for name in sorted(old.keys() | new.keys()) if old.get(name) != new.get(name)]
    return (*fields, *items)


def _names(codes: set[str]) -> dict[str, str]:
    return {place.code: place.name for place in identity.organisations() if place.code in codes}


def _view(row: Resource, names: dict[str, str]) -> ResourceView:
    return ResourceView(
        code=row.code,
        title=row.title,
        title_en=row.title_en,
        app=row.app,
        provider=row.provider,
        provider_name=names.get(row.provider, row.provider),
        share=row.share,
        share_title=row.get_share_display(),
        basis=row.basis,
        version=row.version,
        updated_at=row.updated_at,
        is_withdrawn=row.withdrawn_at is not None,
        is_here=looking.is_provided(row.code),
        items=tuple(
            ItemView(item.name, item.title, item.type, item.share, item.get_share_display()) for item in row.items.all()
        ),
    )


def items(names: Sequence[str], *, subject: str, purpose: str, actor: pmi.Actor) -> looking.Answer:
    """Look at items about `subject` (identity number or credit code), entered in the trail with the purpose.

    A citizen gets open items and everything about themself; staff need the privilege `catalogue.items.read`; a service
    needs a registered purpose for conditional items.

    :raises NoPurpose: without a purpose. :raises pmi.Forbidden: for the anonymous and for staff without the privilege.
    """
    target = pmi.Target(subjects=(rules.reference(subject),))
    owed = pmi.demand(actor, READ_ITEMS, target, open_to=("citizen", "service"), masks=True)
    asker = rules.Asker(actor.id, actor.kind, actor.person, actor.organisation)
    with transaction.atomic():
        found = looking.look(names, subject=subject, purpose=purpose, asker=asker, asker_name=actor.name)
        pmi.discharge(owed, actor, READ_ITEMS, target)
    return found.masked() if pmi.Obligation.MASK in owed else found


def once_only(form: eforms.Form) -> tuple[rules.AskedAgain, ...]:
    """Return the fields of a form, rows of repeating groups too, that ask for what the catalogue offers.

    `properties.catalogue` names the item that a field is prefilled from; `properties.asks_again` says why it is asked
    although the city knows it, for instance of somebody who is not the applicant.
    """
    fields = [inner for field in form.fields.values() for inner in (field, *field.fields)]
    asked = [
        rules.Asked(field.key, field.label, field.catalogue, str(field.properties.get("asks_again") or ""))
        for field in fields
        if not field.expression
    ]
    return rules.asked_again(asked, declarations.resources())
