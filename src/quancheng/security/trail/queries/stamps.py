"""What the two timestamp authorities said of a checkpoint, and what is still wanted of the second one."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from quancheng.security.trail import config
from quancheng.security.trail.engine.stamping import Stamp, TimestampJudge
from quancheng.security.trail.models import Checkpoint, SecondStamp

_judges: list[TimestampJudge] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A checkpoint that waits for the second token. `note` is what the token is to be over, `made_at` its own time."""

    size: int
    note: str
    made_at: datetime
    wanted_at: datetime
    asked_at: datetime | None
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lag:
    """That the second authority is behind: since when, over how many checkpoints, and why, as far as is known."""

    since: datetime
    count: int
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamped:
    """A checkpoint of `size` with the judgement of its first and its second token, None where there is none."""

    size: int
    first: Stamp | None
    second: Stamp | None


def judge_timestamps_with(judge: TimestampJudge) -> None:
    """Let `judge` judge the tokens of any authority from now on; pki, which lies above the trail, offers itself."""
    _judges[:] = [judge]


def judge() -> TimestampJudge | None:
    """Return who judges tokens, None on a site without certificates."""
    return _judges[0] if _judges else None


def wanted_seconds(*, most: int) -> tuple[Wanted, ...]:
    """Return checkpoints that wait for the second token, the newest first: it vouches for all before it."""
    rows = SecondStamp.objects.filter(token=None).select_related("checkpoint").order_by("-checkpoint__size")[:most]
    return tuple(_wanted(row) for row in rows)


def wanted_second(*, size: int) -> Wanted | None:
    """Return the checkpoint of `size` if it waits for the second token."""
    row = SecondStamp.objects.filter(token=None, checkpoint__size=size).select_related("checkpoint").first()
    return _wanted(row) if row else None


def _wanted(row: SecondStamp) -> Wanted:
    return Wanted(
        size=row.checkpoint.size,
        note=row.checkpoint.text,
        made_at=row.checkpoint.at,
        wanted_at=row.wanted_at,
        asked_at=row.asked_at,
        problem=row.problem,
    )


def second_lag(*, at: datetime) -> Lag | None:
    """Return how far the second authority is behind, None while it is not for longer than the settings bear."""
    last = SecondStamp.objects.exclude(token=None).order_by("-checkpoint__size").values_list("checkpoint__size").first()
    rows = SecondStamp.objects.filter(token=None, checkpoint__size__gt=last[0] if last else -1)
    first = rows.order_by("checkpoint__size").first()
    if first is None or first.wanted_at + timedelta(seconds=config.settings().second_alarm_seconds) > at:
        return None
    said = rows.exclude(problem="").order_by("-asked_at").values_list("problem", flat=True).first() or ""
    return Lag(since=first.wanted_at, count=rows.count(), problem=said)


def newest_stamped() -> Stamped | None:
    """Return the newest checkpoint with a token, its tokens judged now; the newest with two where there is one."""
    both = Checkpoint.objects.filter(second__token__isnull=False).exclude(token=None).select_related("second")
    row = both.order_by("-size").first() or Checkpoint.objects.exclude(token=None).order_by("-size").first()
    found = judge()
    if row is None or row.token is None or found is None:
        return None
    first, content = bytes(row.token), row.text.encode()
    second = SecondStamp.objects.filter(checkpoint=row).exclude(token=None).values_list("token", flat=True).first()
    return Stamped(
        size=row.size,
        first=found(first, content, None),
        second=found(bytes(second), content, first) if second is not None else None,
    )


def first_token(*, size: int) -> bytes | None:
    """Return this site's own token over its checkpoint of `size`, None where there is none."""
    found = Checkpoint.objects.filter(size=size).values_list("token", flat=True).first()
    return bytes(found) if found is not None else None
