"""A small city for tests: two departments, and people made on demand."""

import time
from dataclasses import replace
from datetime import date

from django.utils import timezone

from quancheng.security.identity import public as identity
from quancheng.security.identity import rules
from quancheng.security.identity.models import Account, Appointment, Post
from quancheng.security.pmi import public as pmi

CITY, MARKET, FIRE = "370100/", "370100/370100-scjg/", "370100/370100-xfjy/"
PASSWORD = "quancheng-demo-2026"


def city() -> None:
    identity.ensure_organisation(code="370100", name="济南市人民政府", kind="GOVERNMENT")
    identity.ensure_organisation(code="370100-scjg", name="济南市市场监督管理局", kind="DEPARTMENT", parent="370100")
    identity.ensure_organisation(code="370100-xfjy", name="济南市消防救援支队", kind="DEPARTMENT", parent="370100")


def staff(username: str = "clerk", *, privileges: tuple[str, ...] = (), organisation: str = "370100-scjg") -> Account:
    """Make a member of the staff with these privileges at the organisation."""
    city()
    identity.ensure_account(username=username, name=f"职员{username}", kind="staff")
    pmi.define_role(code=f"role-{username}", title=f"角色{username}", privileges=list(privileges))
    identity.ensure_post(
        organisation=organisation, title=f"岗位{username}", roles=[f"role-{username}"], holders=[username]
    )
    return Account.objects.get(username=username)


def citizen(username: str = "13800530009", *, number: str = "") -> Account:
    identity.ensure_account(
        username=username,
        name="王小美",
        kind="citizen",
        identity_number=number or identity_number(),
        mobile="13800530009",
    )
    return Account.objects.get(username=username)


def identity_number(first_seventeen: str = "37010219900315002") -> str:
    return first_seventeen + rules.check_character(first_seventeen)


def appoint(account: Account, organisation: str, title: str, role: str, since: date, until: date | None = None) -> None:
    identity.ensure_post(organisation=organisation, title=title, roles=[role])
    post = Post.objects.get(organisation__code=organisation, title=title)
    Appointment.objects.create(account=account, post=post, valid_from=since, valid_until=until)


def proven(account: Account) -> pmi.Actor:
    """Return the actor of somebody who has just shown who they are."""
    return replace(identity.actor_for(account), proven_at=timezone.now())


def prove(client, account: Account, seconds_ago: float = 0) -> None:
    """Sign in with a proof of identity, as the login page records it."""
    client.force_login(account)
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time() - seconds_ago}]
    session["account_authentication_methods_user"] = str(account.pk)
    session.save()
