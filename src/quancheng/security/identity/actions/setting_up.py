"""What a site is set up with, before there is anybody to act. Everything here may be repeated without effect."""

import os
import uuid
from collections.abc import Iterable
from datetime import date, timedelta

from allauth.idp.oidc.models import Client
from django.db import transaction
from django.utils import timezone

from quancheng.security.identity import queries, rules
from quancheng.security.identity.actions.people import person_of
from quancheng.security.identity.actions.places import new_organisation, role_ids
from quancheng.security.identity.actions.restructuring import record_change
from quancheng.security.identity.models import Account, Appointment, Delegation, Organisation, Post, Restructuring
from quancheng.security.pmi import public as pmi

FOUNDED = date(2019, 1, 1)


def demo_password() -> str:
    """Return the password of every account of the demonstration city (`QC_DEMO_PASSWORD`)."""
    return os.environ.get("QC_DEMO_PASSWORD", "quancheng-demo-2026")


@transaction.atomic
def ensure_organisation(
    *,
    code: str,
    name: str,
    kind: str,
    parent: str = "",
    short_name: str = "",
    valid_from: date = FOUNDED,
    rank: int = 0,
) -> str:
    """Return the path of the organisation `code`, created now if it is missing.

    `parent` is a code, `rank` the place in the order of precedence among those below the same parent.
    """
    found = Organisation.objects.filter(code=code).first()
    return (
        found
        or new_organisation(
            code=code, name=name, kind=kind, parent=parent, short_name=short_name, valid_from=valid_from, rank=rank
        )
    ).path


@transaction.atomic
def ensure_account(
    *,
    username: str,
    name: str,
    kind: str,
    identity_number: str = "",
    mobile: str = "",
    email: str = "",
    is_superuser: bool = False,
) -> uuid.UUID:
    """Return the id of the demonstration account `username`, created now with the demonstration password if missing."""
    account = Account.objects.filter(username=username).first()
    if account is None:
        account = Account(
            username=username, name=name, kind=kind, mobile=mobile, email=email, is_superuser=is_superuser
        )
        account.set_password(demo_password())
        if identity_number:
            account.person = person_of(name=name, identity_number=identity_number, mobile=mobile)
            account.assurance = Account.Assurance.CHECKED
        account.save()
    return account.pk


@transaction.atomic
def ensure_post(*, organisation: str, title: str, roles: Iterable[str] = (), holders: Iterable[str] = ()) -> uuid.UUID:
    """Return the id of a post, created now if missing, that carries at least `roles` and is held by `holders`.

    `organisation` is a code, `roles` are codes of roles that exist already, `holders` are user names of staff.

    :raises UnknownOrganisation: :raises UnknownRole: :raises UnknownAccount:
    """
    place = Organisation.objects.filter(code=organisation).first()
    if place is None:
        raise queries.UnknownOrganisation(code=organisation)
    post, _created = Post.objects.get_or_create(organisation=place, title=title)
    post.roles.add(*role_ids(roles))
    for username in holders:
        account = Account.objects.filter(username=username, kind=Account.Kind.STAFF).first()
        if account is None:
            raise queries.UnknownAccount(username)
        if not Appointment.objects.filter(account=account, post=post, valid_until=None).exists():
            Appointment.objects.create(account=account, post=post, valid_from=timezone.localdate())
    return post.pk


@transaction.atomic
def ensure_delegation(*, organisation: str, post: str, giver: str, deputy: str, days: int, reason: str) -> uuid.UUID:
    """Return the id of a delegation between two user names, made now from today for so many days if there is none."""
    found = Delegation.objects.filter(
        giver__username=giver, deputy__username=deputy, post__organisation__code=organisation, post__title=post
    ).first()
    today = timezone.localdate()
    made = found or Delegation.objects.create(
        giver=Account.objects.get(username=giver),
        deputy=Account.objects.get(username=deputy),
        post=Post.objects.get(organisation__code=organisation, title=post),
        valid_from=today,
        valid_until=today + timedelta(days - 1),
        reason=reason,
    )
    return made.pk


@transaction.atomic
def ensure_client(*, organisation: str, name: str, redirect_uri: str) -> str:
    """Return the id of a department's system that signs staff in here, registered now if missing.

    Nobody knows its secret: the operator has a new one made.
    """
    found = Client.objects.filter(name=name).first()
    if found is None:
        place = Organisation.objects.get(code=organisation).path
        found = Client(name=name, data={"organisation": place, "audience": [Account.Kind.STAFF]}, response_types="code")
        found.set_redirect_uris([redirect_uri])
        found.set_scopes(list(rules.SCOPES))
        found.grant_types = "authorization_code\nrefresh_token"
        found.save()
    return found.pk


@transaction.atomic
def ensure_planned_name(
    *, organisation: str, name: str, short_name: str, days: int, document: str, reason: str
) -> uuid.UUID:
    """Return the id of a renaming decided for so many days from now, decided now if there is none."""
    found = Restructuring.objects.filter(organisation__code=organisation, kind=Restructuring.Kind.RENAME).first()
    if found:
        return found.pk
    now = timezone.now()
    plan = queries.Plan(
        kind=Restructuring.Kind.RENAME,
        organisation=organisation,
        effective_on=timezone.localdate(now) + timedelta(days),
        details={"name": name, "short_name": short_name},
    )
    return record_change(plan, document=document, reason=reason, actor=pmi.service_actor("identity"), at=now)
