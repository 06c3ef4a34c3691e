"""Malware scanning by ClamAV's daemon, over its socket."""

import socket
import struct
from dataclasses import dataclass
from typing import BinaryIO, Final, Literal, Protocol

CHUNK: Final = 256 * 1024
PATIENCE: Final = 60.0  # seconds without a sign of life
State = Literal["NONE", "CLEAN", "INFECTED", "UNREACHABLE", "TOO_LARGE"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the scanner says; `finding` is the name of what it found, or why it did not look."""

    state: State
    finding: str = ""


class Scanner(Protocol):
    """Looks through a stream for malware."""

    def scan(self, stream: BinaryIO) -> Verdict: ...


class NoScanner:
    """None is configured: nothing is claimed about any file."""

    def scan(self, stream: BinaryIO) -> Verdict:
        return Verdict("NONE")


class Clamd:
    """clamd's INSTREAM command: the file in pieces with their lengths, then one line of answer (clamd(8))."""

    def __init__(self, address: str, *, patience: float = PATIENCE) -> None:
        self.address, self.patience = address, patience

    def scan(self, stream: BinaryIO) -> Verdict:
        """Never fails: a daemon that is not there or breaks off gives `UNREACHABLE`."""
        try:
            return _verdict(self._ask(stream))
        except OSError as error:
            return Verdict("UNREACHABLE", str(error)[:200])

    def _ask(self, stream: BinaryIO) -> str:
        with self._line() as line:
            try:
                line.sendall(b"zINSTREAM\0")
                while piece := stream.read(CHUNK):
                    line.sendall(struct.pack("!I", len(piece)) + piece)
                line.sendall(struct.pack("!I", 0))
            except (BrokenPipeError, ConnectionResetError):
                # Past its limit clamd answers and hangs up; the answer is still to be read.
                pass
            return _read_line(line)

    def _line(self) -> socket.socket:
        if self.address.startswith("/"):
            line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            line.settimeout(self.patience)
            line.connect(self.address)
            return line
        host, _colon, port = self.address.rpartition(":")
        return socket.create_connection((host or "127.0.0.1", int(port)), timeout=self.patience)


def _read_line(line: socket.socket) -> str:
    answer = b""
    while not answer.endswith(b"\0") and (piece := line.recv(4096)):
        answer += piece
    return answer.rstrip(b"\0").decode(errors="replace").strip()


def _verdict(answer: str) -> Verdict:
    said = answer.removeprefix("stream:").strip()
    if said == "OK":
        return Verdict("CLEAN")
    if said.endswith(" FOUND"):
        return Verdict("INFECTED", said.removesuffix(" FOUND")[:200])
    if "size limit exceeded" in said:
        return Verdict("TOO_LARGE", said[:200])
    return Verdict("UNREACHABLE", said[:200] or "no answer")
