"""Certificates over keys that their holders keep: requested with a CSR, agreed to by a second officer; and renewal."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import cast

from cryptography import x509
from django.db.models import CharField
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.kernel.statements import Parameter, Statement
from quancheng.security.pki import config, queries
from quancheng.security.pki.actions import setup
from quancheng.security.pki.engine import certificates, chains, enrolling, keys
from quancheng.security.pki.engine import site as sites
from quancheng.security.pki.models import Certificate, Enrolment
from quancheng.security.pki.queries import CertificateView, inventory
from quancheng.security.pki.queries.inventory import EnrolmentView, enrolment_view
from quancheng.security.pmi import public as pmi

COMPROMISED = Certificate.Reason.COMPROMISED
_LOST_KEY = Statement(
    lambda: Certificate.objects.filter(
        key_digest=Parameter("digest", CharField()), revocation_reason=COMPROMISED
    ).values_list("pk")[:1]
)
LOST = _("this key is known to be no longer secret")


class UnfitRequest(Refusal):
    """The certificate request is damaged, too weak, or asks for what the profile or the authority does not give."""

    code = "pki.unfit-request"
    message = _("No certificate can be issued for this request: %(why)s.")
    status = 422


class NoSuchEnrolment(Refusal):
    """There is no enrolment with this number."""

    code = "pki.no-such-enrolment"
    message = _("There is no such certificate request.")
    status = 404


class AlreadyDecided(Refusal):
    """Somebody decided the enrolment before."""

    code = "pki.enrolment-decided"
    message = _("This certificate request has been decided already.")


class OwnRequest(Refusal):
    """Who requests a certificate does not approve it: it takes two officers."""

    code = "pki.own-request"
    message = _("You made this request yourself; another officer must decide it.")
    status = 403


class NotRenewable(Refusal):
    """A revoked or replaced certificate is not renewed."""

    code = "pki.not-renewable"
    message = _("The certificate %(serial)s is revoked or replaced and cannot be renewed.")


def _of_holder(**wishes: object) -> pmi.Target:
    return pmi.Target(subjects=(f"certificate-holder:{wishes['code']}",))


def _of_enrolment(**wishes: object) -> pmi.Target:
    return inventory.target_of_enrolment(cast("int", wishes["enrolment_id"]))


def _of_certificate(**wishes: object) -> pmi.Target:
    return inventory.target_of_certificate(str(wishes["serial"]))


@pmi.action("pki.enrolment.request", scope=_of_holder)
def request(
    *, actor: pmi.Actor, profile: str, code: str, name: str, csr: bytes, at: datetime, names: tuple[str, ...] = ()
) -> EnrolmentView:
    """Ask for a certificate over the key in `csr` (PEM or DER).

    The names of a server are those in the CSR, or `names` where given. Issued at once where the profile asks no
    second officer, else it waits for one.

    :raises UnfitRequest: if no certificate can come of it.
    """
    chosen = certificates.PROFILES.get(profile)
    if chosen is None or not chosen.brought:
        raise UnfitRequest(why=_("the profile is not for keys that their holders keep"))
    wish = read(csr, chosen, names=names, at=at)
    row = Enrolment(
        profile=profile,
        subject_code=code,
        subject_name=name,
        names=list(wish.names),
        csr=wish.der,
        requested_by=actor.id,
        requester_name=actor.name,
        requested_at=at,
    )
    if not chosen.approved:
        _issue(row, wish, at)
    row.save(force_insert=True)
    return enrolment_view(row)


def read(csr: bytes, profile: certificates.Profile, *, at: datetime, names: tuple[str, ...] = ()) -> enrolling.Wish:
    """Return what the CSR asks for in `profile`. :raises UnfitRequest: if no certificate can come of it."""
    wish = judged(sites.load(at=at), csr, profile, names=names)
    if _LOST_KEY.rows(digest=wish.key_digest):
        raise UnfitRequest(why=LOST)
    return wish


def judged(
    here: sites.Site, csr: bytes, profile: certificates.Profile, *, names: tuple[str, ...] = ()
) -> enrolling.Wish:
    """Return what the CSR asks for in `profile`, unless its key is known to be lost, which it does not look up.

    :raises UnfitRequest: if no certificate can come of it.
    """
    (found,) = judged_many(here, [csr], profile, names=names)
    if isinstance(found, UnfitRequest):
        raise found
    return found


def judged_many(
    here: sites.Site, csrs: Iterable[bytes], profile: certificates.Profile, *, names: tuple[str, ...] = ()
) -> list[enrolling.Wish | UnfitRequest]:
    """Return what each CSR asks for in `profile`, or why no certificate can come of it; lost keys are not looked up."""
    return [_fitting(here, item, profile, names) for item in enrolling.read_many(csrs)]


def _fitting(
    here: sites.Site, wish: enrolling.Wish | enrolling.Unfit, profile: certificates.Profile, names: tuple[str, ...]
) -> enrolling.Wish | UnfitRequest:
    if isinstance(wish, enrolling.Unfit):
        return UnfitRequest(why=str(wish))
    asked = tuple(dict.fromkeys(item.lower() for item in names)) or wish.names
    if profile.named and not asked:
        return UnfitRequest(why=_("a server's certificate needs a DNS name"))
    if profile.named:
        try:
            enrolling.check_names(asked, here.issuing.certificate)
        except enrolling.Unfit as error:
            return UnfitRequest(why=str(error))
    if wish.public == here.issuing.key.public:
        return UnfitRequest(why=_("this is the authority's own key"))
    return replace(wish, names=asked if profile.named else ())


def _issue(row: Enrolment, wish: enrolling.Wish, at: datetime) -> None:
    """Issue `wish`, as it was judged in this very transaction."""
    profile = certificates.PROFILES[row.profile]
    row.certificate = setup.certify(
        profile, wish.public, code=row.subject_code, name=row.subject_name, names=wish.names, at=at
    )
    row.state = Enrolment.State.APPROVED


def _decide(actor: pmi.Actor, enrolment_id: int, at: datetime) -> Enrolment:
    row = Enrolment.objects.select_for_update().filter(pk=enrolment_id).first()
    if row is None:
        raise NoSuchEnrolment
    if row.state != Enrolment.State.WAITING:
        raise AlreadyDecided
    if row.requested_by == actor.id:
        raise OwnRequest
    row.decided_by, row.decider_name, row.decided_at = actor.id, actor.name, at
    return row


@pmi.action("pki.enrolment.approve", scope=_of_enrolment)
def approve(*, actor: pmi.Actor, enrolment_id: int, at: datetime) -> EnrolmentView:
    """Agree to a request and issue its certificate.

    :raises OwnRequest: if the actor made the request.
    :raises AlreadyDecided: if it was decided before.
    :raises UnfitRequest: if nothing can come of it any more.
    """
    row = _decide(actor, enrolment_id, at)
    # Judged again, for the key may have been lost since it was asked for.
    wish = read(bytes(row.csr), certificates.PROFILES[row.profile], names=tuple(row.names), at=at)
    _issue(row, wish, at)
    row.save()
    return enrolment_view(row)


@pmi.action("pki.enrolment.refuse", scope=_of_enrolment)
def refuse(*, actor: pmi.Actor, enrolment_id: int, reason: str, at: datetime) -> EnrolmentView:
    """Refuse a request, saying why. :raises OwnRequest: if the actor made it. :raises AlreadyDecided: if decided."""
    row = _decide(actor, enrolment_id, at)
    row.state, row.reason = Enrolment.State.REFUSED, reason
    row.save()
    return enrolment_view(row)


@pmi.action("pki.certificate.renew", scope=_of_certificate)
def renew(*, actor: pmi.Actor, serial: str, at: datetime) -> CertificateView:
    """Issue a new certificate in place of one that is about to end; the old one stays valid until it does.

    A key that this site keeps is replaced by a new one; a holder's own key is certified again, for it is the same
    holder with the same names that two officers agreed to.

    :raises NotRenewable: if it is unknown, revoked or was renewed before.
    """
    row = Certificate.objects.select_for_update().filter(serial=serial).first()
    if row is None or row.revoked_at is not None or row.replacements.filter(revoked_at__isnull=True).exists():
        raise NotRenewable(serial=serial)
    profile = certificates.PROFILES[row.profile]
    if not profile.brought:
        made = setup.make(profile, code=row.subject_code, name=row.subject_name, at=at, replaces=row)
    else:
        old = x509.load_der_x509_certificate(bytes(row.der))
        made = setup.certify(
            profile,
            keys.of(old),
            code=row.subject_code,
            name=row.subject_name,
            organisation=chains.holder(old, arc=config.settings().arc).name,
            names=tuple(row.names),
            at=at,
            replaces=row,
        )
    return queries.view(made, at)
