"""Publishing service items to the hall."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from quancheng.business.approvals import queries, rules
from quancheng.business.approvals.models import ServiceItem, ServiceVersion
from quancheng.business.approvals.queries.offers import Draft, path_of
from quancheng.centres.catalogue import public as catalogue
from quancheng.kernel import events
from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi
from quancheng.support.eforms import public as eforms
from quancheng.systems.hall import events as hall


class Uncited(Refusal):
    """A condition, material or field of the item cites no law, so nobody may be asked for it."""

    code = "approvals.uncited"
    message = _("This service item cannot be published. These entries cite no legal basis: %(entries)s.")


class AsksAgain(Refusal):
    """The form asks for what the city knows already, or takes a value from an item that is not in the catalogue."""

    code = "approvals.asks-again"
    message = _(
        "This service item cannot be published. Its form asks for what the city knows: %(entries)s. Take these fields"
        " from the catalogue, or say in asks_again why they are asked."
    )


def _item(*, code: str, **_others: object) -> pmi.Target:
    return pmi.Target(organisation=path_of(queries.draft(code).department), subjects=(f"service:{code}",))


@pmi.action("approvals.service.publish", scope=_item)
def publish_service(*, actor: pmi.Actor, code: str, at: datetime) -> int:
    """Publish the service item as its texts stand, and return the version; unchanged texts stay at their version.

    :raises NoSuchService: for an unknown code.
    :raises Uncited: naming every condition, material and field without a legal basis.
    :raises AsksAgain: naming every field that asks for what the catalogue offers.
    """
    return put_on_offer(queries.draft(code), by=actor.id, at=at)


def put_on_offer(item: Draft, *, by: str, at: datetime) -> int:
    """Store the item as its next version and announce it. Also called while a site is being set up."""
    if missing := rules.uncited(item.body, item.form):
        raise Uncited(entries="、".join(missing))
    if again := catalogue.once_only(eforms.load(item.form)):
        raise AsksAgain(entries="、".join(f"{field.label}（{field.title or field.item}）" for field in again))
    with transaction.atomic():
        return _store(item, by=by, at=at)


def _store(item: Draft, *, by: str, at: datetime) -> int:
    digest = hashlib.sha256(
        json.dumps([item.body, item.form, item.drawing], ensure_ascii=False, sort_keys=True).encode()
    ).hexdigest()
    row, _created = ServiceItem.objects.select_for_update().get_or_create(
        code=item.code, defaults={"title": item.title, "department": item.department}
    )
    last = row.versions.order_by("-number").first()
    if last and last.digest == digest:
        return last.number
    row.title, row.department, row.current = item.title, item.department, row.current + 1
    row.save(update_fields=["title", "department", "current"])
    ServiceVersion.objects.create(
        item=row,
        number=row.current,
        body=item.body,
        form=item.form,
        process=item.process,
        digest=digest,
        published_at=at,
        published_by=by,
    )
    events.publish(announcement(item, row.current))
    return row.current


def announcement(item: Draft, version: int) -> hall.ServicePublished:
    """Return what the hall is told about the item."""
    body = item.body
    return hall.ServicePublished(
        service_code=item.code,
        version=version,
        title=item.title,
        summary=body["summary"],
        department=item.department,
        departments=tuple(dict.fromkeys([item.department, *(part.department for part in rules.parts(body))])),
        guide=_guide(body),
        questions=[dict(question) for question in body.get("question", ())],
        form=dict(item.form),
        bpmn=item.drawing,
    )


def _guide(body: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "audience": body["audience"],
        "kind": body["kind"],
        "keywords": list(body.get("keywords", ())),
        "life_events": list(body.get("life_events", ())),
        "levels": list(body["levels"]),
        "conditions": [{"text": item["text"], "basis": rules.citation(item)} for item in body.get("condition", ())],
        "materials": [
            {
                "code": item["code"],
                "title": item["title"],
                "required_when": item.get("required_when", ""),
                "copies": item["copies"],
                "source": item["source"],
                "basis": rules.citation(item),
                "from_registry": item.get("from_registry", False),
            }
            for item in body.get("material", ())
        ],
        "steps": list(body["steps"]),
        "law": [rules.citation(item) for item in body["basis"]],
        "statutory_limit": dict(body["statutory"]),
        "promised_days": body["promised_days"],
        "fee": body["fee"]["text"],
        "fee_basis": rules.citation(body["fee"]),
        "visits": body["visits"],
        "visits_note": body.get("visits_note", ""),
        "result": body["result"],
        "delivery": body.get("delivery", ""),
        "phone": body["phone"],
        "complaint": body.get("complaint", body["phone"]),
        "faq": [dict(item) for item in body.get("faq", ())],
        "departments": [
            {"title": part.title, "department": part.department, "when": part.when, "basis": rules.citation(item)}
            for part, item in zip(rules.parts(body), body.get("part", ()), strict=True)
        ],
    }
