"""Loads the catalogue after each migration, and answers requests where the registers are."""

from collections.abc import Collection, Iterator
from typing import Any

from django.db.models.signals import post_migrate
from django.dispatch import receiver
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quancheng.kernel import events, zone
from quancheng.security.pmi import public as pmi
from quancheng.support.search import public as search

from . import actions, queries

CATALOGUE = pmi.service_actor("catalogue")


@receiver(post_migrate, dispatch_uid="catalogue.load")
def load(sender: Any, **_others: Any) -> None:
    """Load once all apps before this one have their tables."""
    if sender.label == "catalogue":
        actions.load(actor=CATALOGUE, at=timezone.now())


@events.hears("catalogue.items-requested")
def answer(message: events.Message) -> None:
    """Answer what the extranet asks; the zone that asked hears its own announcement and stays silent."""
    if not zone.serves({zone.INTRANET}):
        return
    data = message.data
    actions.answer(
        actor=CATALOGUE,
        request_id=data["request_id"],
        items=data["items"],
        subject=data["subject"],
        purpose=data["purpose"],
        requester=data.get("requester") or {},
    )


@search.indexes(
    "catalogue.resource",
    title=_("Data resources"),
    icon="database",
    weight=0.9,
    actions=("catalogue.declarations.load",),
)
def searchable(keys: Collection[str] | None) -> Iterator[search.Entry]:
    """Yield the resources of the catalogue, for whoever the catalogue is open to."""
    for found in queries.search():
        if keys is None or found.code in keys:
            yield search.Entry(
                key=found.code,
                title=found.title,
                text=" ".join([found.code, found.title_en, found.basis, *(item.title for item in found.items)]),
                url=reverse("catalogue:resource", args=[found.code]),
                readers=(search.EVERYBODY if zone.serves({zone.EXTRANET}) else search.SIGNED_IN,),
                department=found.provider,
                day=timezone.localdate(found.updated_at),
            )
