"""Issuing attribute certificates from appointments and delegations, and keeping up with them when these change."""

import secrets
import uuid
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from itertools import groupby

from django.db import transaction
from django.utils import timezone
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
    """Issue an attribute certificate for each post in which the actor serves; return the serial numbers.

    Posts that were delegated count too, in the name of their giver and as long as the delegation at most. `address` is
    where this site is reached, for the address of its revocation list.

    :raises NoAppointment: if there is none that brings a role.
    """
    held = [duty for duty in identity.duties(actor.id) if duty.role_codes]
    if not held:
        raise NoAppointment
    until, list_url = at + timedelta(hours=config.hours), f"{address}/attributes/list.crl"
    made = _issue(held, actor_id=actor.id, at=at, until=until, list_url=list_url)
    return tuple(row.serial for row in made)


def _issue(
    held: Iterable[identity.Duty], *, actor_id: str, at: datetime, until: datetime, list_url: str
) -> list[AttributeCertificate]:
    """Issue a certificate for each duty, until then or the end of its last day."""
    name, signer = identity.account(actor_id).name, pki.attribute_signer()
    known, since = pki.person_certificate(actor_id, at=at), at.replace(microsecond=0)
    made = []
    for duty in held:
        # Positive and at most twenty octets (RFC 5755 section 4.2.5); random, so that the next one cannot be guessed.
        serial = secrets.randbits(126) | (1 << 126)
        ends = min(until, _end_of(duty.until)) if duty.until else until
        named = {"name": name, "account": actor_id.partition(":")[2], "organisation": duty.organisation_name}
        row = AttributeCertificate(
            serial=f"{serial:X}",
            actor_id=actor_id,
            holder_name=name,
            appointment=duty.id,
            post=duty.post,
            organisation=duty.organisation,
            giver_name=duty.giver_name,
            roles=list(duty.role_codes),
            not_before=since,
            not_after=ends.replace(microsecond=0),
        )
        row.der = encoding.encode(
            signer,
            serial=serial,
            holder=encoding.holder_of(known) if known else encoding.holder_named(**named),
            since=row.not_before,
            until=row.not_after,
            list_url=list_url,
            giver=duty.giver_id,
            roles=duty.role_codes,
            organisation=duty.organisation,
        )
        row.save(force_insert=True)
        made.append(row)
    return made


def _end_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))


def _of_serial(*, serial: str, **_rest: object) -> pmi.Target:
    return queries.target(serial)


@pmi.action("attributes.certificate.revoke", scope=_of_serial, open_to=("staff",))
def revoke(*, actor: pmi.Actor, serial: str, at: datetime) -> None:
    """Revoke a certificate; everybody may their own. Revoking it again changes nothing."""
    AttributeCertificate.objects.filter(serial=serial, revoked_at=None).update(revoked_at=at)


def follow_duties(*, at: datetime) -> int:
    """Revoke what rests on a duty that is over or brings other roles now; return how many were revoked.

    Whoever uses such certificates gets one at once for what they serve as instead: no longer than those that they have.
    """
    valid = AttributeCertificate.objects.filter(revoked_at=None, not_after__gt=at).order_by("actor_id", "pk")
    count = 0
    for actor_id, rows in groupby(list(valid), key=lambda row: row.actor_id):
        having, held = list(rows), {duty.id: duty for duty in identity.duties(actor_id) if duty.role_codes}
        over = [row for row in having if row.appointment not in held or not _same(row, held[row.appointment])]
        for row in over:
            with transaction.atomic():
                AttributeCertificate.objects.filter(pk=row.pk, revoked_at=None).update(revoked_at=at)
                _record("revoke", row, at=at)
        count += len(over)
        fresh = [duty for duty in held.values() if not _same(_latest(actor_id, duty.id), duty)]
        if fresh:
            longest = max(having, key=lambda row: row.not_after)
            list_url = encoding.list_address(bytes(longest.der))
            with transaction.atomic():
                for row in _issue(fresh, actor_id=actor_id, at=at, until=longest.not_after, list_url=list_url):
                    _record("issue", row, at=at)
    return count


def _latest(actor_id: str, duty: uuid.UUID) -> AttributeCertificate | None:
    # One that the holder revoked is the latest, too: it is not forced upon them again. Of two of one second, the one
    # that counts came after.
    rows = AttributeCertificate.objects.filter(actor_id=actor_id, appointment=duty)
    return max(rows, key=lambda row: (row.not_before, row.revoked_at is None), default=None)


def _same(row: AttributeCertificate | None, duty: identity.Duty) -> bool:
    return row is not None and tuple(row.roles) == duty.role_codes and row.organisation == duty.organisation


def _record(verb: str, row: AttributeCertificate, *, at: datetime) -> None:
    trail.record(
        action=f"attributes.certificate.{verb}",
        actor_id="service:attributes",
        actor_name="attributes",
        subjects=(row.actor_id, f"attribute-certificate:{row.serial}"),
        organisation=row.organisation,
        at=at,
    )
