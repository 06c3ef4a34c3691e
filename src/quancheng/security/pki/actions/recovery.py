"""Double certificates (GM/T 0015): keys for decryption that the authority makes, and that M of N officers bring back.

The private key is in nobody's hands but the holder's: it passes through memory once when it is made, and once more when
enough officers handed in their shares and the requester collects it.
"""

from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.db.models import Count, F, Q
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.pki import config, queries
from quancheng.security.pki.actions import setup
from quancheng.security.pki.engine import certificates, envelopes, escrow, keys
from quancheng.security.pki.engine import site as sites
from quancheng.security.pki.models import Certificate, Escrow, EscrowShare, Recovery, RecoveryApproval, RecoveryOfficer
from quancheng.security.pki.queries import recoveries
from quancheng.security.pmi import public as pmi

OPEN_FOR = timedelta(days=7)
SIGNATURE, ENCRYPTION = certificates.PERSON_SIGNATURE.code, certificates.PERSON_ENCRYPTION.code


class UnfitCertificate(Refusal):
    """The certificate is not one that this can be done with."""

    code = "pki.unfit-certificate"
    message = _("This cannot be done with the certificate %(serial)s: %(why)s.")
    status = 422


class TooFewOfficers(Refusal):
    """Shares are given to all officers, so there must be as many as it takes to bring a key back."""

    code = "pki.too-few-officers"
    message = _("It takes %(needed)s recovery officers and there are %(found)s.")


class AlreadyOfficer(Refusal):
    """The actor is a recovery officer already, or offered to be."""

    code = "pki.already-officer"
    message = _("You are a recovery officer already, or offered to be one.")


class NoSuchOfficer(Refusal):
    """There is no such recovery officer, or not any more."""

    code = "pki.no-such-officer"
    message = _("There is no such recovery officer.")
    status = 404


class KeysWouldBeLost(Refusal):
    """Without this officer too few would be left for keys that are laid down."""

    code = "pki.keys-would-be-lost"
    message = _("Without this officer %(count)s laid-down keys could never be brought back. Recover them first.")


class OwnOffer(Refusal):
    """Nobody makes themselves a recovery officer."""

    code = "pki.own-offer"
    message = _("You offered this yourself; another officer must confirm it.")


class PairExists(Refusal):
    """The holder has a valid certificate for encryption whose key is laid down."""

    code = "pki.pair-exists"
    message = _("The holder has a valid certificate for encryption already.")


class RecoveryWaits(Refusal):
    """Somebody asked for the same key already."""

    code = "pki.recovery-waits"
    message = _("A recovery of this key is waiting already.")


class RecoveryOver(Refusal):
    """The recovery was finished, withdrawn, or not finished in time."""

    code = "pki.recovery-over"
    message = _("This key recovery is over.")


class OwnRecovery(Refusal):
    """Who asks for a key does not agree to it."""

    code = "pki.own-recovery"
    message = _("You asked for this key yourself; other officers must agree to it.")
    status = 403


class NotRequester(Refusal):
    """Who asked for the key collects it."""

    code = "pki.not-requester"
    message = _("Only the person who asked for this key may collect it or withdraw the request.")


class NoShare(Refusal):
    """The actor keeps no share of this key."""

    code = "pki.no-share"
    message = _("You keep no share of this key.")
    status = 403


class WrongShare(Refusal):
    """What was handed in is not the actor's share of this key."""

    code = "pki.wrong-share"
    message = _("This is not your share of this key. Open the file with your private key and hand in its text.")
    status = 422


class AlreadyGiven(Refusal):
    """The officer handed in their share before."""

    code = "pki.share-given"
    message = _("You have handed in your share already.")


class NotEnoughShares(Refusal):
    """Fewer officers agreed than it takes."""

    code = "pki.not-enough-shares"
    message = _("%(given)s of %(needed)s recovery officers have agreed; the key cannot be brought back yet.")


@dataclass(frozen=True, slots=True)
class Parcel:
    """A PKCS#12 for the holder of `serial`, and the name of its file."""

    name: str
    serial: str
    content: bytes = field(repr=False)


def _of_certificate(**wishes: Any) -> pmi.Target:
    return pmi.Target(subjects=(f"certificate:{wishes['serial']}",))


def _of_officer(**wishes: Any) -> pmi.Target:
    return pmi.Target(subjects=(f"recovery-officer:{wishes['officer_id']}",))


def _of_recovery(**wishes: Any) -> pmi.Target:
    serial = Recovery.objects.filter(pk=wishes["recovery_id"]).values_list("certificate__serial", flat=True).first()
    more = (f"certificate:{serial}",) if serial else ()
    return pmi.Target(subjects=(f"key-recovery:{wishes['recovery_id']}", *more))


@pmi.action("pki.recovery-officer.offer", scope=_of_certificate)
def offer(*, actor: pmi.Actor, serial: str, at: datetime) -> None:
    """Offer to keep shares of laid-down keys, enclosed for one's own certificate for encryption.

    :raises UnfitCertificate: if it is not the actor's own, not valid, or its key is laid down itself.
    :raises AlreadyOfficer: if the actor is one.
    """
    own = {row.serial: row for row in recoveries.fit_for_shares(actor.id, at=at)}
    if serial not in own:
        raise UnfitCertificate(
            serial=serial, why=_("it must be your own, for encryption, valid, and its key yours alone")
        )
    if RecoveryOfficer.objects.filter(actor=actor.id, dismissed_at__isnull=True).exists():
        raise AlreadyOfficer
    RecoveryOfficer.objects.create(actor=actor.id, name=actor.name, certificate=own[serial], offered_at=at)


def _officer(officer_id: int) -> RecoveryOfficer:
    row = RecoveryOfficer.objects.select_for_update().filter(pk=officer_id, dismissed_at__isnull=True).first()
    if row is None:
        raise NoSuchOfficer
    return row


@pmi.action("pki.recovery-officer.confirm", scope=_of_officer)
def confirm(*, actor: pmi.Actor, officer_id: int, at: datetime) -> None:
    """Make somebody who offered it a recovery officer; keys laid down from now on have a share for them.

    :raises OwnOffer: if the actor offered it.
    :raises NoSuchOfficer: if nobody did.
    """
    row = _officer(officer_id)
    if row.actor == actor.id:
        raise OwnOffer
    if row.confirmed_at is None:
        row.confirmed_by, row.confirmed_at = actor.id, at
        row.save()


@pmi.action("pki.recovery-officer.dismiss", scope=_of_officer)
def dismiss(*, actor: pmi.Actor, officer_id: int, at: datetime) -> None:
    """Dismiss a recovery officer. Their shares of older keys count no more.

    :raises NoSuchOfficer: if there is none.
    :raises KeysWouldBeLost: if too few would be left for a key that is laid down.
    """
    row = _officer(officer_id)
    standing = Count("shares", filter=Q(shares__officer__dismissed_at__isnull=True))
    theirs = Escrow.objects.filter(pk__in=row.shares.values("escrow")).annotate(standing=standing)
    if lost := theirs.filter(standing__lte=F("threshold")).count():
        raise KeysWouldBeLost(count=lost)
    row.dismissed_at = at
    row.save()


@pmi.action("pki.escrow.issue", scope=_of_certificate, step_up=True)
def issue_pair(*, actor: pmi.Actor, serial: str, password: str, at: datetime) -> Parcel:
    """Issue the certificate for encryption that belongs to a person's certificate for signatures (`serial`).

    Two officers agreed to the holder when that one was issued; this one follows it. The authority makes the key, lays
    it down for the recovery officers and hands it over under `password`.

    :raises UnfitCertificate: if `serial` is not a person's valid certificate for signatures.
    :raises PairExists: if the holder has one.
    :raises TooFewOfficers: if there are fewer officers than it takes to bring a key back.
    """
    row = queries.row_of(serial)
    if row.profile != SIGNATURE or row.revoked_at is not None or not row.not_before <= at < row.not_after:
        raise UnfitCertificate(serial=serial, why=_("it is not a person's valid certificate for signatures"))
    valid = Certificate.objects.filter(profile=ENCRYPTION, subject_code=row.subject_code, revoked_at__isnull=True)
    if valid.filter(not_after__gt=at, key_digest__in=Escrow.objects.values("key_digest")).exists():
        raise PairExists
    board, needed = recoveries.board(at=at), recoveries.threshold()
    if len(board) < needed:
        raise TooFewOfficers(needed=needed, found=len(board))
    key = keys.new(sites.load(at=at).suite)
    made = setup.certify(
        certificates.PERSON_ENCRYPTION, key.public, code=row.subject_code, name=row.subject_name, at=at
    )
    laid = escrow.lay_down(key, threshold=needed, count=len(board))
    kept = Escrow.objects.create(key_digest=key.public.digest, content=laid.content, threshold=needed, created_at=at)
    for officer, share in zip(board, laid.shares, strict=True):
        sealed = envelopes.enclose(share.encode(), x509.load_der_x509_certificate(bytes(officer.certificate.der)))
        EscrowShare.objects.create(escrow=kept, officer=officer, sealed=sealed, digest=escrow.share_digest(share))
    return _parcel(key, made, password)


def _parcel(key: keys.FileKey, row: Certificate, password: str) -> Parcel:
    chain = (x509.load_der_x509_certificate(bytes(row.authority.der)),)
    certificate = x509.load_der_x509_certificate(bytes(row.der))
    content = escrow.parcel(key, certificate, chain, name=row.subject_name, password=password)
    return Parcel(f"{row.serial}.p12", row.serial, content)


@pmi.action("pki.recovery.request", scope=_of_certificate)
def request(*, actor: pmi.Actor, serial: str, reason: str, at: datetime) -> int:
    """Ask for the laid-down key of a certificate, and return the recovery's number. Officers have a week.

    :raises UnfitCertificate: if its key is not laid down.
    :raises RecoveryWaits: if a recovery of the key waits.
    """
    row = queries.row_of(serial)
    kept = Escrow.objects.select_for_update().filter(key_digest=row.key_digest).first() if row.key_digest else None
    if kept is None:
        raise UnfitCertificate(serial=serial, why=_("its key is not laid down; its holder alone has it"))
    if kept.recoveries.filter(state=Recovery.State.WAITING, expires_at__gt=at).exists():
        raise RecoveryWaits
    made = Recovery.objects.create(
        escrow=kept,
        certificate=row,
        reason=reason,
        requested_by=actor.id,
        requester_name=actor.name,
        requested_at=at,
        expires_at=at + OPEN_FOR,
    )
    return made.pk


def _open(recovery_id: int, at: datetime) -> Recovery:
    row = (
        Recovery.objects.select_for_update(of=("self",)).select_related("escrow", "certificate").filter(pk=recovery_id)
    )
    found = row.first()
    if found is None:
        raise recoveries.NoSuchRecovery
    if found.state != Recovery.State.WAITING or at >= found.expires_at:
        raise RecoveryOver
    return found


@pmi.action("pki.recovery.approve", scope=_of_recovery, step_up=True)
def approve(*, actor: pmi.Actor, recovery_id: int, share: str, at: datetime) -> None:
    """Agree to a recovery by handing in one's own share, opened with one's private key.

    :raises OwnRecovery: if the actor asked for the key.
    :raises NoShare: if the actor keeps none of this key.
    :raises WrongShare: if it is not the actor's.
    :raises AlreadyGiven: if it was handed in before.
    :raises RecoveryOver: if nobody waits for it.
    """
    row = _open(recovery_id, at)
    if row.requested_by == actor.id:
        raise OwnRecovery
    kept = recoveries.share_of(recovery_id, actor.id)
    if kept is None:
        raise NoShare
    try:
        fits = escrow.share_digest(share) == kept.digest
    except escrow.Unrecovered:
        fits = False
    if not fits:
        raise WrongShare
    if row.approvals.filter(officer=kept.officer).exists():
        raise AlreadyGiven
    hidden = _cover().encrypt(share.strip().lower().encode())
    RecoveryApproval.objects.create(recovery=row, officer=kept.officer, share=hidden, given_at=at)


@pmi.action("pki.recovery.collect", scope=_of_recovery, step_up=True)
def collect(*, actor: pmi.Actor, recovery_id: int, password: str, at: datetime) -> Parcel:
    """Bring the key back out of the officers' shares and hand it over under `password`, once.

    :raises NotRequester: if somebody else asked for it.
    :raises NotEnoughShares: while fewer officers agreed than it takes.
    :raises RecoveryOver: if nobody waits for it.
    """
    row = _open(recovery_id, at)
    if row.requested_by != actor.id:
        raise NotRequester
    standing = row.approvals.filter(officer__dismissed_at__isnull=True)
    given = [bytes(share) for share in standing.values_list("share", flat=True)]
    if len(given) < row.escrow.threshold:
        raise NotEnoughShares(given=len(given), needed=row.escrow.threshold)
    public = keys.of(x509.load_der_x509_certificate(bytes(row.certificate.der)))
    try:
        shares = [_cover().decrypt(share).decode() for share in given]
        key = escrow.bring_back(bytes(row.escrow.content), shares, public)
    except (escrow.Unrecovered, InvalidToken) as error:
        raise NotEnoughShares(given=0, needed=row.escrow.threshold) from error
    _end(row, Recovery.State.COLLECTED, at)
    return _parcel(key, row.certificate, password)


@pmi.action("pki.recovery.withdraw", scope=_of_recovery)
def withdraw(*, actor: pmi.Actor, recovery_id: int, at: datetime) -> None:
    """Take a request back. :raises NotRequester: if somebody else made it. :raises RecoveryOver: if it is over."""
    row = _open(recovery_id, at)
    if row.requested_by != actor.id:
        raise NotRequester
    _end(row, Recovery.State.WITHDRAWN, at)


def _end(row: Recovery, state: Recovery.State, at: datetime) -> None:
    row.state, row.ended_at = state, at
    row.save()
    row.approvals.update(share=b"")


def wipe_expired(*, at: datetime) -> int:
    """Wipe the shares of recoveries that were not finished in time; return how many there were."""
    late = Recovery.objects.filter(state=Recovery.State.WAITING, expires_at__lte=at)
    return RecoveryApproval.objects.filter(recovery__in=late).exclude(share=b"").update(share=b"")


def _cover() -> Fernet:
    """Return what hides shares that were handed in, until enough of them are there."""
    kdf = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"quancheng recovery share")
    return Fernet(urlsafe_b64encode(kdf.derive(config.passphrase())))
