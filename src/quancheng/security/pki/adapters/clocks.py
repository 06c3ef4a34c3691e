"""Sources of reference time: the kernel's own discipline, chrony, and any NTP server. Each answers with a reading."""

import ctypes
import os
import secrets
import socket
import struct
import subprocess
import time
from typing import Final, Protocol

from quancheng.security.pki.rules import Reading

TIMEOUT: Final = 1.0
_UNSYNCHRONISED: Final = 0x40  # STA_UNSYNC of adjtimex(2)
_MICROSECOND: Final = 1e-6
_NTP_EPOCH: Final = 2_208_988_800  # 1970 in seconds since 1900, RFC 5905 section 6


class Source(Protocol):
    """Somebody who knows what time it is."""

    name: str

    def read(self) -> Reading:
        """Return how far this machine's clock is off; what goes wrong stands in the reading's `problem`."""
        ...


class _Timex(ctypes.Structure):
    """The beginning of struct timex of adjtimex(2); what follows is not looked at."""

    _fields_ = [
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("more", ctypes.c_char * 256),
    ]


class Kernel:
    """What adjtimex(2) says: whether something disciplines the clock, and how large its error may be."""

    name = "kernel"

    def read(self) -> Reading:
        now, found = time.time(), _Timex()
        try:
            state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(found))
        except (OSError, AttributeError):
            return Reading(self.name, now, problem="adjtimex is not available on this machine")
        if state < 0:
            return Reading(self.name, now, problem=os.strerror(ctypes.get_errno()))
        if found.status & _UNSYNCHRONISED:
            return Reading(self.name, now, problem="nothing disciplines the clock of this machine")
        return Reading(self.name, now, bound=found.esterror * _MICROSECOND)


class Chrony:
    """What `chronyc tracking` says."""

    name = "chrony"

    def read(self) -> Reading:
        now = time.time()
        try:
            done = subprocess.run(
                ["chronyc", "-c", "tracking"], capture_output=True, text=True, timeout=TIMEOUT, check=False
            )
        except (OSError, subprocess.TimeoutExpired):
            return Reading(self.name, now, problem="chronyc does not answer")
        return self.judge(done.stdout, now)

    def judge(self, line: str, now: float) -> Reading:
        """Return the reading that one line of `chronyc -c tracking` is."""
        parts = line.strip().split(",")
        try:
            correction, delay, dispersion, leap = float(parts[4]), float(parts[10]), float(parts[11]), parts[13]
        except (IndexError, ValueError):
            return Reading(self.name, now, problem="chronyc does not answer")
        if leap == "Not synchronised":
            return Reading(self.name, now, problem="chrony has not found the time yet")
        return Reading(self.name, now, -correction, dispersion + delay / 2)


class Ntp:
    """An NTP server, asked as a client of RFC 5905 section 14 (SNTP) does."""

    def __init__(self, server: str) -> None:
        host, _colon, port = server.partition(":")
        self.name, self._address = f"ntp:{server}", (host, int(port or 123))

    def read(self) -> Reading:
        sent, mark = time.time(), secrets.token_bytes(8)
        # The mark stands where the server repeats it, so that no stray packet passes for the answer.
        packet = struct.pack("!B39x8s", 4 << 3 | 3, mark)
        try:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
                line.settimeout(TIMEOUT)
                line.connect(self._address)
                line.send(packet)
                answer = line.recv(512)
        except OSError:
            return Reading(self.name, sent, problem="the server does not answer")
        return self.judge(answer, mark, sent=sent, received=time.time())

    def judge(self, answer: bytes, mark: bytes, *, sent: float, received: float) -> Reading:
        """Return the reading that a server's answer (48 bytes) is; `sent` and `received` are by our clock."""
        if len(answer) < 48 or answer[24:32] != mark or answer[0] & 7 != 4:
            return Reading(self.name, sent, problem="the server answers something else")
        if answer[0] >> 6 == 3 or not 1 <= answer[1] <= 15:
            return Reading(self.name, sent, problem="the server has not found the time itself")
        theirs = [seconds + part / 2**32 - _NTP_EPOCH for seconds, part in struct.iter_unpack("!II", answer[32:48])]
        offset = ((sent - theirs[0]) + (received - theirs[1])) / 2
        delay = (received - sent) - (theirs[1] - theirs[0])
        dispersion = struct.unpack("!I", answer[8:12])[0] / 2**16
        return Reading(self.name, sent, offset, max(delay, 0.0) / 2 + dispersion)


def sources(names: str) -> tuple[Source, ...]:
    """Return the sources that `names` lists, comma-separated: kernel, chrony, ntp:<host>[:<port>].

    :raises ValueError: for a name that is none.
    """
    found: list[Source] = []
    for name in (item.strip() for item in names.split(",") if item.strip()):
        if name == "kernel":
            found.append(Kernel())
        elif name == "chrony":
            found.append(Chrony())
        elif name.startswith("ntp:"):
            found.append(Ntp(name.removeprefix("ntp:")))
        else:
            raise ValueError(f"{name} is no source of time: kernel, chrony or ntp:<host>")
    return tuple(found)
