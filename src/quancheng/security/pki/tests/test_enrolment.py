"""Certificates over keys that their holders keep, the inventory, and delta revocation lists."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from django.core.files.uploadedfile import SimpleUploadedFile

from quancheng.security.pki import config, queries
from quancheng.security.pki import public as pki
from quancheng.security.pki.engine import certificates, enrolling
from quancheng.security.pki.models import Certificate
from quancheng.security.pki.queries import inventory, lists
from quancheng.security.pki.web import certificates as pages
from quancheng.security.pmi import public as pmi

pytestmark = pytest.mark.django_db
RIGHTS = tuple(
    pmi.Grant(f"pki.{name}")
    for name in (
        "enrolment.read", "enrolment.request", "enrolment.approve", "enrolment.refuse",
        "certificate.read", "certificate.renew", "certificate.revoke",
    )
)  # fmt: skip
FIRST, SECOND = (pmi.Actor(id=f"staff:{n}", name=f"管理员{n}", kind="staff", grants=RIGHTS) for n in (1, 2))
TO_ROOT = ("-CAfile", "roots.pem", "-untrusted", "chain.pem", "leaf")


def now():
    return datetime.now(UTC)


def csr(*names, key=None):
    key = key or ec.generate_private_key(ec.SECP256R1())
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    if names:
        found = x509.SubjectAlternativeName([x509.DNSName(item) for item in names])
        builder = builder.add_extension(found, critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def ask(profile="server", *names, content=None, **more):
    wish = {"code": "370100-sjj", "name": "济南市大数据局", "csr": content or csr(*names), "at": now()}
    return pki.request_certificate(actor=FIRST, profile=profile, **(wish | more))


def issued(enrolment):
    return x509.load_der_x509_certificate(bytes(Certificate.objects.get(serial=enrolment.serial).der))


class TestEnrolment:
    def test_a_device_gets_its_certificate_at_once(self, site, openssl):
        made = ask("device")

        assert made.state == "approved"
        found = openssl("verify", "-x509_strict", *TO_ROOT, leaf=certificates.pem(issued(made)))
        assert found.returncode == 0, found.stderr

    @pytest.mark.parametrize("profile", ["server", "person-signature", "person-encryption"])
    def test_others_wait_for_a_second_officer(self, site, openssl, profile):
        made = ask(profile, "data.jinan.example")
        assert (made.state, Certificate.objects.filter(profile=profile).count()) == ("waiting", 0)

        decided = pki.approve_certificate(actor=SECOND, enrolment_id=made.id, at=now())

        assert decided.state == "approved"
        found = openssl("verify", "-x509_strict", *TO_ROOT, leaf=certificates.pem(issued(decided)))
        assert found.returncode == 0, found.stderr

    def test_nobody_approves_or_refuses_their_own_request(self, site):
        made = ask("server", "data.jinan.example")

        with pytest.raises(pki.OwnRequest):
            pki.approve_certificate(actor=FIRST, enrolment_id=made.id, at=now())
        with pytest.raises(pki.OwnRequest):
            pki.refuse_certificate(actor=FIRST, enrolment_id=made.id, reason="x", at=now())

        assert inventory.enrolment(made.id).state == "waiting"

    def test_a_request_is_decided_once(self, site):
        made = ask("server", "data.jinan.example")
        pki.refuse_certificate(actor=SECOND, enrolment_id=made.id, reason="域名有误", at=now())

        with pytest.raises(pki.AlreadyDecided):
            pki.approve_certificate(actor=SECOND, enrolment_id=made.id, at=now())

    def test_a_server_s_certificate_names_its_hosts(self, site, openssl):
        made = ask("server", "data.jinan.example", "*.open.jinan.example")
        found = issued(pki.approve_certificate(actor=SECOND, enrolment_id=made.id, at=now()))

        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        assert names.get_values_for_type(x509.DNSName) == ["data.jinan.example", "*.open.jinan.example"]
        for host, fits in (("data.jinan.example", True), ("a.open.jinan.example", True), ("jinan.example", False)):
            check = ("verify", "-purpose", "sslserver", "-verify_hostname", host)
            assert (openssl(*check, *TO_ROOT, leaf=certificates.pem(found)).returncode == 0) is fits

    def test_an_rsa_key_that_encrypts_may_encipher_keys(self, site):
        key = rsa.generate_private_key(65537, 2048)
        made = ask("person-encryption", content=csr(key=key))
        found = issued(pki.approve_certificate(actor=SECOND, enrolment_id=made.id, at=now()))

        usage = found.extensions.get_extension_for_class(x509.KeyUsage).value
        assert (usage.key_encipherment, usage.digital_signature) == (True, False)

    @pytest.mark.parametrize(
        "content",
        [
            b"junk",
            b"-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n",
            csr("a.example", key=ec.generate_private_key(ec.SECP224R1())),
            csr("a.example", key=rsa.generate_private_key(3, 2048)),
            csr("a.example", key=rsa.generate_private_key(65537, 1024)),
            csr("not a name"),
            csr("10.0.0.1"),
            csr(),
        ],
        ids=["junk", "empty", "P-224", "exponent 3", "RSA 1024", "blank", "address", "no name"],
    )
    def test_what_cannot_become_a_certificate_is_refused(self, site, content):
        with pytest.raises(pki.UnfitRequest):
            ask("server", content=content)

    def test_a_request_with_a_broken_signature_is_refused(self, site):
        request = bytearray(x509.load_pem_x509_csr(csr("a.example")).public_bytes(serialization.Encoding.DER))
        request[-1] ^= 1

        with pytest.raises(pki.UnfitRequest):
            ask("server", content=bytes(request))

    def test_a_key_that_was_lost_never_gets_a_certificate_again(self, site):
        content = csr()
        made = ask("device", content=content)
        pki.revoke(actor=FIRST, serial=made.serial, reason="keyCompromise", at=now())

        with pytest.raises(pki.UnfitRequest):
            ask("device", content=content)

    def test_a_key_that_was_lost_while_its_request_waited_gets_none(self, site):
        content = csr("data.jinan.example")
        waiting = ask("server", content=content)
        made = ask("device", content=content)
        pki.revoke(actor=FIRST, serial=made.serial, reason="keyCompromise", at=now())

        with pytest.raises(pki.UnfitRequest):
            pki.approve_certificate(actor=SECOND, enrolment_id=waiting.id, at=now())

    def test_an_authority_bound_to_names_vouches_for_no_others(self, site, monkeypatch):
        monkeypatch.setattr(config, "settings", lambda: config.Config(names="jinan.example", passphrase="secret"))
        assert ask("server", "data.jinan.example").state == "waiting"

        for name in ("evil.example", "eviljinan.example", "*.example"):
            with pytest.raises(pki.UnfitRequest):
                ask("server", name)


class TestNames:
    @pytest.mark.parametrize("name", ["a.b", "*.a.b", "xn--fiq228c.cn", "a-b.c1"])
    def test_host_names(self, name):
        assert enrolling.is_dns_name(name)

    @pytest.mark.parametrize(
        "name", ["", "a", "a..b", "-a.b", "a-.b", "*.*.a", "a.*.b", "a b.c", "1.2.3.4", "é.fr", "A.B"]
    )
    def test_no_host_names(self, name):
        assert not enrolling.is_dns_name(name)


class TestRenewal:
    def test_a_kept_key_is_replaced_and_a_brought_one_stays(self, seal):
        device = ask("device")

        new_seal = pki.renew(actor=FIRST, serial=seal.holder.serial, at=now())
        new_device = pki.renew(actor=FIRST, serial=device.serial, at=now())

        assert pki.organisation_signer(seal.holder.organisation).holder.serial == new_seal.serial
        keys = Certificate.objects.values_list("key_digest", flat=True)
        assert keys.get(serial=new_seal.serial) != keys.get(serial=seal.holder.serial)
        assert keys.get(serial=new_device.serial) == keys.get(serial=device.serial)

    def test_happens_once_and_not_after_a_revocation(self, seal):
        pki.renew(actor=FIRST, serial=seal.holder.serial, at=now())
        with pytest.raises(pki.NotRenewable):
            pki.renew(actor=FIRST, serial=seal.holder.serial, at=now())

        device = ask("device")
        pki.revoke(actor=FIRST, serial=device.serial, reason="superseded", at=now())
        with pytest.raises(pki.NotRenewable):
            pki.renew(actor=FIRST, serial=device.serial, at=now())


class TestInventory:
    def test_the_radar_counts_what_nobody_replaced(self, seal):
        serials = [ask("device").serial for _ in range(3)]
        ends = {serials[0]: 5, serials[1]: 20, serials[2]: 20}
        for serial, days in ends.items():
            Certificate.objects.filter(serial=serial).update(not_after=now() + timedelta(days=days))
        pki.renew(actor=FIRST, serial=serials[2], at=now())

        assert inventory.radar(at=now()).within == ((7, 1), (30, 2), (90, 2))
        assert [row.serial for row in inventory.inventory(ending=30)] == serials[:2]

    @pytest.mark.parametrize(
        ("wish", "count"),
        [
            ({"profile": "device"}, 2),
            ({"search": "370100-spfw"}, 1),
            ({"state": "revoked"}, 1),
            ({"state": "expired"}, 0),
        ],
    )
    def test_filters(self, seal, wish, count):
        ask("device")
        pki.revoke(actor=FIRST, serial=ask("device").serial, reason="superseded", at=now())

        assert inventory.inventory(**wish).paginator.count == count


class TestPages:
    @pytest.fixture
    def show(self, rf):
        def show(view, actor=FIRST, data=None, **kwargs):
            request = rf.post("/", data) if data is not None else rf.get("/")
            request.actor, request.frame = actor, "look/workbench.html"
            reply = view.as_view()(request, **kwargs)
            return reply.render() if hasattr(reply, "render") else reply

        return show

    def test_a_request_is_made_and_approved_on_pages(self, site, show):
        data = {"profile": "server", "code": "370100-sjj", "name": "大数据局", "names": "a.jinan.example",
                "csr": SimpleUploadedFile("a.csr", csr())}  # fmt: skip

        assert show(pages.Enrol, data=data).status_code == 302
        (row,) = inventory.enrolments()
        own = show(pages.Enrolment, data={"decision": "approve"}, enrolment_id=row.pk)
        assert own.status_code == 200
        assert show(pages.Enrolment, SECOND, data={"decision": "refuse"}, enrolment_id=row.pk).status_code == 200
        assert show(pages.Enrolment, SECOND, data={"decision": "approve"}, enrolment_id=row.pk).status_code == 302

        row.refresh_from_db()
        assert row.certificate.names == ["a.jinan.example"]

    def test_every_page_opens(self, seal, show):
        made = ask("server", "a.jinan.example")
        serial = seal.holder.serial

        for view, kwargs in (
            (pages.Certificates, {}),
            (pages.Certificate, {"serial": serial}),
            (pages.Renew, {"serial": serial}),
            (pages.Revoke, {"serial": serial}),
            (pages.Enrolments, {}),
            (pages.Enrol, {}),
            (pages.Enrolment, {"enrolment_id": made.id}),
        ):
            assert show(view, SECOND, **kwargs).status_code == 200
        assert b"BEGIN CERTIFICATE" in show(pages.Download, serial=serial).content

    def test_who_may_not_is_refused(self, site, show):
        clerk = pmi.Actor(id="staff:9", name="办事员", kind="staff")

        for view in (pages.Certificates, pages.Enrolments, pages.Enrol):
            with pytest.raises(pmi.Forbidden):
                show(view, clerk)


class TestDelta:
    def test_names_what_was_revoked_on_top_of_a_valid_complete_list(self, seal, openssl):
        complete = x509.load_der_x509_crl(lists.complete())
        pki.revoke(actor=FIRST, serial=seal.holder.serial, reason="keyCompromise", at=now())

        delta = x509.load_der_x509_crl(queries.authority_crl("issuing-all-delta"))

        number = complete.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
        base = delta.extensions.get_extension_for_class(x509.DeltaCRLIndicator)
        assert base.critical
        assert base.value.crl_number <= number
        assert delta.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number > number
        assert delta.get_revoked_certificate_by_serial_number(seal.certificate.serial_number)
        assert delta.is_signature_valid(seal.chain[0].public_key())

    def test_openssl_finds_the_revocation_with_an_old_list_and_the_delta(self, seal, openssl):
        old = lists.complete()
        pki.revoke(actor=FIRST, serial=seal.holder.serial, reason="keyCompromise", at=now())
        for name, content in (("old.pem", old), ("delta.pem", lists.delta())):
            openssl.makes(name, "crl", "-inform", "DER", "-in", "crl", crl=content)
        check = ("verify", "-crl_check", "-CRLfile", "old.pem")

        assert openssl(*check, *TO_ROOT, leaf=certificates.pem(seal.certificate)).returncode == 0
        found = openssl(*check, "-extended_crl", "-use_deltas", "-CRLfile", "delta.pem", *TO_ROOT)
        assert "certificate revoked" in found.stderr
