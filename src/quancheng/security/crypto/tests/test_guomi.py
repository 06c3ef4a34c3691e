"""The services in a city that signs with SM2 and SM3."""

import base64
import hashlib

import pytest

from quancheng.security.crypto.models import EncryptionKey
from quancheng.security.crypto.tests.conftest import CODE, EVERYTHING, System, pdf
from quancheng.security.pki import config
from quancheng.security.pki import public as pki

pytestmark = pytest.mark.django_db
TEXT = "关于印发工作方案的通知".encode()


@pytest.fixture
def national(monkeypatch):
    """What a ceremony in the suite guomi leaves behind."""
    found = config.Config(suite="guomi", passphrase="secret")
    monkeypatch.setattr(config, "settings", lambda: found)


@pytest.fixture
def system(national, site):
    return System(EVERYTHING)


def raw(text):
    return base64.b64decode(text)


def test_what_is_signed_in_each_form_is_verified_and_nothing_else(system):
    assert pki.suite() == "guomi"
    for form in ("cms", "jws"):
        made = system.does("sign", content=TEXT, form=form)

        good = system.does("verify", signature=raw(made.signature), content=TEXT, form=form)
        bad = system.does("verify", signature=raw(made.signature), content=b"other", form=form)

        assert (good.valid, good.organisation, good.problems) == (True, CODE, [])
        assert not bad.valid


def test_a_pdf_is_sealed_and_its_seal_judged(system):
    made = system.does("sign", content=pdf("one page"), form="pades", reason="印发")

    verdict = system.does("verify", signature=raw(made.signature), form="pades")

    assert (verdict.valid, verdict.organisation, verdict.problems) == (True, CODE, [])
    assert verdict.at


def test_a_batch_has_a_proof_for_each_document(system):
    digests = [hashlib.sha256(bytes([number])).hexdigest() for number in range(3)]
    made = system.does("batch", digests=digests)

    for digest, proof in zip(digests, made.proofs, strict=True):
        good = system.does("verify", signature=raw(proof), form="batch", digest=digest)
        assert (good.valid, good.organisation) == (True, CODE)
    assert not system.does("verify", signature=raw(made.proofs[0]), form="batch", digest=digests[1]).valid


def test_a_message_to_an_organisation_is_opened_by_it(system):
    made = system.does("encrypt", content=TEXT, recipient=CODE)

    assert raw(system.does("decrypt", message=raw(made.message)).content) == TEXT
    (certificate,) = pki.issued(search=EncryptionKey.objects.get().serial)
    assert certificate.profile == "recipient"


def test_digests_and_timestamps_are_made_with_sm3(system):
    digest = hashlib.new("sm3", TEXT).hexdigest()
    assert system.does("hash", content=TEXT, algorithm="sm3").digest == digest

    for wish in ({"content": TEXT}, {"digest": digest}):
        made = system.does("timestamp", algorithm="sm3", **wish)
        good = system.does("verify", signature=raw(made.token), form="timestamp", content=TEXT)
        bad = system.does("verify", signature=raw(made.token), form="timestamp", content=b"other")
        assert (good.valid, good.at, bad.valid) == (True, made.at, False)
