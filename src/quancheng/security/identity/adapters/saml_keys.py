"""The keys with which this site signs SAML, in its data folder as the OpenID key is, and how they follow one another.

A key is announced in the metadata before it signs and stays there for a time after it has signed, so that systems which
read the metadata now and then never meet a signature by a key they do not know.
"""

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)  # fmt: skip
from cryptography.x509.oid import NameOID

from quancheng.kernel.config import data_dir
from quancheng.security.identity import rules

LASTS: Final = timedelta(days=3 * 365)
BITS: Final = 3072
NAME: Final = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True)
class Pair:
    """A key and its certificate; `made_at` is when it was announced."""

    private: rsa.RSAPrivateKey
    certificate: x509.Certificate
    made_at: datetime


def pairs(at: datetime) -> tuple[Pair, ...]:
    """Return the keys of this site, the oldest first; the first one is made now if there is none."""
    folder = data_dir() / "saml"
    files = sorted(folder.glob("*.pem"))
    if not files:
        make(at)
        files = sorted(folder.glob("*.pem"))
    return tuple(_read(file) for file in files)


def signer(at: datetime) -> Pair:
    """Return the key that signs now."""
    found = pairs(at)
    return found[rules.signing_now([item.made_at for item in found], at)]


def shown(at: datetime) -> tuple[Pair, ...]:
    """Return the keys that the metadata names, the one that signs first."""
    found = pairs(at)
    made = [item.made_at for item in found]
    return tuple(found[place] for place in rules.shown_now(made, at))


def make(at: datetime) -> None:
    """Make a new key and announce it."""
    folder = data_dir() / "saml"
    folder.mkdir(mode=0o700, exist_ok=True)
    key = rsa.generate_private_key(public_exponent=65537, key_size=BITS)
    certificate = _self_signed(key, at)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    _write(folder / f"{at.astimezone(UTC).strftime(NAME)}.pem", private + certificate.public_bytes(Encoding.PEM))


def renew(at: datetime) -> bool:
    """Announce a new key when the newest ends soon, and forget those shown no more; return whether one was made."""
    found = pairs(at)
    keep = {found[place].made_at for place in rules.shown_now([item.made_at for item in found], at)}
    for item in found:
        if item.made_at not in keep:
            (data_dir() / "saml" / f"{item.made_at.strftime(NAME)}.pem").unlink(missing_ok=True)
    if found[-1].certificate.not_valid_after_utc - at > rules.KEY_EARLY:
        return False
    make(at)
    return True


def pairwise_secret() -> bytes:
    """Return the secret from which people's names to systems are worked out. No name may change, so nor does it."""
    file = data_dir() / "saml-names.key"
    if not file.exists():
        _write(file, secrets.token_bytes(32))
    return file.read_bytes()


def _read(file: Path) -> Pair:
    content = file.read_bytes()
    private = load_pem_private_key(content, None)
    if not isinstance(private, rsa.RSAPrivateKey):
        raise TypeError(file.name)
    made_at = datetime.strptime(file.stem, NAME).replace(tzinfo=UTC)
    return Pair(private, x509.load_pem_x509_certificate(content), made_at)


def _write(file: Path, content: bytes) -> None:
    # Written aside and linked into place, so that of several processes starting at once all read the same key.
    draft = file.with_suffix(f".{os.getpid()}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as new:
        new.write(content)
    with suppress(FileExistsError):
        os.link(draft, file)
    draft.unlink()


def _self_signed(key: rsa.RSAPrivateKey, at: datetime) -> x509.Certificate:
    # Nobody asks who issued it: systems trust the key because the metadata names it (SAML V2.0 Metadata
    # Interoperability Profile 1.0, section 2.5.1).
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "SAML signing")])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at)
        .not_valid_after(at + LASTS)
        .sign(key, hashes.SHA256())
    )
