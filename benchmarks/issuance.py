"""Certificates issued per second: a CSR read and judged, signed, and stored with its row, against django-ca.

- ours: what `pki.enrolment.request` does for a device without the privilege check and the trail: the CSR parsed, its
  signature and key judged, the lost keys looked up, the certificate signed with all extensions, the row committed;
- ours_grouped: the same with one commit for all;
- peer: django-ca 3.2 with what its `sign_cert` does, its row committed likewise, in a process of its own (peer.py);
- openssl: `openssl ca -batch`, which reads a CSR, signs, and writes its text database once at the end; one process for
  all CSRs at once, its best way. To be compared with ours_grouped.

`limit` is how many P-256 signatures one core makes in a second. All take turns, so that a busy machine slows all alike.
Where django-ca cannot be installed, `peer` is null and `skipped` says why. Run: python benchmarks/issuance.py
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
from django.db import transaction
from django.utils import timezone

from quancheng.security.pki import public as pki
from quancheng.security.pki.actions import enrolment, setup
from quancheng.security.pki.engine import certificates, keys, suites

MANY, ROUNDS, GOAL = 200, 3, 5.0
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


def requests(turn: int) -> list[bytes]:
    """Return CSRs with keys of their own."""
    made = []
    for number in range(MANY):
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"device {turn}-{number}")])
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


def ours_grouped(wishes: list[bytes]) -> float:
    begun = time.perf_counter()
    with transaction.atomic():
        ours(wishes)
    return len(wishes) / (time.perf_counter() - begun)


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
    found: dict[str, list[float]] = {name: [] for name in ("ours", "ours_grouped", "peer", "openssl", "limit")}
    for turn in range(ROUNDS):
        wishes = requests(turn)
        found["ours_grouped"].append(ours_grouped(requests(turn + ROUNDS)))
        found["ours"].append(ours(wishes))
        if django_ca:
            found["peer"].append(django_ca.issue(wishes, f"turn-{turn}"))
        found["openssl"].append(openssl(wishes))
        found["limit"].append(raw_signatures())
        print(f"round {turn + 1}:", {name: round(values[-1]) for name, values in found.items() if values})
    result = {name: round(median(values), 1) if values else None for name, values in found.items()}
    ratio = round(result["ours"] / result["peer"], 2) if result["peer"] else None
    head = {"name": "issuance", "unit": "certificates/s"}
    tail = {"ratio": ratio, "goal": GOAL, "met": ratio and ratio >= GOAL} | ({"skipped": skipped} if skipped else {})
    print(json.dumps(head | result | tail))


if __name__ == "__main__":
    main()
