"""Signed notes, checkpoints and cosignatures (C2SP signed-note, tlog-checkpoint, tlog-cosignature), with Ed25519."""

import base64
import binascii
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ed25519

LOG, WITNESS = 0x01, 0x04
DASH = "— "
REGISTER = "register/v1 "


class BadNote(ValueError):
    """A note, key or signature that is malformed or does not verify."""


def key_id(name: str, kind: int, public: bytes) -> bytes:
    """Return the four bytes that name a key in signature lines."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


@dataclass(frozen=True, slots=True)
class Verifier:
    """A named public key; `kind` is LOG (plain notes) or WITNESS (cosignature/v1)."""

    name: str
    kind: int
    public: bytes

    @classmethod
    def parse(cls, text: str) -> "Verifier":
        """Read a verifier key `name+hash+key`. :raises BadNote: when it is malformed or its hash does not fit."""
        try:
            name, identifier, encoded = text.strip().split("+", 2)
            raw = base64.b64decode(encoded, validate=True)
            found = cls(name, raw[0], raw[1:])
            fits = len(raw) == 33 and found.kind in (LOG, WITNESS) and bytes.fromhex(identifier) == found.id
        except (ValueError, IndexError, binascii.Error) as error:
            raise BadNote("the verifier key is malformed") from error
        if not fits:
            raise BadNote("the verifier key is malformed")
        return found

    @property
    def id(self) -> bytes:
        """The key's four bytes in signature lines."""
        return key_id(self.name, self.kind, self.public)

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(bytes([self.kind]) + self.public).decode()}"


@dataclass(frozen=True, slots=True)
class Signer:
    """A named private key."""

    name: str
    kind: int
    private: ed25519.Ed25519PrivateKey

    @property
    def verifier(self) -> Verifier:
        """The public half."""
        return Verifier(self.name, self.kind, self.private.public_key().public_bytes_raw())

    def line(self, text: str, *, at: int = 0) -> str:
        """Return the signature line under the note `text`; a witness's line carries `at` (POSIX seconds)."""
        if self.kind == WITNESS:
            blob = at.to_bytes(8, "big") + self.private.sign(_cosigned(text, at))
        else:
            blob = self.private.sign(text.encode())
        return f"{DASH}{self.name} {base64.b64encode(self.verifier.id + blob).decode()}"


def _cosigned(text: str, at: int) -> bytes:
    return f"cosignature/v1\ntime {at}\n{text}".encode()


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A log's size and root as its checkpoint states them; the register's root is an extension line, if there."""

    origin: str
    size: int
    root: bytes
    register: bytes = b""

    @property
    def text(self) -> str:
        """The note that is signed."""
        extension = f"{REGISTER}{base64.b64encode(self.register).decode()}\n" if self.register else ""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n{extension}"


def split(note: str) -> tuple[str, tuple[str, ...]]:
    """Return a note's text (with its last newline) and its signature lines. :raises BadNote: when it is malformed."""
    text, gap, signatures = note.rpartition("\n\n")
    lines = tuple(signatures.splitlines())
    if not gap or not lines or not note.endswith("\n") or not all(line.startswith(DASH) for line in lines):
        raise BadNote("the note is malformed")
    return text + "\n", lines


def parse(note: str) -> Checkpoint:
    """Return what a signed checkpoint states; signatures are not checked. :raises BadNote: when it is malformed."""
    text, _lines = split(note)
    try:
        origin, size, root, *extensions = text.split("\n")[:-1]
        register = next((line.removeprefix(REGISTER) for line in extensions if line.startswith(REGISTER)), "")
        found = Checkpoint(origin, int(size), *(base64.b64decode(value, validate=True) for value in (root, register)))
    except (ValueError, binascii.Error) as error:
        raise BadNote("the checkpoint is malformed") from error
    if (
        len(found.root) != 32
        or len(found.register) not in (0, 32)
        or found.size < 0
        or not origin
        or str(found.size) != size
    ):
        raise BadNote("the checkpoint is malformed")
    return found


def verify_line(text: str, line: str, verifier: Verifier) -> int:
    """Check one signature line over `text`; return the witness's time (POSIX seconds), 0 for a log's own line.

    :raises BadNote: when the line is another key's, malformed or wrong.
    """
    try:
        name, encoded = line.removeprefix(DASH).rsplit(" ", 1)
        blob = base64.b64decode(encoded, validate=True)
    except (ValueError, binascii.Error) as error:
        raise BadNote("the signature line is malformed") from error
    # Two texts may decode to the same bytes; only one of them was signed.
    if base64.b64encode(blob).decode() != encoded:
        raise BadNote("the signature line is malformed")
    if name != verifier.name or blob[:4] != verifier.id:
        raise BadNote("the signature is by another key")
    at, signature, message = 0, blob[4:], text.encode()
    if verifier.kind == WITNESS:
        at = int.from_bytes(blob[4:12], "big")
        signature, message = blob[12:], _cosigned(text, at)
    try:
        ed25519.Ed25519PublicKey.from_public_bytes(verifier.public).verify(signature, message)
    except InvalidSignature as error:
        raise BadNote("the signature is wrong") from error
    return at


def verify(note: str, verifier: Verifier) -> Checkpoint:
    """Return what a checkpoint states once `verifier` is shown to have signed it. :raises BadNote: otherwise."""
    text, lines = split(note)
    for line in lines:
        if line.startswith(f"{DASH}{verifier.name} "):
            verify_line(text, line, verifier)
            return parse(note)
    raise BadNote("the signature is missing")
