"""This app's settings and the files that it keeps."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from quancheng.kernel import config as kernel
from quancheng.kernel import zone


@dataclass(frozen=True, slots=True)
class Config:
    """Read from QC_TRAIL_*."""

    # The name under which the log and this site's witness sign; it must never change while a log lives.
    origin: str = ""
    batch: int = 4096
    announce_seconds: int = 5
    # How long the second timestamp authority may be away before it is an alarm.
    second_alarm_seconds: int = 6 * 3600
    # Network logs are kept for six months at least (Cybersecurity Law, 网络安全法); until then nothing is erased.
    retention_days: int = 184
    # More entries than this do not go into one proof of completeness.
    proof_entries: int = 10_000
    # What the posture tells of unusual access (checks/looks.py). Whole hours of a working day; days of the week
    # (1 is Monday) that are worked where no calendar says so; paths below which people work round the clock.
    watch_opens: int = 7
    watch_closes: int = 21
    watch_days: tuple[str, ...] = ("1", "2", "3", "4", "5")
    watch_shifts: tuple[str, ...] = ()
    # Reads that are no looks into the data of others: one's own sessions.
    watch_spared: tuple[str, ...] = ("identity.session.read",)
    # Told is who looked at so many different things in an hour, unless it is at most so many times their usual;
    # from `watch_always` on it is told in any case.
    watch_things: int = 200
    watch_usual: int = 3
    watch_always: int = 1000
    # So many people looking at one person within a week, and so many refusals of one account in a row within a day.
    watch_curious: int = 8
    watch_people: tuple[str, ...] = ("person:",)
    watch_refusals: int = 10
    # Where entries are sent as they are integrated: `tls://name:6514` (RFC 5425) or `tcp://name:601` (RFC 6587); empty
    # for nowhere. Files in PEM: whom to trust (the system's authorities when empty), and what to show the collector.
    forward_to: str = ""
    forward_ca: str = ""
    forward_certificate: str = ""
    forward_key: str = ""
    # What of an entry goes out (engine/syslog.py names what there is). Names of people and what an entry is about stay
    # here unless they are named, and nothing of an erased body ever goes.
    forward_fields: tuple[str, ...] = ("action", "outcome", "actor", "organisation", "leaf")
    forward_body: str = "text"
    # Private enterprise number of the structured data: that of examples (RFC 5612) until the city has its own.
    forward_enterprise: int = 32473
    forward_batch: int = 1000
    # So many entries before a break are sent again: a collector that died may have had them in its memory only.
    forward_again: int = 1000
    # Lagging for so long is an alarm.
    forward_minutes: int = 15


@cache
def settings() -> Config:
    """Return the settings, read once."""
    return kernel.read(Config, prefix="QC_TRAIL_")


def origin() -> str:
    """Return the log's name, e.g. `quancheng.example/intranet/trail`."""
    return settings().origin or f"quancheng.example/{zone.current()}/trail"


def folder() -> Path:
    """Return the folder of keys, tiles and the published checkpoint."""
    return kernel.data_dir() / "trail"
