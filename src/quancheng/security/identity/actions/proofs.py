"""Writes about certificates with which people sign in."""

import uuid
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.identity import queries
from quancheng.security.identity.adapters import certificates
from quancheng.security.identity.models import Account, CertificateBinding
from quancheng.security.identity.queries import proofs
from quancheng.security.pmi import public as pmi


class NotTheirCertificate(Refusal):
    code = "identity.not-their-certificate"
    message = _("The certificate names %(named)s, the account belongs to %(name)s.")


class CertificateBound(Refusal):
    code = "identity.certificate-bound"
    message = _("This certificate opens an account already.")


class BindingOver(Refusal):
    code = "identity.binding-over"
    message = _("This certificate no longer opens the account already.")


class NotBound(Refusal):
    code = "identity.not-bound"
    message = _("This certificate opens no account. Ask your administrator to enter it.")
    status = 400


def _of_account(*, account_id: uuid.UUID, **_rest: object) -> pmi.Target:
    return pmi.Target(organisation=queries.place_of(account_id), subjects=(f"account:{account_id}",))


def _of_binding(*, binding_id: uuid.UUID, **_rest: object) -> pmi.Target:
    return _of_account(account_id=proofs.binding(binding_id).account_id)


@pmi.action("identity.certificate.bind", scope=_of_account, step_up=True)
def bind_certificate(*, actor: pmi.Actor, account_id: uuid.UUID, certificate: bytes, at: datetime) -> uuid.UUID:
    """Let a person's certificate (PEM) open their account; return the binding's id.

    :raises BadCertificate: :raises NotTheirCertificate: :raises CertificateBound: :raises UnknownAccount:
    """
    shown = certificates.judged(certificate, at=at)
    account = Account.objects.filter(pk=account_id, kind=Account.Kind.STAFF, is_active=True).first()
    if account is None:
        raise queries.UnknownAccount
    if shown.name != account.name:
        raise NotTheirCertificate(named=shown.name, name=account.name)
    if CertificateBinding.objects.filter(fingerprint=shown.fingerprint, ended_at=None).exists():
        raise CertificateBound
    made = CertificateBinding.objects.create(
        account=account, fingerprint=shown.fingerprint, serial=shown.serial, name=shown.name, bound_at=at
    )
    return made.pk


@pmi.action("identity.certificate.unbind", scope=_of_binding, step_up=True)
def unbind_certificate(*, actor: pmi.Actor, binding_id: uuid.UUID, at: datetime) -> None:
    """Let a certificate open its account no longer. :raises BindingOver:"""
    if not CertificateBinding.objects.filter(pk=binding_id, ended_at=None).update(ended_at=at):
        raise BindingOver


def account_of_certificate(shown: certificates.Shown, *, at: datetime) -> Account:
    """Return the account that a certificate opens, and note its use. :raises NotBound:"""
    found = CertificateBinding.objects.select_related("account").filter(
        fingerprint=shown.fingerprint, ended_at=None, account__is_active=True
    )
    item = found.first()
    if item is None:
        raise NotBound
    CertificateBinding.objects.filter(pk=item.pk).update(used_at=at)
    return item.account
