"""A certificate out of a form is, byte for byte, the one that the builder of `cryptography` makes."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from quancheng.security.pki.engine import assembling, certificates, keys, printing, suites

AT = datetime(2026, 11, 23, 8, 30, 15, 123456, tzinfo=UTC)
ARC, URL = "1.3.6.1.4.1.32473.1", "http://pki.jinan.example"
TEXT = st.text(st.characters(blacklist_categories=("Cs",), min_codepoint=1), min_size=1, max_size=80)
HOSTS = st.lists(st.from_regex(r"[a-z][a-z0-9]{0,20}\.jinan\.example", fullmatch=True), max_size=40, unique=True)


def authority(suite, *, at=AT):
    """A root and an issuing authority below it, in a suite."""
    root_key, key = keys.new(suite), keys.new(suite)
    root = certificates.Authority(certificates.new_root(root_key, city="泉城市", at=at), root_key, "root", URL, ARC)
    made = certificates.new_issuing(root, key.public, city="泉城市", zone="all", at=at)
    return certificates.Authority(made, key, "issuing-all", URL, ARC)


AUTHORITIES = {code: authority(suite) for code, suite in suites.SUITES.items()}
PUBLICS = {
    "P-256": keys.new(suites.MODERN).public,
    "P-384": keys.public(ec.generate_private_key(ec.SECP384R1()).public_key()),
    "RSA": keys.public(rsa.generate_private_key(65537, 2048).public_key()),
    "SM2": keys.new(suites.GUOMI).public,
}


def both(
    issuer,
    public,
    profile,
    *,
    at,
    names=(),
    common="王小美",
    organisation="济南市大数据局",
    code="370100-sjj",
    shards=1,
):  # fmt: skip
    """The same certificate from the form and from the builder, what is signed of each."""
    subject = certificates.name(common=common, organisation=organisation, code=code)
    named = printing.subject(common=common, organisation=organisation, code=code)
    printed = printing.issue(issuer, public, profile=profile, subject=named, at=at, names=names, shards=shards)
    found = x509.load_der_x509_certificate(printed.der)
    builder = certificates.builder(
        issuer, public, profile=profile, subject=subject, at=at, names=names, shard=printed.shard
    )
    builder._serial_number = found.serial_number
    return printed, found, assembling.certificate(builder, public, issuer.key)


class TestForm:
    @settings(max_examples=150, deadline=None)
    @given(
        suite=st.sampled_from(sorted(suites.SUITES)),
        kind=st.sampled_from(sorted(PUBLICS)),
        profile=st.sampled_from(sorted(certificates.PROFILES)),
        later=st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=3640)),
        names=HOSTS,
        common=TEXT,
        organisation=TEXT,
        code=st.text("0123456789abc-:", max_size=120),
        shards=st.integers(1, 4),
    )
    def test_what_is_signed_is_what_the_builder_would_sign(
        self, suite, kind, profile, later, names, common, organisation, code, shards
    ):
        issuer, chosen = AUTHORITIES[suite], certificates.PROFILES[profile]

        printed, found, built = both(
            issuer, PUBLICS[kind], chosen,
            at=AT + later, names=tuple(names), common=common, organisation=organisation, code=code,
            shards=shards,
        )  # fmt: skip

        assert found.tbs_certificate_bytes == built.tbs_certificate_bytes
        assert keys.issued_by(found, issuer.certificate)
        assert printed.serial == certificates.serial_text(found)
        assert (printed.begins, printed.ends) == (found.not_valid_before_utc, found.not_valid_after_utc)

    def test_years_after_2049_have_four_digits(self):
        issuer = authority(suites.MODERN, at=AT.replace(year=2045))

        _printed, found, built = both(issuer, PUBLICS["P-256"], certificates.SEAL, at=AT.replace(year=2048))

        assert found.not_valid_after_utc.year == 2051
        assert found.tbs_certificate_bytes == built.tbs_certificate_bytes

    def test_serial_numbers_differ(self):
        issuer = AUTHORITIES["modern"]

        found = {both(issuer, PUBLICS["P-256"], certificates.DEVICE, at=AT)[0].serial for _ in range(50)}

        assert len(found) == 50

    def test_nothing_is_issued_by_an_authority_that_has_ended(self):
        with pytest.raises(ValueError, match="ended"):
            both(AUTHORITIES["modern"], PUBLICS["P-256"], certificates.DEVICE, at=AT + timedelta(days=3651))

    def test_a_certificate_without_a_name_is_not_made(self):
        with pytest.raises(ValueError, match="name"):
            printing.subject(common="", organisation="局", code="1")
