"""Keys in a real PKCS#11 token (SoftHSM2): made there, used there, and missed by name when they are gone."""

import io
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pkcs11
import pytest
import typst
from cryptography import x509
from django.core.management import CommandError, call_command

from quancheng.kernel import config as kernel
from quancheng.security.pki import config, queries
from quancheng.security.pki import public as pki
from quancheng.security.pki.actions import responder
from quancheng.security.pki.engine import certificates, keys, suites, tokens, vaults
from quancheng.security.pki.engine import site as sites
from quancheng.security.pki.models import Certificate
from quancheng.security.pki.tests.conftest import CODE, NAME

MODULE = Path(config.Config().pkcs11_module)
PIN = "834512"
PAPER = typst.compile(b"= Licence")
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not MODULE.exists(), reason="SoftHSM2 is not installed (Debian package softhsm2)"),
]


@pytest.fixture(scope="session")
def softhsm(tmp_path_factory):
    """The folder of SoftHSM's tokens; it reads where they are when its library is woken."""
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(
        f"directories.tokendir = {folder}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n"
    )
    before = os.environ.get("SOFTHSM2_CONF")
    os.environ["SOFTHSM2_CONF"] = str(folder / "softhsm2.conf")
    yield folder
    if before is None:
        del os.environ["SOFTHSM2_CONF"]


@pytest.fixture
def label(softhsm, request):
    """The label of a new token; the library is woken again so that it sees it."""
    name = f"token-{len(list((softhsm / 'tokens').iterdir()))}"
    subprocess.run(
        ["softhsm2-util", "--init-token", "--free", "--label", name, "--so-pin", "12345678", "--pin", PIN],
        check=True,
        capture_output=True,
    )
    start_anew()
    return name


def start_anew():
    """Forget sessions, keys and the library's state, as a new process would."""
    vaults._token.cache_clear()
    sites._signer.cache_clear()
    sites._load.cache_clear()
    pkcs11.lib(str(MODULE)).reinitialize()


@pytest.fixture
def use(site, monkeypatch, label):
    """Returns a function that changes the settings of a site which keeps its keys in the token."""

    def change(**more):
        found = config.Config(**{"keys": "pkcs11", "pkcs11_label": label, "pkcs11_pin": PIN, "passphrase": "x"} | more)
        monkeypatch.setattr(config, "settings", lambda: found)

    change()
    return change


def remove(label, identifier):
    """Destroy a key as another program would."""
    code = (
        "import pkcs11,sys\n"
        "token = pkcs11.lib(sys.argv[1]).get_token(token_label=sys.argv[2])\n"
        "session = token.open(rw=True, user_pin=sys.argv[3])\n"
        "for item in list(session.get_objects({pkcs11.Attribute.ID: bytes.fromhex(sys.argv[4])})): item.destroy()\n"
    )
    subprocess.run([sys.executable, "-c", code, str(MODULE), label, PIN, identifier.hex()], check=True)


class TestSite:
    def test_issuing_authority_and_seals_sign_in_the_token(self, use, openssl, site):
        pki.ensure_organisation_seal(CODE, NAME)
        seal = pki.organisation_signer(CODE)
        pki.timestamp(bytes(32))
        responder.service()

        assert isinstance(seal.key, tokens.TokenKey)
        assert isinstance(sites.load(at=datetime.now(UTC)).issuing.key, tokens.TokenKey)
        for row in Certificate.objects.all():
            leaf = certificates.pem(x509.load_der_x509_certificate(bytes(row.der)))
            found = openssl(
                "verify", "-x509_strict", "-CAfile", "roots.pem", "-untrusted", "chain.pem", "leaf", leaf=leaf
            )
            assert found.returncode == 0, found.stderr
        assert pki.verify_jws(b"x", pki.sign_jws(b"x", organisation=CODE)).organisation == CODE
        assert pki.verify_cms(pki.sign_cms(b"x", organisation=CODE, enclosed=True)).organisation == CODE

    def test_no_key_is_ever_outside_of_it(self, use, seal, site, label):
        files = [path for path in site.rglob("*") if path.is_file()]

        assert not [path for path in files if b"PRIVATE KEY" in path.read_bytes()]
        for path in site.rglob("*.key"):
            assert path.read_bytes().startswith(f"pkcs11:token={label};id=".encode())
        session = vaults.token()._open()
        for private in session.get_objects({pkcs11.Attribute.CLASS: pkcs11.ObjectClass.PRIVATE_KEY}):
            assert private[pkcs11.Attribute.SENSITIVE]
            assert private[pkcs11.Attribute.NEVER_EXTRACTABLE]
            with pytest.raises(pkcs11.PKCS11Error):
                private[pkcs11.Attribute.VALUE]

    def test_a_pdf_is_sealed_by_the_token(self, use, seal):
        sealed = pki.seal_pdf(PAPER, organisation=CODE, reason="x")

        assert pki.verify_pdf(sealed).valid

    def test_older_keys_in_files_serve_out_their_time(self, use, site):
        use(keys="file")
        pki.ensure_organisation_seal(CODE, NAME)
        before = pki.organisation_signer(CODE)

        use()
        pki.ensure_organisation_seal("370100-new", "新局")

        assert isinstance(before.key, keys.EcKey)
        assert pki.verify_jws(b"x", pki.sign_jws(b"x", organisation=CODE)).organisation == CODE
        assert isinstance(pki.organisation_signer("370100-new").key, tokens.TokenKey)

    def test_guomi_keys_are_refused_by_name(self, use):
        use(suite="guomi")

        with pytest.raises(tokens.NotInTokens, match="SM2"):
            pki.zone_signer()


class TestTrouble:
    def test_a_wrong_pin_is_shown_to_the_token_once(self, use, seal, label):
        use(pkcs11_pin="000000")
        start_anew()

        for _attempt in range(15):
            with pytest.raises(tokens.WrongPin, match=label):
                pki.organisation_signer(CODE)

        use()
        start_anew()
        assert pki.organisation_signer(CODE).jws(b"x")

    def test_a_missing_token_is_named(self, use, seal):
        use(pkcs11_label="elsewhere")
        sites._signer.cache_clear()

        with pytest.raises(tokens.TokenUnreachable, match="elsewhere"):
            pki.ensure_organisation_seal("370100-other", "别局")

    def test_a_missing_library_is_named(self, use):
        use(pkcs11_module="/nowhere.so")

        with pytest.raises(tokens.TokenUnreachable):
            vaults.here().new(suites.MODERN)

    def test_a_key_that_was_removed_is_missed_at_the_next_signature(self, use, seal, label):
        assert seal.jws(b"x")

        remove(label, seal.key.identifier)

        with pytest.raises(tokens.KeyGone, match=seal.key.identifier.hex()):
            seal.jws(b"x")
        sites._signer.cache_clear()
        with pytest.raises(tokens.KeyGone):
            pki.organisation_signer(CODE)

    def test_a_certificate_is_not_recorded_when_the_token_makes_no_key(self, use, seal):
        use(pkcs11_pin="000000")
        start_anew()
        before = Certificate.objects.count()

        with pytest.raises(tokens.WrongPin):
            pki.ensure_organisation_seal("370100-other", "别局")

        assert Certificate.objects.count() == before

    @pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
    def test_a_session_that_broke_is_opened_again(self, use, seal):
        vaults.token()._open().close()

        assert pki.verify_jws(b"x", seal.jws(b"x")).organisation == CODE

    def test_a_child_process_wakes_the_library_for_itself(self, use, seal):
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                made = seal.sign(b"x")
            except Exception as error:  # noqa: BLE001 - a child must not go on with the tests
                made = repr(error).encode()
            os.write(writer, made)
            os._exit(0)
        os.waitpid(child, 0)
        os.close(writer)
        made = os.read(reader, 1000)
        os.close(reader)

        assert keys.of(seal.certificate).verifies(made, b"x"), made
        assert seal.sign(b"x")


class TestCeremony:
    def test_a_zone_s_key_in_its_token_is_certified_by_request(self, use, monkeypatch, tmp_path, label):
        request, out = io.StringIO(), tmp_path / "ceremony"
        (tmp_path / "passphrase").write_text("secret")
        monkeypatch.setenv("QC_ZONE", "intranet")
        monkeypatch.setenv("QC_DATA", str(tmp_path / "intranet"))
        kernel.data_dir.cache_clear()
        call_command("pki", "request", "--city", "济南市", stdout=request)
        (tmp_path / "intranet.csr").write_text(request.getvalue())

        use(keys="file")
        call_command(
            "pki", "ceremony", "--out", str(out), "--csr", f"intranet={tmp_path}/intranet.csr",
            "--passphrase-file", str(tmp_path / "passphrase"), stdout=io.StringIO(),
        )  # fmt: skip
        use()
        call_command("pki", "install", "--ceremony", str(out), stdout=io.StringIO())

        assert isinstance(sites.load(at=datetime.now(UTC)).issuing.key, tokens.TokenKey)
        assert pki.verify_jws(b"x", pki.zone_signer().jws(b"x")).organisation == "zone:intranet"

    def test_the_root_may_lie_in_a_token_but_then_every_zone_brings_its_key(self, use, tmp_path):
        with pytest.raises(CommandError, match="extranet"):
            call_command("pki", "ceremony", "--out", str(tmp_path / "out"), stdout=io.StringIO())

    def test_a_site_with_a_token_takes_no_key_from_elsewhere(self, use, monkeypatch, tmp_path):
        use(keys="file")
        call_command("pki", "ceremony", "--out", str(tmp_path / "out"), stdout=io.StringIO())
        use()
        monkeypatch.setenv("QC_ZONE", "intranet")

        with pytest.raises(CommandError, match="token"):
            call_command("pki", "install", "--ceremony", str(tmp_path / "out"), stdout=io.StringIO(),
                         passphrase_file=tmp_path / "out" / "passphrase")  # fmt: skip


class TestRootList:
    def test_the_root_s_list_is_signed_anew_and_remembers(self, site, tmp_path, openssl):
        out = tmp_path / "out"
        call_command("pki", "ceremony", "--out", str(out), stdout=io.StringIO())
        lost = x509.load_pem_x509_certificate((out / "intranet/issuing.crt").read_bytes())

        for more in (["--revoke", certificates.serial_text(lost)], []):
            call_command("pki", "root-list", "--ceremony", str(out), *more, stdout=io.StringIO())

        made = openssl.makes("list", "crl", "-inform", "DER", "-in", "crl", crl=(out / "root.crl").read_bytes())
        assert made
        found = openssl(
            "verify", "-crl_check", "-CRLfile", "list", "-CAfile", "root", "leaf",
            root=(out / "root.crt").read_bytes(), leaf=certificates.pem(lost),
        )  # fmt: skip
        assert "certificate revoked" in found.stderr
        assert queries.suite() == "modern"
