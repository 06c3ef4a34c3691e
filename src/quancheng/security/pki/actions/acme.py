"""What ACME clients do (RFC 8555): accounts, orders, proofs, certificates. Their leave is an officer's ACME key."""

import hashlib
import hmac
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.pki import adapters, config
from quancheng.security.pki.actions import enrolment, setup
from quancheng.security.pki.actions.withdrawing import withdraw
from quancheng.security.pki.engine import acme, certificates, enrolling, keys, signing
from quancheng.security.pki.engine import site as sites
from quancheng.security.pki.models import (
    AcmeAccount,
    AcmeAuthorization,
    AcmeChallenge,
    AcmeKey,
    AcmeNonce,
    AcmeOrder,
    Certificate,
)
from quancheng.security.pki.queries import inventory
from quancheng.security.pmi import public as pmi

ORDER_LASTS, NONCE_LASTS, STUCK = timedelta(days=1), timedelta(hours=1), timedelta(seconds=30)
MOST_NAMES, MOST_CONTACTS = 100, 5
HTTP, DNS = "http-01", "dns-01"


class NoSuchKey(Refusal):
    """There is no ACME key with this identifier, or it was withdrawn."""

    code = "pki.no-such-acme-key"
    message = _("There is no ACME key %(kid)s.")
    status = 404


class BadTrees(Refusal):
    """An ACME key needs DNS trees that the authority may vouch for."""

    code = "pki.bad-trees"
    message = _("The DNS trees cannot be used: %(why)s.")
    status = 422


@dataclass(frozen=True, slots=True)
class Leave:
    """What an ACME client is given: the key identifier and the HMAC secret (base64url)."""

    kid: str
    secret: str


def _slug() -> str:
    return secrets.token_urlsafe(16)


def _secret(purpose: str) -> bytes:
    return hmac.new(config.passphrase(), purpose.encode(), hashlib.sha256).digest()


def _of_code(**wishes: object) -> pmi.Target:
    return pmi.Target(subjects=(f"certificate-holder:{wishes['code']}",))


def _of_key(**wishes: Any) -> pmi.Target:
    return inventory.target_of_key(wishes["kid"])


def _of_account(**wishes: Any) -> pmi.Target:
    return pmi.Target(subjects=(f"acme-account:{wishes['account'].slug}",))


def _of_order(**wishes: Any) -> pmi.Target:
    order = wishes["order"]
    return pmi.Target(subjects=(f"acme-order:{order.slug}", f"acme-account:{order.account.slug}"))


def _of_challenge(**wishes: Any) -> pmi.Target:
    order = wishes["challenge"].authorization.order
    return pmi.Target(subjects=(f"acme-order:{order.slug}", f"acme-account:{order.account.slug}"))


@pmi.action("pki.acme-key.create", scope=_of_code)
def create_key(*, actor: pmi.Actor, code: str, name: str, trees: Sequence[str], at: datetime) -> Leave:
    """Give a holder's servers leave to enrol by themselves for names in `trees`.

    This is where a person agrees: what a client proves to hold within the trees is issued without asking again.

    :raises BadTrees: if there are none, or the authority may not vouch for one.
    """
    trees = tuple(dict.fromkeys(item.lower() for item in trees))
    try:
        if not trees or any(item.startswith("*.") for item in trees):
            raise enrolling.Unfit(_("give the names below which servers may enrol"))
        enrolling.check_names(trees, sites.load(at=at).issuing.certificate)
    except enrolling.Unfit as error:
        raise BadTrees(why=str(error)) from error
    kid = _slug()
    AcmeKey.objects.create(kid=kid, code=code, name=name, trees=list(trees), created_by=actor.id, created_at=at)
    return Leave(kid, signing.encode(_secret(f"acme-key:{kid}")).decode())


@pmi.action("pki.acme-key.withdraw", scope=_of_key)
def withdraw_key(*, actor: pmi.Actor, kid: str, at: datetime) -> None:
    """Take the leave back: its accounts can order nothing more. :raises NoSuchKey: if there is none."""
    if not AcmeKey.objects.filter(kid=kid, withdrawn_at__isnull=True).update(withdrawn_at=at):
        raise NoSuchKey(kid=kid)


def new_nonce() -> str:
    """Return a nonce for one request."""
    return acme.make_nonce(_secret("acme-nonce"), moment=int(time.time()), chance=secrets.token_bytes(12))


def use_nonce(nonce: object, *, at: datetime) -> None:
    """Use a nonce up. :raises acme.Problem: badNonce, when it is not ours, too old, or was used before."""
    made = acme.nonce_moment(_secret("acme-nonce"), nonce)
    if made is None or not 0 <= at.timestamp() - made + 1 <= NONCE_LASTS.total_seconds():
        raise acme.Problem("badNonce", "The nonce is unknown or too old.")
    try:
        with transaction.atomic():
            AcmeNonce.objects.create(value=str(nonce), used_at=at)
    except IntegrityError:
        raise acme.Problem("badNonce", "The nonce was used before.") from None


def forget_nonces(*, at: datetime) -> int:
    """Forget used nonces that are too old to be accepted anyway; return how many."""
    return AcmeNonce.objects.filter(used_at__lt=at - 2 * NONCE_LASTS).delete()[0]


def check_contact(contact: Any) -> list[str]:
    """Return the contact addresses. :raises acme.Problem: when they are none that can be written to."""
    fits = (
        isinstance(contact, list) and len(contact) <= MOST_CONTACTS and all(isinstance(item, str) for item in contact)
    )
    if not fits:
        raise acme.Problem("malformed", "contact is a list of at most five addresses.")
    for item in contact:
        if not item.startswith("mailto:"):
            raise acme.Problem("unsupportedContact", "Only mailto: is supported.")
        if "@" not in item or any(sign in item for sign in ",? ") or len(item) > 200:
            raise acme.Problem("invalidContact", "A mailto: names one address and nothing else.")
    return contact


def binding_key(binding: Any, *, url: str, jwk: acme.Jwk) -> AcmeKey:
    """Return the ACME key by which a new account is bound. :raises acme.Problem: when it is not bound by one."""
    if not binding:
        raise acme.Problem("externalAccountRequired", "An external account binding is needed.", status=403)
    kid = acme.read(binding).header.get("kid")
    key = AcmeKey.objects.filter(kid=kid, withdrawn_at__isnull=True).first() if isinstance(kid, str) else None
    if key is None:
        raise acme.Problem("unauthorized", "The external account binding names no key that is valid here.", status=403)
    acme.verify_binding(binding, url=url, jwk=jwk, secret=_secret(f"acme-key:{key.kid}"))
    return key


def _of_new_account(**wishes: Any) -> pmi.Target:
    return pmi.Target(subjects=(f"acme-key:{wishes['key'].kid}", f"certificate-holder:{wishes['key'].code}"))


@pmi.action("pki.acme-account.create", scope=_of_new_account)
def create_account(
    *,
    actor: pmi.Actor,
    jwk: acme.Jwk,
    key: AcmeKey,
    contact: list[str],
    at: datetime,
) -> AcmeAccount:
    """Open an account for a client's key."""
    return AcmeAccount.objects.create(
        slug=_slug(), key=key, jwk=jwk, thumbprint=acme.thumbprint(jwk), contact=contact, created_at=at
    )


@pmi.action("pki.acme-account.change", scope=_of_account)
def change_account(
    *,
    actor: pmi.Actor,
    account: AcmeAccount,
    contact: list[str] | None = None,
    deactivate: bool = False,
) -> AcmeAccount:
    """Change the contacts, or close the account; a closed account orders nothing more."""
    if contact is not None:
        account.contact = contact
    if deactivate:
        account.status = "deactivated"
        account.orders.filter(status__in=("pending", "ready")).update(status="invalid")
    account.save()
    return account


@pmi.action("pki.acme-account.change-key", scope=_of_account)
def change_key(*, actor: pmi.Actor, account: AcmeAccount, jwk: acme.Jwk) -> AcmeAccount:
    """Put another key in the place of the account's."""
    account.jwk, account.thumbprint = jwk, acme.thumbprint(jwk)
    account.save()
    return account


@pmi.action("pki.acme-order.create", scope=_of_account)
def create_order(
    *,
    actor: pmi.Actor,
    account: AcmeAccount,
    names: tuple[str, ...],
    at: datetime,
    replaces: Certificate | None = None,
) -> AcmeOrder:
    """Order a certificate over `names`. :raises acme.Problem: when the account may not have it."""
    if account.key.withdrawn_at is not None:
        raise _Refused("unauthorized", "The leave to enrol was withdrawn.", status=403)
    if not 1 <= len(names) <= MOST_NAMES:
        raise _Refused("malformed", "An order is for 1 to 100 names.")
    for name in names:
        bare = name.removeprefix("*.")
        if not any(enrolling.below(bare, tree) for tree in account.key.trees):
            raise _Refused("rejectedIdentifier", f"{name} is not below a name of this account.", status=403)
    try:
        enrolling.check_names(names, sites.load(at=at).issuing.certificate)
    except enrolling.Unfit as error:
        raise _Refused("rejectedIdentifier", str(error), status=403) from error
    order = AcmeOrder.objects.create(
        slug=_slug(),
        account=account,
        names=list(names),
        replaces=replaces,
        created_at=at,
        expires_at=at + ORDER_LASTS,
    )
    for name in names:
        wildcard = name.startswith("*.")
        proof = AcmeAuthorization.objects.create(
            slug=_slug(),
            order=order,
            name=name.removeprefix("*."),
            wildcard=wildcard,
            token=secrets.token_urlsafe(32),
        )
        # A web server speaks for itself and not for a whole tree (RFC 8555 section 7.1.3).
        for kind in (DNS,) if wildcard else (HTTP, DNS):
            AcmeChallenge.objects.create(slug=_slug(), authorization=proof, kind=kind)
    return order


class _Refused(acme.Problem, Refusal):
    """A problem that the trail records like every refusal."""

    code = "pki.acme-refused"

    def __init__(self, kind: str, detail: str, **more: Any) -> None:
        acme.Problem.__init__(self, kind, detail, **more)
        self.text, self.facts = detail, {}


@pmi.action("pki.acme-challenge.begin", scope=_of_challenge)
def begin_challenge(*, actor: pmi.Actor, challenge: AcmeChallenge, at: datetime) -> AcmeChallenge:
    """Take a challenge up, unless it was before."""
    row = (
        AcmeChallenge.objects.select_for_update(of=("self",))
        .select_related("authorization__order__account")
        .get(pk=challenge.pk)
    )
    if row.status == "pending" and row.authorization.status == "pending":
        row.status, row.begun_at = "processing", at
        row.save()
    return row


def prove(challenge: AcmeChallenge, *, at: datetime) -> AcmeChallenge:
    """Ask the network for the proof, outside every transaction, and store what came of it."""
    if challenge.status != "processing":
        return challenge
    proof = challenge.authorization
    expected = acme.key_authorization(proof.token, proof.order.account.thumbprint)
    error: dict[str, Any] | None = None
    try:
        if challenge.kind == HTTP:
            found: tuple[str, ...] = (adapters.fetch(proof.name, f"/.well-known/acme-challenge/{proof.token}"),)
        else:
            found, expected = adapters.resolver().texts(f"_acme-challenge.{proof.name}"), acme.dns_proof(expected)
        if expected not in found:
            raise adapters.Unproven("incorrectResponse", f"{proof.name} does not show the proof.")
    except adapters.Unproven as unproven:
        error = acme.Problem(unproven.kind, str(unproven), status=403).document
    return finish_challenge(actor=pmi.service_actor("pki"), challenge=challenge, error=error, at=at)


@pmi.action("pki.acme-challenge.finish", scope=_of_challenge)
def finish_challenge(
    *,
    actor: pmi.Actor,
    challenge: AcmeChallenge,
    error: dict[str, Any] | None,
    at: datetime,
) -> AcmeChallenge:
    """Store the outcome: the authorization follows the challenge, the order its authorizations."""
    order = AcmeOrder.objects.select_for_update().get(pk=challenge.authorization.order_id)
    row = AcmeChallenge.objects.select_related("authorization").get(pk=challenge.pk)
    proof = row.authorization
    if row.status != "processing":
        return row
    row.status, row.error = ("invalid", error) if error else ("valid", None)
    row.validated_at = None if error else at
    row.save()
    if proof.status != "pending":
        return row
    proof.status = row.status
    proof.save()
    if order.status == "pending":
        if error:
            order.status, order.error = "invalid", error
        elif not order.authorizations.exclude(status="valid").exists():
            order.status = "ready"
        order.save()
    return row


def _of_authorization(**wishes: Any) -> pmi.Target:
    order = wishes["authorization"].order
    return pmi.Target(subjects=(f"acme-order:{order.slug}",))


@pmi.action("pki.acme-authorization.deactivate", scope=_of_authorization)
def deactivate_authorization(
    *,
    actor: pmi.Actor,
    authorization: AcmeAuthorization,
) -> AcmeAuthorization:
    """Give a name up; the order it stands in comes to nothing unless it has its certificate."""
    order = AcmeOrder.objects.select_for_update().get(pk=authorization.order_id)
    authorization.status = "deactivated"
    authorization.save()
    if order.status in ("pending", "ready"):
        order.status = "invalid"
        order.save()
    return authorization


def prove_stuck(*, at: datetime) -> int:
    """Take up challenges whose process died on the way; return how many."""
    rows = AcmeChallenge.objects.filter(status="processing", begun_at__lt=at - STUCK)
    found = list(rows.select_related("authorization__order__account")[:20])
    for row in found:
        prove(row, at=at)
    return len(found)


@pmi.action("pki.acme-order.finalize", scope=_of_order)
def finalize(*, actor: pmi.Actor, order: AcmeOrder, csr: bytes, at: datetime) -> AcmeOrder:
    """Issue the certificate of an order that is ready. :raises acme.Problem: when the CSR does not fit the order."""
    row = AcmeOrder.objects.select_for_update(of=("self",)).select_related("account__key", "replaces").get(pk=order.pk)
    if row.status != "ready" or row.expires_at <= at:
        raise _Refused("orderNotReady", f"The order is {row.status}.", status=403)
    if row.account.key.withdrawn_at is not None:
        raise _Refused("unauthorized", "The leave to enrol was withdrawn.", status=403)
    try:
        wish = enrolment.read(csr, certificates.SERVER, at=at)
    except enrolment.UnfitRequest as error:
        raise _Refused("badCSR", str(error)) from error
    if set(wish.names) != set(row.names):
        raise _Refused("badCSR", "The request is for other names than the order.")
    if wish.public == keys.public(acme.public_key(row.account.jwk)):
        raise _Refused("badCSR", "The server's key must not be the account's.")
    row.certificate = setup.certify(
        certificates.SERVER,
        wish.public,
        code=row.account.key.code,
        name=row.account.key.name,
        names=tuple(row.names),
        at=at,
        replaces=row.replaces,
    )
    row.status = "valid"
    row.save()
    return row


def _of_serial(**wishes: Any) -> pmi.Target:
    return pmi.Target(subjects=(f"certificate:{wishes['serial']}",))


@pmi.action("pki.acme-certificate.revoke", scope=_of_serial)
def revoke(*, actor: pmi.Actor, serial: str, reason: str, at: datetime) -> None:
    """Revoke a certificate for the account that ordered it, or for who holds its key."""
    withdraw(serial, reason=reason, at=at)
