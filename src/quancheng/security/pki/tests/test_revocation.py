"""Revocations: one or ten thousand, and what the other zone hears of them."""

import io
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cryptography import x509
from django.core.management import call_command

from quancheng.kernel import events
from quancheng.kernel import zone as zones
from quancheng.security.pki import public as pki
from quancheng.security.pki import queries
from quancheng.security.pki.actions import neighbours, setup
from quancheng.security.pki.engine import certificates, keys, suites
from quancheng.security.pki.models import Certificate, ForeignRevocation
from quancheng.security.pki.subscriptions import remember
from quancheng.security.pki.tests.test_ceremony import at_zone, held  # noqa: F401 - fixtures
from quancheng.security.pmi import public as pmi

pytestmark = pytest.mark.django_db
OFFICER = pmi.Actor(
    id="staff:1", name="管理员", kind="staff", proven_at=datetime.now(UTC),
    grants=(pmi.Grant("pki.certificate.revoke"), pmi.Grant("pki.certificate.revoke-many")),
)  # fmt: skip


class Outbox:
    """A transport that keeps what is announced."""

    def __init__(self):
        self.messages = []

    def publish(self, message):
        self.messages.append(message)


@pytest.fixture
def outbox(monkeypatch):
    """What is announced, instead of being told."""
    kept = Outbox()
    monkeypatch.setattr(events, "_transport", kept)
    return kept


@pytest.fixture
def devices(site):
    """The serial numbers of some devices' certificates."""
    public = keys.new(suites.MODERN).public
    rows = [
        setup.certify(certificates.DEVICE, public, code=f"d{number}", name="摄像头", at=datetime.now(UTC))
        for number in range(7)
    ]
    return [row.serial for row in rows]


class TestMany:
    def test_all_are_on_the_list_at_once(self, devices, outbox):
        done = pki.revoke_many(
            actor=OFFICER, serials=(*devices[:5], devices[0], "00"), reason="keyCompromise", at=datetime.now(UTC)
        )

        listed = x509.load_der_x509_crl(queries.authority_crl("issuing-all"))
        assert done == 5
        assert {f"{item.serial_number:X}".zfill(40) for item in listed} == {item.zfill(40) for item in devices[:5]}
        assert Certificate.objects.filter(revoked_at__isnull=True, profile="device").count() == 2

    def test_the_other_zone_is_told_in_messages_of_a_bearable_size(self, devices, outbox, monkeypatch):
        monkeypatch.setattr("quancheng.security.pki.actions.withdrawing.BATCH", 2)

        pki.revoke_many(actor=OFFICER, serials=tuple(devices), reason="superseded", at=datetime.now(UTC))

        told = [message.data["serials"] for message in outbox.messages]
        assert [len(some) for some in told] == [2, 2, 2, 1]
        assert {serial for some in told for serial in some} == set(devices)

    def test_without_a_fresh_proof_nothing_happens(self, devices):
        stale = replace(OFFICER, proven_at=None)

        with pytest.raises(pmi.StepUpNeeded):
            pki.revoke_many(actor=stale, serials=tuple(devices), reason="superseded", at=datetime.now(UTC))
        assert not Certificate.objects.filter(revoked_at__isnull=False).exists()

    def test_the_command_takes_a_file(self, devices, outbox, tmp_path):
        (tmp_path / "list").write_text("\n".join(devices))
        printed = io.StringIO()

        call_command("pki", "revoke", "--serials", str(tmp_path / "list"), "--reason", "superseded", stdout=printed)

        assert printed.getvalue().strip() == "7 of 7 certificates revoked"


class TestOtherZone:
    def test_what_one_zone_revokes_the_other_believes_no_more(self, held, at_zone, outbox):  # noqa: F811
        with at_zone("intranet"):
            call_command("pki", "install", "--ceremony", str(held), stdout=io.StringIO())
            pki.ensure_organisation_seal("370100-spfw", "局")
            made = pki.sign_jws(b"x", organisation="370100-spfw")
            serial = pki.organisation_signer("370100-spfw").holder.serial
            pki.revoke(actor=OFFICER, serial=serial, reason="keyCompromise", at=datetime.now(UTC))
        (message,) = outbox.messages
        with at_zone("extranet"):
            call_command("pki", "install", "--ceremony", str(held), stdout=io.StringIO())
            assert pki.verify_jws(b"x", made).organisation == "370100-spfw"

            for _again in range(2):
                remember(replace(message, zone="intranet"))

            assert ForeignRevocation.objects.count() == 1
            with pytest.raises(pki.BadSignature):
                pki.verify_jws(b"x", made)

    def test_a_zone_speaks_for_its_own_authority_alone(self, held, at_zone):  # noqa: F811
        with at_zone("extranet"):
            call_command("pki", "install", "--ceremony", str(held), stdout=io.StringIO())
            mine = certificates.serial_text(queries._site().issuing.certificate)
            wish = {"serials": ("AA",), "revoked_at": datetime.now(UTC), "reason": "superseded"}

            assert neighbours.remember(zone="intranet", authority=mine, **wish) == 0
            assert neighbours.remember(zone=zones.current(), authority=mine, **wish) == 0
            assert neighbours.remember(zone="nowhere", authority="AA", **wish) == 0
        assert not ForeignRevocation.objects.exists()
