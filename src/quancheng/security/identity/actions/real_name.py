"""Asking the population register whether a citizen's name and number belong together, and hearing the answer."""

import uuid
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from quancheng.kernel import events
from quancheng.kernel.refusal import Refusal
from quancheng.security.identity import queries
from quancheng.security.identity.events import RealNameAsked
from quancheng.security.identity.models import Account, RealNameCheck
from quancheng.security.identity.queries import real_name
from quancheng.security.pmi import public as pmi
from quancheng.security.trail import public as trail

State = RealNameCheck.State


class CheckedAlready(Refusal):
    code = "identity.checked-already"
    message = _("Your name has been checked already.")


class NothingToCheck(Refusal):
    code = "identity.nothing-to-check"
    message = _("Your account has no identity number that could be checked.")


class AnswerAwaited(Refusal):
    code = "identity.answer-awaited"
    message = _("The answer is on its way. It usually takes a few minutes.")


class AskedTooOften(Refusal):
    code = "identity.asked-too-often"
    message = _("This can be asked %(tries)s times a day. Try again tomorrow, or bring your identity card to a window.")
    status = 429


def _of_account(*, account_id: uuid.UUID, **_rest: object) -> pmi.Target:
    return pmi.Target(owner=f"account:{account_id}", subjects=(f"account:{account_id}",))


@pmi.action("identity.real-name.ask", scope=_of_account, open_to=("citizen",))
def ask_real_name(*, actor: pmi.Actor, account_id: uuid.UUID, at: datetime) -> uuid.UUID:
    """Ask whether the account's name and identity number belong together; return the check's id.

    :raises CheckedAlready: :raises NothingToCheck: :raises AnswerAwaited: :raises AskedTooOften:
    """
    account = Account.objects.select_for_update(of=("self",)).filter(pk=account_id).first()
    if account is None:
        raise queries.UnknownAccount
    now = real_name.standing(account_id, at=at)
    if now.state == "known":
        raise CheckedAlready
    if now.state == "no-number" or account.person is None:
        raise NothingToCheck
    if now.state == "asked":
        raise AnswerAwaited
    if not now.tries_left:
        raise AskedTooOften(tries=real_name.TRIES)
    made = RealNameCheck.objects.create(account=account, asked_at=at)
    number = account.person.identity_number
    events.publish(RealNameAsked(check_id=str(made.pk), name=account.person.name, identity_number=number))
    return made.pk


def hear(message: events.Message) -> None:
    """Take the register's answer in; once, and only for a question that was asked."""
    try:
        key = uuid.UUID(str(message.data.get("check_id", "")))
    except ValueError:
        return
    item = RealNameCheck.objects.select_related("account").filter(pk=key, state=State.ASKED).first()
    if item is None:
        return
    matched = message.data.get("matches") is True
    item.state = State.MATCHED if matched else State.DIFFERS
    item.answered_at = message.time
    item.save(update_fields=["state", "answered_at"])
    if matched:
        known = Account.objects.filter(pk=item.account_id, assurance__lt=Account.Assurance.CHECKED)
        known.update(assurance=Account.Assurance.CHECKED)
    trail.record(
        action="identity.real-name.hear",
        actor_id="service:identity",
        actor_name="identity",
        outcome="done" if matched else "identity.name-differs",
        subjects=(item.account.actor_id,),
    )
