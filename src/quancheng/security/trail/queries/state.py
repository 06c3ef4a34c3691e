"""The state of log, witnesses and timestamps at a glance, with whatever is alarming."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from quancheng.kernel import zone
from quancheng.security.trail import config
from quancheng.security.trail.engine import note
from quancheng.security.trail.models import Checkpoint, Cosignature, Entry, Log, SecondStamp, Witness, WitnessedLog
from quancheng.security.trail.queries import stamps
from quancheng.security.trail.queries.forwarding import ForwardingView, forwarding, lag
from quancheng.security.trail.queries.titles import outcome_title

STANDSTILL = timedelta(minutes=2)
SILENCE = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """How far something reaches: up to which size, and since when."""

    size: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Size and age of what was signed, cosigned, timestamped once and twice last; what waits; alarms as sentences."""

    size: int
    waiting: int
    signed: Mark | None
    cosigned: Mark | None
    timestamped: Mark | None
    seconded: Mark | None
    watched: tuple[WitnessedLog, ...]
    forwarding: ForwardingView
    alarms: tuple[str, ...]


def state(*, at: datetime) -> State:
    """Return how log, witness and timestamps stand."""
    signed = _mark(Checkpoint.objects.order_by("-size").values_list("size", "at").first())
    newest = Cosignature.objects.order_by("-checkpoint__size")
    cosigned = _mark(newest.values_list("checkpoint__size", "checkpoint__at").first())
    stamped = Checkpoint.objects.exclude(token=None).order_by("-size")
    seconded = SecondStamp.objects.exclude(token=None).order_by("-checkpoint__size")
    watched = tuple(WitnessedLog.objects.order_by("origin"))
    waiting = Entry.objects.filter(index=None)
    oldest = waiting.order_by("id").values_list("at", flat=True).first()
    forwarded = forwarding(at=at)
    alarms = [*_own(signed, oldest, at), *_refused(watched), *_silent(signed, cosigned, at), *_behind(at)]
    if forwarded.lagging:
        alarms.append(lag(forwarded))
    return State(
        size=Log.objects.values_list("size", flat=True).first() or 0,
        waiting=waiting.count(),
        signed=signed,
        cosigned=cosigned,
        timestamped=_mark(stamped.values_list("size", "at").first()),
        seconded=_mark(seconded.values_list("checkpoint__size", "checkpoint__at").first()),
        watched=watched,
        forwarding=forwarded,
        alarms=tuple(alarms),
    )


def _mark(found: tuple[int, datetime] | None) -> Mark | None:
    return Mark(size=found[0], at=found[1]) if found else None


def _own(signed: Mark | None, oldest: datetime | None, at: datetime) -> list[str]:
    found = []
    if oldest and oldest + STANDSTILL < at:
        found.append(_("Entries have been waiting for their place in the log for more than two minutes."))
    path = config.folder() / "checkpoint"
    if signed is not None or path.exists():
        try:
            published = note.parse(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            found.append(_("The published checkpoint is missing or cannot be read."))
        else:
            known = Checkpoint.objects.filter(size=published.size).values_list("root", flat=True).first()
            if known != published.root.hex():
                found.append(_("The published checkpoint does not fit the database: one of them was changed."))
    return found


def _refused(watched: tuple[WitnessedLog, ...]) -> list[str]:
    found = []
    for row in Witness.objects.exclude(refusal="").order_by("name"):
        facts = {"witness": row.name, "reason": outcome_title(row.refusal) or row.refusal}
        found.append(_("The witness %(witness)s refuses to sign for this log: %(reason)s") % facts)
    for log in watched:
        if log.refusal:
            facts = {"origin": log.origin, "reason": outcome_title(log.refusal) or log.refusal}
            found.append(_("The log %(origin)s showed a checkpoint that was refused: %(reason)s") % facts)
    return found


def _silent(signed: Mark | None, cosigned: Mark | None, at: datetime) -> list[str]:
    if zone.other() is None or signed is None:
        return []
    # The first checkpoint after the last one that a witness signed has waited since it was made.
    unsigned = Checkpoint.objects.filter(size__gt=cosigned.size if cosigned else -1).order_by("size").first()
    if unsigned is None or unsigned.at + SILENCE > at:
        return []
    return [_("No witness has signed for a quarter of an hour.")]


def _behind(at: datetime) -> list[str]:
    lag = stamps.second_lag(at=at)
    if lag is None:
        return []
    since = date_format(timezone.localtime(lag.since), "DATETIME_FORMAT")
    if not lag.problem:
        return [_("The second timestamp authority has not stamped the log since %(since)s.") % {"since": since}]
    facts = {"since": since, "problem": lag.problem}
    return [_("The second timestamp authority has not stamped the log since %(since)s: %(problem)s") % facts]


def alarms(*, at: datetime) -> int:
    """Return how many alarms there are."""
    return len(state(at=at).alarms)
