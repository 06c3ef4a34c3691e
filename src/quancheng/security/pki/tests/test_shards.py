"""Revocation lists in parts: each certificate names one, and what is revoked is on that one and the complete list."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import pytest
from cryptography import x509
from hypothesis import HealthCheck, given
from hypothesis import settings as few
from hypothesis import strategies as st
from pkilint.bin import lint_crl, lint_pkix_cert

from quancheng.kernel import config as kernel
from quancheng.security.pki import config, queries
from quancheng.security.pki import public as pki
from quancheng.security.pki.actions import setup
from quancheng.security.pki.engine import certificates, keys, suites
from quancheng.security.pki.engine import site as sites
from quancheng.security.pki.models import Certificate
from quancheng.security.pki.queries import lists
from quancheng.security.pki.tests.conftest import CODE, NAME
from quancheng.security.pki.tests.test_linting import findings
from quancheng.security.pki.tests.test_openssl import TO_ROOT
from quancheng.security.pki.tests.test_pdfs import PAPER
from quancheng.security.pmi import public as pmi

pytestmark = pytest.mark.django_db
OFFICER = pmi.Actor(id="staff:1", name="管理员", kind="staff", grants=(pmi.Grant("pki.certificate.revoke"),))
PUBLIC = {code: keys.new(suite).public for code, suite in suites.SUITES.items()}
URL = "http://pki.jinan.example"


@pytest.fixture
def shards(site, monkeypatch):
    """A function that sets into how many parts the list is split, in a suite."""
    found = config.Config(passphrase="x", url=URL)

    def split(count=1, suite="modern"):
        given = replace(found, crl_shards=count, suite=suite)
        monkeypatch.setattr(config, "settings", lambda: given)

    split()
    return split


def device(profile=certificates.DEVICE):
    suite = sites.load(at=datetime.now(UTC)).suite
    return setup.certify(profile, PUBLIC[suite.code], code="d", name="摄像头", at=datetime.now(UTC))


def revoke(row):
    pki.revoke(actor=OFFICER, serial=row.serial, reason="keyCompromise", at=datetime.now(UTC))


def read(name):
    return x509.load_der_x509_crl(queries.authority_crl(name))


def serials(found):
    return {item.serial_number for item in found}


def named(row, kind=x509.CRLDistributionPoints):
    """The one address that a certificate names."""
    points = x509.load_der_x509_certificate(bytes(row.der)).extensions.get_extension_for_class(kind).value
    (name,) = (name.value for point in points for name in point.full_name)
    return name


class TestDefault:
    def test_one_part_is_no_part(self, shards):
        shards(1)
        row = device()

        assert (row.shard, named(row), lists.shards()) == (0, f"{URL}/pki/crl/issuing-all.crl", 0)
        with pytest.raises(queries.NoSuchAuthority):
            queries.authority_crl("issuing-all-1")

    @pytest.mark.parametrize("count", [0, -1, 257])
    def test_a_number_that_cannot_be_stops_the_start(self, count):
        with pytest.raises(kernel.BadSetting, match="QC_PKI_CRL_SHARDS"):
            config.Config(crl_shards=count)


class TestParts:
    @few(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        counts=st.lists(st.sampled_from([1, 2, 3, 7]), min_size=1, max_size=3),
        chosen=st.lists(st.booleans(), min_size=6, max_size=18),
    )
    def test_what_is_revoked_is_on_its_own_part_and_the_complete_list_alone(self, shards, counts, chosen):
        """However often the number of parts changes, and for certificates that name no list."""
        Certificate.objects.all().delete()
        rows, revoked = [], set[int]()
        for place, wanted in enumerate(chosen):
            shards(counts[place * len(counts) // len(chosen)])
            rows.append(device(certificates.OCSP if place % 5 == 4 else certificates.DEVICE))
            if wanted:
                revoke(rows[-1])
                revoked.add(int(rows[-1].serial, 16))
        shards(counts[-1])

        parts = {f"issuing-all-{number}": set[int]() for number in range(1, lists.shards() + 1)}
        for row in rows:
            if row.shard:
                name = f"issuing-all-{row.shard}"
                assert named(row) == f"{URL}/pki/crl/{name}.crl"
                assert named(row, x509.FreshestCRL) == f"{URL}/pki/crl/{name}-delta.crl"
                parts[name] |= {int(row.serial, 16)} & revoked
        assert serials(read("issuing-all")) == serials(read("issuing-all-delta")) == revoked
        assert {name: serials(read(name)) for name in parts} == parts
        assert {name: serials(read(f"{name}-delta")) for name in parts} == parts

    def test_all_are_used_and_other_names_are_refused(self, shards):
        shards(3)
        found = {device().shard for _ in range(60)}

        assert found == {1, 2, 3}
        for name in (
            "issuing-all-4",
            "issuing-all-0",
            "issuing-all-01",
            "issuing-all-1-2",
            "root-1",
            "issuing-all-9999",
        ):
            with pytest.raises(queries.NoSuchAuthority):
                queries.authority_crl(name)

    def test_a_part_says_what_it_covers_and_its_delta_says_the_same(self, shards):
        shards(2)
        revoke(row := device())
        part, delta = read(f"issuing-all-{row.shard}"), read(f"issuing-all-{row.shard}-delta")

        scope, other = (
            item.extensions.get_extension_for_class(x509.IssuingDistributionPoint) for item in (part, delta)
        )
        assert scope == other
        assert scope.critical
        assert [name.value for name in scope.value.full_name] == [named(row)]
        assert scope.value.only_contains_user_certs
        numbers = [item.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number for item in (part, delta)]
        base = delta.extensions.get_extension_for_class(x509.DeltaCRLIndicator)
        assert base.critical
        assert base.value.crl_number < numbers[0] == numbers[1]

    def test_a_revocation_leaves_the_other_parts_as_they_are(self, shards):
        shards(2)
        row = next(row for row in iter(device, None) if row.shard == 1)
        before = {name: queries.authority_crl(name) for name in ("issuing-all-1", "issuing-all-2")}

        revoke(row)

        assert queries.authority_crl("issuing-all-1") != before["issuing-all-1"]
        assert queries.authority_crl("issuing-all-2") == before["issuing-all-2"]

    def test_a_sealed_document_is_judged_as_ever(self, shards):
        shards(5)
        pki.ensure_organisation_seal(CODE, NAME)

        verdict = pki.verify_pdf(pki.seal_pdf(PAPER, organisation=CODE, reason="x"))

        assert Certificate.objects.get(profile="seal").shard
        assert (verdict.valid, verdict.problems) == (True, ())


class TestPage:
    def test_the_page_of_authorities_says_so_and_the_parts_are_at_their_addresses(self, shards, client):
        shards(3)
        row = device()

        page = client.get("/pki/", headers={"accept-language": "zh-hans"}).content.decode()
        part = client.get(named(row).removeprefix(URL))

        assert page.count("证书撤销列表另分 3 个分片发布") == 1
        assert part["Content-Type"] == "application/pkix-crl"
        assert part.content == queries.authority_crl(f"issuing-all-{row.shard}")


class TestOutside:
    def test_openssl_takes_a_certificate_s_own_part_and_no_other(self, shards, openssl):
        shards(2)
        row = device()
        leaf = certificates.pem(x509.load_der_x509_certificate(bytes(row.der)))
        make = partial(openssl.makes, "list", "crl", "-inform", "DER", "-in", "crl")
        check = partial(openssl, "verify", "-x509_strict", "-crl_check", "-CRLfile", "list", *TO_ROOT, leaf=leaf)

        make(crl=queries.authority_crl(f"issuing-all-{row.shard}"))
        good = check()
        make(crl=queries.authority_crl(f"issuing-all-{3 - row.shard}"))
        elsewhere = check()
        make(crl=queries.authority_crl("issuing-all"))
        complete = check()
        old = queries.authority_crl(f"issuing-all-{row.shard}")
        revoke(row)
        make(crl=queries.authority_crl(f"issuing-all-{row.shard}"))
        revoked = check()

        assert good.returncode == complete.returncode == 0, good.stderr + complete.stderr
        assert "different CRL scope" in elsewhere.stderr
        assert "certificate revoked" in revoked.stderr
        make(crl=old)
        delta = queries.authority_crl(f"issuing-all-{row.shard}-delta")
        openssl.makes("delta", "crl", "-inform", "DER", "-in", "crl", crl=delta)
        assert check().returncode == 0
        found = openssl(
            "verify", "-crl_check", "-extended_crl", "-use_deltas", "-CRLfile", "list", "-CRLfile", "delta", *TO_ROOT
        )
        assert "certificate revoked" in found.stderr

    @pytest.mark.parametrize("suite", suites.SUITES)
    def test_pkilint_finds_nothing(self, shards, tmp_path, suite):
        shards(2, suite)
        row, file = device(), tmp_path / "file"

        file.write_bytes(bytes(row.der))
        found = findings(lint_pkix_cert, file)
        for _state in ("empty", "with an entry"):
            for name in (f"issuing-all-{row.shard}", f"issuing-all-{row.shard}-delta"):
                file.write_bytes(queries.authority_crl(name))
                found += findings(lint_crl, file, "-t", "CRL", "-p", "PKIX")
            if Certificate.objects.filter(revoked_at__isnull=True).exists():
                revoke(row)
        assert found == []
