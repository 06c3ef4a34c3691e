"""Certificates issued per second: a CSR read and judged, signed, and stored with its row, against django-ca.

One at a time, each with a commit of its own that waits for the disk (both have SQLite with synchronous=FULL):

- ours: what `pki.enrolment.request` does for a device: the CSR parsed, its signature and key judged, the lost keys
  looked up, the certificate signed with all extensions, the row committed;
- ours_whole: that action itself, with the privilege check, the register of requests and the trail's entry on top;
- peer: django-ca 3.2 with what its `sign_cert` does, in a process of its own (peer.py).

Many together, with one commit for all:

- ours_together: the action `pki.enrolment.request-many` whole, as an officer's ZIP file takes it: with the privilege
  check, keys looked up and held against each other, the register of requests and the trail;
- peer_together: django-ca's `sign_cert` for all in one transaction;
- openssl: `openssl ca -batch`, one process for all CSRs, which writes its text database once at the end.

`limit` is how many P-256 signatures one core makes in a second, `limit_commit` how many commits of one small row SQLite
makes: nobody who commits each certificate by itself can be faster than that. Before it signs, ours checks that the
request was signed by its own key, which costs two and a half signatures and which django-ca leaves out.

All take turns, so that a busy machine slows all alike; a ratio is the median of those of the rounds. `ratio` is ours to
the peer one at a time, `ratio_together` for many. Where django-ca cannot be installed, the peer's are null and
`skipped` says why.
Run: python benchmarks/issuance.py
"""

# ruff: noqa: E402 - Django wants its settings before it is used

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]
FOLDER = Path(tempfile.mkdtemp(prefix="quancheng-bench-"))
os.environ |= {"QC_DATA": str(FOLDER), "QC_ZONE": "all"}
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "quancheng.project.settings")

import django

django.setup()

from benchmarks.peer import DjangoCa, Unavailable
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from quancheng.security.pki import public as pki
from quancheng.security.pki.actions import enrolment, fleets, setup
from quancheng.security.pki.engine import bundles, certificates, keys, suites
from quancheng.security.pmi import public as pmi

MANY, TOGETHER, ROUNDS, GOAL = 200, 1000, 5, 5.0
OFFICER = pmi.service_actor("pki")
CNF = """
[ca]
default_ca = ours
[ours]
database = index.txt
rand_serial = yes
new_certs_dir = made
certificate = ca.pem
private_key = ca.key
default_md = sha256
default_days = 365
policy = any
x509_extensions = device
unique_subject = no
[any]
commonName = supplied
[device]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = clientAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
crlDistributionPoints = URI:https://quancheng.example/pki/crl/x.crl
authorityInfoAccess = OCSP;URI:https://quancheng.example/pki/ocsp/
"""
PLAIN = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()


def requests(many: int) -> list[bytes]:
    """Return CSRs with keys of their own."""
    made = []
    for number in range(many):
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"device {number}")])
        builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
        signed = builder.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
        made.append(signed.public_bytes(serialization.Encoding.PEM))
    return made


def ours(wishes: list[bytes]) -> float:
    begun = time.perf_counter()
    for number, content in enumerate(wishes):
        now = timezone.now()
        with transaction.atomic():
            wish = enrolment.read(content, certificates.DEVICE, at=now)
            setup.certify(certificates.DEVICE, wish.public, code=f"device-{number}", name="Bench", at=now)
    return len(wishes) / (time.perf_counter() - begun)


def ours_whole(wishes: list[bytes]) -> float:
    begun = time.perf_counter()
    for number, content in enumerate(wishes):
        pki.request_certificate(
            actor=OFFICER, profile="device", code=f"device-{number}", name="Bench", csr=content, at=timezone.now()
        )
    return len(wishes) / (time.perf_counter() - begun)


def ours_together(wishes: list[bytes]) -> float:
    brought = [bundles.Brought(f"{number}.csr", content) for number, content in enumerate(wishes)]
    begun = time.perf_counter()
    made = fleets.request_many(
        actor=OFFICER, profile="device", code="devices", name="Bench", requests=brought, at=timezone.now()
    )
    seconds = time.perf_counter() - begun
    if made.issued != len(wishes):
        raise SystemExit(f"not all requests were granted: {made.refused[:3]}")
    return len(wishes) / seconds


def openssl(wishes: list[bytes]) -> float:
    for number, content in enumerate(wishes):
        (FOLDER / f"{number}.csr").write_bytes(content)
    names = [f"{number}.csr" for number in range(len(wishes))]
    begun = time.perf_counter()
    subprocess.run(
        ["openssl", "ca", "-batch", "-notext", "-config", "ca.cnf", "-infiles", *names],
        cwd=FOLDER, check=True, capture_output=True,
    )  # fmt: skip
    return len(wishes) / (time.perf_counter() - begun)


def raw_signatures() -> float:
    key, done, end = pki.zone_signer(), 0, time.perf_counter() + 1
    while time.perf_counter() < end:
        key.sign(b"content")
        done += 1
    return done


def raw_commits() -> float:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS bench (text TEXT)")
        begun = time.perf_counter()
        for _ in range(MANY):
            cursor.execute("INSERT INTO bench VALUES ('x')")
    return MANY / (time.perf_counter() - begun)


def main() -> None:
    call_command("migrate", verbosity=0)
    pki.zone_signer()
    key = keys.new(suites.MODERN)
    root = certificates.new_root(key, city="Bench", at=timezone.now())
    (FOLDER / "ca.pem").write_bytes(certificates.pem(root))
    (FOLDER / "ca.key").write_bytes(key.private.private_bytes(*PLAIN))
    (FOLDER / "ca.cnf").write_text(CNF)
    (FOLDER / "index.txt").touch()
    (FOLDER / "made").mkdir()
    django_ca, skipped = None, ""
    try:
        django_ca = DjangoCa(FOLDER / "peer")
    except Unavailable as reason:
        skipped = str(reason)
    names = ("ours", "ours_whole", "peer", "ours_together", "peer_together", "openssl", "limit", "limit_commit")
    found: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(ROUNDS):
        found["ours"].append(ours(requests(MANY)))
        wishes = requests(MANY)
        if django_ca:
            found["peer"].append(django_ca.issue(wishes, f"turn-{turn}"))
        found["ours_whole"].append(ours_whole(wishes))
        wishes = requests(TOGETHER)
        found["ours_together"].append(ours_together(wishes))
        if django_ca:
            found["peer_together"].append(django_ca.issue(wishes, f"together-{turn}", together=True))
        found["openssl"].append(openssl(wishes))
        found["limit"].append(raw_signatures())
        found["limit_commit"].append(raw_commits())
        print(f"round {turn + 1}:", {name: round(values[-1]) for name, values in found.items() if values})
    result = {name: round(median(values), 1) if values else None for name, values in found.items()}
    ratios = {
        name: round(median(one / other for one, other in zip(found[mine], found[theirs], strict=True)), 2)
        for name, mine, theirs in (
            ("ratio", "ours", "peer"),
            ("ratio_whole", "ours_whole", "peer"),
            ("ratio_together", "ours_together", "peer_together"),
            ("ratio_openssl", "ours_together", "openssl"),
        )
        if found[theirs]
    }
    head = {"name": "issuance", "unit": "certificates/s"}
    met = {"goal": GOAL} | {
        name: ratios.get(ratio, 0) >= GOAL for name, ratio in (("met", "ratio"), ("met_together", "ratio_together"))
    }
    print(json.dumps(head | result | ratios | met | ({"skipped": skipped} if skipped else {})))


if __name__ == "__main__":
    main()
