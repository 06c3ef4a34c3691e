"""A person's key for decryption: made with the certificate, laid down for officers, brought back by enough of them."""

import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12
from django.core.management import CommandError, call_command

from quancheng.security.pki import config
from quancheng.security.pki import public as pki
from quancheng.security.pki.actions import recovery
from quancheng.security.pki.engine import assembling, envelopes, keys, suites
from quancheng.security.pki.models import Certificate, Escrow, EscrowShare, Recovery, RecoveryApproval
from quancheng.security.pki.queries import recoveries
from quancheng.security.pmi import public as pmi
from quancheng.security.trail import public as trail

pytestmark = pytest.mark.django_db
PASSWORD = "a long password"
VERBS = (
    "enrolment.request", "enrolment.approve", "escrow.issue", "recovery.read", "recovery.request", "recovery.approve",
    "recovery.collect", "recovery.withdraw",
    "recovery-officer.offer", "recovery-officer.confirm", "recovery-officer.dismiss",
    "certificate.read", "certificate.renew",
)  # fmt: skip


def now():
    return datetime.now(UTC)


def person(number):
    grants = tuple(pmi.Grant(f"pki.{verb}") for verb in VERBS)
    return pmi.Actor(id=f"staff-{number}", name=f"官员{number}", kind="staff", grants=grants, proven_at=now())


ADMIN, SECOND, REQUESTER = person("admin"), person("second"), person("requester")
OFFICERS = [person(number) for number in (1, 2, 3)]


@pytest.fixture(params=suites.SUITES)
def suite(request, site, monkeypatch):
    """A site of each suite; three officers are on its board and two of them are needed."""
    found = config.Config(suite=request.param, passphrase="secret")
    monkeypatch.setattr(config, "settings", lambda: found)
    return suites.SUITES[request.param]


@pytest.fixture
def modern(site, monkeypatch):
    """A site of the suite modern."""
    found = config.Config(passphrase="secret")
    monkeypatch.setattr(config, "settings", lambda: found)
    return suites.MODERN


def enrolled(holder, profile, key):
    """A certificate over somebody's own key, which two officers agreed to."""
    csr = assembling.request(x509.CertificateSigningRequestBuilder(x509.Name([])), key)
    asked = pki.request_certificate(
        actor=ADMIN, profile=profile, code=holder.id, name=holder.name, at=now(),
        csr=csr.public_bytes(serialization.Encoding.PEM),
    )  # fmt: skip
    return pki.approve_certificate(actor=SECOND, enrolment_id=asked.id, at=now()).serial


def board(suite, officers=OFFICERS):
    """Put officers on the board, and return their private keys."""
    found = [keys.new(suite) for _officer in officers]
    for officer, key in zip(officers, found, strict=True):
        pki.offer_as_recovery_officer(actor=officer, serial=enrolled(officer, "person-encryption", key), at=now())
        (offered,) = [item for item in recoveries.officers(at=now()) if item.actor == officer.id]
        pki.confirm_recovery_officer(actor=ADMIN, officer_id=offered.id, at=now())
    return found


def pair(suite):
    """Somebody's double certificate: what was handed over, and the row of the one for encryption."""
    holder = person("holder")
    signature = enrolled(holder, "person-signature", keys.new(suite))
    made = pki.issue_encryption_certificate(actor=ADMIN, serial=signature, password=PASSWORD, at=now())
    return made, Certificate.objects.get(serial=made.serial)


def opened(recovery_id, officer, key):
    """The officer's share as the officer reads it."""
    return envelopes.opened(bytes(recoveries.share_of(recovery_id, officer.id).sealed), key).decode()


def agree(recovery_id, officer, key):
    share = opened(recovery_id, officer, key)
    pki.approve_recovery(actor=officer, recovery_id=recovery_id, share=share, at=now())


def unpacked(parcel, tmp_path):
    """The private key in a PKCS#12, by openssl."""
    (tmp_path / "p12").write_bytes(parcel)
    command = ["openssl", "pkcs12", "-in", "p12", "-nocerts", "-passin", f"pass:{PASSWORD}", "-passout", "pass:x"]
    printed = subprocess.run(command, cwd=tmp_path, capture_output=True, check=True).stdout
    return keys.open_file(printed[printed.index(b"-----BEGIN") :], b"x")


class TestPair:
    def test_its_key_fits_the_certificate_and_is_nowhere_else(self, suite, tmp_path, site):
        board(suite)

        made, row = pair(suite)

        certificate = x509.load_der_x509_certificate(bytes(row.der))
        key = unpacked(made.content, tmp_path)
        assert key.public == keys.of(certificate)
        assert row.profile == "person-encryption"
        assert not (site / "keys" / f"{row.serial}.key").exists()
        assert EscrowShare.objects.count() == 3

    def test_bears_the_name_of_the_certificate_for_signatures(self, modern):
        board(modern)

        _made, row = pair(modern)

        other = Certificate.objects.get(profile="person-signature")
        assert (row.subject_code, row.subject_name) == (other.subject_code, other.subject_name)

    def test_needs_a_whole_board(self, modern):
        board(modern, OFFICERS[:1])

        with pytest.raises(recovery.TooFewOfficers):
            pair(modern)
        assert not Escrow.objects.exists()

    def test_is_made_once(self, modern):
        board(modern)
        pair(modern)
        signature = Certificate.objects.get(profile="person-signature").serial

        with pytest.raises(recovery.PairExists):
            pki.issue_encryption_certificate(actor=ADMIN, serial=signature, password=PASSWORD, at=now())

    def test_follows_nothing_but_a_person_s_valid_certificate_for_signatures(self, modern):
        board(modern)
        pki.ensure_organisation_seal("370100", "局")

        for row in Certificate.objects.exclude(profile="person-signature"):
            with pytest.raises(recovery.UnfitCertificate):
                pki.issue_encryption_certificate(actor=ADMIN, serial=row.serial, password=PASSWORD, at=now())


class TestOfficers:
    def test_nobody_confirms_themselves(self, modern):
        key = keys.new(modern)
        serial = enrolled(OFFICERS[0], "person-encryption", key)
        pki.offer_as_recovery_officer(actor=OFFICERS[0], serial=serial, at=now())
        (offered,) = recoveries.officers(at=now())

        with pytest.raises(recovery.OwnOffer):
            pki.confirm_recovery_officer(actor=OFFICERS[0], officer_id=offered.id, at=now())
        assert recoveries.board(at=now()) == ()

    def test_nobody_offers_another_s_certificate_or_one_whose_key_is_laid_down(self, modern):
        board(modern)
        _made, row = pair(modern)

        for actor, serial in ((person("x"), Certificate.objects.first().serial), (person("holder"), row.serial)):
            with pytest.raises(recovery.UnfitCertificate):
                pki.offer_as_recovery_officer(actor=actor, serial=serial, at=now())

    def test_one_whose_certificate_ended_gets_no_more_shares(self, modern):
        board(modern)

        assert len(recoveries.board(at=now())) == 3
        assert recoveries.board(at=now() + timedelta(days=800)) == ()
        assert {item.state for item in recoveries.officers(at=now() + timedelta(days=800))} == {"unfit"}


class TestRecovery:
    def test_two_of_three_bring_the_key_back_and_the_shares_are_wiped(self, suite, tmp_path):
        own = board(suite)
        made, row = pair(suite)
        number = pki.request_recovery(actor=REQUESTER, serial=row.serial, reason="离任交接", at=now())

        agree(number, OFFICERS[0], own[0])
        with pytest.raises(recovery.NotEnoughShares):
            pki.collect_key(actor=REQUESTER, recovery_id=number, password=PASSWORD, at=now())
        agree(number, OFFICERS[2], own[2])
        back = pki.collect_key(actor=REQUESTER, recovery_id=number, password=PASSWORD, at=now())

        first, again = unpacked(made.content, tmp_path), unpacked(back.content, tmp_path)
        assert again.public == first.public == keys.of(x509.load_der_x509_certificate(bytes(row.der)))
        assert {bytes(item.share) for item in RecoveryApproval.objects.all()} == {b""}
        with pytest.raises(recovery.RecoveryOver):
            pki.collect_key(actor=REQUESTER, recovery_id=number, password=PASSWORD, at=now())

    def test_each_step_stands_in_the_trail_of_the_certificate(self, modern):
        own = board(modern)
        _made, row = pair(modern)
        number = pki.request_recovery(actor=REQUESTER, serial=row.serial, reason="x", at=now())
        for officer, key in zip(OFFICERS[:2], own[:2], strict=True):
            agree(number, officer, key)
        pki.collect_key(actor=REQUESTER, recovery_id=number, password=PASSWORD, at=now())

        found = [(item.action, item.actor_id) for item in trail.entries(subject=f"certificate:{row.serial}").items]

        steps = [("pki.recovery.request", REQUESTER.id), ("pki.recovery.collect", REQUESTER.id)]
        steps += [("pki.recovery.approve", officer.id) for officer in OFFICERS[:2]]
        assert set(steps) <= set(found)

    def test_a_share_is_its_officer_s_and_for_this_key(self, modern):
        own = board(modern)
        _made, row = pair(modern)
        number = pki.request_recovery(actor=REQUESTER, serial=row.serial, reason="x", at=now())
        theirs = opened(number, OFFICERS[1], own[1])

        for wrong in (theirs, "1-" + "0" * 32, "nonsense", ""):
            with pytest.raises(recovery.WrongShare):
                pki.approve_recovery(actor=OFFICERS[0], recovery_id=number, share=wrong, at=now())
        with pytest.raises(recovery.NoShare):
            pki.approve_recovery(actor=person("stranger"), recovery_id=number, share=theirs, at=now())
        with pytest.raises(envelopes.Unopened):
            opened(number, OFFICERS[1], own[0])

    def test_the_same_officer_counts_once(self, modern):
        own = board(modern)
        _made, row = pair(modern)
        number = pki.request_recovery(actor=REQUESTER, serial=row.serial, reason="x", at=now())
        agree(number, OFFICERS[0], own[0])

        with pytest.raises(recovery.AlreadyGiven):
            agree(number, OFFICERS[0], own[0])

    def test_who_asks_does_not_agree_and_who_agrees_does_not_collect(self, modern):
        own = board(modern)
        _made, row = pair(modern)
        number = pki.request_recovery(actor=OFFICERS[0], serial=row.serial, reason="x", at=now())

        with pytest.raises(recovery.OwnRecovery):
            agree(number, OFFICERS[0], own[0])
        for officer, key in zip(OFFICERS[1:], own[1:], strict=True):
            agree(number, officer, key)
        with pytest.raises(recovery.NotRequester):
            pki.collect_key(actor=OFFICERS[1], recovery_id=number, password=PASSWORD, at=now())

    def test_a_dismissed_officer_s_share_counts_no_more(self, modern):
        own = board(modern)
        _made, row = pair(modern)
        number = pki.request_recovery(actor=REQUESTER, serial=row.serial, reason="x", at=now())
        for officer, key in zip(OFFICERS[:2], own[:2], strict=True):
            agree(number, officer, key)

        first = recoveries.officers(at=now())[0]
        pki.dismiss_recovery_officer(actor=ADMIN, officer_id=first.id, at=now())

        with pytest.raises(recovery.NotEnoughShares):
            pki.collect_key(actor=REQUESTER, recovery_id=number, password=PASSWORD, at=now())

    def test_no_officer_goes_without_whom_a_key_would_be_lost(self, modern):
        board(modern)
        pair(modern)
        first, second, _third = recoveries.officers(at=now())
        pki.dismiss_recovery_officer(actor=ADMIN, officer_id=first.id, at=now())

        with pytest.raises(recovery.KeysWouldBeLost):
            pki.dismiss_recovery_officer(actor=ADMIN, officer_id=second.id, at=now())
        assert len(recoveries.board(at=now())) == 2

    def test_it_is_over_after_a_week_and_then_its_shares_are_wiped(self, modern):
        own = board(modern)
        _made, row = pair(modern)
        number = pki.request_recovery(actor=REQUESTER, serial=row.serial, reason="x", at=now())
        agree(number, OFFICERS[0], own[0])
        late = now() + timedelta(days=8)

        with pytest.raises(recovery.RecoveryOver):
            pki.collect_key(actor=REQUESTER, recovery_id=number, password=PASSWORD, at=late)
        assert recovery.wipe_expired(at=late) == 1
        assert recoveries.recovery(number, at=late).state == "expired"
        assert pki.request_recovery(actor=REQUESTER, serial=row.serial, reason="x", at=late) != number

    def test_a_key_that_its_holder_alone_has_cannot_be_asked_for(self, modern):
        serial = enrolled(person("y"), "person-encryption", keys.new(modern))

        with pytest.raises(recovery.UnfitCertificate):
            pki.request_recovery(actor=REQUESTER, serial=serial, reason="x", at=now())

    def test_a_renewed_certificate_s_key_comes_back_too(self, modern, tmp_path):
        own = board(modern)
        made, row = pair(modern)
        renewed = pki.renew(actor=ADMIN, serial=row.serial, at=now())
        number = pki.request_recovery(actor=REQUESTER, serial=renewed.serial, reason="x", at=now())
        for officer, key in zip(OFFICERS[:2], own[:2], strict=True):
            agree(number, officer, key)

        back = pki.collect_key(actor=REQUESTER, recovery_id=number, password=PASSWORD, at=now())

        _key, certificate, _others = pkcs12.load_key_and_certificates(back.content, PASSWORD.encode())
        assert certificate.serial_number == int(renewed.serial, 16)
        assert unpacked(back.content, tmp_path).public == unpacked(made.content, tmp_path).public

    def test_without_a_fresh_proof_nothing_is_handed_over(self, modern):
        board(modern)
        _made, row = pair(modern)
        stale = replace(REQUESTER, proven_at=None)
        number = pki.request_recovery(actor=stale, serial=row.serial, reason="x", at=now())

        with pytest.raises(pmi.StepUpNeeded):
            pki.collect_key(actor=stale, recovery_id=number, password=PASSWORD, at=now())


class TestOpenShare:
    def test_the_command_opens_a_share_with_its_officer_s_key_alone(self, suite, tmp_path, capsys):
        own = board(suite)
        _made, row = pair(suite)
        number = pki.request_recovery(actor=REQUESTER, serial=row.serial, reason="x", at=now())
        (tmp_path / "share.p7m").write_bytes(bytes(recoveries.share_of(number, OFFICERS[0].id).sealed))
        (tmp_path / "passphrase").write_text("p\n")
        for name, key in (("own", own[0]), ("other", own[1])):
            (tmp_path / name).write_bytes(key.to_pem(b"p"))
        more = ["--passphrase-file", str(tmp_path / "passphrase")]

        call_command("pki", "open-share", str(tmp_path / "share.p7m"), "--key", str(tmp_path / "own"), *more)

        assert capsys.readouterr().out.strip() == opened(number, OFFICERS[0], own[0])
        with pytest.raises(CommandError):
            call_command("pki", "open-share", str(tmp_path / "share.p7m"), "--key", str(tmp_path / "other"), *more)


class TestConstraint:
    def test_a_recovery_that_ended_says_when(self, modern):
        board(modern)
        _made, row = pair(modern)
        number = pki.request_recovery(actor=REQUESTER, serial=row.serial, reason="x", at=now())

        pki.withdraw_recovery(actor=REQUESTER, recovery_id=number, at=now())

        found = Recovery.objects.get(pk=number)
        assert found.ended_at is not None
        with pytest.raises(recovery.RecoveryOver):
            pki.withdraw_recovery(actor=REQUESTER, recovery_id=number, at=now())
