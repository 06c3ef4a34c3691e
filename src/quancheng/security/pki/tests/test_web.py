"""Pages and services of the PKI."""

import hashlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from quancheng.security.pki import public as pki
from quancheng.security.pki.engine import timestamps
from quancheng.security.pki.models import Certificate
from quancheng.security.pki.tasks import anchor
from quancheng.security.pki.web import certificates as pages
from quancheng.security.pki.web import views
from quancheng.security.pmi import public as pmi
from quancheng.security.trail import public as trail

pytestmark = pytest.mark.django_db
GRANTS = (pmi.Grant("pki.certificate.read"), pmi.Grant("pki.certificate.revoke"))
ADMIN = pmi.Actor(id="staff:1", name="管理员", kind="staff", grants=GRANTS)


def answer(request, view, actor=pmi.ANONYMOUS, **kwargs):
    request.actor = actor
    return view.as_view()(request, **kwargs)


class TestFiles:
    def test_addresses_in_certificates_lead_to_crl_and_issuer(self, seal, client, rf):
        from cryptography import x509

        points = seal.certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
        address = points[0].full_name[0].value
        assert address.endswith("/pki/crl/issuing-all.crl")

        crl = x509.load_der_x509_crl(answer(rf.get("/"), views.Crl, name="issuing-all").content)
        issuer = x509.load_der_x509_certificate(answer(rf.get("/"), views.CaCertificate, name="issuing-all").content)

        assert crl.is_signature_valid(issuer.public_key())
        seal.certificate.verify_directly_issued_by(issuer)

    def test_unknown_names_are_refused(self, site, rf):
        with pytest.raises(Exception, match=r".") as refused:
            answer(rf.get("/"), views.Crl, name="other")

        assert refused.value.status == 404


class TestTimestampService:
    def test_answers_over_http_without_csrf(self, site, rf):
        digest = hashlib.sha256(b"content").digest()
        request = rf.post("/pki/tsa/", timestamps.request(digest), content_type=timestamps.REQUEST_TYPE)

        reply = answer(request, views.Timestamp)

        assert reply["Content-Type"] == timestamps.REPLY_TYPE
        assert pki.verify_timestamp(timestamps.token_of(reply.content), content=b"content")
        assert views.Timestamp.as_view().csrf_exempt

    def test_takes_nothing_else(self, site, rf):
        assert answer(rf.post("/pki/tsa/", b"x", content_type="text/plain"), views.Timestamp).status_code == 415
        large = rf.post("/pki/tsa/", b"x" * 20_000, content_type=timestamps.REQUEST_TYPE)
        assert answer(large, views.Timestamp).status_code == 413
        assert answer(rf.get("/pki/tsa/"), views.Timestamp).status_code == 405


class TestVerify:
    def test_says_that_junk_is_no_pdf(self, site, rf):
        request = rf.post("/pki/verify/", {"document": SimpleUploadedFile("a.pdf", b"junk")})

        verdict = answer(request, views.Verify).context_data["verdict"]

        assert not verdict.valid


class TestRevoke:
    def test_revokes_with_a_reason(self, seal, rf):
        serial = seal.holder.serial
        request = rf.post("/", {"reason": "superseded"})

        assert answer(request, pages.Revoke, ADMIN, serial=serial).status_code == 302
        assert Certificate.objects.get(serial=serial).revocation_reason == "superseded"

    def test_is_refused_without_the_privilege(self, seal, rf):
        clerk = pmi.Actor(id="staff:2", name="办事员", kind="staff")

        with pytest.raises(pmi.Forbidden):
            answer(rf.post("/", {"reason": "superseded"}), pages.Revoke, clerk, serial=seal.holder.serial)


class TestAnchor:
    def test_timestamps_the_trail_and_the_trail_s_verification_believes_it(self, seal, client):
        from django.utils import timezone

        trail.record(action="hall.submission.lodge", actor_id="citizen:1", actor_name="张三")
        trail.integrate(at=timezone.now())

        anchor()

        assert trail.checkpoint().timestamped
        report = trail.verify()
        assert (report.problems, report.timestamps) == ((), 1)

    def test_a_token_over_another_checkpoint_is_named(self, seal):
        from django.utils import timezone

        trail.record(action="hall.submission.lodge", actor_id="citizen:1", actor_name="张三")
        trail.integrate(at=timezone.now())
        size = trail.checkpoint().size
        trail.attach_timestamp(size=size, token=pki.timestamp(bytes(32)))

        assert [item.place for item in trail.verify().problems] == [f"checkpoint {size}, timestamp"]
