"""Loads the catalogue after each migration, and answers requests where the registers are."""

from typing import Any

from django.db.models.signals import post_migrate
from django.dispatch import receiver
from django.utils import timezone

from quancheng.kernel import events, zone
from quancheng.security.pmi import public as pmi

from . import actions

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
