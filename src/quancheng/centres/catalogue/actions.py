"""Loading the declarations, asking the other zone, and answering it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from quancheng.kernel import events
from quancheng.security.pmi import public as pmi

from . import rules
from .engine import declarations, loading, looking
from .events import ItemsDelivered, ItemsRequested


@pmi.action("catalogue.declarations.load")
def load(*, actor: pmi.Actor, at: datetime) -> int:
    """Bring the catalogue up to what the apps declare; return how many resources changed.

    :raises BadDeclaration: naming app and field.
    """
    declared = declarations.resources()
    return loading.load(declared, apps={code: declarations.app_of(code) for code in declared}, at=at)


def request(*, actor: pmi.Actor, items: Sequence[str], subject: str, purpose: str) -> str:
    """Ask the zone that holds the registers, inside the caller's action; return the number of the request.

    The answer comes as `catalogue.items-delivered`. :raises NoPurpose: without a purpose.
    """
    if not purpose.strip():
        raise looking.NoPurpose
    number = str(uuid.uuid4())
    events.publish(
        ItemsRequested(
            request_id=number,
            items=tuple(items),
            subject=subject,
            purpose=purpose,
            requester={"id": actor.id, "name": actor.name, "kind": actor.kind, "person": actor.person},
        )
    )
    return number


def _of_request(*, request_id: str, subject: str, **_others: object) -> pmi.Target:
    return pmi.Target(subjects=(f"request:{request_id}", rules.reference(subject)))


@pmi.action("catalogue.items.answer", scope=_of_request)
def answer(
    *,
    actor: pmi.Actor,
    request_id: str,
    items: Sequence[str],
    subject: str,
    purpose: str,
    requester: Mapping[str, Any],
) -> None:
    """Answer a request of the other zone with what the requester may have, and with the reason for the rest.

    The requester is judged by their own identity number, which the announcing zone vouches for in a signed message.
    """
    asker = rules.Asker(
        id=str(requester.get("id") or actor.id),
        kind=str(requester.get("kind") or "service"),
        person=str(requester.get("person") or ""),
    )
    try:
        found = looking.look(
            items,
            subject=subject,
            purpose=purpose,
            asker=asker,
            asker_name=str(requester.get("name") or asker.id),
        )
    except looking.NoPurpose:
        found = looking.Answer((), tuple((name, rules.Reason.NO_CONSENT) for name in items))
    events.publish(
        ItemsDelivered(
            request_id=request_id,
            items={value.item: value.value for value in found.values},
            sources={value.item: {"source": value.source, "as_of": value.as_of} for value in found.values},
            refused={name: reason.value for name, reason in found.refused},
        )
    )
