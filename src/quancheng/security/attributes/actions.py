"""Issuing attribute certificates from appointments, and revoking them when these end."""

import secrets
import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.attributes import queries
from quancheng.security.attributes.config import config
from quancheng.security.attributes.engine import encoding
from quancheng.security.attributes.models import AttributeCertificate
from quancheng.security.identity import public as identity
from quancheng.security.pki import public as pki
from quancheng.security.pmi import public as pmi
from quancheng.security.trail import public as trail


class NoAppointment(Refusal):
    code = "attributes.no-appointment"
    message = _("No appointment of today brings you a role.")


@pmi.action("attributes.certificate.issue", open_to=("staff",))
def issue(*, actor: pmi.Actor, address: str, at: datetime) -> tuple[str, ...]:
    """Issue an attribute certificate for each of the actor's own appointments; return the serial numbers.

    `address` is where this site is reached, for the address of its revocation list.

    :raises NoAppointment: if there is none that brings a role.
    """
    account = identity.account(actor.id)
    held = [item for item in account.appointments if item.is_current and item.role_codes]
    if not held:
        raise NoAppointment
    signer = pki.attribute_signer()
    known = pki.person_certificate(actor.id, at=at)
    until = at + timedelta(hours=config.hours)
    return tuple(
        _issue(item, actor=actor, name=account.name, signer=signer, known=known, at=at, until=until, address=address)
        for item in held
    )


def _issue(
    item: identity.AppointmentView,
    *,
    actor: pmi.Actor,
    name: str,
    signer: pki.Signer,
    known: bytes | None,
    at: datetime,
    until: datetime,
    address: str,
) -> str:
    since = at.replace(microsecond=0)
    # Positive and at most twenty octets (RFC 5755 section 4.2.5); random, so that the next one cannot be guessed.
    serial = secrets.randbits(126) | (1 << 126)
    der = encoding.encode(
        signer,
        serial=serial,
        holder=encoding.holder_of(known)
        if known
        else encoding.holder_named(name=name, account=actor.id.partition(":")[2], organisation=item.organisation_name),
        roles=item.role_codes,
        organisation=item.organisation,
        since=since,
        until=until.replace(microsecond=0),
        list_url=f"{address}/attributes/list.crl",
    )
    row = AttributeCertificate.objects.create(
        serial=f"{serial:X}",
        actor_id=actor.id,
        holder_name=name,
        appointment=item.id,
        post=item.post,
        organisation=item.organisation,
        roles=list(item.role_codes),
        not_before=since,
        not_after=until.replace(microsecond=0),
        der=der,
    )
    return row.serial


def _of_serial(*, serial: str, **_rest: object) -> pmi.Target:
    return queries.target(serial)


@pmi.action("attributes.certificate.revoke", scope=_of_serial, open_to=("staff",))
def revoke(*, actor: pmi.Actor, serial: str, at: datetime) -> None:
    """Revoke a certificate; everybody may their own. Revoking it again changes nothing."""
    AttributeCertificate.objects.filter(serial=serial, revoked_at=None).update(revoked_at=at)


def revoke_ended(*, at: datetime) -> int:
    """Revoke what rests on an appointment that is over or brings other roles now; return how many were revoked."""
    valid = AttributeCertificate.objects.filter(revoked_at=None, not_after__gt=at).order_by("actor_id", "pk")
    holders: dict[str, dict[uuid.UUID, tuple[str, ...]]] = {}
    count = 0
    for row in valid.iterator():
        if row.actor_id not in holders:
            holders[row.actor_id] = _standing(row.actor_id)
        if holders[row.actor_id].get(row.appointment, ()) == tuple(row.roles):
            continue
        with transaction.atomic():
            AttributeCertificate.objects.filter(pk=row.pk, revoked_at=None).update(revoked_at=at)
            trail.record(
                action="attributes.certificate.revoke",
                actor_id="service:attributes",
                actor_name="attributes",
                subjects=(row.actor_id, f"attribute-certificate:{row.serial}"),
                organisation=row.organisation,
                at=at,
            )
        count += 1
    return count


def _standing(actor_id: str) -> dict[uuid.UUID, tuple[str, ...]]:
    account = identity.account(actor_id)
    if not account.is_active:
        return {}
    return {item.id: item.role_codes for item in account.appointments if item.is_current}
