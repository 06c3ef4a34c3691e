"""Attribute certificates: what stands in them, who gets them, and that others can check them without asking us."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
from asn1crypto import cms, crl, pem, x509
from certomancer.default_plugins import IetfAttrSyntaxPlugin, RoleSyntaxPlugin
from cryptography import x509 as crypto_x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.utils import timezone
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.errors import RevokedError, ValidationError
from pyhanko_certvalidator.validate import async_validate_ac

from quancheng.kernel import config as kernel
from quancheng.security.attributes import public as attributes
from quancheng.security.attributes.engine import encoding
from quancheng.security.attributes.models import AttributeCertificate
from quancheng.security.identity import public as identity
from quancheng.security.identity.models import Appointment, Delegation
from quancheng.security.identity.tests.factories import staff
from quancheng.security.pki import public as pki
from quancheng.security.pmi import public as pmi

pytestmark = pytest.mark.django_db
ADDRESS = "https://quancheng.example"


@pytest.fixture(autouse=True)
def site(monkeypatch, tmp_path):
    monkeypatch.setenv("QC_DATA", str(tmp_path / "data"))
    kernel.data_dir.cache_clear()
    yield
    kernel.data_dir.cache_clear()


@pytest.fixture
def clerk():
    return staff("clerk", privileges=("probe.file.read",))


def issue(account):
    actor = identity.actor_for(account)
    (serial,) = attributes.issue(actor=actor, address=ADDRESS, at=timezone.now())
    (found,) = [item for item in attributes.certificates(actor) if item.serial == serial]
    return found


def check(der, *, at=None, holder=None):
    """Check an attribute certificate the way another system would, with pyHanko's validator and no network."""
    chain = [x509.Certificate.load(content) for _type, _headers, content in pem.unarmor(attributes.authority(), True)]
    roots = [x509.Certificate.load(pem.unarmor(text.encode())[2]) for text in pki.trusted_roots()]
    context = ValidationContext(
        trust_roots=roots,
        other_certs=chain,
        crls=[crl.CertificateList.load(attributes.revocation_list(timezone.now()))],
        moment=at,
        allow_fetching=False,
        revocation_mode="soft-fail",
    )
    return asyncio.run(async_validate_ac(cms.AttributeCertificateV2.load(der), context, holder_cert=holder))


def roles_in(der):
    info = cms.AttributeCertificateV2.load(der)["ac_info"]
    return {attribute["type"].native: list(attribute["values"]) for attribute in info["attributes"]}


class TestAnAttributeCertificate:
    def test_is_checked_by_another_validator_offline(self, clerk):
        found = issue(clerk)

        result = check(found.der)

        assert result.aa_cert.subject.native["common_name"].endswith("Attribute Authority")
        assert {"role", "group"} <= set(result.approved_attributes)

    def test_says_the_roles_and_the_organisation_of_the_post(self, clerk):
        values = roles_in(issue(clerk).der)

        assert [value["role_name"].native for value in values["role"]] == ["urn:quancheng:role:role-clerk"]
        assert values["group"][0]["values"][0].native == "urn:quancheng:organisation:370100/370100-scjg/"

    def test_writes_its_attributes_as_another_maker_of_such_certificates_does(self, clerk):
        values = roles_in(issue(clerk).der)
        name = {"type": "uri", "value": "urn:quancheng:role:role-clerk"}
        theirs = RoleSyntaxPlugin().provision(None, SimpleNamespace(entities=None), {"name": name})
        group = {"values": ["urn:quancheng:organisation:370100/370100-scjg/"]}
        their_group = IetfAttrSyntaxPlugin().provision(None, SimpleNamespace(entities=None), group)

        assert values["role"][0].dump() == theirs.dump()
        assert values["group"][0]["values"].dump() == their_group["values"].dump()

    def test_lasts_for_hours(self, clerk):
        found = issue(clerk)

        assert found.not_after - found.not_before <= timedelta(hours=8)
        with pytest.raises(ValidationError):
            check(found.der, at=found.not_after + timedelta(seconds=1))

    def test_that_was_changed_is_refused(self, clerk):
        spoilt = issue(clerk).der.replace(b"role-clerk", b"role-chief")

        with pytest.raises(ValidationError):
            check(spoilt)

    def test_of_somebody_with_a_certificate_names_it(self, clerk):
        actor = identity.actor_for(clerk)
        key = ec.generate_private_key(ec.SECP256R1())
        subject = crypto_x509.Name([crypto_x509.NameAttribute(crypto_x509.NameOID.COMMON_NAME, "职员")])
        csr = crypto_x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
        requester = replace(actor, grants=(pmi.Grant("pki.enrolment.request"),))
        officer = pmi.Actor(
            id="account:9",
            name="钱卫",
            kind="staff",
            grants=(pmi.Grant("pki.enrolment.approve"),),
            proven_at=timezone.now(),
        )
        asked = pki.request_certificate(
            actor=requester, profile="person-signature", code="370100-scjg", name="职员clerk",
            csr=csr.public_bytes(serialization.Encoding.PEM), at=timezone.now(),
        )  # fmt: skip
        pki.approve_certificate(actor=officer, enrolment_id=asked.id, at=timezone.now())

        found = issue(clerk)

        known = x509.Certificate.load(pki.person_certificate(actor.id, at=timezone.now()))
        holder = cms.AttributeCertificateV2.load(found.der)["ac_info"]["holder"]
        assert holder["base_certificate_id"]["serial"].native == known.serial_number
        assert check(found.der, holder=known).aa_cert
        other = x509.Certificate.load(pem.unarmor(attributes.authority())[2])
        with pytest.raises(ValidationError):
            check(found.der, holder=other)


class TestRevocation:
    def test_follows_when_the_appointment_ends(self, clerk):
        found = issue(clerk)
        Appointment.objects.filter(account=clerk).update(
            valid_from=timezone.localdate() - timedelta(days=2), valid_until=timezone.localdate() - timedelta(days=1)
        )

        assert attributes.follow_duties(at=timezone.now()) == 1
        assert attributes.follow_duties(at=timezone.now()) == 0
        with pytest.raises(RevokedError):
            check(found.der)

    def test_follows_when_the_post_brings_other_roles(self, clerk):
        issue(clerk)
        assert attributes.follow_duties(at=timezone.now()) == 0
        pmi.define_role(code="another", title="另一角色", privileges=[])
        clerk.appointments.first().post.roles.add(pmi.define_role(code="more", title="更多", privileges=[]))

        assert attributes.follow_duties(at=timezone.now()) == 1

    def test_is_followed_by_a_certificate_of_what_came_instead_that_lasts_no_longer(self, clerk):
        found = issue(clerk)
        later = timezone.now()
        clerk.appointments.first().post.roles.add(pmi.define_role(code="more", title="更多", privileges=[]))

        attributes.follow_duties(at=later)
        attributes.follow_duties(at=later)

        (new,) = AttributeCertificate.objects.exclude(serial=found.serial)
        assert AttributeCertificate.objects.get(serial=found.serial).revoked_at == later
        assert (new.roles, new.revoked_at) == (["more", "role-clerk"], None)
        assert new.not_after == found.not_after
        assert check(bytes(new.der)) is not None
        assert encoding.list_address(bytes(new.der)) == f"{ADDRESS}/attributes/list.crl"

    def test_leaves_alone_who_uses_none_and_forces_none_upon_who_revoked_theirs(self, clerk):
        staff("other")
        found = issue(clerk)
        attributes.revoke(actor=identity.actor_for(clerk), serial=found.serial, at=timezone.now())

        attributes.follow_duties(at=timezone.now())

        assert AttributeCertificate.objects.count() == 1

    def test_is_open_to_the_holder_and_to_nobody_else_beside(self, clerk):
        found = issue(clerk)
        other = identity.actor_for(staff("other"))

        with pytest.raises(pmi.Forbidden):
            attributes.revoke(actor=other, serial=found.serial, at=timezone.now())
        attributes.revoke(actor=identity.actor_for(clerk), serial=found.serial, at=timezone.now())

        assert AttributeCertificate.objects.get().revoked_at
        assert attributes.certificates(other) == ()


class TestADelegatedPost:
    @pytest.fixture
    def deputy(self, clerk):
        deputy, today = staff("deputy"), timezone.localdate()
        Appointment.objects.filter(account=deputy).delete()
        identity.ensure_delegation(
            organisation="370100-scjg", post="岗位clerk", giver="clerk", deputy="deputy", days=1, reason="外出培训"
        )
        assert identity.duties(deputy.pk)[0].until == today
        return deputy

    def test_brings_its_deputy_a_certificate_in_the_name_of_the_giver(self, clerk, deputy):
        found = issue(deputy)

        (access,) = roles_in(found.der)["access_identity"]
        assert access["service"].native == "urn:quancheng:delegation"
        assert access["ident"].native == f"urn:quancheng:{clerk.actor_id}"
        assert found.roles == ("role-clerk",)
        assert found.giver_name == "职员clerk"
        assert check(found.der) is not None

    def test_is_told_from_an_appointment_by_that_alone(self, clerk):
        assert "access_identity" not in roles_in(issue(clerk).der)

    def test_counts_until_the_end_of_its_last_day_at_most(self, deputy):
        evening = timezone.localtime().replace(hour=22, minute=0, second=0, microsecond=0)
        attributes.issue(actor=identity.actor_for(deputy), address=ADDRESS, at=evening)

        assert AttributeCertificate.objects.get().not_after == evening + timedelta(hours=2)

    def test_takes_the_certificate_with_it_when_it_is_called_in(self, deputy):
        found = issue(deputy)
        Delegation.objects.update(ended_at=timezone.now())

        assert attributes.follow_duties(at=timezone.now()) == 1
        with pytest.raises(RevokedError):
            check(found.der)


class TestPages:
    def test_issue_show_and_give_the_file(self, client, clerk):
        client.force_login(clerk)

        assert client.post("/attributes/").status_code == 302
        row = AttributeCertificate.objects.get()
        page = client.get("/attributes/").content.decode()
        file = client.get(f"/attributes/{row.serial}/")

        assert row.serial in page
        assert file["Content-Type"] == "application/pkix-attr-cert"
        assert file.content == bytes(row.der)
        assert client.get("/api/attributes/certificates").json()["certificates"][0]["serial"] == row.serial

    def test_name_roles_and_places_instead_of_their_codes(self, client, clerk):
        issue(clerk)
        pmi.define_role(code="role-clerk", title="登记员", privileges=["probe.file.read"])
        client.force_login(clerk)

        page = client.get("/attributes/").content.decode()

        assert "<div>登记员</div>" in page
        assert "370100/370100-scjg/" not in page

    def test_a_revocation_says_first_what_it_brings(self, client, clerk):
        found = issue(clerk)
        client.force_login(clerk)

        asked = client.get(f"/attributes/{found.serial}/revoke/").content.decode()
        assert "撤销后不能恢复" in asked
        assert AttributeCertificate.objects.get().revoked_at is None

        assert client.post(f"/attributes/{found.serial}/revoke/").status_code == 302
        assert AttributeCertificate.objects.get().revoked_at

    def test_show_those_of_others_to_who_may_revoke_them(self, client, clerk):
        found = issue(clerk)
        client.force_login(
            staff("officer", privileges=("attributes.certificate.read", "attributes.certificate.revoke"))
        )

        assert f"/attributes/{found.serial}/revoke/" in client.get("/attributes/").content.decode()

    def test_show_nobody_else_s(self, client, clerk):
        found = issue(clerk)
        client.force_login(staff("other"))

        assert client.get(f"/attributes/{found.serial}/").status_code == 403
        assert client.get("/api/attributes/certificates").json() == {"certificates": []}

    def test_somebody_without_a_role_is_told_so(self, client):
        account = staff("bare")
        Appointment.objects.filter(account=account).delete()
        client.force_login(account)

        assert client.post("/attributes/").status_code == 302
        assert not AttributeCertificate.objects.exists()

    def test_the_authority_and_its_list_are_for_everybody(self, client):
        assert client.get("/attributes/authority.pem").content.startswith(b"-----BEGIN CERTIFICATE")
        assert crl.CertificateList.load(client.get("/attributes/list.crl").content)
