"""What each app finds wanting in the security of this site: checks that are offered here, and what they find.

An app offers checks in its `checks.py`; whoever watches over the site (`security.posture`) runs them all.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from django.utils.functional import Promise

Text = str | Promise


class Severity(IntEnum):
    """How much a finding matters: to be known, to be mended soon, to be mended today."""

    NOTICE = 1
    SERIOUS = 2
    CRITICAL = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wanting. `sentence` says what, `remedy` what to do, `url` where; `since` if the check knows.

    `key` tells the findings of one check apart and stays the same as long as the thing does.
    """

    severity: Severity
    sentence: Text
    key: str = ""
    remedy: Text = ""
    url: str = ""
    since: datetime | None = None


Look = Callable[[datetime], Iterable[Finding]]


@dataclass(frozen=True, slots=True)
class Check:
    """A check: its lasting code `<app>.<what>`, its title, and the function that looks."""

    code: str
    title: Text
    look: Look


_checks: dict[str, Check] = {}


def check(code: str, *, title: Text) -> Callable[[Look], Look]:
    """Offer a function as a check. It is given the moment and yields findings; it changes nothing."""

    def register(look: Look) -> Look:
        _checks[code] = Check(code, title, look)
        return look

    return register


def checks() -> tuple[Check, ...]:
    """Return every check that an installed app offers, in the order of their codes."""
    return tuple(found for _, found in sorted(_checks.items()))
