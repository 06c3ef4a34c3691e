"""What is wanting about accounts: idle ones, weak ways in, people who are two of the three officers."""

import hashlib
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import check_password
from django.core.cache import cache
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quancheng.kernel import posture
from quancheng.kernel.posture import Finding, Severity
from quancheng.security.identity.actions.setting_up import demo_password
from quancheng.security.identity.models import Account
from quancheng.security.identity.queries.places import appointments_on
from quancheng.security.pmi import public as pmi

IDLE = timedelta(days=90)
NAMED = 5


@posture.check("identity.idle-account", title=_("Accounts that nobody uses"))
def idle(at: datetime) -> Iterator[Finding]:
    """Find staff who have not signed in for ninety days (GB/T 22239-2019, 8.1.4.2 c: idle accounts are closed)."""
    since = at - IDLE
    unused = Q(last_login__lt=since) | Q(last_login=None, date_joined__lt=since)
    rows = list(_staff().filter(unused).order_by("username"))
    if rows:
        yield Finding(
            Severity.SERIOUS,
            _("Accounts of staff not used for %(days)s days: %(count)s (%(names)s).")
            % {"count": len(rows), "days": IDLE.days, "names": named(rows)},
            remedy=_("Deactivate them; whoever comes back is activated again."),
            url=reverse("identity:accounts"),
            since=min(row.last_login or row.date_joined for row in rows) + IDLE,
        )


@posture.check("identity.second-factor", title=_("Staff without a second factor"))
def second_factor(at: datetime) -> Iterator[Finding]:
    """Find staff who sign in with a password alone (GB/T 22239-2019, 8.1.4.1 d: two factors)."""
    strong = Authenticator.objects.exclude(type=Authenticator.Type.RECOVERY_CODES).values("user")
    weak = list(_staff().exclude(pk__in=strong).order_by("username"))
    keepers = {pk for pk, officers in _officers(at).items() if officers}
    guards = [row for row in weak if row.is_superuser or row.pk in keepers]
    others = [row for row in weak if row not in guards]
    remedy = _("Set QC_IDENTITY_REQUIRE_TOTP=1: everybody is then led to enrolling one when they next sign in.")
    if guards:
        yield Finding(
            Severity.SERIOUS,
            _("Officers and administrators who sign in with a password alone: %(count)s (%(names)s).")
            % {"count": len(guards), "names": named(guards)},
            key="officers",
            remedy=remedy,
            url=reverse("identity:accounts"),
        )
    if others:
        yield Finding(
            Severity.NOTICE,
            _("Other staff with a password alone: %(count)s.") % {"count": len(others)},
            key="staff",
            remedy=remedy,
            url=reverse("identity:accounts"),
        )


@posture.check("identity.demo-password", title=_("Passwords of the demonstration"))
def demonstration(_at: datetime) -> Iterator[Finding]:
    """Find accounts that the published password of the sample city opens."""
    given = demo_password()
    rows = [row for row in _staff().order_by("username") if _opens(row.password, given)]
    if rows:
        yield Finding(
            Severity.CRITICAL,
            _("Accounts that the published password of the demonstration opens: %(count)s (%(names)s).")
            % {"count": len(rows), "names": named(rows)},
            remedy=_("Give each a new password, or deactivate what came with the sample city."),
            url=reverse("identity:accounts"),
        )


@posture.check("identity.officers", title=_("Separation of the three officers"))
def officers(at: datetime) -> Iterator[Finding]:
    """Find people who are two of the three officers, by whatever posts (GB/T 22239-2019, 8.1.5)."""
    clashing = [pk for pk, held in _officers(at).items() if pmi.officers_clash(held)]
    for row in Account.objects.filter(pk__in=clashing).order_by("username"):
        yield Finding(
            Severity.CRITICAL,
            _("%(name)s is more than one of system, security and audit officer.") % {"name": row.name},
            key=str(row.pk),
            remedy=_("End one of the appointments."),
            url=reverse("identity:account", args=[row.pk]),
        )


@posture.check("identity.without-post", title=_("Accounts without a post"))
def without_post(at: datetime) -> Iterator[Finding]:
    """Find staff who can sign in and serve nowhere, such as those who left."""
    serving = appointments_on(timezone.localdate(at)).values("account")
    rows = list(_staff().exclude(pk__in=serving).order_by("username"))
    if rows:
        yield Finding(
            Severity.NOTICE,
            _("Accounts of staff without a post: %(count)s (%(names)s).") % {"count": len(rows), "names": named(rows)},
            remedy=_("Appoint them, or deactivate them if they have left."),
            url=reverse("identity:accounts"),
        )


@posture.check("identity.superuser", title=_("Accounts above all privileges"))
def superusers(_at: datetime) -> Iterator[Finding]:
    """Find accounts to which Django's own permissions are all open."""
    rows = list(_staff().filter(is_superuser=True).order_by("username"))
    if rows:
        yield Finding(
            Severity.NOTICE,
            _("Superusers of the framework: %(count)s (%(names)s).") % {"count": len(rows), "names": named(rows)},
            remedy=_("Keep as few as the administration of the site needs."),
            url=reverse("identity:accounts"),
        )


def named(rows: Iterable[Account]) -> str:
    """Return the names of the first few."""
    names = [row.name or row.username for row in rows]
    return "、".join(names[:NAMED]) + ("…" if len(names) > NAMED else "")


def _staff() -> QuerySet[Account]:
    return Account.objects.filter(kind=Account.Kind.STAFF, is_active=True)


def _officers(at: datetime) -> dict[uuid.UUID, set[str]]:
    found: dict[uuid.UUID, set[str]] = defaultdict(set)
    held = appointments_on(timezone.localdate(at)).filter(account__is_active=True)
    for account, *role in held.values_list("account", "post__roles__officer", "post__roles__privileges"):
        found[account] |= pmi.officers_by(*role)
    return found


def _opens(encoded: str, password: str) -> bool:
    # A password hash is slow by design: what came out is kept for that very hash.
    name = f"identity.demo-password.{hashlib.sha256(f'{encoded} {password}'.encode()).hexdigest()}"
    found = cache.get(name)
    if found is None:
        found = check_password(password, encoded)
        cache.set(name, found, timeout=30 * 24 * 3600)
    return bool(found)
