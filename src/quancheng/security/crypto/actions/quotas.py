"""Counting calls, and changing how many are allowed."""

from datetime import datetime

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.crypto import queries, rules
from quancheng.security.crypto.models import Quota, Usage
from quancheng.security.crypto.queries.usage import UnknownCaller
from quancheng.security.pmi import public as pmi


class QuotaSpent(Refusal):
    """The caller has made all calls of today; `facts["resets_at"]` is a datetime."""

    code = "crypto.quota-spent"
    message = _("All %(allowed)s calls of today have been made. The count begins anew at %(until)s.")
    status = 429


class BadQuota(Refusal):
    """A quota that nobody could use up or that is negative."""

    code = "crypto.bad-quota"
    message = _("A quota is a number from 0 to %(most)s.")
    status = 422


def count(actor: pmi.Actor, operation: str, *, octets: int, at: datetime) -> None:
    """Count one call of `actor` in the caller's transaction, so that a call that fails does not count.

    :raises QuotaSpent: if none is left today.
    """
    day = timezone.localdate(at)
    facts = {"caller_name": actor.name[:200], "organisation": actor.organisation[:200]}
    Quota.objects.get_or_create(caller=actor.id, defaults=facts)
    # Locked, so that two calls at once are not both the last one.
    quota = Quota.objects.select_for_update().get(caller=actor.id)
    allowed, made = queries.allowance(quota, day=day)
    if not rules.left(allowed=allowed, made=made):
        until = queries.resets_at(at)
        raise QuotaSpent(allowed=allowed, until=f"{until:%Y-%m-%d %H:%M %z}", resets_at=until)
    if (quota.caller_name, quota.organisation) != (facts["caller_name"], facts["organisation"]):
        Quota.objects.filter(pk=quota.pk).update(**facts)
    changed = Usage.objects.filter(quota=quota, day=day, operation=operation).update(
        calls=F("calls") + 1, octets=F("octets") + octets
    )
    if not changed:
        Usage.objects.create(quota=quota, day=day, operation=operation, calls=1, octets=octets)


def _of_caller(*, quota_id: int, **_rest: object) -> pmi.Target:
    quota = Quota.objects.filter(pk=quota_id).first()
    if quota is None:
        raise UnknownCaller
    return pmi.Target(organisation=quota.organisation, subjects=(quota.caller,))


@pmi.action("crypto.quota.change", scope=_of_caller)
def change_quota(*, actor: pmi.Actor, quota_id: int, calls_a_day: int | None) -> None:
    """Change how many calls a caller may make a day; None gives it the site's quota again.

    :raises BadQuota: if it is out of bounds.
    """
    if calls_a_day is not None and not 0 <= calls_a_day <= rules.MOST_CALLS:
        raise BadQuota(most=rules.MOST_CALLS)
    Quota.objects.filter(pk=quota_id).update(calls_a_day=calls_a_day)
