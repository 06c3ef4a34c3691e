"""The key ceremony: a city's root is made away from every site, signs one issuing authority a zone, and is locked up.

A ceremony folder holds `root.crt`, `root.key` (encrypted, or its address in a token), `root.crl`, and for each zone
`<zone>/issuing.crt` and `<zone>/issuing.key` (likewise; absent where the zone made its own key and sent a CSR).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from quancheng.security.pki import config
from quancheng.security.pki.engine import assembling, certificates, keys, suites, tokens, vaults

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
    vault: vaults.Vault,
    zones: tuple[str, ...],
    requests: Mapping[str, x509.CertificateSigningRequest],
    url: str,
    arc: str,
    at: datetime,
    names: tuple[str, ...] = (),
    suite: suites.Suite = suites.MODERN,
) -> Made:
    """Hold the ceremony into `folder` with keys made in `vault`; zones in `requests` bring their own key.

    `names` are the DNS trees to which the issuing authorities are bound; without any they may vouch for every server.
    The whole city signs in one suite: every site learns it from the root.

    :raises BadCeremony: when the folder holds a root already, or a request does not fit the suite or its own key.
    """
    if (folder / "root.crt").exists():
        raise BadCeremony(f"{folder} holds a root already")
    key, content = vault.new(suite)
    root = certificates.Authority(certificates.new_root(key, city=city, at=at), key, ROOT, url, arc)
    made = {ROOT: fingerprint(root.certificate)}
    for zone in zones:
        public = _requested(requests[zone], suite) if zone in requests else _own_key(folder / zone, vault, suite)
        issued = certificates.new_issuing(root, public, city=city, zone=zone, at=at, names=names)
        _write(folder / zone / "issuing.crt", certificates.pem(issued))
        made[authority_name(zone)] = fingerprint(issued)
    _write(
        folder / "root.crl",
        certificates.revocation_list(root, (), at=at, lasts=ROOT_CRL_LASTS, number=int(at.timestamp())),
    )
    config.write_secret(folder / "root.key", content)
    # Last, because its presence says that the ceremony is complete.
    _write(folder / "root.crt", certificates.pem(root.certificate))
    return Made(made)


def _own_key(folder: Path, vault: vaults.Vault, suite: suites.Suite) -> keys.Public:
    key, content = vault.new(suite)
    (folder / "issuing.key").unlink(missing_ok=True)
    config.write_secret(folder / "issuing.key", content)
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


def install(source: Path, target: Path, *, zone: str, passphrase: bytes, own: vaults.Vault) -> None:
    """Bring a zone's authority from a ceremony folder to a site: the key is encrypted anew with the site's passphrase.

    A site that keeps its keys in a token takes no key from elsewhere: it made its own there and sent a CSR.

    The issuing certificates of the other zones come along, so that the site can name them.

    :raises BadCeremony: when something is missing, the passphrase is wrong, or the site has another root.
    """
    try:
        content = {name: (source / name).read_bytes() for name in ("root.crt", "root.crl", f"{zone}/issuing.crt")}
        issued = x509.load_pem_x509_certificate(content[f"{zone}/issuing.crt"])
        if (source / zone / "issuing.key").exists():
            brought = (source / zone / "issuing.key").read_bytes()
            key = vaults.open_key(brought, passphrase=passphrase)
        else:
            brought, key = b"", own.open((target / "issuing.key").read_bytes())
    except (OSError, ValueError, TypeError) as error:
        raise BadCeremony(f"the ceremony folder cannot be used: {error}") from error
    if (target / "root.crt").exists() and (target / "root.crt").read_bytes() != content["root.crt"]:
        raise BadCeremony("this site belongs to another root already")
    if key.public != keys.of(issued):
        raise BadCeremony("the key does not belong to the issuing certificate")
    if brought:
        (target / "issuing.key").unlink(missing_ok=True)
        config.write_secret(target / "issuing.key", _kept(key, brought, own))
    for peer in sorted(source.glob("*/issuing.crt")):
        _write(target / "peers" / f"{authority_name(peer.parent.name)}.crt", peer.read_bytes())
    _write(target / "root.crl", content["root.crl"])
    _write(target / "issuing.crt", content[f"{zone}/issuing.crt"])
    _write(target / "root.crt", content["root.crt"])


def _kept(key: keys.Key, brought: bytes, own: vaults.Vault) -> bytes:
    """Return what the site's file holds for a key that a ceremony made."""
    if brought.startswith(tokens.SCHEME):
        return brought
    if not isinstance(own, vaults.Files) or not isinstance(key, keys.EcKey | keys.Sm2Key):
        raise BadCeremony("this site keeps its keys in a token: make its key there and bring the request to a ceremony")
    return key.to_pem(own.passphrase)


def request(target: Path, *, zone: str, city: str, own: vaults.Vault, suite: suites.Suite = suites.MODERN) -> bytes:
    """Make the site's own issuing key, unless it has one, and return the CSR (PEM) that goes to the ceremony."""
    path = target / "issuing.key"
    if not path.exists():
        _key, content = own.new(suite)
        config.write_secret(path, content)
    key = own.open(path.read_bytes())
    subject = certificates.name(common=f"{city} {zone} Issuing CA", organisation=city)
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    return assembling.request(builder, key).public_bytes(serialization.Encoding.PEM)


def new_list(folder: Path, *, passphrase: bytes, revoked: Sequence[str], at: datetime) -> bytes:
    """Sign the root's revocation list anew, with `revoked` (serial numbers of issuing authorities, hex) on it as well.

    Needed once within each ROOT_CRL_LASTS, and at once when an issuing authority is lost.

    :raises BadCeremony: when the folder holds no root, the passphrase is wrong, or a serial number is none.
    """
    try:
        certificate = x509.load_pem_x509_certificate((folder / "root.crt").read_bytes())
        former = x509.load_der_x509_crl((folder / "root.crl").read_bytes())
        key = vaults.open_key((folder / "root.key").read_bytes(), passphrase=passphrase)
        serials = [int(serial, 16) for serial in revoked]
    except (OSError, ValueError, TypeError) as error:
        raise BadCeremony(f"the list cannot be signed: {error}") from error
    entries = {
        item.serial_number: certificates.Revoked(item.serial_number, item.revocation_date_utc, "cACompromise")
        for item in former
    }
    entries = {serial: certificates.Revoked(serial, at, "cACompromise") for serial in serials} | entries
    root = certificates.Authority(certificate, key, ROOT, "", "")
    number = int(at.timestamp())
    made = certificates.revocation_list(root, entries.values(), at=at, lasts=ROOT_CRL_LASTS, number=number)
    _write(folder / "root.crl", made)
    return made
