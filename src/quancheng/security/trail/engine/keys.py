"""The log's and the witness's private keys: files that only this site's user can read, made at first use."""

import contextlib
import os
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from quancheng.security.trail.engine import note

FILES = {note.LOG: "log.key", note.WITNESS: "witness.key"}


def signer(folder: Path, *, name: str, kind: int) -> note.Signer:
    """Return the signer whose key is in `folder`; the key is created when there is none."""
    path = folder / FILES[kind]
    if not path.exists():
        _create(path)
    private = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(private, ed25519.Ed25519PrivateKey):
        raise TypeError(f"{path} does not hold an Ed25519 key")
    return note.Signer(name, kind, private)


def _create(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    scratch.unlink(missing_ok=True)
    handle = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(
            ed25519.Ed25519PrivateKey.generate().private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        file.flush()
        os.fsync(file.fileno())
    # A link fails where another process was faster: then its key is the one.
    with contextlib.suppress(FileExistsError):
        os.link(scratch, path)
    scratch.unlink()
