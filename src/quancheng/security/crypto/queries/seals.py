"""Questions about seals and the register of their uses."""

from dataclasses import dataclass
from datetime import datetime

from django.core.paginator import Page, Paginator
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.crypto.models import SealPolicy, SealUse
from quancheng.security.pmi import public as pmi

PAGE = 30
LIGHT = ("document", "sealed")


class UnknownUse(Refusal):
    """There is no such line in the register."""

    code = "crypto.unknown-use"
    message = _("There is no such use of a seal.")
    status = 404


class NotSealed(Refusal):
    """The document has not been sealed."""

    code = "crypto.not-sealed"
    message = _("This document has not been sealed.")
    status = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class SealUseView:
    """A line of the register. `state` is WAITING, SEALED or REFUSED; `number` is how the office cites it."""

    id: int
    number: str
    code: str
    organisation: str
    organisation_name: str
    title: str
    reason: str
    state: str
    state_title: str | Promise
    digest: str
    serial: str
    applicant: str
    applicant_name: str
    applied_at: datetime
    keeper_name: str
    decided_at: datetime | None
    refusal: str


def needs_two(code: str) -> bool:
    """Test whether the seal of the organisation `code` needs two officers."""
    return SealPolicy.objects.filter(code=code, two_officers=True).exists()


def policies() -> dict[str, bool]:
    """Return for each organisation with a rule of its own whether its seal needs two officers."""
    return dict(SealPolicy.objects.values_list("code", "two_officers"))


def uses(*, actor: pmi.Actor, state: str = "", page: int | str = 1) -> Page:
    """Return a page of the uses that `actor` may see, those that wait first, then the latest."""
    rows = SealUse.objects.defer(*LIGHT).filter(pmi.visible(actor, "crypto.seal-use.read", organisation="organisation"))
    if state:
        rows = rows.filter(state=state)
    # WAITING comes last in the alphabet.
    return Paginator(rows.order_by("-state", "-id") if not state else rows.order_by("-id"), PAGE).get_page(page)


def waiting(actor: pmi.Actor) -> int:
    """Return how many applications wait that `actor` may decide."""
    within = pmi.visible(actor, "crypto.seal-use.confirm", organisation="organisation")
    return SealUse.objects.filter(within, state=SealUse.State.WAITING).exclude(applicant=actor.id).count()


def target(seal_use_id: int) -> pmi.Target:
    """Return what a use touches. :raises UnknownUse: if there is none."""
    return _target(_use(seal_use_id))


def use(seal_use_id: int) -> SealUseView:
    """Return one line of the register. :raises UnknownUse: if there is none."""
    return view(_use(seal_use_id))


def _scope(*, seal_use_id: int, **_rest: object) -> pmi.Target:
    return target(seal_use_id)


@pmi.reading("crypto.seal-use.read", scope=_scope)
def document(*, actor: pmi.Actor, seal_use_id: int, sealed: bool) -> tuple[str, bytes]:
    """Return title and content of a use's document, as it was brought or as it was sealed.

    :raises UnknownUse: :raises NotSealed:
    """
    found = SealUse.objects.get(pk=seal_use_id)
    content = found.sealed if sealed else found.document
    if content is None:
        raise NotSealed
    return found.title, bytes(content)


def _use(seal_use_id: int) -> SealUse:
    found = SealUse.objects.defer(*LIGHT).filter(pk=seal_use_id).first()
    if found is None:
        raise UnknownUse
    return found


def _target(found: SealUse) -> pmi.Target:
    return pmi.Target(
        organisation=found.organisation,
        subjects=(f"seal-use:{found.pk}", f"seal:{found.code}", f"digest:{found.digest}"),
    )


def view(item: SealUse) -> SealUseView:
    """Return a row as others see it."""
    return SealUseView(
        id=item.pk,
        number=f"{timezone.localtime(item.applied_at):%Y}-{item.pk:06d}",
        code=item.code,
        organisation=item.organisation,
        organisation_name=item.organisation_name,
        title=item.title,
        reason=item.reason,
        state=item.state,
        state_title=SealUse.State(item.state).label,
        digest=item.digest,
        serial=item.serial,
        applicant=item.applicant,
        applicant_name=item.applicant_name,
        applied_at=item.applied_at,
        keeper_name=item.keeper_name,
        decided_at=item.decided_at,
        refusal=item.refusal,
    )
