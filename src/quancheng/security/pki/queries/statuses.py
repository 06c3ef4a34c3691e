"""Which certificates are good, as the OCSP responder asks: from memory, which a glance each second keeps true."""

import time
from datetime import datetime, timedelta

from django.db.models import Count, Max

from quancheng.security.pki.engine import ocsp
from quancheng.security.pki.models import Certificate

GLANCE = timedelta(seconds=1)
KEPT = 200_000


class Board:
    """What this process knows about the certificates of one authority (the serial number of its certificate).

    A certificate once issued stays issued, so good ones are remembered; what was revoked is read anew when it changed.
    """

    def __init__(self, authority: str) -> None:
        self._authority = authority
        self._glanced = float("-inf")
        self._version: tuple[int, datetime | None] = (-1, None)
        self._revoked: dict[int, ocsp.State] = {}
        self._good: set[int] = set()

    def version(self) -> tuple[int, datetime | None]:
        """Return what changes with every revocation, at most a second old."""
        now = time.monotonic()
        if now - self._glanced >= GLANCE.total_seconds():
            self._look()
            self._glanced = now
        return self._version

    def forget(self) -> None:
        """Look again at the next question."""
        self._glanced = float("-inf")

    def _look(self) -> None:
        rows = Certificate.objects.filter(authority__serial=self._authority, revoked_at__isnull=False)
        found = rows.aggregate(count=Count("id"), latest=Max("revoked_at"))
        version = (found["count"], found["latest"])
        if version != self._version:
            self._revoked = {
                int(serial, 16): ocsp.State(at, reason)
                for serial, at, reason in rows.values_list("serial", "revoked_at", "revocation_reason")
            }
            self._version = version

    def state(self, serial: int) -> ocsp.State | None:
        """Return the state of the certificate with this serial number, None if there is none."""
        self.version()
        if (revoked := self._revoked.get(serial)) is not None:
            return revoked
        if serial in self._good:
            return ocsp.State()
        if serial <= 0:
            return None
        text = f"{serial:X}"
        text = text if len(text) % 2 == 0 else f"0{text}"
        if not Certificate.objects.filter(authority__serial=self._authority, serial=text).exists():
            return None
        if len(self._good) >= KEPT:
            self._good.clear()
        self._good.add(serial)
        return ocsp.State()
