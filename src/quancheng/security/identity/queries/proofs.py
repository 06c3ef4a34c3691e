"""Questions about the certificates with which people sign in."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.identity.models import CertificateBinding


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


def _view(item: CertificateBinding) -> BindingView:
    return BindingView(item.pk, item.account_id, item.account.name, item.serial, item.name, item.bound_at, item.used_at)
