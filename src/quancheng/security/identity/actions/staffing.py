"""Joining, changing posts and leaving, each as one act."""

import secrets
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

from allauth.account.models import EmailAddress
from allauth.idp.oidc.models import Token
from allauth.mfa.models import Authenticator
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _

from quancheng.kernel import events
from quancheng.kernel.refusal import Refusal
from quancheng.security.identity import queries, rules
from quancheng.security.identity.actions import sessions
from quancheng.security.identity.actions.appointments import (
    AlreadyAppointed,
    EndsBeforeItBegins,
    NotForCitizens,
    OwnAppointment,
    keep_officers_apart,
)
from quancheng.security.identity.actions.people import WeakPassword, new_account, person_of
from quancheng.security.identity.actions.places import post_of
from quancheng.security.identity.config import config
from quancheng.security.identity.events import AccountMade, DepartureDecided
from quancheng.security.identity.models import (
    Account,
    Appointment,
    CertificateBinding,
    Delegation,
    Departure,
    Invitation,
)
from quancheng.security.identity.queries.planning import ONE_DAY
from quancheng.security.pmi import public as pmi
from quancheng.security.trail import public as trail

# Of a code that is typed in: 32 signs that cannot be taken for one another.
SIGNS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
CODE_LENGTH, WRONG_CODES = 12, 5


class AccountExists(Refusal):
    code = "identity.account-exists"
    message = _("%(name)s has the account %(username)s already. Move them to the new post instead.")


class InvitationOver(Refusal):
    code = "identity.invitation-over"
    message = _("This invitation does not exist, has been used, or is over. Ask your administrator for a new one.")
    status = 404


class LeavesAlready(Refusal):
    code = "identity.leaves-already"
    message = _("A departure of this account waits for its day already. Withdraw it first.")


class DepartureOver(Refusal):
    code = "identity.departure-over"
    message = _("This departure has been carried out or withdrawn already.")


class OwnDeparture(Refusal):
    code = "identity.own-departure"
    message = _("Nobody closes their own account. Ask another administrator.")


class PasswordChosen(Refusal):
    code = "identity.password-chosen"
    message = _("This account has a password already. Set a new one instead of inviting again.")


@dataclass(frozen=True, slots=True)
class Secret:
    """An invitation's secret, known only now. `by_mail`: it belongs into a link; otherwise it is typed in."""

    account_id: uuid.UUID
    text: str
    by_mail: bool
    expires_at: datetime


def _of_post(*, post_id: uuid.UUID, **_rest: object) -> pmi.Target:
    post = post_of(post_id)
    return pmi.Target(organisation=post.organisation.path, subjects=(f"post:{post.pk}",))


def _of_move(*, account_id: uuid.UUID, ends: Iterable[uuid.UUID], post_id: uuid.UUID, **_rest: object) -> pmi.Target:
    ended = Appointment.objects.filter(pk__in=list(ends)).values_list("post__organisation__path", flat=True)
    place = rules.common_path([post_of(post_id).organisation.path, *ended])
    return pmi.Target(organisation=place or "/", subjects=(f"account:{account_id}", f"post:{post_id}"))


def _of_account(*, account_id: uuid.UUID, **_rest: object) -> pmi.Target:
    return pmi.Target(organisation=queries.place_of(account_id), subjects=(f"account:{account_id}",))


def _of_departure(*, departure_id: uuid.UUID, **_rest: object) -> pmi.Target:
    return _of_account(account_id=queries.departure(departure_id).account_id)


@pmi.action("identity.staff.join", scope=_of_post, step_up=True)
def join(
    *,
    actor: pmi.Actor,
    name: str,
    username: str,
    identity_number: str,
    mobile: str,
    email: str,
    post_id: uuid.UUID,
    valid_from: date,
    at: datetime,
) -> Secret:
    """Take somebody on: person, account and appointment in one, and an invitation to choose the password.

    :raises AccountExists: :raises UserNameTaken: :raises BadMobile: :raises BadIdentityNumber: :raises NameDiffers:
    :raises OfficersSeparate:
    """
    person = person_of(name=name, identity_number=identity_number, mobile=mobile) if identity_number else None
    if person and (known := person.accounts.filter(kind=Account.Kind.STAFF).first()):
        raise AccountExists(name=name, username=known.username)
    account = new_account(
        username=username, name=name, password=None, email=email, mobile=mobile, kind=Account.Kind.STAFF
    )
    if person:
        account.person, account.assurance = person, Account.Assurance.PRESENT
    account.save()
    keep_officers_apart(account, post_id=post_id)
    Appointment.objects.create(account=account, post_id=post_id, valid_from=valid_from)
    note(actor, "identity.appointment.make", account, post_id=post_id)
    events.publish(AccountMade(account_id=str(account.pk), username=account.username, by_name=actor.name))
    return _invite(account, at=at)


@pmi.action("identity.staff.invite", scope=_of_account, step_up=True)
def invite(*, actor: pmi.Actor, account_id: uuid.UUID, at: datetime) -> Secret:
    """Invite the holder of a new account once more; earlier invitations are worthless. :raises PasswordChosen:"""
    account = Account.objects.select_for_update(of=("self",)).filter(pk=account_id, is_active=True).first()
    if account is None or account.kind != Account.Kind.STAFF:
        raise queries.UnknownAccount
    if account.has_usable_password():
        raise PasswordChosen
    return _invite(account, at=at)


@pmi.action("identity.staff.move", scope=_of_move, step_up=True)
def move(
    *,
    actor: pmi.Actor,
    account_id: uuid.UUID,
    ends: Iterable[uuid.UUID],
    post_id: uuid.UUID,
    from_day: date,
) -> uuid.UUID:
    """End appointments on the day before `from_day` and begin another on it; return the new one's id.

    :raises OwnAppointment: :raises NotForCitizens: :raises AlreadyAppointed: :raises OfficersSeparate:
    """
    account = Account.objects.select_for_update(of=("self",)).filter(pk=account_id).first()
    if account is None:
        raise queries.UnknownAccount
    if account.actor_id == actor.id:
        raise OwnAppointment
    if account.kind != Account.Kind.STAFF:
        raise NotForCitizens
    ended = Appointment.objects.filter(account=account, pk__in=list(ends))
    posts = list(ended.values_list("post_id", flat=True))
    for item in ended:
        note(actor, "identity.appointment.end", account, post_id=item.post_id)
    cut(ended, last=from_day - ONE_DAY)
    given = Delegation.objects.filter(giver=account, post_id__in=posts, ended_at=None, valid_until__gte=from_day)
    cut(given, last=from_day - ONE_DAY)
    if Appointment.objects.filter(account=account, post_id=post_id, valid_until=None).exists():
        raise AlreadyAppointed
    keep_officers_apart(account, post_id=post_id)
    note(actor, "identity.appointment.make", account, post_id=post_id)
    return Appointment.objects.create(account=account, post_id=post_id, valid_from=from_day).pk


@pmi.action("identity.staff.leave", scope=_of_account, step_up=True)
def leave(
    *, actor: pmi.Actor, account_id: uuid.UUID, last_day: date, reason: str, at: datetime, at_once: bool = False
) -> uuid.UUID:
    """Let somebody leave after `last_day`, or now when `at_once`; return the departure's id.

    Appointments and delegations get their last day at once; sign-in ends on the day after, everything in one
    transaction. :raises LeavesAlready: :raises OwnDeparture: :raises EndsBeforeItBegins:
    """
    account = Account.objects.select_for_update(of=("self",)).filter(pk=account_id, kind=Account.Kind.STAFF).first()
    if account is None:
        raise queries.UnknownAccount
    if account.actor_id == actor.id:
        raise OwnDeparture
    if Departure.objects.filter(account=account, applied_at=None, withdrawn_at=None).exists():
        raise LeavesAlready
    today = timezone.localdate(at)
    if last_day < today - timedelta(366):
        raise EndsBeforeItBegins
    before: dict[str, dict[str, str | None]] = {"appointments": {}, "delegations": {}}
    for name, found in (("appointments", _appointments(account, last_day)), ("delegations", _lent(account, last_day))):
        for item in found:
            before[name][str(item.pk)] = item.valid_until.isoformat() if item.valid_until else None
    made = Departure.objects.create(
        account=account,
        last_day=last_day,
        reason=reason,
        before=before,
        decided_by=actor.id,
        decided_by_name=actor.name,
        decided_at=at,
    )
    _cut_all(account, last_day, keep_future=True)
    if at_once or last_day < today:
        # Who can sign in no more finds nothing in an inbox.
        carry_out_departure(made, actor=actor, at=at)
    else:
        day = last_day.isoformat()
        events.publish(
            DepartureDecided(departure_id=str(made.pk), account_id=str(account_id), last_day=day, by_name=actor.name)
        )
    return made.pk


@pmi.action("identity.staff.stay", scope=_of_departure, step_up=True)
def withdraw_departure(*, actor: pmi.Actor, departure_id: uuid.UUID, at: datetime) -> None:
    """Take a departure back before its day: everything ends when it would have before. :raises DepartureOver:"""
    found = Departure.objects.select_for_update(of=("self",)).get(pk=departure_id)
    if found.applied_at or found.withdrawn_at:
        raise DepartureOver
    kinds: tuple[tuple[Any, str], ...] = ((Appointment, "appointments"), (Delegation, "delegations"))
    for model, name in kinds:
        for key, until in found.before.get(name, {}).items():
            model.objects.filter(pk=key).update(valid_until=until)
    found.withdrawn_at = at
    found.save(update_fields=["withdrawn_at"])


def carry_out_departures(*, at: datetime) -> int:
    """Carry out the departures whose last day is over, each in one transaction; return how many."""
    due = Departure.objects.filter(applied_at=None, withdrawn_at=None, last_day__lt=timezone.localdate(at))
    done = 0
    for key in due.values_list("pk", flat=True):
        with transaction.atomic():
            item = due.select_for_update(of=("self",)).select_related("account").filter(pk=key).first()
            if item:
                carry_out_departure(item, actor=pmi.service_actor("identity"), at=at)
                done += 1
    return done


def carry_out_departure(item: Departure, *, actor: pmi.Actor, at: datetime) -> None:
    """End everything by which the account could act; each kind leaves an entry in the trail."""
    account = item.account
    cuts = _cut_all(account, item.last_day, keep_future=False)
    Account.objects.filter(pk=account.pk).update(is_active=False, password=f"!{secrets.token_urlsafe(30)}")
    Invitation.objects.filter(account=account, used_at=None).update(expires_at=at)
    ended = {
        **cuts,
        "identity.session.end": sessions.close(account.pk, at=at),
        "identity.token.revoke": Token.objects.filter(user=account).delete()[0],
        "identity.authenticator.remove": Authenticator.objects.filter(user=account).delete()[0],
        "identity.certificate.unbind": CertificateBinding.objects.filter(account=account, ended_at=None).update(
            ended_at=at
        ),
        "identity.account.deactivate": 1,
    }
    for action, number in ended.items():
        if number:
            note(actor, action, account, number=number, departure=item.pk)
    item.applied_at = at
    item.save(update_fields=["applied_at"])


def accept_invitation(*, secret: str, username: str = "", password: str, at: datetime) -> uuid.UUID:
    """Take up an invitation: set the first password and use it up; return the account's id.

    With `username` the secret is a code that was typed in; too many wrong ones and it is worthless. No action: whoever
    holds the secret has no account to act with; the trail hears of it.

    :raises InvitationOver: :raises WeakPassword:
    """
    with transaction.atomic():
        open_ones = Invitation.objects.select_for_update(of=("self",)).filter(used_at=None, expires_at__gt=at)
        if username:
            wanted = open_ones.filter(account__username=username.strip().lower(), by_mail=False)
            found = wanted.filter(failures__lt=WRONG_CODES).order_by("-made_at").first()
            if found and not constant_time_compare(found.digest, digest_of(typed(secret))):
                Invitation.objects.filter(pk=found.pk).update(failures=F("failures") + 1)
                found = None
        else:
            found = open_ones.filter(digest=digest_of(secret), by_mail=True).first()
        account = Account.objects.filter(pk=found.account_id, is_active=True).first() if found else None
        if found and account:
            try:
                validate_password(password, account)
            except ValidationError as error:
                raise WeakPassword(why=" ".join(error.messages)) from error
            account.set_password(password)
            account.save(update_fields=["password"])
            if found.by_mail:
                EmailAddress.objects.update_or_create(
                    user=account, email=account.email.lower(), defaults={"verified": True, "primary": True}
                )
            found.used_at = at
            found.save(update_fields=["used_at"])
            trail.record(
                action="identity.invitation.accept",
                actor_id=account.actor_id,
                actor_name=account.name,
                subjects=(account.actor_id,),
            )
            return account.pk
    # After the transaction, so that a wrong code is counted.
    raise InvitationOver


def invitation_is_open(secret: str, *, at: datetime) -> bool:
    """Test whether the secret of a link can be taken up."""
    return Invitation.objects.filter(
        digest=digest_of(secret), by_mail=True, used_at=None, expires_at__gt=at, account__is_active=True
    ).exists()


def digest_of(secret: str) -> str:
    """Return under what an invitation's secret is kept."""
    return sha256(b"quancheng invitation " + secret.encode()).hexdigest()


def typed(code: str) -> str:
    """Return a code as it was made, however it was typed."""
    return "".join(sign for sign in code.upper() if sign in SIGNS)


def note(actor: pmi.Actor, action: str, account: Account, **detail: object) -> None:
    """Enter one part of what is done to an account in the trail."""
    trail.record(
        action=action,
        actor_id=actor.id,
        actor_name=actor.name,
        subjects=(account.actor_id, *((f"post:{detail['post_id']}",) if "post_id" in detail else ())),
        organisation=actor.organisation,
        detail={key: str(value) for key, value in detail.items()},
    )


def cut(found: Any, *, last: date) -> int:
    """Give the periods `last` as their last day; those that would begin later are taken out. Return how many."""
    late = found.filter(valid_from__gt=last)
    gone = late.delete()[0]
    return gone + found.update(valid_until=last)


def _invite(account: Account, *, at: datetime) -> Secret:
    Invitation.objects.filter(account=account, used_at=None).delete()
    by_mail = bool(account.email)
    text = secrets.token_urlsafe(32) if by_mail else "".join(secrets.choice(SIGNS) for _sign in range(CODE_LENGTH))
    hours = config.invitation_hours if by_mail else config.code_hours
    made = Invitation.objects.create(
        account=account, digest=digest_of(text), by_mail=by_mail, made_at=at, expires_at=at + timedelta(hours=hours)
    )
    return Secret(account.pk, text, by_mail, made.expires_at)


def _appointments(account: Account, last: date) -> Any:
    return account.appointments.filter(Q(valid_until=None) | Q(valid_until__gt=last))


def _lent(account: Account, last: date) -> Any:
    found = Delegation.objects.filter(Q(giver=account) | Q(deputy=account), ended_at=None)
    return found.filter(valid_until__gt=last)


def _cut_all(account: Account, last: date, *, keep_future: bool) -> dict[str, int]:
    """End what runs beyond `last`. With `keep_future`, what begins later stays until the departure is carried out."""
    counts = {}
    for action, found in (
        ("identity.appointment.end", _appointments(account, last)),
        ("identity.delegation.end", _lent(account, last)),
    ):
        counts[action] = cut(found.filter(valid_from__lte=last) if keep_future else found, last=last)
    return counts
