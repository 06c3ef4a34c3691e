"""A timestamp authority of somebody else's for the tests, and a log that grows."""

import subprocess
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography import x509

from quancheng.security.pki.actions import anchoring
from quancheng.security.pki.engine import timestamps
from quancheng.security.trail import public as trail

TYPE = timestamps.REPLY_TYPE
POLICY = "1.2.3.4.1"
CNF = f"""
[tsa]
default_tsa = ours
[ours]
dir = .
serial = ./serial
crypto_device = builtin
signer_cert = ./tsa.pem
certs = ./ca.pem
signer_key = ./tsa.key
signer_digest = sha512
default_policy = {POLICY}
digests = sha256, sha384, sha512
accuracy = secs:1
ess_cert_id_alg = sha256
[req]
distinguished_name = none
[none]
[ca]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
[tsa_cert]
basicConstraints = critical,CA:FALSE
extendedKeyUsage = critical,timeStamping
[other_cert]
extendedKeyUsage = critical,timeStamping,clientAuth
"""


class Outside:
    """A timestamp authority of somebody else's: openssl, with a key of RSA below a root of its own."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "tsa.cnf").write_text(CNF)
        (folder / "serial").write_text("01")
        self.run("req", "-x509", "-config", "tsa.cnf", "-extensions", "ca", "-newkey", "rsa:2048", "-nodes", "-keyout",
                 "ca.key", "-out", "ca.pem", "-subj", "/CN=Outside Root", "-days", "30")  # fmt: skip
        self.run("req", "-config", "tsa.cnf", "-newkey", "rsa:2048", "-nodes", "-keyout", "tsa.key", "-out", "tsa.csr",
                 "-subj", "/CN=Outside TSA")  # fmt: skip
        self.certify("tsa_cert")
        self.root = folder / "ca.pem"
        self.trusted = x509.load_pem_x509_certificates(self.root.read_bytes())

    def certify(self, extensions):
        self.run("x509", "-req", "-in", "tsa.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out",
                 "tsa.pem", "-days", "20", "-extfile", "tsa.cnf", "-extensions", extensions)  # fmt: skip

    def run(self, *arguments):
        subprocess.run(["openssl", *arguments], cwd=self.folder, capture_output=True, check=True)

    def answer(self, query):
        (self.folder / "query").write_bytes(query)
        self.run("ts", "-reply", "-config", "tsa.cnf", "-queryfile", "query", "-out", "reply")
        return (self.folder / "reply").read_bytes()


@contextmanager
def serving(answer, *, status=200, kind=TYPE):
    """A small web server that answers each POST with what `answer` makes of its body; yields its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            content = answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()


def now():
    return datetime.now(UTC)


def grows():
    """The log grows by an entry, and its checkpoint is anchored."""
    trail.record(action="hall.submission.lodge", actor_id="citizen:1", actor_name="张三", subjects=("application:1",))
    trail.integrate(at=now())
    anchoring.anchor(at=now())
