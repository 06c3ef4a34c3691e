"""The OCSP responder: replies kept for many readers, or signed for one reader's nonce."""

import time
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from threading import Lock

from cryptography import x509
from django.utils import timezone
from django.utils.http import http_date

from quancheng.security.pki import config, queries
from quancheng.security.pki.actions import setup
from quancheng.security.pki.engine import certificates, der, ocsp, signing
from quancheng.security.pki.engine import site as sites
from quancheng.security.pki.queries import statuses

# A reply is good for an hour; one that is kept is signed anew when half of that is over.
LASTS, KEPT_FOR = timedelta(hours=1), timedelta(minutes=30)
CACHED_FOR = timedelta(minutes=5)
KEPT = 50_000
GLANCE = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply (DER). `until` is None when nobody may keep it: it is an error, or one reader's nonce is in it."""

    body: bytes
    made: datetime
    until: datetime | None = None

    def headers(self, at: datetime) -> dict[str, str]:
        """Return the HTTP headers of RFC 5019 section 6.2 for a reply that is sent at `at`."""
        if self.until is None:
            return {"Cache-Control": "no-store"}
        left = max(timedelta(0), min(CACHED_FOR, self.until - at))
        return {
            "Cache-Control": f"max-age={left.total_seconds():.0f}, public, no-transform, must-revalidate",
            "ETag": f'"{sha256(self.body).hexdigest()}"',
            "Last-Modified": http_date(self.made.timestamp()),
            "Expires": http_date((at + left).timestamp()),
        }


class Service:
    """Answers requests about the certificates of one authority."""

    def __init__(self, issuing: x509.Certificate, signer: signing.Signer) -> None:
        self._issuer = ocsp.Issuer(issuing)
        self._responder = ocsp.Responder(signer)
        self.board = statuses.Board(certificates.serial_text(issuing))
        self._kept: OrderedDict[bytes, Reply] = OrderedDict()
        self._version: object = None
        self._lock = Lock()

    def answer(self, request: bytes, *, at: datetime) -> Reply:
        """Return the reply to a request (DER) as POST brings it."""
        try:
            return self._answer(ocsp.read(request), at)
        except (der.Damaged, ValueError):
            return Reply(ocsp.MALFORMED, at)

    def answer_path(self, encoded: str, *, at: datetime) -> Reply:
        """Return the reply to a request in the path of a GET (RFC 6960 appendix A.1), repaired where it was damaged.

        Where a lost slash can be put back in several places, the reading that names a certificate of ours is right.
        """
        readings = []
        for content in ocsp.guesses(encoded):
            try:
                readings.append(ocsp.read(content))
            except (der.Damaged, ValueError):
                continue
            if all(self._issuer.issued(item) and self.board.state(item.serial) for item in readings[-1].asked):
                return self._answer(readings[-1], at)
        return self._answer(readings[0], at) if readings else Reply(ocsp.MALFORMED, at)

    def _answer(self, request: ocsp.Request, at: datetime) -> Reply:
        if not any(self._issuer.issued(item) for item in request.asked):
            return Reply(ocsp.UNAUTHORIZED, at)
        if request.nonce:
            answers = [(item.identifier, self._state(item)) for item in request.asked]
            return Reply(self._responder.sign(answers, at=at, until=at + LASTS, nonce=request.nonce), at)
        return self._from_kept(request, at)

    def _state(self, item: ocsp.Asked) -> ocsp.State | None:
        return self.board.state(item.serial) if self._issuer.issued(item) else None

    def _from_kept(self, request: ocsp.Request, at: datetime) -> Reply:
        version = self.board.version()
        if version != self._version:
            with self._lock:
                self._kept.clear()
                self._version = version
        key = request.asked[0].identifier if len(request.asked) == 1 else b""
        found = self._kept.get(key)
        if found is not None and found.made <= at < found.made + KEPT_FOR:
            return found
        answers = [(item.identifier, self._state(item)) for item in request.asked]
        reply = Reply(self._responder.sign(answers, at=at, until=at + LASTS), at, at + LASTS)
        # What is unknown may be issued in a moment.
        if any(state is None for _identifier, state in answers):
            return Reply(reply.body, at)
        if key:
            self._keep(key, reply)
        return reply

    def _keep(self, key: bytes, reply: Reply) -> None:
        with self._lock:
            self._kept[key] = reply
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)


_held: dict[Path, tuple[float, Service]] = {}


def service() -> Service:
    """Return this site's responder; its certificate is made at first use and renewed in time.

    The files are looked at once a second and not at every question.
    """
    folder, moment = config.folder(), time.monotonic()
    until, held = _held.get(folder, (moment, None))
    if held is None or moment >= until:
        now = timezone.now()
        content = _certificate_of(folder, int(now.timestamp() // 3600))
        held = _service(folder, sites.load(at=now).issuing.certificate, content)
        _held.clear()
        _held[folder] = moment + GLANCE.total_seconds(), held
    return held


def forget() -> None:
    """Have this process look for revocations again before its next reply; others do within a second."""
    service().board.forget()


@lru_cache(maxsize=2)
def _certificate_of(_folder: Path, _hour: int) -> bytes:
    code = f"ocsp:{queries.zone_code().removeprefix('zone:')}"
    name = f"{queries.city()} OCSP Responder"
    return bytes(setup.ensure(certificates.OCSP, code=code, name=name, action="pki.certificate.issue").der)


@lru_cache(maxsize=2)
def _service(_folder: Path, issuing: x509.Certificate, content: bytes) -> Service:
    return Service(issuing, sites.signer(content, issuing=issuing))
