"""Programs of other people judge what this PKI makes: sm-crypto, gnutls' ocsptool, lego and acme-client."""

import json
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from quancheng.security.pki import config
from quancheng.security.pki import public as pki
from quancheng.security.pki.actions import responder
from quancheng.security.pki.engine import certificates, keys, libcrypto, suites
from quancheng.security.pki.models import Certificate
from quancheng.security.pki.tests.acme_client import TREE
from quancheng.security.pmi import public as pmi

ROOT = Path(__file__).resolve().parents[5]
OFFICER = pmi.Actor(id="staff:1", name="管理员", kind="staff", grants=(pmi.Grant("pki.certificate.revoke"),))


def needs(program):
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"{program} is not installed: run make setup")


def judged(package, **wish):
    """Return what the package of npm says."""
    if not ((ROOT / "node_modules" / package).exists() and shutil.which("node")):
        pytest.skip(f"node or node_modules/{package} is absent: run npm ci")
    script = Path(__file__).with_name("judges.mjs")
    done = subprocess.run(
        ["node", str(script), str(ROOT), json.dumps(wish)], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.django_db
class TestSmCrypto:
    """The npm package sm-crypto: SM2 and SM3 in JavaScript."""

    @pytest.fixture
    def guomi(self, site, monkeypatch):
        found = config.Config(suite="guomi", passphrase="secret")
        monkeypatch.setattr(config, "settings", lambda: found)

    def test_believes_our_signatures_and_certificates_and_no_other(self, guomi, seal):
        certificate, above = seal.certificate, seal.chain[0]
        signed = [
            (seal.key.public.bits.hex(), content.hex(), seal.sign(content).hex())
            for content in (b"", "关于印发".encode(), bytes(1000))
        ]
        issued = (keys.of(above).bits.hex(), certificate.tbs_certificate_bytes.hex(), certificate.signature.hex())
        forged = (signed[1][0], b"other".hex(), signed[1][2])

        found = judged("sm-crypto", step="sm2", signed=[*signed, issued, forged], content="00")

        assert found["believed"] == [True, True, True, True, False]
        contents = [bytes.fromhex(item[1]) for item in (*signed, issued, forged)]
        assert found["digests"] == [suites.GUOMI.hash(item).hex() for item in contents]

    def test_signs_what_ours_believes(self, guomi):
        content = "关于印发".encode()

        found = judged("sm-crypto", step="sm2", signed=[], content=content.hex())

        head = keys.new(suites.GUOMI).public.der[:-65]
        public = keys.read(head + bytes.fromhex(found["public"]))
        assert public.verifies(bytes.fromhex(found["signature"]), content)
        assert not public.verifies(bytes.fromhex(found["signature"]), b"other")
        assert libcrypto.present()


@pytest.mark.django_db
@needs("ocsptool")
class TestGnuTls:
    """`ocsptool` of Debian's gnutls-bin."""

    @pytest.fixture
    def ocsptool(self, seal, tmp_path):
        folder = tmp_path / "gnutls"
        folder.mkdir()
        (folder / "roots.pem").write_text("".join(pki.trusted_roots()))
        (folder / "issuer.pem").write_bytes(certificates.pem(seal.chain[0]))
        (folder / "leaf.pem").write_bytes(certificates.pem(seal.certificate))

        def run(*words):
            return subprocess.run(
                ["ocsptool", *words], cwd=folder, capture_output=True, text=True, check=False, timeout=60
            )

        run.folder = folder
        return run

    def ask(self, ocsptool):
        """ocsptool asks; returns what it says about our answer."""
        asked = ocsptool(
            "--generate-request", "--load-issuer", "issuer.pem", "--load-cert", "leaf.pem",
            "--outder", "--outfile", "asked",
        )  # fmt: skip
        assert asked.returncode == 0, asked.stderr
        question = (ocsptool.folder / "asked").read_bytes()
        reply = responder.service().answer(question, at=datetime.now(UTC)).body
        (ocsptool.folder / "reply").write_bytes(reply)
        checked = ("--verify-response", "--load-response", "reply", "--load-trust", "issuer.pem")
        return ocsptool(*checked), ocsptool("--response-info", "--load-response", "reply")

    def test_believes_our_answer_good_and_revoked(self, ocsptool, seal):
        verdict, said = self.ask(ocsptool)
        assert verdict.returncode == 0, verdict.stdout + verdict.stderr
        assert "Certificate Status: good" in said.stdout

        serial = certificates.serial_text(seal.certificate)
        pki.revoke(actor=OFFICER, serial=serial, reason="keyCompromise", at=datetime.now(UTC))
        responder.forget()

        verdict, said = self.ask(ocsptool)
        assert verdict.returncode == 0, verdict.stdout + verdict.stderr
        assert "Certificate Status: revoked" in said.stdout

    def test_does_not_believe_an_answer_that_was_changed(self, ocsptool):
        self.ask(ocsptool)
        file = ocsptool.folder / "reply"
        content = bytearray(file.read_bytes())
        content[len(content) // 4] ^= 1
        file.write_bytes(content)

        done = ocsptool("--verify-response", "--load-response", "reply", "--load-trust", "issuer.pem")

        assert done.returncode != 0 or "Failure" in done.stdout


@pytest.mark.django_db(transaction=True)
class TestAcmeClients:
    @needs("lego")
    def test_lego_gets_and_revokes_a_certificate(self, server, live_server, shown, tmp_path):
        # lego writes proofs below .well-known; the test's web server shows files by their last name alone.
        (tmp_path / ".well-known").mkdir()
        (tmp_path / ".well-known" / "acme-challenge").symlink_to(shown["folder"])
        common = [
            "lego", "--accept-tos", "--email", "a@jinan.example", "--server", f"{live_server}/pki/acme/directory",
            "--path", str(tmp_path / "lego"), "--domains", f"a.{TREE}", "--domains", f"b.{TREE}", "--key-type", "ec256",
            "--eab", "--kid", server.kid, "--hmac", server.secret, "--http", "--http.webroot", str(tmp_path),
        ]  # fmt: skip

        done = subprocess.run([*common, "run"], capture_output=True, text=True, check=False, timeout=120)

        assert done.returncode == 0, done.stdout + done.stderr
        content = (tmp_path / "lego" / "certificates" / f"a.{TREE}.crt").read_bytes()
        leaf, *above = x509.load_pem_x509_certificates(content)
        row = Certificate.objects.get(serial=certificates.serial_text(leaf))
        assert sorted(row.names) == [f"a.{TREE}", f"b.{TREE}"]
        leaf.verify_directly_issued_by(above[0])
        # It looks for a file of the second name too, which it has not made, after it has revoked the certificate.
        done = subprocess.run([*common, "revoke"], capture_output=True, text=True, check=False, timeout=120)
        row.refresh_from_db()
        assert row.revoked_at is not None, done.stderr

    def test_acme_client_of_npm_gets_a_certificate(self, server, live_server, shown):
        found = judged(
            "acme-client",
            step="acme",
            directory=f"{live_server}/pki/acme/directory",
            kid=server.kid,
            secret=server.secret,
            names=[f"c.{TREE}"],
            folder=str(shown["folder"]),
        )

        leaf, *above = x509.load_pem_x509_certificates(found["chain"].encode())
        row = Certificate.objects.get(serial=certificates.serial_text(leaf))
        assert row.names == [f"c.{TREE}"]
        assert above[0].public_bytes(serialization.Encoding.DER)
        assert leaf.signature_hash_algorithm.name == hashes.SHA256.name
