"""From the ceremony to two sites that believe each other."""

import io
from contextlib import contextmanager

import pytest
from django.core.management import CommandError, call_command

from quancheng.kernel import config as kernel
from quancheng.security.pki import config
from quancheng.security.pki import public as pki
from quancheng.security.pki.engine import ceremony

pytestmark = pytest.mark.django_db


@pytest.fixture
def at_zone(monkeypatch, tmp_path):
    """Returns a context manager that makes this process the site of a zone, with a data folder of its own."""

    @contextmanager
    def enter(zone):
        monkeypatch.setenv("QC_DATA", str(tmp_path / zone))
        monkeypatch.setenv("QC_ZONE", zone)
        kernel.data_dir.cache_clear()
        yield
        monkeypatch.undo()
        kernel.data_dir.cache_clear()

    return enter


@pytest.fixture
def held(tmp_path):
    """A ceremony's folder."""
    call_command("pki", "ceremony", "--out", str(tmp_path / "ceremony"), "--city", "济南市", stdout=io.StringIO())
    return tmp_path / "ceremony"


class TestCeremony:
    def test_two_zones_believe_each_other(self, held, at_zone):
        with at_zone("intranet"):
            call_command("pki", "install", "--ceremony", str(held), stdout=io.StringIO())
            made = pki.zone_signer().jws(b"bundle")
        with at_zone("extranet"):
            call_command("pki", "install", "--ceremony", str(held), stdout=io.StringIO())

            assert pki.verify_jws(b"bundle", made).organisation == "zone:intranet"
            assert [item.name for item in pki.authorities()] == ["root", "issuing-extranet", "issuing-intranet"]

    def test_a_site_without_an_authority_says_so(self, at_zone):
        with at_zone("intranet"), pytest.raises(pki.NotInstalled):
            pki.trusted_roots()

    def test_the_root_s_key_never_reaches_a_site(self, held, at_zone, tmp_path):
        with at_zone("intranet"):
            call_command("pki", "install", "--ceremony", str(held), stdout=io.StringIO())

        assert not list((tmp_path / "intranet").rglob("root.key"))
        for key in (tmp_path / "intranet").rglob("*.key"):
            assert key.stat().st_mode & 0o777 == 0o600
            assert b"ENCRYPTED PRIVATE KEY" in key.read_bytes()

    def test_a_zone_may_bring_its_own_key(self, at_zone, tmp_path):
        request = io.StringIO()
        with at_zone("intranet"):
            call_command("pki", "request", "--city", "济南市", stdout=request)
        (tmp_path / "intranet.csr").write_text(request.getvalue())
        out = tmp_path / "ceremony"

        call_command("pki", "ceremony", "--out", str(out), "--csr", f"intranet={tmp_path}/intranet.csr",
                     stdout=io.StringIO())  # fmt: skip

        assert not (out / "intranet" / "issuing.key").exists()
        with at_zone("intranet"):
            call_command("pki", "install", "--ceremony", str(out), stdout=io.StringIO())
            assert pki.verify_jws(b"x", pki.zone_signer().jws(b"x")).organisation == "zone:intranet"

    def test_is_held_once(self, held):
        with pytest.raises(CommandError):
            call_command("pki", "ceremony", "--out", str(held))

    def test_does_not_open_with_a_wrong_passphrase(self, held, at_zone, tmp_path):
        (tmp_path / "wrong").write_text("wrong")
        with at_zone("intranet"), pytest.raises(CommandError):
            call_command("pki", "install", "--ceremony", str(held), "--passphrase-file", str(tmp_path / "wrong"))

    def test_a_site_keeps_its_root(self, held, at_zone, tmp_path):
        call_command("pki", "ceremony", "--out", str(tmp_path / "other"), stdout=io.StringIO())
        with at_zone("intranet"):
            call_command("pki", "install", "--ceremony", str(held), stdout=io.StringIO())
            with pytest.raises(CommandError):
                call_command("pki", "install", "--ceremony", str(tmp_path / "other"))

    def test_fingerprints_are_those_that_openssl_prints(self, held):
        import subprocess

        from cryptography import x509

        printed = subprocess.run(
            ["openssl", "x509", "-in", held / "root.crt", "-noout", "-fingerprint", "-sha256"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout

        root = x509.load_pem_x509_certificate((held / "root.crt").read_bytes())
        assert ceremony.fingerprint(root) in printed


class TestPassphrase:
    def test_is_made_once_for_this_user_alone(self, site):
        assert config.passphrase() == config.passphrase()
        assert (site / "passphrase").stat().st_mode & 0o777 == 0o600
