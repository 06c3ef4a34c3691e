"""Writes about accounts."""

import uuid
from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quancheng.kernel import events
from quancheng.kernel.refusal import Refusal
from quancheng.security.identity import queries, rules
from quancheng.security.identity.actions import sessions
from quancheng.security.identity.events import AccountMade, PasswordSet
from quancheng.security.identity.models import Account, Person
from quancheng.security.pmi import public as pmi


class UserNameTaken(Refusal):
    code = "identity.user-name-taken"
    message = _("There is already an account with the user name %(username)s.")


class PersonHasAccount(Refusal):
    code = "identity.person-has-account"
    message = _("There is already an account for this identity number. Sign in, or have the password reset.")


class NameDiffers(Refusal):
    code = "identity.name-differs"
    message = _("The name does not belong to this identity number.")


class BadIdentityNumber(Refusal):
    code = "identity.bad-identity-number"
    message = _("This is not a valid identity number. Check every digit; the last character may be X.")


class BadMobile(Refusal):
    code = "identity.bad-mobile"
    message = _("This is not a mobile number of the mainland: eleven digits, beginning with 1.")


class WeakPassword(Refusal):
    code = "identity.weak-password"
    message = _("This password is too easy to guess: %(why)s")


def _of_account(*, account_id: uuid.UUID, **_rest: object) -> pmi.Target:
    return pmi.Target(organisation=queries.place_of(account_id), subjects=(f"account:{account_id}",))


@pmi.action("identity.account.create", step_up=True)
def create_account(
    *,
    actor: pmi.Actor,
    username: str,
    name: str,
    password: str,
    email: str = "",
    mobile: str = "",
    identity_number: str = "",
) -> uuid.UUID:
    """Create an account for somebody on the staff; return its id. Citizens register themselves.

    :raises UserNameTaken: :raises WeakPassword: :raises BadMobile: :raises BadIdentityNumber: :raises NameDiffers:
    """
    account = new_account(
        username=username, name=name, password=password, email=email, mobile=mobile, kind=Account.Kind.STAFF
    )
    if identity_number:
        account.person = person_of(name=name, identity_number=identity_number, mobile=mobile)
        account.assurance = Account.Assurance.PRESENT
    account.save()
    events.publish(AccountMade(account_id=str(account.pk), username=account.username, by_name=actor.name))
    return account.pk


@pmi.action("identity.account.register", open_to=("anonymous",))
def register(
    *,
    actor: pmi.Actor,
    name: str,
    identity_number: str,
    mobile: str,
    password: str,
    email: str = "",
) -> uuid.UUID:
    """Create a citizen's own account, whose user name is the mobile number; return its id.

    :raises PersonHasAccount: :raises UserNameTaken: :raises WeakPassword: :raises BadMobile:
    :raises BadIdentityNumber: :raises NameDiffers:
    """
    person = person_of(name=name, identity_number=identity_number, mobile=mobile)
    if person.accounts.filter(kind=Account.Kind.CITIZEN).exists():
        raise PersonHasAccount
    account = new_account(
        username=mobile, name=name, password=password, email=email, mobile=mobile, kind=Account.Kind.CITIZEN
    )
    account.person = person
    account.save()
    return account.pk


@pmi.action("identity.account.deactivate", scope=_of_account, step_up=True)
def deactivate_account(*, actor: pmi.Actor, account_id: uuid.UUID, at: datetime) -> None:
    """Close an account: nobody signs in with it any more, its appointments end on the day of `at`."""
    account = Account.objects.select_for_update(of=("self",)).filter(pk=account_id).first()
    if account is None:
        raise queries.UnknownAccount
    account.is_active = False
    account.save(update_fields=["is_active"])
    today = timezone.localdate(at)
    account.appointments.filter(valid_until=None, valid_from__lte=today).update(valid_until=today)
    sessions.close(account_id, at=at)


@pmi.action("identity.account.activate", scope=_of_account, step_up=True)
def activate_account(*, actor: pmi.Actor, account_id: uuid.UUID) -> None:
    """Open a closed account again; appointments that ended stay ended."""
    if not Account.objects.filter(pk=account_id).update(is_active=True):
        raise queries.UnknownAccount


@pmi.action("identity.account.set-password", scope=_of_account, step_up=True)
def set_password(*, actor: pmi.Actor, account_id: uuid.UUID, password: str) -> None:
    """Give a member of the staff who is locked out a new password. :raises WeakPassword: :raises UnknownAccount:"""
    account = Account.objects.filter(pk=account_id, kind=Account.Kind.STAFF).first()
    if account is None:
        raise queries.UnknownAccount
    _set_password(account, password)
    account.save(update_fields=["password"])
    at = timezone.now()
    sessions.close(account_id, at=at)
    events.publish(PasswordSet(account_id=str(account_id), by_name=actor.name, at=at.isoformat()))


def new_account(*, username: str, name: str, password: str | None, email: str, mobile: str, kind: str) -> Account:
    """Return an account that is not stored yet; without a password nobody signs in.

    :raises UserNameTaken: :raises BadMobile: :raises WeakPassword:
    """
    username = username.strip().lower()
    if queries.is_taken(username):
        raise UserNameTaken(username=username)
    if mobile and not rules.is_mobile(mobile):
        raise BadMobile
    account = Account(username=username, name=name, email=email, mobile=mobile, kind=kind)
    if password is None:
        account.set_unusable_password()
    else:
        _set_password(account, password)
    return account


def _set_password(account: Account, password: str) -> None:
    try:
        validate_password(password, account)
    except ValidationError as error:
        raise WeakPassword(why=" ".join(error.messages)) from error
    account.set_password(password)


def person_of(*, name: str, identity_number: str, mobile: str) -> Person:
    """Return the person with this number, stored now if new. :raises BadIdentityNumber: :raises NameDiffers:"""
    number = rules.normal_identity_number(identity_number)
    if not rules.is_identity_number(number, today=timezone.localdate()):
        raise BadIdentityNumber
    person, created = Person.objects.get_or_create(
        identity_number=number, defaults={"name": name, "mobile": mobile, "reference": pmi.reference(number)}
    )
    if not created and person.name != name:
        raise NameDiffers
    return person
