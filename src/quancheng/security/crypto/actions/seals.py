"""The organisation's seal under dual control: one officer applies, another keeper confirms, then it is set.

After GB/T 38540-2020 (electronic seals) and the State Council's rules on seals (国发〔1999〕25号): each use is applied
for, agreed to and registered.
"""

import hashlib
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.crypto.config import config
from quancheng.security.crypto.models import SealPolicy, SealUse
from quancheng.security.crypto.queries import seals
from quancheng.security.identity import public as identity
from quancheng.security.pki import public as pki
from quancheng.security.pmi import public as pmi


class NotAPdf(Refusal):
    """Only PDF can take a visible seal."""

    code = "crypto.not-a-pdf"
    message = _("The document is not a PDF, or it is larger than the services take.")
    status = 422


class AlreadyDecided(Refusal):
    """Somebody has confirmed or refused the application before."""

    code = "crypto.already-decided"
    message = _("This application has been decided already.")


class OwnApplication(Refusal):
    """Who applies cannot confirm, nor can who acts in the applicant's name."""

    code = "crypto.own-application"
    message = _("You applied for this use of the seal yourself; another keeper must decide it.")
    status = 403


class ReasonMissing(Refusal):
    """A refusal says why."""

    code = "crypto.reason-missing"
    message = _("Say why you refuse, so that the applicant knows what to do.")
    status = 422


class SealNeedsTwo(Refusal):
    """No single caller gets this seal: its rule wants two officers."""

    code = "crypto.seal-needs-two"
    message = _("The seal of %(organisation)s needs two officers: apply for its use in the workbench.")


def _of_place(*, organisation: str, content: bytes, **_rest: object) -> pmi.Target:
    return pmi.Target(organisation=organisation, subjects=(f"digest:{hashlib.sha256(content).hexdigest()}",))


def _of_use(*, seal_use_id: int, **_rest: object) -> pmi.Target:
    return seals.target(seal_use_id)


def _of_code(*, code: str, **_rest: object) -> pmi.Target:
    return pmi.Target(organisation=identity.organisation(code).path, subjects=(f"seal:{code}",))


@pmi.action("crypto.seal-use.apply", scope=_of_place)
def apply_for_seal(
    *, actor: pmi.Actor, organisation: str, title: str, content: bytes, reason: str, at: datetime
) -> int:
    """Apply for the seal of the organisation at that path on a PDF; return the number of the use.

    The same document waits only once. Where the rule asks for one officer only, it is sealed at once.

    :raises NotAPdf: :raises pki.NoSeal: :raises pki.Unsealable:
    """
    if not content.startswith(b"%PDF-") or len(content) > config.largest:
        raise NotAPdf
    code = organisation.rstrip("/").rpartition("/")[2]
    holder = pki.organisation_signer(code).holder
    use, _made = SealUse.objects.get_or_create(
        code=code,
        digest=hashlib.sha256(content).hexdigest(),
        state=SealUse.State.WAITING,
        defaults={
            "organisation": organisation,
            "organisation_name": holder.name,
            "title": title,
            "reason": reason,
            "document": content,
            "applicant": actor.id,
            "applicant_for": actor.on_behalf_of,
            "applicant_name": actor.name,
            "applied_at": at,
        },
    )
    if not seals.needs_two(code):
        _seal(use, actor, at)
    return use.pk


@pmi.action("crypto.seal-use.confirm", scope=_of_use)
def confirm_seal(*, actor: pmi.Actor, seal_use_id: int, at: datetime) -> None:
    """Agree to a use of the seal and set it. :raises OwnApplication: :raises AlreadyDecided: :raises pki.NoSeal:"""
    _seal(_to_decide(actor, seal_use_id), actor, at)


@pmi.action("crypto.seal-use.refuse", scope=_of_use)
def refuse_seal(*, actor: pmi.Actor, seal_use_id: int, reason: str, at: datetime) -> None:
    """Refuse a use of the seal. :raises OwnApplication: :raises AlreadyDecided: :raises ReasonMissing:"""
    use = _to_decide(actor, seal_use_id)
    if not reason.strip():
        raise ReasonMissing
    use.state, use.refusal = SealUse.State.REFUSED, reason.strip()
    _decide(use, actor, at)


@pmi.action("crypto.seal-policy.change", scope=_of_code, step_up=True)
def change_seal_policy(*, actor: pmi.Actor, code: str, two_officers: bool, at: datetime) -> None:
    """Say whether the seal of an organisation needs two officers."""
    facts = {"two_officers": two_officers, "changed_by": actor.name, "changed_at": at}
    SealPolicy.objects.update_or_create(code=code, defaults=facts)


def ensure_seal_policy(*, code: str, two_officers: bool, at: datetime) -> None:
    """Say so for setting up a site; a rule that stands is left as it is."""
    SealPolicy.objects.get_or_create(
        code=code, defaults={"two_officers": two_officers, "changed_by": "crypto", "changed_at": at}
    )


def _to_decide(actor: pmi.Actor, seal_use_id: int) -> SealUse:
    use = SealUse.objects.select_for_update().get(pk=seal_use_id)
    if use.state != SealUse.State.WAITING:
        raise AlreadyDecided
    if {actor.id, actor.on_behalf_of} & {use.applicant, use.applicant_for} - {""}:
        raise OwnApplication
    return use


def _seal(use: SealUse, actor: pmi.Actor, at: datetime) -> None:
    signer = pki.organisation_signer(use.code)
    use.sealed = pki.seal_pdf(bytes(use.document), organisation=use.code, reason=use.reason)
    use.state, use.serial = SealUse.State.SEALED, signer.holder.serial
    _decide(use, actor, at)


def _decide(use: SealUse, actor: pmi.Actor, at: datetime) -> None:
    use.keeper, use.keeper_name, use.decided_at = actor.id, actor.name, at
    use.save()
