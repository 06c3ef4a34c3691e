"""The key ceremony: a city's root is made away from every site, signs one issuing authority a zone, and is locked up.

A ceremony folder holds `root.crt`, `root.key` (encrypted), `root.crl`, and for each zone `<zone>/issuing.crt` and
`<zone>/issuing.key` (encrypted; absent where the zone made its own key and sent a CSR).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from quancheng.security.pki import config
from quancheng.security.pki.engine import assembling, certificates, keys, suites

ROOT, ISSUING = "root", "issuing"
ROOT_CRL_LASTS = timedelta(days=400)


class BadCeremony(ValueError):
    """A ceremony folder that is incomplete, was made before, or does not open with the passphrase."""


@dataclass(frozen=True, slots=True)
class Made:
    """What a ceremony made: the SHA-256 fingerprints that are read aloud and written into the minutes."""

    fingerprints: Mapping[str, str]


def fingerprint(certificate: x509.Certificate) -> str:
    """Return the SHA-256 fingerprint as `openssl x509 -fingerprint -sha256` prints it."""
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


def authority_name(zone: str) -> str:
    """Return the name of a zone's issuing authority in file names and addresses."""
    return f"{ISSUING}-{zone}"


def hold(
    folder: Path,
    *,
    city: str,
    passphrase: bytes,
    zones: tuple[str, ...],
    requests: Mapping[str, x509.CertificateSigningRequest],
    url: str,
    arc: str,
    at: datetime,
    names: tuple[str, ...] = (),
    suite: suites.Suite = suites.MODERN,
) -> Made:
    """Hold the ceremony into `folder`; zones in `requests` bring their own key.

    `names` are the DNS trees to which the issuing authorities are bound; without any they may vouch for every server.
    The whole city signs in one suite: every site learns it from the root.

    :raises BadCeremony: when the folder holds a root already, or a request does not fit the suite or its own key.
    """
    if (folder / "root.crt").exists():
        raise BadCeremony(f"{folder} holds a root already")
    key = keys.new(suite)
    root = certificates.Authority(certificates.new_root(key, city=city, at=at), key, ROOT, url, arc)
    made = {ROOT: fingerprint(root.certificate)}
    for zone in zones:
        public = _requested(requests[zone], suite) if zone in requests else _own_key(folder / zone, passphrase, suite)
        issued = certificates.new_issuing(root, public, city=city, zone=zone, at=at, names=names)
        _write(folder / zone / "issuing.crt", certificates.pem(issued))
        made[authority_name(zone)] = fingerprint(issued)
    _write(
        folder / "root.crl",
        certificates.revocation_list(root, (), at=at, lasts=ROOT_CRL_LASTS, number=int(at.timestamp())),
    )
    config.write_secret(folder / "root.key", key.to_pem(passphrase))
    # Last, because its presence says that the ceremony is complete.
    _write(folder / "root.crt", certificates.pem(root.certificate))
    return Made(made)


def _own_key(folder: Path, passphrase: bytes, suite: suites.Suite) -> keys.Public:
    key = keys.new(suite)
    (folder / "issuing.key").unlink(missing_ok=True)
    config.write_secret(folder / "issuing.key", key.to_pem(passphrase))
    return key.public


def _requested(request: x509.CertificateSigningRequest, suite: suites.Suite) -> keys.Public:
    try:
        public = assembling.request_key(request)
    except ValueError as error:
        raise BadCeremony(f"a certificate request cannot be used: {error}") from error
    if public.suite is not suite:
        raise BadCeremony(f"a certificate request brings a {public.kind} key, which is not of the suite {suite.code}")
    return public


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}")
    scratch.write_bytes(content)
    scratch.replace(path)


def install(source: Path, target: Path, *, zone: str, passphrase: bytes, own_passphrase: bytes) -> None:
    """Bring a zone's authority from a ceremony folder to a site: the key is encrypted anew with the site's passphrase.

    The issuing certificates of the other zones come along, so that the site can name them.

    :raises BadCeremony: when something is missing, the passphrase is wrong, or the site has another root.
    """
    try:
        content = {name: (source / name).read_bytes() for name in ("root.crt", "root.crl", f"{zone}/issuing.crt")}
        issued = x509.load_pem_x509_certificate(content[f"{zone}/issuing.crt"])
        if (source / zone / "issuing.key").exists():
            key = keys.open_file((source / zone / "issuing.key").read_bytes(), passphrase)
        else:
            key = keys.open_file((target / "issuing.key").read_bytes(), own_passphrase)
    except (OSError, ValueError, TypeError) as error:
        raise BadCeremony(f"the ceremony folder cannot be used: {error}") from error
    if (target / "root.crt").exists() and (target / "root.crt").read_bytes() != content["root.crt"]:
        raise BadCeremony("this site belongs to another root already")
    if key.public != keys.of(issued):
        raise BadCeremony("the key does not belong to the issuing certificate")
    if (source / zone / "issuing.key").exists():
        (target / "issuing.key").unlink(missing_ok=True)
        config.write_secret(target / "issuing.key", key.to_pem(own_passphrase))
    for peer in sorted(source.glob("*/issuing.crt")):
        _write(target / "peers" / f"{authority_name(peer.parent.name)}.crt", peer.read_bytes())
    _write(target / "root.crl", content["root.crl"])
    _write(target / "issuing.crt", content[f"{zone}/issuing.crt"])
    _write(target / "root.crt", content["root.crt"])


def request(target: Path, *, zone: str, city: str, own_passphrase: bytes, suite: suites.Suite = suites.MODERN) -> bytes:
    """Make the site's own issuing key, unless it has one, and return the CSR (PEM) that goes to the ceremony."""
    path = target / "issuing.key"
    if not path.exists():
        config.write_secret(path, keys.new(suite).to_pem(own_passphrase))
    key = keys.open_file(path.read_bytes(), own_passphrase)
    subject = certificates.name(common=f"{city} {zone} Issuing CA", organisation=city)
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    return assembling.request(builder, key).public_bytes(serialization.Encoding.PEM)
