"""OCSP replies per second over HTTP: this product under granian against django-ca under granian.

Each server answers about as many certificates of its own authority, signed with P-256; each gets one new connection a
request, from the same two load processes, in turns, so that a busy machine slows all alike.

- ours: every request has its own nonce, so every reply is signed for it;
- ours_kept: without nonce, by GET: replies that were signed before;
- peer: django-ca 3.2 (peer.py), every request with its own nonce; peer_kept: by GET without;
- openssl: `openssl ocsp -port`, which signs every reply, over the same certificates as ours.

`limit` is how many P-256 signatures one core makes in a second. Where django-ca cannot be installed, `peer` is null and
`skipped` says why. Run: python benchmarks/ocsp.py
"""

# ruff: noqa: E402 - Django wants its settings before it is used

import base64
import json
import multiprocessing
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]
FOLDER = Path(tempfile.mkdtemp(prefix="quancheng-bench-"))
os.environ |= {"QC_DATA": str(FOLDER), "QC_ZONE": "all", "PYTHONPATH": f"{ROOT / 'src'}:{FOLDER}"}
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "quancheng.project.settings")

import django

django.setup()

from benchmarks.peer import DjangoCa, Unavailable
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ocsp
from django.core.management import call_command
from django.utils import timezone

from quancheng.security.pki import public as pki
from quancheng.security.pki.actions import responder, setup
from quancheng.security.pki.engine import certificates, keys
from quancheng.security.pki.engine import site as sites
from quancheng.security.pki.models import Certificate

MANY, ROUNDS, SECONDS, LOADERS = 200, 3, 2.0, 2
GOAL = 5.0
SITE = """
from quancheng.project.wsgi import application as site
from quancheng.security.pki.middleware import thin
application = thin(site)
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port: int, request: bytes) -> None:
    """Wait for the first reply. A connection without a request would stop openssl's responder."""
    for _ in range(600):
        try:
            ask(port, request)
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"nothing listens on port {port}")


def requests(
    kind: str, issuer: x509.Certificate, issued: list[x509.Certificate], place: str = "/pki/ocsp/"
) -> list[bytes]:
    """Return the HTTP requests of `kind`: one for each certificate, with a nonce, or by GET without."""
    made = []
    for item in issued:
        builder = ocsp.OCSPRequestBuilder().add_certificate(item, issuer, hashes.SHA1())
        if kind != "kept":
            builder = builder.add_extension(x509.OCSPNonce(secrets.token_bytes(16)), critical=False)
        body = builder.build().public_bytes(serialization.Encoding.DER)
        host = "Host: localhost\r\nConnection: close\r\n"
        if kind == "kept":
            path = quote(base64.b64encode(body).decode(), safe="")
            made.append(f"GET {place}{path} HTTP/1.1\r\n{host}\r\n".encode())
        else:
            head = f"POST {place} HTTP/1.1\r\n{host}Content-Type: application/ocsp-request\r\n"
            made.append(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    return made


def ask(port: int, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall(request)
        received = b""
        while part := line.recv(65536):
            received += part
            head, gap, body = received.partition(b"\r\n\r\n")
            if gap and len(body) >= int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]):
                return body
    raise ConnectionError("the server closed too early")


def load(port: int, wishes: list[bytes], seconds: float, count) -> None:
    """Ask until the time is over; every tenth reply is read and must speak well of its certificate."""
    done, end = 0, time.perf_counter() + seconds
    while time.perf_counter() < end:
        body = ask(port, wishes[done % len(wishes)])
        if done % 10 == 0:
            reply = ocsp.load_der_ocsp_response(body)
            assert reply.certificate_status is ocsp.OCSPCertStatus.GOOD
        done += 1
    with count.get_lock():
        count.value += done


def rate(port: int, wishes: list[bytes]) -> float:
    count = multiprocessing.Value("i", 0)
    begun = time.perf_counter()
    loaders = [multiprocessing.Process(target=load, args=(port, wishes, SECONDS, count)) for _ in range(LOADERS)]
    for loader in loaders:
        loader.start()
    for loader in loaders:
        loader.join()
        assert loader.exitcode == 0
    return count.value / (time.perf_counter() - begun)


def beside(folder: Path) -> tuple[DjangoCa, x509.Certificate, list[x509.Certificate]]:
    """Return django-ca with its authority and certificates. :raises Unavailable: when it cannot be had."""
    made, wishes = DjangoCa(folder), []
    for number in range(MANY):
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"Bench {number}")])
        builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
        signed = builder.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
        wishes.append(signed.public_bytes(serialization.Encoding.PEM))
    made.issue(wishes, "issued")
    authority, *issued = (
        x509.load_pem_x509_certificate(file.read_bytes())
        for file in sorted((folder / "issued").glob("*.pem"), key=lambda file: (file.stem != "ca", file.name))
    )
    return made, authority, issued


def raw_signatures() -> float:
    key, done = pki.zone_signer(), 0
    end = time.perf_counter() + 1
    while time.perf_counter() < end:
        key.sign(b"content")
        done += 1
    return done


def main() -> None:
    call_command("migrate", verbosity=0)
    for number in range(MANY):
        setup.make(certificates.SEAL, code=f"bench-{number}", name=f"Bench {number}", at=timezone.now())
    responder.service()
    signer = sites.load(at=timezone.now()).issuing
    rows = list(Certificate.objects.filter(profile="seal"))
    issued = [x509.load_der_x509_certificate(bytes(row.der)) for row in rows]
    mine = Certificate.objects.get(profile="ocsp")
    key = keys.open_file(sites.key_path(mine.serial).read_bytes(), setup.config.passphrase())
    plain = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (FOLDER / "responder.key").write_bytes(key.private.private_bytes(*plain))
    (FOLDER / "responder.pem").write_bytes(certificates.pem(x509.load_der_x509_certificate(bytes(mine.der))))
    (FOLDER / "ca.pem").write_bytes(certificates.pem(signer.certificate))
    lines = [f"V\t{row.not_after:%y%m%d%H%M%SZ}\t\t{row.serial}\tunknown\t/CN={row.subject_code}\n" for row in rows]
    (FOLDER / "index.txt").write_text("".join(lines))
    (FOLDER / "bench_site.py").write_text(SITE)
    ours, peer, plain_openssl = free_port(), free_port(), free_port()
    files = ("-index", "index.txt", "-CA", "ca.pem", "-rsigner", "responder.pem", "-rkey", "responder.key")
    quiet = {"cwd": FOLDER, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    granian = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(ours), "--no-access-log"]
    sides = {
        "ours": (ours, requests("live", signer.certificate, issued)),
        "ours_kept": (ours, requests("kept", signer.certificate, issued)),
        "openssl": (plain_openssl, requests("live", signer.certificate, issued)),
    }
    servers, skipped = [], ""
    try:
        django_ca, authority, theirs = beside(FOLDER / "peer")
        place = f"/django_ca/ocsp/{authority.serial_number:X}/cert/"
        sides["peer"] = (peer, requests("live", authority, theirs, place))
        sides["peer_kept"] = (peer, requests("kept", authority, theirs, place))
        servers.append(django_ca.serve(peer))
    except Unavailable as reason:
        skipped = str(reason)
    servers += [
        subprocess.Popen([*granian, "--blocking-threads", "1", "bench_site:application"], **quiet),
        subprocess.Popen(["openssl", "ocsp", "-port", str(plain_openssl), *files, "-ndays", "1"], **quiet),
    ]
    try:
        for port, wishes in sides.values():
            wait_for(port, wishes[0])
        found: dict[str, list[float]] = {name: [] for name in sides}
        for turn in range(ROUNDS):
            for name, (port, wishes) in sides.items():
                found[name].append(rate(port, wishes))
            print(f"round {turn + 1}:", {name: round(values[-1]) for name, values in found.items()})
    finally:
        for server in servers:
            server.terminate()
            server.wait()
    result = {name: round(median(values), 1) for name, values in found.items()}
    rate_of_peer = result.pop("peer", None)
    ratio = round(result["ours"] / rate_of_peer, 2) if rate_of_peer else None
    head = {"name": "ocsp", "unit": "live replies/s", "ours": result.pop("ours"), "peer": rate_of_peer}
    tail = {"limit": round(raw_signatures(), 1), "ratio": ratio, "goal": GOAL, "met": ratio and ratio >= GOAL}
    print(json.dumps(head | tail | result | ({"skipped": skipped} if skipped else {})))


if __name__ == "__main__":
    main()
