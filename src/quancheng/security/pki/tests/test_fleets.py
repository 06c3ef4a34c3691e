"""Certificates for many devices at once, and the revocation of many."""

import io
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from itertools import cycle, islice
from types import SimpleNamespace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from hypothesis import given, settings
from hypothesis import strategies as st

from quancheng.security.pki import public as pki
from quancheng.security.pki.actions import setup
from quancheng.security.pki.engine import assembling, bundles, certificates, keys
from quancheng.security.pki.models import Certificate, Fleet
from quancheng.security.pki.web import many
from quancheng.security.pmi import public as pmi
from quancheng.security.trail import public as trail

pytestmark = pytest.mark.django_db
OFFICER = pmi.service_actor("pki")
HOLDER = {"code": "370100-sjj", "name": "济南市大数据局"}
TO_ROOT = ("-CAfile", "roots.pem", "-untrusted", "chain.pem", "leaf")
DER, PEM = serialization.Encoding.DER, serialization.Encoding.PEM


def now():
    return datetime.now(UTC)


def csr(common="", encoding=PEM, key=None):
    parts = [x509.NameAttribute(x509.NameOID.COMMON_NAME, common)] if common else []
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(parts))
    return builder.sign(key or ec.generate_private_key(ec.SECP256R1()), hashes.SHA256()).public_bytes(encoding)


def bring(*requests, profile="device", at=None, **more):
    return pki.request_many(actor=OFFICER, profile=profile, requests=requests, at=at or now(), **(HOLDER | more))


def zipped(**files):
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in files.items():
            opened.writestr(name, content)
    return kept.getvalue()


def stored(serial):
    return x509.load_der_x509_certificate(bytes(Certificate.objects.get(serial=serial).der))


def part(name, oid):
    return name.get_attributes_for_oid(oid)[0].value


class TestFleet:
    def test_each_device_gets_a_certificate_that_openssl_verifies(self, site, openssl):
        made = bring(*(bundles.brought(f"{n}.csr", csr(f"camera-{n}")) for n in range(3)))

        assert (made.issued, made.refused) == (3, ())
        for _file, serial in Fleet.objects.get(slug=made.slug).answers:
            found = openssl("verify", "-x509_strict", *TO_ROOT, leaf=certificates.pem(stored(serial)))
            assert found.returncode == 0, found.stderr

    def test_a_device_is_called_by_its_request_else_by_its_file_and_belongs_to_the_organisation(self, site):
        made = bring(bundles.brought("a.csr", csr("camera-7")), bundles.brought("camera-8.csr", csr()))

        rows = Certificate.objects.filter(profile="device").order_by("id")
        assert [(row.subject_name, row.subject_code) for row in rows] == [
            ("camera-7", HOLDER["code"]), ("camera-8", HOLDER["code"]),
        ]  # fmt: skip
        subject = stored(Fleet.objects.get(slug=made.slug).answers[0][1]).subject
        assert part(subject, x509.NameOID.COMMON_NAME) == "camera-7"
        assert part(subject, x509.NameOID.ORGANIZATION_NAME) == HOLDER["name"]

    def test_what_cannot_be_granted_does_not_keep_back_the_others(self, site):
        key = ec.generate_private_key(ec.SECP256R1())
        broken = bytearray(csr("x", DER))
        broken[-1] ^= 1
        contents = {
            "good": csr("camera", key=key),
            "junk": b"junk",
            "forged": bytes(broken),
            "weak": csr(key=ec.generate_private_key(ec.SECP224R1())),
            "again": csr("camera", key=key),
            "large": b"x" * 70_000,
            "authority": b"",
        }

        made = bring(*(bundles.brought(name, content) for name, content in contents.items()))

        assert made.issued == 1
        why = dict(made.refused)
        assert set(why) == set(contents) - {"good"}
        assert "good" in why["again"]
        assert "签名" in why["forged"]
        assert len({why[name] for name in ("again", "forged", "weak", "large", "junk")}) == 5
        assert Fleet.objects.get().answers[1:] == [list(item) for item in made.refused]

    def test_the_same_file_brought_twice_issues_nothing_more(self, site):
        requests = [bundles.brought(f"{n}.csr", csr()) for n in range(3)]
        bring(*requests)

        again = bring(*requests)

        assert (again.issued, len(again.refused), Certificate.objects.filter(profile="device").count()) == (0, 3, 3)

    def test_a_key_that_was_lost_gets_no_certificate_and_a_revoked_one_gets_another(self, site):
        lost, gone = csr(), csr()
        made = bring(bundles.brought("lost", lost), bundles.brought("gone", gone))
        serials = dict(Fleet.objects.get(slug=made.slug).answers)
        for file, reason in (("lost", "keyCompromise"), ("gone", "superseded")):
            pki.revoke(actor=OFFICER, serial=serials[file], reason=reason, at=now())

        again = bring(bundles.brought("lost", lost), bundles.brought("gone", gone))

        assert [file for file, _why in again.refused] == ["lost"]

    @pytest.mark.parametrize("profile", ["server", "person-signature", "seal", "nothing"])
    def test_what_asks_for_a_second_officer_or_a_kept_key_is_not_issued_so(self, site, profile):
        with pytest.raises(pki.UnfitRequest):
            bring(bundles.brought("a", csr()), profile=profile)

    def test_the_trail_finds_each_certificate(self, site):
        made = bring(*(bundles.brought(str(n), csr()) for n in range(3)))

        for _file, serial in Fleet.objects.get(slug=made.slug).answers:
            (entry,) = trail.entries(subject=f"certificate:{serial}").items
            assert entry.action == "pki.certificate.issue"

    def test_who_may_not_is_refused_and_nothing_is_issued(self, site):
        clerk = pmi.Actor(id="staff:9", name="办事员", kind="staff", proven_at=now())

        with pytest.raises(pmi.Forbidden):
            pki.request_many(actor=clerk, profile="device", requests=[bundles.brought("a", csr())], at=now(), **HOLDER)
        assert not Certificate.objects.filter(profile="device").exists()

    def test_a_renewed_certificate_still_names_device_and_organisation(self, site):
        made = bring(bundles.brought("a.csr", csr("camera-7")))
        ((_file, serial),) = Fleet.objects.get(slug=made.slug).answers

        renewed = pki.renew(actor=OFFICER, serial=serial, at=now())

        assert stored(renewed.serial).subject == stored(serial).subject


class TestRegister:
    def test_a_row_is_the_same_in_memory_as_in_the_database(self, site):
        made = bring(bundles.brought("a.csr", csr("camera-7")))
        ((_file, serial),) = Fleet.objects.get(slug=made.slug).answers
        first = Certificate.objects.get(serial=serial)
        public, at = keys.of(stored(serial)), now()

        row = setup.certify(
            certificates.SERVER, public, code="1", name="局", at=at, names=("a.example", "b.example"), replaces=first
        )

        kept = Certificate.objects.get(pk=row.pk)
        for field in Certificate._meta.concrete_fields:
            assert getattr(row, field.attname) == getattr(kept, field.attname), field.attname
        row.full_clean()
        found = x509.load_der_x509_certificate(kept.der)
        assert (kept.not_before, kept.not_after) == (found.not_valid_before_utc, found.not_valid_after_utc)


class TestBundles:
    def test_a_zip_a_pem_file_and_a_single_request_are_taken(self):
        one, two = csr("one"), csr("two", DER)

        found = bundles.unpack(
            zipped(**{"a/one.csr": one, "two.der": two, "__MACOSX/x": b"x", ".hidden": b"x"}), file="z"
        )

        assert found == (bundles.Brought("one.csr", one), bundles.Brought("two.der", two))
        assert [item.file for item in bundles.unpack(one + b"\n" + csr("three"), file="all.pem")] == [
            "all.pem 1", "all.pem 2",
        ]  # fmt: skip
        assert bundles.unpack(two, file="two.der") == (bundles.Brought("two.der", two),)

    def test_a_damaged_entry_is_brought_as_nothing(self):
        content = zipped(a=csr("one"), b=bytes(1000))
        at = content.index(b"PK\x01\x02")
        broken = content[: at - 8] + bytes(8) + content[at:]

        assert [len(item.csr) > 0 for item in bundles.unpack(broken, file="z")] == [True, False]

    def test_a_bomb_is_not_unpacked(self):
        (found,) = bundles.unpack(zipped(a=bytes(15_000_000)), file="z")

        assert len(found.csr) < 70_000

    @pytest.mark.parametrize("content", [b"", b"PK\x03\x04 and nothing", zipped(), b"x" * (bundles.LARGEST + 1)])
    def test_what_holds_no_requests_is_refused(self, content):
        with pytest.raises(bundles.NoBundle):
            bundles.unpack(content, file="x")

    def test_too_many_are_refused(self, monkeypatch):
        monkeypatch.setattr(bundles, "MOST", 3)

        with pytest.raises(bundles.NoBundle):
            bundles.unpack(zipped(**{str(n): b"x" for n in range(4)}), file="z")

    @settings(max_examples=300, deadline=None)
    @given(content=st.binary(max_size=400), at=st.integers(0, 300), start=st.sampled_from([b"", b"PK\x03\x04"]))
    def test_whatever_comes_is_taken_or_refused(self, content, at, start):
        whole = zipped(a=b"request")
        for damaged in (start + content, whole[:at] + content + whole[at:]):
            try:
                found = bundles.unpack(damaged, file="a\x00b")
            except bundles.NoBundle:
                continue
            assert all(item.file.isprintable() for item in found)


class TestCommand:
    def test_a_folder_of_requests_becomes_a_zip_of_certificates(self, site, tmp_path, capsys):
        folder, out = tmp_path / "in", tmp_path / "out.zip"
        folder.mkdir()
        (folder / "camera-1.csr").write_bytes(csr())
        (folder / "camera-2.csr").write_bytes(b"junk")

        call_command("pki", "enrol", HOLDER["code"], HOLDER["name"], "--requests", str(folder), "--out", str(out))

        printed = capsys.readouterr().out
        assert "1 of 2" in printed
        assert "camera-2.csr: 申请文件无法读取" in printed
        with zipfile.ZipFile(out) as opened:
            assert sorted(opened.namelist()) == ["camera-1.pem", "issuing.pem"]
            leaf, issuer = (x509.load_pem_x509_certificate(opened.read(name)) for name in sorted(opened.namelist()))
        leaf.verify_directly_issued_by(issuer)

    def test_an_empty_folder_is_refused_in_words(self, site, tmp_path):
        with pytest.raises(CommandError, match="没有证书申请"):
            call_command("pki", "enrol", "1", "n", "--requests", str(tmp_path))


@pytest.fixture
def show(rf, site):
    """Returns a function that opens a page, or sends its form."""
    actor = pmi.Actor(
        id="staff:1", name="管理员", kind="staff", proven_at=now(),
        grants=tuple(pmi.Grant(f"pki.{name}") for name in (
            "enrolment.read", "enrolment.request-many", "certificate.read", "certificate.revoke-many",
        )),
    )  # fmt: skip

    def show(view, data=None, *, who=actor, **kwargs):
        request = rf.post("/", data) if data is not None else rf.get("/")
        request.actor, request.frame, request.session = who, "look/workbench.html", SimpleNamespace()
        reply = view.as_view()(request, **kwargs)
        return reply.render() if hasattr(reply, "render") else reply

    return show


class TestPages:
    def test_a_zip_is_brought_and_the_page_says_what_became_of_each(self, show):
        file = SimpleUploadedFile("all.zip", zipped(**{"camera-1.csr": csr(), "camera-2.csr": b"junk"}))

        sent = show(many.EnrolMany, {"profile": "device", "file": file} | HOLDER)

        slug = Fleet.objects.get().slug
        assert sent.url.endswith(f"/{slug}/")
        page = show(many.Fleet, fleet_slug=slug).content.decode()
        assert "camera-1.csr" in page
        assert "camera-2.csr" in page
        assert Certificate.objects.get(profile="device").serial in page
        archive = zipfile.ZipFile(io.BytesIO(show(many.FleetArchive, fleet_slug=slug).content))
        assert "camera-1.pem" in archive.namelist()

    def test_a_file_without_requests_is_refused_in_words(self, show):
        page = show(many.EnrolMany, {"profile": "device", "file": SimpleUploadedFile("x.zip", b"PK\x03\x04")} | HOLDER)

        assert page.status_code == 200
        assert "ZIP 文件已损坏" in page.content.decode()

    def test_a_revocation_of_many_is_shown_first_and_carried_out_as_shown(self, show):
        bring(*(bundles.brought(str(n), csr()) for n in range(3)))
        serials = list(Certificate.objects.filter(profile="device").values_list("serial", flat=True))
        pki.revoke(actor=OFFICER, serial=serials[2], reason="superseded", at=now())
        wish = {"serials": "\n".join([*serials, "0a0b"]).lower(), "reason": "keyCompromise"}

        shown = show(many.RevokeMany, wish)
        seen = shown.context_data["seen"]

        found = shown.context_data["found"]
        assert ([row.serial for row in found.valid], found.before, found.unknown) == (
            serials[:2], (serials[2],), ("0A0B",),
        )  # fmt: skip
        assert Certificate.objects.filter(revoked_at__isnull=False).count() == 1
        assert show(many.RevokeMany, wish | {"seen": seen, "carry-out": "1"}).status_code == 302
        assert Certificate.objects.filter(revoked_at__isnull=False, revocation_reason="keyCompromise").count() == 2

    def test_what_has_changed_since_it_was_shown_is_shown_again(self, show):
        bring(*(bundles.brought(str(n), csr()) for n in range(2)))
        first, second = Certificate.objects.filter(profile="device").values_list("serial", flat=True)
        wish = {"serials": f"{first} {second}", "reason": "keyCompromise"}
        seen = show(many.RevokeMany, wish).context_data["seen"]
        pki.revoke(actor=OFFICER, serial=first, reason="superseded", at=now())

        again = show(many.RevokeMany, wish | {"seen": seen, "carry-out": "1"})

        assert again.context_data["changed"]
        assert Certificate.objects.get(serial=second).revoked_at is None

    @pytest.mark.parametrize("serials", ["", "xyz", "0", "A" * 49, "\x00", "1 2é"])
    def test_what_is_no_serial_number_is_refused(self, show, serials):
        page = show(many.RevokeMany, {"serials": serials, "reason": "superseded"})

        assert page.context_data["form"].errors

    @pytest.mark.parametrize("view", [many.EnrolMany, many.RevokeMany])
    def test_both_ask_for_a_fresh_proof_of_identity(self, show, view):
        stale = pmi.Actor(
            id="staff:1", name="x", kind="staff", grants=(pmi.Grant(view.action),),
        )  # fmt: skip

        with pytest.raises(pmi.StepUpNeeded):
            show(view, who=stale)


class TestProofs:
    """Whether each request is signed by its own key, tested for many at once."""

    @pytest.fixture(scope="class")
    def proofs(self):
        signed = [x509.load_der_x509_csr(csr(f"camera-{n}", DER)) for n in range(8)]
        other = x509.load_der_x509_csr(csr("camera", DER, ec.generate_private_key(ec.SECP384R1())))
        return [assembling.request_proof(item) for item in (*signed, other)]

    @pytest.mark.parametrize("many", [1, 3, 2 * assembling.WORTH_A_THREAD, 5 * assembling.WORTH_A_THREAD + 1])
    def test_is_answered_as_for_each_alone(self, proofs, many, monkeypatch):
        monkeypatch.setattr(assembling.os, "cpu_count", lambda: 3)
        damaged = (
            replace(proofs[0], signature=b""), replace(proofs[1], signature=proofs[2].signature),
            replace(proofs[3], content=b"other"), replace(proofs[4], signature=b"\x30" + bytes(70)),
        )  # fmt: skip
        asked = list(islice(cycle((*proofs, *damaged)), many))

        assert assembling.hold(asked) == [proof.holds() for proof in asked]
        assert [proof.holds() for proof in (*proofs, *damaged)] == [True] * 9 + [False] * 4

    def test_is_answered_without_the_library_too(self, proofs, monkeypatch):
        monkeypatch.setattr(assembling.libcrypto, "present", lambda: False)
        asked = list(islice(cycle(proofs), 3 * assembling.WORTH_A_THREAD))

        assert all(assembling.hold(asked))
