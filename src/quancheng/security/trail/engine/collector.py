"""The collector's end of the line: syslog over TLS (RFC 5425) or plain TCP (RFC 6587).

Syslog has no receipts. So every batch has a connection of its own: what was sent counts once the collector, having
read up to our end, has closed its side in good order. A collector that dies with unread bytes resets the connection.
What it had read but not stored when it died is why entries before a break are sent again.
"""

import socket
import ssl
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

PORTS: Final = {"tls": 6514, "tcp": 601}
ANSWER: Final = 5.0
LONGEST: Final = 20.0


class BadAddress(ValueError):
    """No address of a collector; the argument is the setting."""


class Unreached(Exception):
    """The collector was not reached, or did not read everything; the argument says what happened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Collector:
    """Where to send: `tls://name:port` or `tcp://name:port`, and the files of the connection."""

    address: str
    ca: str = ""
    certificate: str = ""
    key: str = ""

    def place(self) -> tuple[str, str, int]:
        """Return scheme, name and port. :raises BadAddress:"""
        try:
            parts = urlsplit(self.address)
            port = parts.port
        except ValueError as error:
            raise BadAddress(self.address) from error
        if parts.scheme not in PORTS or not parts.hostname or parts.path.strip("/"):
            raise BadAddress(self.address)
        return parts.scheme, parts.hostname, port or PORTS[parts.scheme]

    def send(self, frames: Iterable[bytes]) -> int:
        """Send frames over one connection; return how many of them the collector has read.

        They are fewer than given when it reads slowly. :raises Unreached: when none of them can be counted on.
        """
        scheme, host, port = self.place()
        try:
            with socket.create_connection((host, port), timeout=ANSWER) as raw:
                if scheme == "tcp":
                    return _deliver(raw, frames)
                with self._context().wrap_socket(raw, server_hostname=host) as line:
                    return _deliver(line, frames)
        except (OSError, ValueError) as error:
            raise Unreached(_words(error)) from error

    def _context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self.ca or None)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.certificate:
            context.load_cert_chain(self.certificate, self.key or None)
        return context


def _deliver(line: socket.socket, frames: Iterable[bytes]) -> int:
    count, began = 0, time.monotonic()
    for item in frames:
        line.sendall(item)
        count += 1
        if time.monotonic() - began > LONGEST:
            break
    _close(line)
    return count


def _close(line: socket.socket) -> None:
    """Say that no more comes, and wait until the collector has read it and closes; a reset is an error."""
    if isinstance(line, ssl.SSLSocket):
        line.setblocking(False)
        # Our close_notify goes out. Some collectors (rsyslog among them) answer with the end of the stream alone.
        with suppress(ssl.SSLWantReadError, ssl.SSLEOFError):
            line.unwrap()
        line.settimeout(ANSWER)
    line.shutdown(socket.SHUT_WR)
    deadline = time.monotonic() + ANSWER
    while line.recv(4096):
        if time.monotonic() > deadline:
            raise TimeoutError


def _words(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "timeout"
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__)[:300]
