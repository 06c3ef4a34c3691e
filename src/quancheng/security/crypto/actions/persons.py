"""Keeps what a person signed in their browser with their own certificate."""

import hashlib
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.crypto.models import PersonSignature
from quancheng.security.identity import public as identity
from quancheng.security.pki import public as pki
from quancheng.security.pmi import public as pmi


class NotYourCertificate(Refusal):
    """The certificate names somebody else than the person who is signed in."""

    code = "crypto.not-your-certificate"
    message = _("The certificate is %(name)s's, but you are signed in as %(actor)s.")
    status = 403


class WhoseCertificate(Refusal):
    """The certificate bears the person's name, but is another's of that name, or nobody can tell whose."""

    code = "crypto.whose-certificate"
    message = _(
        "Others are called %(name)s too, and this certificate is not bound to your account. "
        "Let an officer bind it on your account's page, then sign again."
    )
    status = 403


class AlreadySigned(Refusal):
    """The person has signed this very document before."""

    code = "crypto.already-signed"
    message = _("You have signed this document before.")


def _of_digest(*, digest: bytes, **_rest: object) -> pmi.Target:
    return pmi.Target(subjects=(f"digest:{digest.hex()}",))


@pmi.action("crypto.document.sign", scope=_of_digest, open_to=("staff",))
def keep_signature(*, actor: pmi.Actor, title: str, digest: bytes, message: bytes, at: datetime) -> int:
    """Check a detached CMS signature over the SHA-256 `digest`, have it timestamped, keep both; return its number.

    :raises pki.BadSignature: if it is not genuine or not by a valid certificate of a person of this city.
    :raises NotYourCertificate: :raises WhoseCertificate: :raises AlreadySigned: :raises pki.TimeDoubtful:
    """
    found = pki.verify_person(message, digest=digest, at=at)
    if found.name != actor.name:
        raise NotYourCertificate(name=found.name, actor=actor.name)
    if not identity.owns_certificate(actor.id, serial=found.serial, name=found.name):
        raise WhoseCertificate(name=found.name)
    if PersonSignature.objects.filter(signer=actor.id, digest=digest.hex()).exists():
        raise AlreadySigned
    made = PersonSignature.objects.create(
        signer=actor.id,
        signer_name=actor.name,
        title=title,
        digest=digest.hex(),
        serial=found.serial,
        message=message,
        token=pki.timestamp(hashlib.sha256(message).digest()),
        signed_at=at,
    )
    return made.pk
