"""pkilint, which knows RFC 5280, 6960 and their children by heart, finds no error in anything that we issue."""

import contextlib
import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from pkilint.bin import lint_crl, lint_ocsp_response, lint_pkix_cert

from quancheng.security.pki import config, queries
from quancheng.security.pki import public as pki
from quancheng.security.pki.actions import responder, setup
from quancheng.security.pki.engine import certificates, der, keys, ocsp, suites
from quancheng.security.pki.engine import site as sites
from quancheng.security.pki.models import Certificate
from quancheng.security.pki.tests.conftest import CODE
from quancheng.security.pmi import public as pmi

pytestmark = pytest.mark.django_db
OFFICER = pmi.Actor(id="staff:1", name="管理员", kind="staff", grants=(pmi.Grant("pki.certificate.revoke"),))
# What pkilint says in a suite, about a profile, and why it stays so.
EXPLAINED = {
    ("guomi", profile, "pkix.key_usage_value_prohibited_for_ec"): (
        "RFC 8813 knows elliptic curve keys that sign or agree; an SM2 key encrypts too, and GM/T 0015 has it say so"
    )
    for profile in ("person-encryption", "recipient")
}


@pytest.fixture(params=suites.SUITES)
def issued(request, site, monkeypatch):
    """One certificate of each profile in each suite, bound to a DNS tree."""
    found = config.Config(suite=request.param, passphrase="x", names="jinan.example", url="http://pki.jinan.example")
    monkeypatch.setattr(config, "settings", lambda: found)
    pki.ensure_organisation_seal(CODE, "济南市行政审批服务局")
    for profile in certificates.PROFILES.values():
        names = ("www.jinan.example",) if profile.named else ()
        public = keys.new(suites.SUITES[request.param]).public
        setup.certify(profile, public, code=CODE, name="王小美", at=datetime.now(UTC), names=names)
    return suites.SUITES[request.param]


def findings(tool, path, *options):
    """What a linter of pkilint finds in a file: level, code and details."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        tool.main(["lint", *options, "-f", "json", "-s", "notice", str(path)])
    found = []
    for place in json.loads(printed.getvalue())["results"]:
        for item in place["finding_descriptions"]:
            found.append((item["severity"], item["code"], item.get("message") or "", place["node_path"]))
    return found


def codes(suite, profile, found):
    """The findings that nobody explained."""
    return [item for item in found if (suite.code, profile, item[1]) not in EXPLAINED]


class TestCertificates:
    def test_every_profile_is_clean(self, issued, tmp_path):
        assert set(Certificate.objects.values_list("profile", flat=True)) == set(certificates.PROFILES)

        found = {}
        for row in Certificate.objects.all():
            (tmp_path / "leaf.der").write_bytes(bytes(row.der))
            found[row.profile] = codes(issued, row.profile, findings(lint_pkix_cert, tmp_path / "leaf.der"))
        assert {profile: items for profile, items in found.items() if items} == {}

    def test_a_wildcard_is_all_that_is_said_about_a_server_with_one(self, issued, tmp_path):
        """RFC 5280 has no wildcards in names; RFC 9525 section 6.3 and every browser do, and so does ACME."""
        public = keys.new(issued).public
        row = setup.certify(
            certificates.SERVER, public, code=CODE, name="局", at=datetime.now(UTC), names=("*.jinan.example",)
        )
        (tmp_path / "leaf.der").write_bytes(bytes(row.der))

        found = findings(lint_pkix_cert, tmp_path / "leaf.der")

        assert [item[1] for item in found] == ["pkix.invalid_domain_name_syntax"]

    def test_root_and_issuing_authority_are_clean(self, issued, tmp_path):
        here = sites.load(at=datetime.now(UTC))

        for item in (here.root, here.issuing.certificate):
            (tmp_path / "ca.der").write_bytes(certificates.der(item))
            assert findings(lint_pkix_cert, tmp_path / "ca.der") == [], item.subject

    def test_each_says_what_its_profile_says(self, issued):
        arc = config.settings().arc
        for row in Certificate.objects.all():
            found, profile = x509.load_der_x509_certificate(bytes(row.der)), certificates.PROFILES[row.profile]
            policies = found.extensions.get_extension_for_class(x509.CertificatePolicies).value
            usages = found.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value

            assert [item.policy_identifier.dotted_string for item in policies] == [f"{arc}{profile.policy}"]
            assert {item.dotted_string for item in usages} == {
                certificates.absolute(oid, arc) for oid in profile.usages
            }
            assert found.not_valid_after_utc - found.not_valid_before_utc <= profile.lasts + certificates.BACKDATED

    def test_the_path_ends_below_the_issuing_authority_and_its_names_are_bound(self, issued):
        here = sites.load(at=datetime.now(UTC))
        lengths = [
            item.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length
            for item in (here.root, here.issuing.certificate)
        ]
        bound = here.issuing.certificate.extensions.get_extension_for_class(x509.NameConstraints)

        assert lengths == [1, 0]
        assert bound.critical
        assert bound.value.permitted_subtrees == [x509.DNSName("jinan.example")]


class TestLists:
    @pytest.mark.parametrize(("name", "kind"), [("root", "ARL"), ("issuing-all", "CRL"), ("issuing-all-delta", "CRL")])
    def test_is_clean_empty_and_with_every_reason(self, issued, tmp_path, name, kind):
        for reason in ("", *Certificate.Reason.values):
            if reason:
                serial = Certificate.objects.filter(revoked_at__isnull=True).first().serial
                pki.revoke(actor=OFFICER, serial=serial, reason=reason, at=datetime.now(UTC))
            (tmp_path / "crl").write_bytes(queries.authority_crl(name))
            found = findings(lint_crl, tmp_path / "crl", "-t", kind, "-p", "PKIX")
            assert found == [], reason


class TestAnswers:
    def test_good_revoked_unknown_and_with_a_nonce_are_clean(self, issued, tmp_path):
        revoked = Certificate.objects.filter(profile="device").first()
        pki.revoke(actor=OFFICER, serial=revoked.serial, reason="keyCompromise", at=datetime.now(UTC))
        signer = responder.service()._responder
        now = datetime.now(UTC)
        for state in (ocsp.State(), ocsp.State(now, "keyCompromise"), ocsp.State(now, "unspecified"), None):
            for nonce in (b"", NONCE):
                made = signer.sign([(IDENTIFIER, state)], at=now, until=now + timedelta(hours=1), nonce=nonce)
                (tmp_path / "ocsp").write_bytes(made)
                assert findings(lint_ocsp_response, tmp_path / "ocsp") == [], (state, nonce)
        for error in (ocsp.MALFORMED, ocsp.INTERNAL, ocsp.TRY_LATER, ocsp.UNAUTHORIZED):
            (tmp_path / "ocsp").write_bytes(error)
            assert findings(lint_ocsp_response, tmp_path / "ocsp") == []


def _identifier():
    algorithm = der.wrap(der.SEQUENCE, der.oid("1.3.14.3.2.26") + b"\x05\x00")
    both = der.wrap(der.OCTETS, bytes(20)) * 2
    return der.wrap(der.SEQUENCE, algorithm + both + der.integer(77))


def _nonce():
    return der.wrap(der.SEQUENCE, ocsp.NONCE + der.wrap(der.OCTETS, der.wrap(der.OCTETS, bytes(32))))


IDENTIFIER, NONCE = _identifier(), _nonce()
