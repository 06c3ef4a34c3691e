"""Timestamp tokens per second: this product against `openssl ts -reply`, over the same requests, in turns.

- ours: the service as it answers, clock gate and all, in one process;
- ours_http: the same over HTTP under granian with one thread, a new connection a request, two load processes;
- peer: `openssl ts -reply`, one process a request, which is how openssl serves timestamps;
- peer_sign: what openssl itself would reach without starting a process: its P-256 signatures per second.

`limit` is how many P-256 signatures this product makes in a second. Each tenth token is verified. Run:
python benchmarks/timestamps.py
"""

# ruff: noqa: E402 - Django wants its settings before it is used

import json
import multiprocessing
import os
import re
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]
FOLDER = Path(tempfile.mkdtemp(prefix="quancheng-bench-"))
os.environ |= {"QC_DATA": str(FOLDER), "QC_ZONE": "all", "PYTHONPATH": f"{ROOT / 'src'}:{FOLDER}"}
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "quancheng.project.settings")

import django

django.setup()

from cryptography.hazmat.primitives import serialization
from django.core.management import call_command

from quancheng.security.pki import public as pki
from quancheng.security.pki.actions import setup, timestamping
from quancheng.security.pki.engine import certificates, timestamps

ROUNDS, SECONDS, MANY, LOADERS, GOAL = 3, 2.0, 100, 2, 1.0
CONFIGURATION = """
[tsa]
default_tsa = ours
[ours]
serial = serial
signer_cert = signer.pem
signer_key = signer.key
certs = chain.pem
default_policy = 1.3.6.1.4.1.32473.1.1.3
digests = sha256
signer_digest = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def check(digest: bytes, reply: bytes) -> None:
    pki.verify_timestamp(timestamps.token_of(reply), digest=digest)


def in_process(wishes: list[tuple[bytes, bytes]]) -> float:
    done, end = 0, time.perf_counter() + SECONDS
    begun = time.perf_counter()
    while time.perf_counter() < end:
        digest, wish = wishes[done % MANY]
        reply = timestamping.service().answer(wish)
        if done % 1000 == 0:
            check(digest, reply)
        done += 1
    return done / (time.perf_counter() - begun)


def by_openssl(wishes: list[tuple[bytes, bytes]]) -> float:
    done, begun = 0, time.perf_counter()
    while time.perf_counter() < begun + SECONDS:
        (FOLDER / "query").write_bytes(wishes[done % MANY][1])
        words = ["openssl", "ts", "-reply", "-queryfile", "query", "-config", "ts.cnf", "-out", "reply"]
        subprocess.run(words, cwd=FOLDER, check=True, capture_output=True)
        if done % 10 == 0:
            timestamps.token_of((FOLDER / "reply").read_bytes())
        done += 1
    return done / (time.perf_counter() - begun)


def ask(port: int, wish: bytes) -> bytes:
    head = "POST /pki/tsa/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    head += f"Content-Type: {timestamps.REQUEST_TYPE}\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall(f"{head}Content-Length: {len(wish)}\r\n\r\n".encode() + wish)
        received = b""
        while part := line.recv(65536):
            received += part
            head_, gap, body = received.partition(b"\r\n\r\n")
            if gap and len(body) >= int(head_.lower().partition(b"content-length:")[2].split(b"\r\n")[0]):
                return body
    raise ConnectionError("the server closed too early")


def load(port: int, wishes: list[tuple[bytes, bytes]], count) -> None:
    done, end = 0, time.perf_counter() + SECONDS
    while time.perf_counter() < end:
        digest, wish = wishes[done % MANY]
        reply = ask(port, wish)
        if done % 10 == 0:
            assert digest in timestamps.token_of(reply)
        done += 1
    with count.get_lock():
        count.value += done


def over_http(port: int, wishes: list[tuple[bytes, bytes]]) -> float:
    count, begun = multiprocessing.Value("i", 0), time.perf_counter()
    loaders = [multiprocessing.Process(target=load, args=(port, wishes, count)) for _ in range(LOADERS)]
    for loader in loaders:
        loader.start()
    for loader in loaders:
        loader.join()
        assert loader.exitcode == 0
    return count.value / (time.perf_counter() - begun)


def raw_signatures() -> float:
    signer, done, end = setup.timestamp_signer(), 0, time.perf_counter() + 1
    while time.perf_counter() < end:
        signer.sign(b"content")
        done += 1
    return done


def openssl_signatures() -> float:
    done = subprocess.run(
        ["openssl", "speed", "-seconds", "1", "-mr", "ecdsap256"], capture_output=True, text=True, check=True
    )
    found = re.search(r"\+F4:\d+:256:([0-9.]+)", done.stdout)
    return 1 / float(found[1]) if found and float(found[1]) < 1 else float(found[1]) if found else 0.0


def main() -> None:
    call_command("migrate", verbosity=0)
    signer = setup.timestamp_signer()
    key = signer.key.private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (FOLDER / "signer.key").write_bytes(key)
    (FOLDER / "signer.pem").write_bytes(certificates.pem(signer.certificate))
    (FOLDER / "chain.pem").write_bytes(certificates.pem(signer.chain[0]))
    (FOLDER / "serial").write_text("01\n")
    (FOLDER / "ts.cnf").write_text(CONFIGURATION)
    digests = [secrets.token_bytes(32) for _ in range(MANY)]
    wishes = [(digest, timestamps.request(digest)) for digest in digests]
    port = free_port()
    granian = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port), "--no-access-log"]
    server = subprocess.Popen(
        [*granian, "--blocking-threads", "1", "quancheng.project.wsgi:application"],
        cwd=FOLDER, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        for _ in range(600):
            try:
                ask(port, wishes[0][1])
                break
            except OSError:
                time.sleep(0.1)
        found: dict[str, list[float]] = {"ours": [], "ours_http": [], "peer": []}
        for turn in range(ROUNDS):
            found["ours"].append(in_process(wishes))
            found["ours_http"].append(over_http(port, wishes))
            found["peer"].append(by_openssl(wishes))
            print(f"round {turn + 1}:", {name: round(values[-1]) for name, values in found.items()})
    finally:
        server.terminate()
        server.wait()
    result = {name: round(median(values), 1) for name, values in found.items()}
    ratio = result["ours_http"] / result["peer"]
    print(
        json.dumps(
            {
                "name": "timestamps",
                "unit": "tokens/s",
                **result,
                "peer_sign": round(openssl_signatures(), 1),
                "limit": round(raw_signatures(), 1),
                "ratio": round(ratio, 2),
                "goal": GOAL,
                "met": ratio >= GOAL,
            }
        )
    )


if __name__ == "__main__":
    main()
