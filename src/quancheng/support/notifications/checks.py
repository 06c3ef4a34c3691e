"""What is wanting about the ways outside: gateways that do not work, messages not sent, texts that do not fit."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from quancheng.kernel import posture
from quancheng.kernel.posture import Finding, Severity
from quancheng.support.notifications import rules
from quancheng.support.notifications.config import config
from quancheng.support.notifications.models import Delivery
from quancheng.support.notifications.queries import ledger, templates

LATE, RECENT = timedelta(hours=1), timedelta(days=1)


@posture.check("notifications.gateways", title=_("Gateways of notices"))
def gateways(at: datetime) -> Iterator[Finding]:
    """Find gateways that are left alone, what waits for more than an hour, and what failed on our side in a day."""
    url = reverse("notifications:deliveries")
    for one in ledger.health(at=at):
        if one.state == "resting":
            yield Finding(
                Severity.SERIOUS,
                _("The gateway for “%(way)s” does not work: %(why)s") % {"way": one.title, "why": one.why},
                key=f"resting:{one.channel}",
                remedy=_("See to the gateway; what waits is sent by itself once it works again."),
                url=url,
                since=one.last_good_at,
            )
        elif one.oldest_due and at - one.oldest_due > LATE:
            yield Finding(
                Severity.SERIOUS,
                _("Deliveries by “%(way)s” wait for more than an hour: %(number)s.")
                % {"way": one.title, "number": one.waiting},
                key=f"late:{one.channel}",
                remedy=_("See whether the worker runs and whether the gateway takes enough."),
                url=url,
                since=one.oldest_due,
            )
    failed = Delivery.objects.filter(state=rules.TECHNICAL_FAILURE, created_at__gte=at - RECENT).count()
    if failed:
        yield Finding(
            Severity.NOTICE,
            _("Deliveries that failed on our side in the last day: %(number)s.") % {"number": failed},
            key="failed",
            remedy=_("Look at them in the ledger and have them tried again."),
            url=f"{url}?state={rules.TECHNICAL_FAILURE}&period=1",
        )


@posture.check("notifications.receipts", title=_("Receipts of gateways"))
def receipts(_at: datetime) -> Iterator[Finding]:
    """Find gateways whose receipts would not be believed: no secret has been agreed with them."""
    for channel in (rules.SMS, rules.VOICE):
        if getattr(config, channel) == "http" and not config.receipt_secret(channel):
            yield Finding(
                Severity.NOTICE,
                _("No secret is agreed with the gateway for “%(way)s”, so nobody learns whether messages arrive.")
                % {"way": channel},
                key=channel,
                remedy=_("Agree on one and set QC_NOTIFICATIONS_SMS_RECEIPT_SECRET or ..._VOICE_RECEIPT_SECRET."),
            )


@posture.check("notifications.texts", title=_("Texts of notices"))
def texts(_at: datetime) -> Iterator[Finding]:
    """Find published texts that speak of what their notice no longer has."""
    for line in templates.listing():
        if line.is_unusable:
            yield Finding(
                Severity.NOTICE,
                _("The published text of “%(title)s” no longer fits its notice; the text as delivered is used.")
                % {"title": line.kind.title},
                key=line.kind.code,
                remedy=_("Write it anew."),
                url=reverse("notifications:template", args=[line.kind.code]),
            )
