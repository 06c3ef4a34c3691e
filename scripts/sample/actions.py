"""Every write of this app, each an @action: privilege, transaction and trail entry in one."""

from datetime import datetime
from uuid import UUID

from django.urls import reverse
from django.utils.translation import pgettext_lazy
from quancheng.business.sample import queries
from quancheng.business.sample.models import Record

from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi
from quancheng.support.notifications import public as notifications


class AlreadySettled(Refusal):
    """Somebody settled it before."""

    code = "sample.already-settled"
    message = pgettext_lazy("sample", "This record is settled already. Nothing was changed.")


def _here(*, organisation: str, **_others: object) -> pmi.Target:
    return pmi.Target(organisation=organisation)


@pmi.action("sample.record.enter", scope=_here)
def enter(*, actor: pmi.Actor, organisation: str, title: str, text: str, at: datetime) -> Record:
    """Enter a record of the department at the path `organisation`."""
    return Record.objects.create(organisation=organisation, title=title, text=text, owner=actor.id, entered_at=at)


@pmi.action("sample.record.settle", scope=queries.target)
def settle(*, actor: pmi.Actor, record_id: UUID, at: datetime) -> Record:
    """Settle a record, and tell whoever entered it. :raises AlreadySettled:"""
    found = Record.objects.select_for_update().get(pk=record_id)
    if found.settled_at:
        raise AlreadySettled
    found.settled_at = at
    found.save(update_fields=["settled_at"])
    notifications.notify(
        to=found.owner,
        kind="sample.settled",
        facts={"title": found.title, "by": actor.name},
        url=reverse("sample:record", args=[found.pk]),
        key=found.subject,
    )
    return found
