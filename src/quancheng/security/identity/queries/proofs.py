"""Questions about the certificates with which people sign in."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.identity.models import Account, CertificateBinding


class UnknownBinding(Refusal):
    code = "identity.unknown-binding"
    message = _("There is no such certificate of an account.")
    status = 404


@dataclass(frozen=True, slots=True)
class BindingView:
    """A certificate that opens an account."""

    id: uuid.UUID
    account_id: uuid.UUID
    account_name: str
    serial: str
    name: str
    bound_at: datetime
    used_at: datetime | None


def bindings(account_id: uuid.UUID) -> tuple[BindingView, ...]:
    """Return the certificates that open the account, the latest first."""
    found = CertificateBinding.objects.filter(account_id=account_id, ended_at=None).select_related("account")
    return tuple(_view(item) for item in found.order_by("-bound_at"))


def binding(binding_id: uuid.UUID) -> BindingView:
    """Return one binding. :raises UnknownBinding:"""
    found = CertificateBinding.objects.select_related("account").filter(pk=binding_id).first()
    if found is None:
        raise UnknownBinding
    return _view(found)


def owns_certificate(actor_id: str, *, serial: str, name: str) -> bool:
    """Return whether the certificate with this serial number, made out to `name`, is this person's.

    An officer may have bound it to an account: then it is that account's. Else it is whose name it bears, as long as
    nobody else of that name has an account; two people called 王伟 need theirs bound.
    """
    bound = CertificateBinding.objects.filter(serial=serial, ended_at=None).select_related("account").first()
    if bound is not None:
        return bound.account.actor_id == actor_id
    namesakes = Account.objects.filter(name=name, kind=Account.Kind.STAFF, is_active=True)[:2]
    return [item.actor_id for item in namesakes] == [actor_id]


def _view(item: CertificateBinding) -> BindingView:
    return BindingView(item.pk, item.account_id, item.account.name, item.serial, item.name, item.bound_at, item.used_at)
