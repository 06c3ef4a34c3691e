"""`quancheng pki ceremony | install | request | seal | show`: how a city's PKI comes to life."""

from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

from cryptography import x509
from django.core.management.base import BaseCommand, CommandError

from quancheng.kernel import zone
from quancheng.kernel.refusal import Refusal
from quancheng.security.pki import config
from quancheng.security.pki import public as pki
from quancheng.security.pki.engine import bundles, ceremony, envelopes, keys, suites, vaults
from quancheng.security.pki.queries import fleets
from quancheng.security.pmi.public import service_actor


class Command(BaseCommand):
    """The PKI's command."""

    help = "Hold the key ceremony, install its authority on this site, make seals."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parts = parser.add_subparsers(dest="part", required=True)
        hold = parts.add_parser("ceremony", help="make the root and an issuing authority for each zone, offline")
        hold.add_argument("--out", type=Path, required=True)
        hold.add_argument("--city", default="")
        hold.add_argument("--zones", default="extranet,intranet")
        hold.add_argument("--passphrase-file", type=Path)
        hold.add_argument("--names", default="", help="DNS trees, comma-separated, to which the authorities are bound")
        hold.add_argument("--csr", action="append", default=[], metavar="ZONE=FILE", help="a zone's own request")
        hold.add_argument("--suite", choices=sorted(suites.SUITES), help="the algorithms of the whole city")
        install = parts.add_parser("install", help="bring this zone's authority from a ceremony folder")
        install.add_argument("--ceremony", type=Path, required=True)
        install.add_argument("--passphrase-file", type=Path)
        listed = parts.add_parser("root-list", help="sign the root's revocation list anew, once a year, offline")
        listed.add_argument("--ceremony", type=Path, required=True)
        listed.add_argument("--passphrase-file", type=Path)
        listed.add_argument("--revoke", action="append", default=[], metavar="SERIAL", help="a lost issuing authority")
        request = parts.add_parser("request", help="make this zone's own issuing key and print its CSR")
        request.add_argument("--city", default="")
        request.add_argument("--suite", choices=sorted(suites.SUITES), help="the suite that the ceremony will choose")
        seal = parts.add_parser("seal", help="make an organisation's seal, unless it has one")
        seal.add_argument("code")
        seal.add_argument("name")
        acme = parts.add_parser("acme-key", help="give an organisation's servers leave to enrol by ACME")
        acme.add_argument("code")
        acme.add_argument("name")
        acme.add_argument("trees", nargs="+", metavar="NAME", help="DNS names below which they may enrol")
        enrol = parts.add_parser("enrol", help="issue certificates for the requests of many devices")
        enrol.add_argument("code", help="the organisation that they belong to")
        enrol.add_argument("name")
        enrol.add_argument("--requests", type=Path, required=True, help="a folder of requests, PEM or DER")
        enrol.add_argument("--out", type=Path, help="where the certificates go, as ZIP")
        enrol.add_argument("--profile", default="device")
        revoke = parts.add_parser("revoke", help="revoke many certificates at once")
        revoke.add_argument("--serials", type=Path, required=True, help="a file of serial numbers, one a line")
        revoke.add_argument("--reason", required=True, help="keyCompromise, superseded, cessationOfOperation, …")
        share = parts.add_parser("open-share", help="open a recovery officer's share with the officer's own key")
        share.add_argument("file", type=Path)
        share.add_argument("--key", type=Path, required=True, help="encrypted PKCS#8 (PEM)")
        share.add_argument("--passphrase-file", type=Path, required=True)
        parts.add_parser("show", help="print the authorities and their fingerprints")

    def handle(self, *, part: str, **options: Any) -> None:
        try:
            getattr(self, f"do_{part.replace('-', '_')}")(**options)
        except (ceremony.BadCeremony, Refusal) as error:
            raise CommandError(str(error)) from error

    def do_ceremony(
        self,
        *,
        out: Path,
        city: str,
        zones: str,
        passphrase_file: Path | None,
        csr: list[str],
        names: str,
        suite: str | None,
        **_options: Any,
    ) -> None:
        pairs = dict(item.split("=", 1) for item in csr)
        requests = {name: x509.load_pem_x509_csr(Path(file).read_bytes()) for name, file in pairs.items()}
        settings = config.settings()
        if settings.keys == "file":
            vault = vaults.here(passphrase=_passphrase(out, passphrase_file, make=True))
        else:
            vault = vaults.here()
            if missing := [name for name in zones.split(",") if name not in requests]:
                raise CommandError(
                    f"A key in a token does not travel: bring the request of {', '.join(missing)} (--csr)."
                )
        made = ceremony.hold(
            out,
            city=city or settings.city,
            vault=vault,
            zones=tuple(zones.split(",")),
            requests=requests,
            url=settings.url,
            arc=settings.arc,
            at=datetime.now(UTC),
            names=tuple(item.strip().lower() for item in names.split(",") if item.strip()) or settings.trees,
            suite=suites.named(suite or settings.suite),
        )
        for name, value in made.fingerprints.items():
            self.stdout.write(f"{name} {value}")
        if (out / "passphrase").exists():
            self.stdout.write(self.style.WARNING(f"The passphrase was made up and lies in {out / 'passphrase'}."))

    def do_install(self, *, ceremony: Path, passphrase_file: Path | None, **_options: Any) -> None:
        _install(ceremony, _passphrase(ceremony, passphrase_file, make=False))
        pki.zone_signer()
        self.do_show()

    def do_root_list(self, *, ceremony: Path, passphrase_file: Path | None, revoke: list[str], **_options: Any) -> None:
        _renew_list(ceremony, _passphrase(ceremony, passphrase_file, make=False), revoke)
        found = x509.load_der_x509_crl((ceremony / "root.crl").read_bytes())
        self.stdout.write(f"root.crl {len(found)} revoked, next before {found.next_update_utc:%Y-%m-%d}")

    def do_request(self, *, city: str, suite: str | None, **_options: Any) -> None:
        made = ceremony.request(
            config.folder(),
            zone=zone.current(),
            city=city or config.settings().city,
            own=vaults.here(),
            suite=suites.named(suite or config.settings().suite),
        )
        self.stdout.write(made.decode(), ending="")

    def do_seal(self, *, code: str, name: str, **_options: Any) -> None:
        made = pki.ensure_organisation_seal(code, name)
        self.stdout.write(f"{made.organisation} {made.name} {made.serial}")

    def do_acme_key(self, *, code: str, name: str, trees: list[str], **_options: Any) -> None:
        actor = service_actor("pki")
        leave = pki.create_acme_key(actor=actor, code=code, name=name, trees=trees, at=datetime.now(UTC))
        self.stdout.write(f"{leave.kid} {leave.secret}")

    def do_enrol(
        self, *, code: str, name: str, requests: Path, out: Path | None, profile: str, **_options: Any
    ) -> None:
        try:
            brought = bundles.of_folder(requests)
        except (OSError, bundles.NoBundle) as error:
            raise CommandError(f"{requests}: {error}") from error
        actor = service_actor("pki")
        made = pki.request_many(
            actor=actor, profile=profile, code=code, name=name, requests=brought, at=datetime.now(UTC)
        )
        for file, why in made.refused:
            self.stdout.write(self.style.WARNING(f"{file}: {why}"))
        if out is not None:
            out.write_bytes(fleets.archive(made.slug))
        self.stdout.write(f"{made.slug} {made.issued} of {len(brought)} certificates issued")

    def do_revoke(self, *, serials: Path, reason: str, **_options: Any) -> None:
        wanted = tuple(serials.read_text().split())
        done = pki.revoke_many(actor=service_actor("pki"), serials=wanted, reason=reason, at=datetime.now(UTC))
        self.stdout.write(f"{done} of {len(wanted)} certificates revoked")

    def do_open_share(self, *, file: Path, key: Path, passphrase_file: Path, **_options: Any) -> None:
        try:
            opened = keys.open_file(key.read_bytes(), passphrase_file.read_bytes().strip())
            self.stdout.write(envelopes.opened(file.read_bytes(), opened).decode())
        except (OSError, ValueError) as error:
            raise CommandError(f"The share cannot be opened: {error}") from error

    def do_show(self, **_options: Any) -> None:
        for item in pki.authorities():
            self.stdout.write(f"{item.name} {item.title} {item.fingerprint}")


def _install(source: Path, passphrase: bytes) -> None:
    ceremony.install(source, config.folder(), zone=zone.current(), passphrase=passphrase, own=vaults.here())


def _renew_list(source: Path, passphrase: bytes, revoked: list[str]) -> None:
    ceremony.new_list(source, passphrase=passphrase, revoked=revoked, at=datetime.now(UTC))


def _passphrase(folder: Path, file: Path | None, *, make: bool) -> bytes:
    """Return the ceremony's passphrase: from a file, from the environment, or the one made up for development.

    Where the keys lie in a token there is none.
    """
    if file is not None:
        return file.read_bytes().strip()
    if not make and config.settings().keys != "file":
        return b""
    if given := config.settings().ceremony_passphrase:
        return given.encode()
    if make:
        config.write_secret(folder / "passphrase", token_urlsafe(32).encode())
    try:
        return (folder / "passphrase").read_bytes()
    except OSError:
        raise CommandError("Give the passphrase with --passphrase-file or QC_PKI_CEREMONY_PASSPHRASE.") from None
