"""Whether the settings of this site are those of a site that is used in earnest."""

from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from quancheng.kernel import posture
from quancheng.kernel.posture import Finding, Severity

HALF_A_YEAR = 180 * 24 * 3600
LONGEST_SESSION = 12 * 3600
SHORTEST_SECRET, FEWEST_LETTERS = 50, 5
STRONG = ("Argon2PasswordHasher", "ScryptPasswordHasher")


@posture.check("posture.debug", title=_("Development settings"))
def debug(_at: datetime) -> Iterator[Finding]:
    """Find settings that show the inside of the site to whoever makes it fail."""
    if settings.DEBUG:
        yield Finding(
            Severity.CRITICAL,
            _("The site runs for developers: its faults show code and settings to everybody."),
            key="debug",
            remedy=_("Take QC_DEBUG out of the environment."),
        )
    if "*" in settings.ALLOWED_HOSTS:
        yield Finding(
            Severity.CRITICAL,
            _("The site answers to any host name."),
            key="hosts",
            remedy=_("Name its host names in QC_HOSTS."),
        )
    if len(settings.SECRET_KEY) < SHORTEST_SECRET or len(set(settings.SECRET_KEY)) < FEWEST_LETTERS:
        yield Finding(
            Severity.CRITICAL,
            _("The secret of the site is too short to be one."),
            key="secret",
            remedy=_("Take QC_SECRET_KEY out of the environment; the site then makes a good one."),
        )


@posture.check("posture.transport", title=_("Encrypted transport"))
def transport(_at: datetime) -> Iterator[Finding]:
    """Find cookies and pages that may travel in the clear (RFC 6797, GB/T 22239-2019 8.1.2.2)."""
    if not (settings.SESSION_COOKIE_SECURE and settings.CSRF_COOKIE_SECURE and settings.SECURE_SSL_REDIRECT):
        yield Finding(
            Severity.SERIOUS,
            _("Pages and the cookies that prove who somebody is may travel unencrypted."),
            key="cookies",
            remedy=_("Put TLS in front of the site and set QC_HTTPS=1."),
        )
    elif settings.SECURE_HSTS_SECONDS < HALF_A_YEAR:
        yield Finding(
            Severity.SERIOUS,
            _("Browsers are not told to insist on encryption for half a year or longer (HSTS)."),
            key="hsts",
            remedy=_("Set QC_HTTPS=1, which brings a year."),
        )
    if settings.SECURE_SSL_REDIRECT and not settings.ALLAUTH_TRUSTED_PROXY_COUNT:
        yield Finding(
            Severity.SERIOUS,
            _("The lock-out after wrong passwords takes all visitors behind the proxy for one."),
            key="proxies",
            remedy=_("Say in QC_PROXIES how many proxies stand in front."),
        )


@posture.check("posture.browser", title=_("Protection in the browser"))
def browser(_at: datetime) -> Iterator[Finding]:
    """Find what would let foreign scripts and frames in, or leave a session open overnight."""
    rules = str(settings.CONTENT_SECURITY_POLICY.get("DIRECTIVES", {}))
    if "default-src" not in rules or "unsafe-inline" in rules or "unsafe-eval" in rules:
        yield Finding(
            Severity.SERIOUS,
            _("The content security policy lets scripts of others run."),
            key="policy",
            remedy=_("Take back what was changed in the settings of the site."),
        )
    if settings.X_FRAME_OPTIONS != "DENY" or not settings.SESSION_COOKIE_HTTPONLY:
        yield Finding(
            Severity.SERIOUS,
            _("Pages may be framed by others, or scripts may read the session."),
            key="frames",
            remedy=_("Take back what was changed in the settings of the site."),
        )
    if settings.SESSION_COOKIE_AGE > LONGEST_SESSION:
        yield Finding(
            Severity.NOTICE,
            _("A session lasts longer than twelve hours."),
            key="session",
            remedy=_("Let it end with the working day."),
        )


@posture.check("posture.passwords", title=_("How passwords rest"))
def passwords(_at: datetime) -> Iterator[Finding]:
    """Find a way of keeping passwords that is easily tried through (RFC 9106)."""
    first = settings.PASSWORD_HASHERS[0].rpartition(".")[2]
    if first not in STRONG:
        yield Finding(
            Severity.SERIOUS,
            _("New passwords are kept with %(way)s, which is tried through quickly.") % {"way": first},
            key="hasher",
            remedy=_("Put Argon2 first in PASSWORD_HASHERS."),
        )
    if not settings.AUTH_PASSWORD_VALIDATORS:
        yield Finding(
            Severity.SERIOUS, _("Any password is accepted."), key="validators", remedy=_("Put the validators back.")
        )


@posture.check("posture.mail", title=_("Where mail goes"))
def mail(_at: datetime) -> Iterator[Finding]:
    """Find mail that nobody receives: warnings about sign-ins go out by it."""
    way = settings.EMAIL_BACKEND.rpartition(".")[0].rpartition(".")[2]
    if way != "smtp":
        yield Finding(
            Severity.NOTICE,
            _("Mail is not sent: it goes to %(way)s.") % {"way": way},
            remedy=_("Set QC_EMAIL_BACKEND and a mail server."),
        )
