"""What persons signed with their own certificates."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.crypto.models import PersonSignature
from quancheng.security.pmi import public as pmi

MOST = 100


class UnknownSignature(Refusal):
    """There is no such signature, or it is somebody else's."""

    code = "crypto.unknown-signature"
    message = _("There is no such signature.")
    status = 404


@dataclass(frozen=True, slots=True)
class PersonSignatureView:
    """A signature as its signer sees it."""

    id: int
    title: str
    digest: str
    serial: str
    signed_at: datetime


def signatures(actor: pmi.Actor) -> tuple[PersonSignatureView, ...]:
    """Return what `actor` signed, the latest first, at most 100."""
    own = pmi.visible(actor, "crypto.document.sign", owner="signer", open_to=("staff",))
    rows = PersonSignature.objects.defer("message", "token").filter(own, signer=actor.id).order_by("-id")[:MOST]
    return tuple(PersonSignatureView(row.pk, row.title, row.digest, row.serial, row.signed_at) for row in rows)


def files(actor: pmi.Actor, signature_id: int) -> tuple[str, bytes, bytes]:
    """Return title, signature (CMS) and timestamp token of one of the actor's own. :raises UnknownSignature:"""
    found = PersonSignature.objects.filter(pk=signature_id, signer=actor.id).first()
    if found is None:
        raise UnknownSignature
    return found.title, bytes(found.message), bytes(found.token)
