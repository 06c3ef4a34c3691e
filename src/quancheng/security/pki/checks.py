"""What is wanting about certificates and keys: what ends soon, what lies where it should not, what waits too long."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from quancheng.kernel import posture
from quancheng.kernel.posture import Finding, Severity
from quancheng.security.pki import config
from quancheng.security.pki.models import Authority, Certificate, Enrolment
from quancheng.security.pki.queries import inventory
from quancheng.security.trail import public as trail

AUTHORITY_SOON, AUTHORITY_NOW = timedelta(days=365), timedelta(days=60)
WAITS = timedelta(days=7)


@posture.check("pki.ending", title=_("Certificates that end soon"))
def ending(at: datetime) -> Iterator[Finding]:
    """Find certificates in use that end within a week or a month, and those that ended and were not renewed."""
    week, month = _ending_within(7, at), _ending_within(30, at)
    ended = inventory.radar(at=at).ended
    remedy = _("Renew them, or revoke those that nobody needs.")
    if week:
        yield Finding(
            Severity.CRITICAL,
            _("Certificates that end within 7 days: %(count)s.") % {"count": week},
            key="7",
            remedy=remedy,
            url=f"{reverse('pki:certificates')}?ending=7",
        )
    if month > week:
        yield Finding(
            Severity.SERIOUS,
            _("Certificates that end after that within 30 days: %(count)s.") % {"count": month - week},
            key="30",
            remedy=remedy,
            url=f"{reverse('pki:certificates')}?ending=30",
        )
    if ended:
        yield Finding(
            Severity.SERIOUS,
            _("Certificates that ended in the last 30 days and were not renewed: %(count)s.") % {"count": ended},
            key="ended",
            remedy=remedy,
            url=f"{reverse('pki:certificates')}?state=expired",
        )


def _ending_within(days: int, at: datetime) -> int:
    """Return how many certificates end so soon. The OCSP responder's are short and renew themselves."""
    found: Any = inventory.inventory(ending=days, at=at).paginator.object_list
    return found.exclude(profile=Certificate.Profile.OCSP).count()


@posture.check("pki.authority-ending", title=_("Authorities that end soon"))
def authorities_ending(at: datetime) -> Iterator[Finding]:
    """Find authorities whose certificate ends within a year: what they issue cannot last longer than they do."""
    for row in Authority.objects.filter(not_after__lt=at + AUTHORITY_SOON).order_by("not_after"):
        yield Finding(
            Severity.CRITICAL if row.not_after < at + AUTHORITY_NOW else Severity.SERIOUS,
            _("The authority %(name)s ends on %(day)s.")
            % {"name": row.title, "day": date_format(timezone.localtime(row.not_after), "DATE_FORMAT")},
            key=row.serial,
            remedy=_("Hold a ceremony for its successor while it still counts."),
            url=reverse("pki:authorities"),
            since=row.not_after - AUTHORITY_SOON,
        )


@posture.check("pki.keys", title=_("Where keys lie"))
def keys(_at: datetime) -> Iterator[Finding]:
    """Find keys that whoever copies the data folder can use."""
    if (config.folder() / "ceremony").exists():
        yield Finding(
            Severity.CRITICAL,
            _("The key of the root lies on this site: its authorities were improvised, not made in a ceremony."),
            key="root",
            remedy=_("Hold the ceremony on a machine without network, and install what it makes."),
            url=reverse("pki:authorities"),
        )
    if not config.settings().passphrase:
        yield Finding(
            Severity.SERIOUS,
            _("The passphrase of the private keys was made up and lies beside them."),
            key="passphrase",
            remedy=_("Set QC_PKI_PASSPHRASE from where secrets are kept, before the keys are made."),
            url=reverse("pki:authorities"),
        )


@posture.check("pki.example-names", title=_("Names of an example in certificates"))
def examples(_at: datetime) -> Iterator[Finding]:
    """Find settings that stand in every certificate and were left as they came."""
    found, given = config.Config(), config.settings()
    same = [f"QC_PKI_{name.upper()}" for name in ("url", "arc", "city") if getattr(found, name) == getattr(given, name)]
    if same:
        yield Finding(
            Severity.NOTICE,
            _("These settings stand in every certificate and are those of the example: %(names)s.")
            % {"names": "、".join(same)},
            remedy=_("Set them before the ceremony: certificates cannot be changed afterwards."),
            url=reverse("pki:authorities"),
        )


@posture.check("pki.second-timestamp", title=_("The trail's second timestamp authority"))
def second_timestamp(at: datetime) -> Iterator[Finding]:
    """Find that the second authority has not stamped the trail's checkpoints for longer than the settings bear."""
    lag = trail.second_lag(at=at)
    if lag is None:
        return
    sentence = _("Checkpoints of the trail that wait for the second timestamp authority: %(count)s.")
    told = _("Checkpoints of the trail that wait for the second timestamp authority: %(count)s. It said: %(problem)s")
    yield Finding(
        Severity.SERIOUS,
        (told if lag.problem else sentence) % {"count": lag.count, "problem": lag.problem},
        remedy=_("See whether it can be reached and is trusted (QC_PKI_SECOND_TSA_*), or whether bundles come and go."),
        url=reverse("trail:entries"),
        since=lag.since,
    )


@posture.check("pki.waiting", title=_("Certificate requests that wait"))
def waiting(at: datetime) -> Iterator[Finding]:
    """Find requests that a second officer has left for more than a week."""
    rows = Enrolment.objects.filter(state=Enrolment.State.WAITING, requested_at__lt=at - WAITS)
    oldest = rows.order_by("requested_at").first()
    if oldest:
        yield Finding(
            Severity.NOTICE,
            _("Requests that have waited for more than %(days)s days: %(count)s.")
            % {"count": rows.count(), "days": WAITS.days},
            remedy=_("Approve or refuse them."),
            url=reverse("pki:enrolments"),
            since=oldest.requested_at + WAITS,
        )
