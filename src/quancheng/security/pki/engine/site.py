"""What a site holds of the city's PKI: the files under its data folder, read once and again when they change."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from django.utils.translation import gettext_lazy as _

from quancheng.kernel import zone
from quancheng.kernel.refusal import Refusal
from quancheng.security.pki import config
from quancheng.security.pki.engine import ceremony, certificates, chains, signing, suites, vaults


class NotInstalled(Refusal):
    """This site has no authority yet: `quancheng pki install` brings it from the ceremony."""

    code = "pki.not-installed"
    message = _("This site has not received its certificate authority yet.")
    status = 503


@dataclass(frozen=True, slots=True)
class Site:
    """The root, this zone's issuing authority with its key, the other zones' authorities, and the root's CRL."""

    root: x509.Certificate
    issuing: certificates.Authority
    peers: tuple[x509.Certificate, ...]
    root_crl: bytes

    @property
    def suite(self) -> suites.Suite:
        """The suite that the ceremony chose."""
        return self.issuing.key.suite

    @property
    def authorities(self) -> tuple[x509.Certificate, ...]:
        """All issuing authorities that the ceremony made, this zone's first."""
        return (self.issuing.certificate, *(item for item in self.peers if item != self.issuing.certificate))


def load(*, at: datetime) -> Site:
    """Return this site's authorities; one that may improvise makes them at `at` when there are none.

    :raises NotInstalled: when there are none.
    """
    folder = config.folder()
    marker = folder / "root.crt"
    try:
        changed = marker.stat().st_mtime_ns
    except FileNotFoundError:
        if not config.may_improvise():
            raise NotInstalled from None
        _improvise(folder, at)
        changed = marker.stat().st_mtime_ns
    return _load(folder, changed)


def _improvise(folder: Path, at: datetime) -> None:
    settings, source = config.settings(), folder / "ceremony"
    if not (source / "root.crt").exists():
        ceremony.hold(
            source,
            city=settings.city,
            vault=vaults.here(),
            zones=(zone.current(),),
            requests={},
            url=settings.url,
            arc=settings.arc,
            at=at,
            names=settings.trees,
            suite=suites.named(settings.suite),
        )
    ceremony.install(source, folder, zone=zone.current(), passphrase=config.passphrase(), own=vaults.here())


@lru_cache(maxsize=8)
def _load(folder: Path, _changed: int) -> Site:
    settings = config.settings()
    issuing = certificates.Authority(
        certificate=x509.load_pem_x509_certificate((folder / "issuing.crt").read_bytes()),
        key=vaults.open_key((folder / "issuing.key").read_bytes()),
        name=ceremony.authority_name(zone.current()),
        url=settings.url,
        arc=settings.arc,
    )
    peers = sorted((folder / "peers").glob("*.crt"))
    return Site(
        root=x509.load_pem_x509_certificate((folder / "root.crt").read_bytes()),
        issuing=issuing,
        peers=tuple(x509.load_pem_x509_certificate(path.read_bytes()) for path in peers),
        root_crl=(folder / "root.crl").read_bytes(),
    )


def key_path(serial: str) -> Path:
    """Return where the private key of a certificate is kept."""
    return config.folder() / "keys" / f"{serial}.key"


def signer(der: bytes, *, issuing: x509.Certificate) -> signing.Signer:
    """Return the signer of a certificate of ours (DER), kept in memory once its key is opened."""
    return _signer(config.folder(), der, certificates.der(issuing))


@lru_cache(maxsize=512)
def _signer(_folder: Path, der: bytes, issuing: bytes) -> signing.Signer:
    certificate = x509.load_der_x509_certificate(der)
    serial = certificates.serial_text(certificate)
    return signing.Signer(
        key=vaults.open_key(key_path(serial).read_bytes()),
        certificate=certificate,
        chain=(x509.load_der_x509_certificate(issuing),),
        holder=chains.holder(certificate, arc=config.settings().arc),
    )
