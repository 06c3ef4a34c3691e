"""ACME clients of other people get their certificates."""

import shutil
import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from quancheng.security.pki import queries
from quancheng.security.pki.engine import certificates
from quancheng.security.pki.models import Certificate
from quancheng.security.pki.tests.acme_client import TREE, csr


@pytest.mark.django_db(transaction=True)
class TestClients:
    def test_the_acme_library_gets_renews_and_revokes(self, server, live_server, shown, monkeypatch):
        pytest.importorskip("acme", reason="the PyPI package acme is not installed")
        import josepy
        from acme import challenges, client, messages

        monkeypatch.setattr("acme.client.DEFAULT_NETWORK_TIMEOUT", 20)
        key = josepy.JWKRSA(key=rsa.generate_private_key(65537, 2048))
        network = client.ClientNetwork(key)
        directory = client.ClientV2.get_directory(f"{live_server}/pki/acme/directory", network)
        user = client.ClientV2(directory, network)
        binding = messages.ExternalAccountBinding.from_data(
            key.public_key(), server.kid, server.secret, directory, hmac_alg="HS256"
        )
        user.new_account(messages.NewRegistration.from_data(email="a@jinan.example", external_account_binding=binding))

        request = csr(f"a.{TREE}").public_bytes(serialization.Encoding.PEM)
        order = user.new_order(request)
        for proof in order.authorizations:
            (body,) = [item for item in proof.body.challenges if isinstance(item.chall, challenges.HTTP01)]
            response, validation = body.response_and_validation(key)
            shown[body.chall.path] = validation
            user.answer_challenge(body, response)
        done = user.poll_and_finalize(order)

        leaf = x509.load_pem_x509_certificates(done.fullchain_pem.encode())[0]
        assert Certificate.objects.get(serial=certificates.serial_text(leaf)).names == [f"a.{TREE}"]
        user.revoke(leaf, 0)
        assert queries.certificate(certificates.serial_text(leaf)).state == "revoked"

    def test_certbot_gets_a_certificate(self, server, live_server, shown, tmp_path):
        if shutil.which("certbot") is None:
            pytest.skip("certbot (a Debian package) is not installed")
        hook = tmp_path / "show.sh"
        hook.write_text(f'#!/bin/sh\nprintf %s "$CERTBOT_VALIDATION" > {shown["folder"]}/$CERTBOT_TOKEN\n')
        hook.chmod(0o755)

        folders = [f"--{name}-dir={tmp_path / name}" for name in ("config", "work", "logs")]
        done = subprocess.run(
            ["certbot", "certonly", "--non-interactive", "--agree-tos", "--email", "a@jinan.example", "--manual",
             "--preferred-challenges", "http", "--manual-auth-hook", str(hook), "-d", f"a.{TREE},b.{TREE}",
             "--server", f"{live_server}/pki/acme/directory", "--eab-kid", server.kid,
             f"--eab-hmac-key={server.secret}", *folders],
            capture_output=True, text=True, check=False, timeout=180,
        )  # fmt: skip

        assert done.returncode == 0, done.stdout + done.stderr
        (chain,) = (tmp_path / "config" / "live").glob("*/fullchain.pem")
        leaf = x509.load_pem_x509_certificates(chain.read_bytes())[0]
        assert Certificate.objects.get(serial=certificates.serial_text(leaf)).names == [f"a.{TREE}", f"b.{TREE}"]
