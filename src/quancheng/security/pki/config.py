"""This app's settings and the files that it keeps."""

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from quancheng.kernel import config as kernel
from quancheng.kernel import zone

MOST_SHARDS = 256


@dataclass(frozen=True, slots=True)
class Config:
    """Read from QC_PKI_*."""

    # Encrypts this site's private keys; without one a random one is made and kept beside them (development).
    passphrase: str = ""
    # Opens the keys of a ceremony folder.
    ceremony_passphrase: str = ""
    # Where the public finds CRLs and CA certificates; stands in every certificate.
    url: str = "https://quancheng.example"
    # The OID arc of policies and extended key usages; the default is the arc for examples (RFC 5612).
    arc: str = "1.3.6.1.4.1.32473.1"
    city: str = "泉城市"
    # What a ceremony chooses for the whole city: modern (P-256, SHA-256) or guomi (SM2, SM3, SM4).
    suite: str = "modern"
    # Where new keys are made: file (encrypted), or pkcs11: a token, reached through a library, by its label and PIN.
    keys: str = "file"
    pkcs11_module: str = "/usr/lib/softhsm/libsofthsm2.so"
    pkcs11_label: str = "quancheng"
    pkcs11_pin: str = ""
    pkcs11_pin_file: str = ""
    # A site without a ceremony's authorities makes its own at first use. Always so where one process serves both zones.
    improvise: bool = False
    # How many recovery officers it takes to bring a laid-down key back.
    recovery_threshold: int = 2
    anchor_seconds: int = 60
    # The second timestamp authority for the trail's checkpoints: the address of one that answers RFC 3161 over HTTP;
    # empty: the other zone's, by way of the ferry; none: no second one.
    second_tsa_url: str = ""
    # What it is trusted by: a PEM file with its root, or the authority above its own certificate.
    second_tsa_certificates: str = ""
    # The policies, comma-separated, under which its tokens are accepted; empty accepts any.
    second_tsa_policies: str = ""
    second_tsa_timeout: float = 10.0
    # How many seconds the time in its tokens may be away from ours.
    second_tsa_tolerance: float = 60.0
    # With what the timestamp service compares the clock, comma-separated: kernel, chrony, ntp:<host>[:<port>]. Without
    # any it only notices steps and a clock that went back.
    clock_sources: str = ""
    # How far the clock may be off; tokens state an accuracy of one second.
    clock_tolerance: float = 1.0
    # Into how many parts the revocation list is split, beside the complete one; 1 splits nothing. A certificate names
    # its part, which is published as long as there are such certificates, whatever this says later.
    crl_shards: int = 1
    # DNS trees, comma-separated, to which a ceremony binds the issuing authorities; empty binds them to none.
    names: str = ""
    # How the ACME server proves names: a JSON file of names, else these name servers, else this machine's.
    acme_zone_file: str = ""
    acme_name_servers: str = ""
    # It asks web servers in these networks alone.
    acme_networks: str = "10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7"
    acme_http_port: int = 80

    def __post_init__(self) -> None:
        if not 1 <= self.crl_shards <= MOST_SHARDS:
            raise kernel.BadSetting(f"QC_PKI_CRL_SHARDS={self.crl_shards} is not between 1 and {MOST_SHARDS}")

    @property
    def policies(self) -> tuple[str, ...]:
        """The policies of `second_tsa_policies`."""
        return tuple(item.strip() for item in self.second_tsa_policies.split(",") if item.strip())

    @property
    def trees(self) -> tuple[str, ...]:
        """The DNS trees of `names`."""
        return tuple(item.strip().lower() for item in self.names.split(",") if item.strip())


@cache
def settings() -> Config:
    """Return the settings, read once."""
    return kernel.read(Config, prefix="QC_PKI_")


def folder() -> Path:
    """Return the folder of keys and authority certificates."""
    return kernel.data_dir() / "pki"


def may_improvise() -> bool:
    """Whether this site may make authorities of its own."""
    return settings().improvise or zone.current() == "all"


def passphrase() -> bytes:
    """Return what encrypts this site's private keys."""
    if given := settings().passphrase:
        return given.encode()
    path = folder() / "passphrase"
    if not path.exists():
        write_secret(path, secrets.token_urlsafe(32).encode())
    return path.read_bytes()


def write_secret(path: Path, content: bytes) -> None:
    """Create `path` for this user's eyes only; where it appeared meanwhile, that content stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):
        os.link(scratch, path)
    scratch.unlink()
