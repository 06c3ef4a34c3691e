"""Orders, proofs, certificates, revocation and renewal information (RFC 8555 sections 7.4 to 7.6, RFC 9773)."""

import json
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from cryptography import x509
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from quancheng.security.pki import queries
from quancheng.security.pki.actions import acme as actions
from quancheng.security.pki.actions.withdrawing import AlreadyRevoked
from quancheng.security.pki.engine import acme, certificates, chains, enrolling, keys, signing
from quancheng.security.pki.models import (
    AcmeAuthorization,
    AcmeChallenge,
    AcmeOrder,
    Certificate,
)
from quancheng.security.pki.web.acme.protocol import SERVER, Endpoint, Signed, moment, named

WINDOW, ASK_AGAIN = timedelta(days=2), timedelta(hours=6)
# The reasons of RFC 5280 section 5.3.1 that a client may give.
REASONS = {
    0: Certificate.Reason.UNSPECIFIED,
    1: Certificate.Reason.COMPROMISED,
    3: Certificate.Reason.CHANGED,
    4: Certificate.Reason.SUPERSEDED,
    5: Certificate.Reason.CEASED,
}


class NewOrder(Signed):
    """Orders a certificate (section 7.4)."""

    def answer(self) -> HttpResponse:
        wish = self.signed.json()
        if wish.get("notBefore") or wish.get("notAfter"):
            raise acme.Problem("malformed", "How long certificates last is decided here.")
        replaces = self._replaced(wish["replaces"]) if wish.get("replaces") else None
        order = actions.create_order(
            actor=SERVER,
            account=self.owner,
            names=tuple(dict.fromkeys(_names(wish.get("identifiers")))),
            at=timezone.now(),
            replaces=replaces,
        )
        return self.show_order(order, status=201)

    def _replaced(self, name: Any) -> Certificate:
        """Return the certificate that the new one replaces (RFC 9773 section 5)."""
        row = named(name)
        if not AcmeOrder.objects.filter(certificate=row, account=self.owner).exists():
            raise acme.Problem("unauthorized", "The certificate was ordered by another account.", status=403)
        if row.replacements.exists():
            raise acme.Problem("alreadyReplaced", "The certificate was replaced already.", status=409)
        return row


def _names(identifiers: Any) -> Iterable[str]:
    if not isinstance(identifiers, list) or not all(isinstance(item, dict) for item in identifiers):
        raise acme.Problem("malformed", "identifiers is a list of objects.")
    for item in identifiers:
        if item.get("type") != "dns":
            raise acme.Problem("unsupportedIdentifier", "Only DNS names are certified.")
        name = item.get("value")
        if not isinstance(name, str) or not enrolling.is_dns_name(name.lower()):
            raise acme.Problem("rejectedIdentifier", "This is no DNS name.", status=403)
        yield name.lower()


class Order(Signed):
    """Shows an order."""

    def answer(self) -> HttpResponse:
        self.look_only()
        return self.show_order(self.order_of(self.slug))


class Authorization(Signed):
    """Shows an authorization and its challenges (section 7.5)."""

    def answer(self) -> HttpResponse:
        found = (
            AcmeAuthorization.objects.select_related("order").filter(slug=self.slug, order__account=self.owner).first()
        )
        if found is None:
            raise acme.Problem("malformed", "This account has no such authorization.", status=404)
        if self.wish().get("status") == "deactivated":
            found = actions.deactivate_authorization(actor=SERVER, authorization=found)
        elif self.signed.payload:
            raise acme.Problem("malformed", "An authorization can only be looked at or deactivated.")
        status = found.status
        if status == "pending" and found.order.expires_at <= timezone.now():
            status = "expired"
        content: dict[str, Any] = {
            "status": status,
            "expires": moment(found.order.expires_at),
            "identifier": {"type": "dns", "value": found.name},
            "challenges": [self.show_challenge(item) for item in found.challenges.order_by("pk")],
        }
        if found.wildcard:
            content["wildcard"] = True
        return JsonResponse(content)


class Challenge(Signed):
    """Takes up a challenge (section 7.5.1)."""

    def answer(self) -> HttpResponse:
        rows = AcmeChallenge.objects.select_related("authorization__order__account")
        found = rows.filter(slug=self.slug, authorization__order__account=self.owner).first()
        if found is None:
            raise acme.Problem("malformed", "This account has no such challenge.", status=404)
        now = timezone.now()
        if self.signed.payload and found.authorization.order.expires_at > now and found.status == "pending":
            found = actions.begin_challenge(actor=SERVER, challenge=found, at=now)
            found = actions.prove(found, at=now)
        above = self.url("authorization", slug=found.authorization.slug)
        return JsonResponse(self.show_challenge(found), headers={"Link": f'<{above}>;rel="up"'})


class Finalize(Signed):
    """Takes the CSR and issues (section 7.4)."""

    def answer(self) -> HttpResponse:
        order = self.order_of(self.slug)
        try:
            csr = signing.decode(self.signed.json().get("csr", ""))
        except (signing.Malformed, TypeError, AttributeError):
            raise acme.Problem("badCSR", "csr is a CSR in DER, in base64url.") from None
        return self.show_order(actions.finalize(actor=SERVER, order=order, csr=csr, at=timezone.now()))


class IssuedCertificate(Signed):
    """The certificate of an order with its authority (section 7.4.2)."""

    def answer(self) -> HttpResponse:
        self.look_only()
        order = self.order_of(self.slug)
        if order.certificate is None:
            raise acme.Problem("malformed", "This order has no certificate yet.", status=404)
        content = queries.certificate_chain(order.certificate.serial)
        return HttpResponse(content, content_type=acme.CHAIN_TYPE)


class Revocation(Signed):
    """Revokes for the account that ordered, or for who holds the certificate's key (section 7.6)."""

    keys = ("kid", "jwk")

    def answer(self) -> HttpResponse:
        wish = self.signed.json()
        try:
            certificate = x509.load_der_x509_certificate(signing.decode(wish.get("certificate", "")))
            serial = certificates.serial_text(certificate)
        except (signing.Malformed, AttributeError, *chains.DAMAGED):
            raise acme.Problem("malformed", "certificate is a certificate in DER, in base64url.") from None
        row = Certificate.objects.filter(serial=serial, profile=certificates.SERVER.code).first()
        if row is None or bytes(row.der) != certificates.der(certificate):
            raise acme.Problem("malformed", "This certificate was not issued here.", status=404)
        if self.account is not None:
            allowed = AcmeOrder.objects.filter(certificate=row, account=self.account).exists()
        else:
            allowed = keys.of(certificate) == keys.public(acme.public_key(self.jwk))
        if not allowed:
            raise acme.Problem("unauthorized", "This certificate is not yours to revoke.", status=403)
        code = wish.get("reason", 0)
        if not isinstance(code, int) or code not in REASONS:
            raise acme.Problem("badRevocationReason", "The reason is 0, 1, 3, 4 or 5.")
        try:
            actions.revoke(actor=SERVER, serial=serial, reason=str(REASONS[code]), at=timezone.now())
        except AlreadyRevoked:
            raise acme.Problem("alreadyRevoked", "The certificate was revoked before.") from None
        return HttpResponse(status=200)


class Renewal(Endpoint):
    """When a certificate should be renewed (RFC 9773 section 4)."""

    def get(self, request: HttpRequest, name: str = "") -> HttpResponse:
        row = named(name)
        begins = row.not_after - certificates.SERVER.early
        if row.revoked_at is not None:
            # A revoked one should have been replaced already.
            begins = row.revoked_at - WINDOW
        content = {"suggestedWindow": {"start": moment(begins), "end": moment(begins + WINDOW)}}
        headers = {"Retry-After": f"{ASK_AGAIN.total_seconds():.0f}"}
        return HttpResponse(json.dumps(content), content_type="application/json", headers=headers)
