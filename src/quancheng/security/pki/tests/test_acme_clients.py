"""ACME clients of other people get their certificates."""

import shutil
import subprocess
import sys
from types import SimpleNamespace

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

    def test_certbot_gets_renews_and_revokes_a_certificate(self, server, live_server, shown, tmp_path):
        if shutil.which("certbot") is None:
            pytest.skip("certbot (a Debian package) is not installed")
        hook = tmp_path / "show.sh"
        hook.write_text(f'#!/bin/sh\nprintf %s "$CERTBOT_VALIDATION" > {shown["folder"]}/$CERTBOT_TOKEN\n')
        hook.chmod(0o755)

        def certbot(*words):
            folders = [f"--{name}-dir={tmp_path / name}" for name in ("config", "work", "logs")]
            done = subprocess.run(
                ["certbot", *words, "--non-interactive", *folders],
                capture_output=True, text=True, check=False, timeout=180,
            )  # fmt: skip
            assert done.returncode == 0, done.stdout + done.stderr
            (chain,) = (tmp_path / "config" / "live").glob("*/fullchain.pem")
            return certificates.serial_text(x509.load_pem_x509_certificates(chain.read_bytes())[0])

        first = certbot(
            "certonly", "--agree-tos", "--email", "a@jinan.example", "--manual", "--preferred-challenges", "http",
            "--manual-auth-hook", str(hook), "-d", f"a.{TREE},b.{TREE}",
            "--server", f"{live_server}/pki/acme/directory", "--eab-kid", server.kid, f"--eab-hmac-key={server.secret}",
        )  # fmt: skip
        assert certbot("renew", "--no-random-sleep-on-renew") == first, "nothing is renewed before its time"
        second = certbot("renew", "--force-renewal", "--no-random-sleep-on-renew")
        (current,) = (tmp_path / "config" / "live").glob("*/cert.pem")
        certbot(
            "revoke", "--cert-path", str(current), "--reason", "keycompromise", "--no-delete-after-revoke",
            "--server", f"{live_server}/pki/acme/directory",
        )  # fmt: skip

        assert Certificate.objects.get(serial=first).names == [f"a.{TREE}", f"b.{TREE}"]
        assert Certificate.objects.get(serial=second).names == [f"a.{TREE}", f"b.{TREE}"]
        assert first != second
        assert queries.certificate(second).state == "revoked"


# Called by dehydrated as `hook deploy_challenge NAME TOKEN TEXT`, and for other news that do not matter here.
HOOK = """#!{python}
import json, sys
from pathlib import Path
file = Path({file!r})
if sys.argv[1] == "deploy_challenge":
    name, text = "_acme-challenge." + sys.argv[2], sys.argv[4]
    records = json.loads(file.read_text())
    records.setdefault("TXT", dict()).setdefault(name, []).append(text)
    file.write_text(json.dumps(records))
"""


@pytest.mark.django_db(transaction=True)
class TestDehydrated:
    """The Debian package `dehydrated`: the protocol in bash, curl and openssl."""

    @pytest.fixture
    def dehydrated(self, server, live_server, shown, names, tmp_path):
        if shutil.which("dehydrated") is None:
            pytest.skip("dehydrated (a Debian package) is not installed")
        folder, hook = tmp_path / "dehydrated", tmp_path / "hook"
        folder.mkdir()
        hook.write_text(HOOK.format(python=sys.executable, file=str(names())))
        hook.chmod(0o755)
        settings = {
            "CA": f"{live_server}/pki/acme/directory",
            "EAB_KID": server.kid,
            "EAB_HMAC_KEY": server.secret,
            "BASEDIR": folder,
            "WELLKNOWN": shown["folder"],
            "HOOK": hook,
            "CONTACT_EMAIL": "a@jinan.example",
            "ACCOUNT_KEYSIZE": "2048",
            "KEY_ALGO": "prime256v1",
        }
        (folder / "config").write_text("".join(f'{name}="{text}"\n' for name, text in settings.items()))

        def run(*words):
            done = subprocess.run(
                ["dehydrated", "--config", str(folder / "config"), *words],
                capture_output=True, text=True, check=False, timeout=180,
            )  # fmt: skip
            assert done.returncode == 0, done.stdout + done.stderr
            return done.stdout

        run("--register", "--accept-terms")
        return SimpleNamespace(run=run, folder=folder)

    def test_gets_a_certificate_by_http_and_revokes_it(self, dehydrated):
        dehydrated.run("--cron", "--challenge", "http-01", "--domain", f"a.{TREE} b.{TREE}")
        folder = dehydrated.folder / "certs" / f"a.{TREE}"
        leaf, *above = x509.load_pem_x509_certificates((folder / "fullchain.pem").read_bytes())
        serial = certificates.serial_text(leaf)
        assert sorted(Certificate.objects.get(serial=serial).names) == [f"a.{TREE}", f"b.{TREE}"]
        assert above
        leaf.verify_directly_issued_by(above[0])

        dehydrated.run("--revoke", str(folder / "cert.pem"))

        assert queries.certificate(serial).state == "revoked"

    def test_gets_a_wildcard_certificate_by_dns(self, dehydrated):
        dehydrated.run("--cron", "--challenge", "dns-01", "--domain", f"*.c.{TREE}", "--alias", "wild")

        content = (dehydrated.folder / "certs" / "wild" / "fullchain.pem").read_bytes()
        leaf = x509.load_pem_x509_certificates(content)[0]
        assert Certificate.objects.get(serial=certificates.serial_text(leaf)).names == [f"*.c.{TREE}"]

    def test_with_a_wrong_secret_it_gets_nothing(self, dehydrated, server):
        config = dehydrated.folder / "config"
        config.write_text(config.read_text().replace(server.secret, server.secret[::-1]))
        shutil.rmtree(dehydrated.folder / "accounts")

        with pytest.raises(AssertionError, match="unauthorized"):
            dehydrated.run("--register", "--accept-terms")
        assert not Certificate.objects.filter(profile="server").exists()
