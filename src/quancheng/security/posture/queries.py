"""What is wanting now, since when, and how it stood before."""

import logging
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from quancheng.kernel import posture
from quancheng.kernel import zone as zones
from quancheng.kernel.posture import Severity, Text
from quancheng.security.posture import rules
from quancheng.security.posture.config import config
from quancheng.security.posture.models import Day, Reading, Sighting

log = logging.getLogger(__name__)
DAYS = 30
# A zone reviews itself every hour; the ferry may take its time.
SILENT = timedelta(days=1)
WORDS = {
    Severity.CRITICAL: _("to be mended today"),
    Severity.SERIOUS: _("to be mended soon"),
    Severity.NOTICE: _("to be known"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingView:
    """One thing that is wanting. `since` is None when no review has seen it before now."""

    check: str
    title: Text
    key: str
    severity: Severity
    sentence: Text
    remedy: Text
    url: str
    since: datetime | None
    zone: str = ""

    @property
    def word(self) -> Text:
        """How much it matters, in words."""
        return WORDS[self.severity]

    @property
    def path(self) -> str:
        """The address without its question, by which pages are known."""
        return self.url.partition("?")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckView:
    """A check and what it found."""

    code: str
    title: Text
    findings: int
    worst: Severity | None

    @property
    def app(self) -> str:
        """The label of the app that offers it."""
        return self.code.partition(".")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayView:
    """How the site stood on a day."""

    on: date
    score: int
    critical: int
    serious: int
    notices: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Posture:
    """How a site stands: the gravest findings first. `history` has the newest day first.

    `zone` is the other one whose reading came over, empty for this site.
    """

    at: datetime
    score: int
    findings: tuple[FindingView, ...]
    checks: tuple[CheckView, ...]
    history: tuple[DayView, ...] = ()
    zone: str = ""

    def count(self, severity: Severity) -> int:
        """Return how many findings matter that much."""
        return sum(item.severity == severity for item in self.findings)

    @property
    def counts(self) -> tuple[tuple[str, Text, int], ...]:
        """Each severity's name in addresses, its word and how many findings have it, the gravest first."""
        return tuple((item.name.lower(), WORDS[item], self.count(item)) for item in sorted(Severity, reverse=True))


def look(check: posture.Check, at: datetime) -> tuple[posture.Finding, ...]:
    """Return what a check finds. One that fails is itself a finding: what nobody looks at is not in order."""
    try:
        return tuple(check.look(at))
    except Exception:
        log.exception("the check %s failed", check.code)
        sentence = _("The check itself failed; the log of the site says why.")
        return (posture.Finding(Severity.SERIOUS, sentence, key="failed"),)


def stand(*, at: datetime | None = None) -> Posture:
    """Run every check and return how the site stands now; nothing is written."""
    at = at or timezone.now()
    known = {(row.check_code, row.key): row.first_seen for row in Sighting.objects.filter(gone_at=None)}
    found = {check: look(check, at) for check in posture.checks()}
    views = [
        FindingView(
            check=check.code,
            title=check.title,
            key=item.key,
            severity=item.severity,
            sentence=item.sentence,
            remedy=item.remedy,
            url=item.url,
            since=item.since or known.get((check.code, item.key)),
        )
        for check, items in found.items()
        for item in items
    ]
    return Posture(
        at=at,
        score=rules.score({check.code: [item.severity for item in items] for check, items in found.items()}),
        findings=tuple(sorted(views, key=lambda item: (-item.severity, item.since or at, item.check, item.key))),
        checks=tuple(
            CheckView(
                code=check.code,
                title=check.title,
                findings=len(items),
                worst=max((item.severity for item in items), default=None),
            )
            for check, items in found.items()
        ),
        history=history(),
    )


def reading(*, at: datetime) -> dict[str, Any]:
    """Return how the site stands as JSON values, by language: sentences are made in the language of who asks."""
    found = {}
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            stands = stand(at=at)
            found[code] = {
                "score": stands.score,
                "findings": [_plain(item, at) for item in stands.findings],
                "checks": [{**asdict(item), "title": str(item.title)} for item in stands.checks],
            }
    return found


def reviewed_since(moment: datetime) -> bool:
    """Test whether this site has been reviewed after `moment`."""
    return Reading.objects.filter(zone=zones.current(), at__gt=moment).exclude(content={}).exists()


def kept(*, at: datetime) -> Posture | None:
    """Return how this site stood at its last review; None when there was none lately."""
    row = Reading.objects.filter(
        zone=zones.current(), at__gte=at - 2 * timedelta(seconds=config.review_seconds)
    ).first()
    found = _posture(row, "") if row and row.content else None
    return replace(found, history=history()) if found else None


def others() -> tuple[Posture, ...]:
    """Return how other zones stood when their last reading came over."""
    rows = Reading.objects.exclude(zone=zones.current()).order_by("zone")
    return tuple(found for row in rows if (found := _posture(row, row.zone)))


def silent(found: Posture, *, at: datetime) -> bool:
    """Test whether another zone's reading is so old that nobody can say how it stands."""
    return bool(found.zone) and found.at < at - SILENT


def _plain(item: FindingView, at: datetime) -> dict[str, Any]:
    texts = {name: str(getattr(item, name)) for name in ("check", "title", "key", "sentence", "remedy", "url")}
    return {**texts, "severity": int(item.severity), "since": (item.since or at).isoformat()}


def _posture(row: Reading, zone: str) -> Posture | None:
    """Return a kept reading in the reader's language; None for one that cannot be read."""
    try:
        said = row.content.get(translation.get_language()) or next(iter(row.content.values()))
        findings = tuple(
            FindingView(
                **{
                    **item,
                    "severity": Severity(item["severity"]),
                    "since": datetime.fromisoformat(item["since"]),
                    # Its pages are not of this site.
                    "url": "" if zone else item["url"],
                },
                zone=zone,
            )
            for item in said["findings"]
        )
        checks = tuple(
            CheckView(**{**item, "worst": Severity(item["worst"]) if item["worst"] else None})
            for item in said["checks"]
        )
        return Posture(at=row.at, score=int(said["score"]), findings=findings, checks=checks, zone=zone)
    except (AttributeError, KeyError, StopIteration, TypeError, ValueError):
        log.exception("the kept reading of %s cannot be read", row.zone)
        return None


def history(days: int = DAYS) -> tuple[DayView, ...]:
    """Return how the site stood on its last days, the newest first."""
    return tuple(
        DayView(on=row.on, score=row.score, critical=row.critical, serious=row.serious, notices=row.notices)
        for row in Day.objects.order_by("-on")[:days]
    )
