"""Where a citizen's real-name check stands."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone

from quancheng.security.identity.models import Account, RealNameCheck
from quancheng.security.identity.queries.people import account_of

# How often it may be asked in a day, and after how long a question that nobody answered may be asked again.
TRIES, PERIOD = 3, timedelta(days=1)
PATIENCE: Final = timedelta(hours=1)
State = RealNameCheck.State


@dataclass(frozen=True, slots=True)
class Standing:
    """`state`: known (checked already), no-number, never, asked, late (asked, and no answer for long) or differs."""

    state: str
    asked_at: datetime | None
    tries_left: int

    @property
    def may_ask(self) -> bool:
        """Whether asking now makes sense."""
        return self.state in {"never", "late", "differs"} and self.tries_left > 0


def standing(account_id: uuid.UUID | str, *, at: datetime | None = None) -> Standing:
    """Return where the account's real-name check stands."""
    account, now = account_of(account_id), at or timezone.now()
    checks = RealNameCheck.objects.filter(account_id=account.pk).order_by("-asked_at")
    last = checks.first()
    left = max(TRIES - checks.filter(asked_at__gt=now - PERIOD).count(), 0)
    if account.assurance >= Account.Assurance.CHECKED:
        state = "known"
    elif account.person is None or not account.person.identity_number:
        state = "no-number"
    elif last is None:
        state = "never"
    elif last.state == State.ASKED:
        state = "late" if last.asked_at <= now - PATIENCE else "asked"
    else:
        state = "differs"
    return Standing(state, last.asked_at if last else None, left)
