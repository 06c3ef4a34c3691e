"""How far a privilege reaches, when it holds and under which conditions: the terms on which a role carries it.

After the role specification of RFC 5755 and ISO/IEC 10181-3: a privilege is an action, a scope, a period, a condition.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo, available_timezones

DIVISION: Final = re.compile(r"\d{6}")
SPAN: Final = re.compile(r"(\d\d:\d\d)-(\d\d:\d\d)")
WEEK: Final = 7
MIDNIGHT: Final = "24:00"
MANY: Final = 20
LONG: Final = 60
ASSURANCES: Final = (0, 1, 2, 3)
KEYS: Final = {"scope", "since", "until", "purposes", "hours", "assurance", "consent", "obligations"}
MATTER: Final = re.compile(r"[a-z][a-z0-9-]{2,59}")


class Scope(StrEnum):
    """How far a privilege reaches from the organisation of the post that brings it."""

    OWN = "OWN"
    UNIT = "UNIT"
    BRANCH = "BRANCH"
    DEPARTMENT = "DEPARTMENT"
    DISTRICT = "DISTRICT"
    CITY = "CITY"


class Obligation(StrEnum):
    """What a permitted use brings with it (XACML 3.0, sections 2.12 and 7.18: who cannot discharge it must refuse).

    MASK: personal data are shown masked. REASON: the purpose is said first, in any words, and stands in the trail.
    NOTIFY: the person concerned is told.
    """

    MASK = "MASK"
    REASON = "REASON"
    NOTIFY = "NOTIFY"


class BadTerms(ValueError):
    """Terms that cannot be read. The argument is a short code of what is wrong."""


@lru_cache(maxsize=4096)
def reach(scope: Scope, place: str) -> str:
    """Return the path below which (or, for UNIT, at which) a privilege counts for a post at `place`.

    The department is the office that the place belongs to, with everything below; the district likewise. A place that
    lies in no district reaches no further with DISTRICT than with DEPARTMENT, and a city's own post its whole city.
    """
    if scope in {Scope.OWN, Scope.UNIT, Scope.BRANCH} or not place:
        return place
    codes = place.strip("/").split("/")
    in_district = len(codes) > 1 and DIVISION.fullmatch(codes[1]) is not None
    depth = {Scope.CITY: 1, Scope.DISTRICT: 2, Scope.DEPARTMENT: 3 if in_district else 2}[scope]
    return "/".join(codes[:depth]) + "/"


@dataclass(frozen=True, slots=True)
class Hours:
    """Working hours: for each day from Monday to Sunday its spans, in minutes from midnight, the end not included."""

    zone: str
    days: tuple[tuple[tuple[int, int], ...], ...]

    def holds(self, at: datetime) -> bool:
        """Test whether the instant `at` falls into these hours, on the clock of their time zone."""
        local = at.astimezone(_zone(self.zone))
        minute = local.hour * 60 + local.minute
        return any(start <= minute < end for start, end in self.days[local.weekday()])

    def texts(self) -> tuple[str, ...]:
        """Return each day's spans as they are typed, e.g. `08:30-12:00 13:30-17:30`."""
        return tuple(" ".join(f"{_clock(start)}-{_clock(end)}" for start, end in day) for day in self.days)


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms a role carries a privilege. `since` and `until` are days, both included.

    `assurance` is how surely somebody must have shown who they are (after NIST SP 800-63B): 1 password, 2 a second
    factor too, 3 passkey or certificate, 0 no matter. `consent` is the code of the matter to which the people concerned
    must have agreed (rules.consents), "" for none. Of `obligations`, REASON alone
    takes something away, as long as no purpose is said.
    """

    scope: Scope = Scope.BRANCH
    since: date | None = None
    until: date | None = None
    purposes: tuple[str, ...] = ()
    hours: Hours | None = None
    assurance: int = 0
    consent: str = ""
    obligations: tuple[Obligation, ...] = ()

    @property
    def conditions(self) -> bool:
        """Whether anything has to be asked besides the place."""
        asked = self.since or self.until or self.purposes or self.hours or self.assurance or self.consent
        return bool(asked) or Obligation.REASON in self.obligations

    @property
    def follows(self) -> frozenset[Obligation]:
        """What a permitted use has to be followed by; REASON was asked for before."""
        return frozenset(self.obligations) - {Obligation.REASON}

    def plain(self) -> dict[str, Any]:
        """Return the terms as JSON values, without what is the default; `read` takes them back."""
        values: dict[str, Any] = {
            "scope": "" if self.scope is Scope.BRANCH else self.scope.value,
            "since": self.since.isoformat() if self.since else "",
            "until": self.until.isoformat() if self.until else "",
            "purposes": list(self.purposes),
            "hours": {"zone": self.hours.zone, "days": list(self.hours.texts())} if self.hours else {},
            "assurance": self.assurance,
            "consent": self.consent,
            "obligations": [item.value for item in self.obligations],
        }
        return {key: value for key, value in values.items() if value}


PLAIN: Final = Terms()


def read(values: Mapping[str, Any]) -> Terms:
    """Return the terms that JSON values state, PLAIN for none. :raises BadTerms: for anything unknown or out of range.

    What cannot be read must not count as no condition, so nothing is passed over in silence.
    """
    if not values:
        return PLAIN
    if set(values) - KEYS:
        raise BadTerms("keys")
    try:
        scope = Scope(values.get("scope") or Scope.BRANCH)
        since, until = (date.fromisoformat(values[key]) if values.get(key) else None for key in ("since", "until"))
        assurance = int(values.get("assurance") or 0)
    except (TypeError, ValueError) as error:
        raise BadTerms("value") from error
    if since and until and until < since:
        raise BadTerms("period")
    if assurance not in ASSURANCES:
        raise BadTerms("assurance")
    consent = values.get("consent") or ""
    if consent and not (isinstance(consent, str) and MATTER.fullmatch(consent)):
        raise BadTerms("consent")
    return Terms(
        scope,
        since,
        until,
        _purposes(values.get("purposes") or ()),
        _hours(values.get("hours") or {}),
        assurance,
        consent,
        _obligations(values.get("obligations") or ()),
    )


def week(zone: str, days: list[str] | tuple[str, ...]) -> Hours | None:
    """Return the hours typed for the seven days, None when all are empty. :raises BadTerms:"""
    if not any(day.strip() for day in days):
        return None
    if len(days) != WEEK:
        raise BadTerms("days")
    if zone not in _zones():
        raise BadTerms("zone")
    return Hours(zone, tuple(tuple(_spans(day)) for day in days))


def _hours(values: Any) -> Hours | None:
    if not isinstance(values, Mapping) or not all(isinstance(day, str) for day in values.get("days", ())):
        raise BadTerms("hours")
    return week(str(values.get("zone", "")), list(values.get("days", ())))


def _spans(day: str) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    for text in day.replace("\N{FULLWIDTH COLON}", ":").replace("\N{EN DASH}", "-").split():
        found = SPAN.fullmatch(text)
        if found is None:
            raise BadTerms("hours")
        start, end = (_minute(part) for part in found.groups())
        if end <= start or (spans and start < spans[-1][1]):
            raise BadTerms("hours")
        spans.append((start, end))
    return spans


def _minute(text: str) -> int:
    if text == MIDNIGHT:
        return 24 * 60
    try:
        moment = time.fromisoformat(text)
    except ValueError as error:
        raise BadTerms("hours") from error
    return moment.hour * 60 + moment.minute


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _purposes(values: Any) -> tuple[str, ...]:
    if not isinstance(values, list | tuple) or not all(isinstance(item, str) for item in values):
        raise BadTerms("purposes")
    found = tuple(dict.fromkeys(item.strip() for item in values if item.strip()))
    if len(found) > MANY or any(len(item) > LONG or "\0" in item for item in found):
        raise BadTerms("purposes")
    return found


def _obligations(values: Any) -> tuple[Obligation, ...]:
    if not isinstance(values, list | tuple) or not all(item in list(Obligation) for item in values):
        raise BadTerms("obligations")
    return tuple(item for item in Obligation if item in values)


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())
