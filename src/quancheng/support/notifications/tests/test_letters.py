"""Telling people things, and getting letters out of the house whatever happens."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction

from quancheng.security.identity import public as identity
from quancheng.support.notifications import actions, rules
from quancheng.support.notifications import public as notifications
from quancheng.support.notifications.adapters import FileGateway, Never, NotNow, SmtpGateway
from quancheng.support.notifications.models import Letter, Message

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


@pytest.fixture
def gateway(tmp_path):
    return FileGateway(tmp_path)


def person(email="mei@example.com", username="mei"):
    return identity.ensure_account(username=username, name="王小美", kind="citizen", email=email)


def tell(to, **changes):
    wish = {"kind": "hall.progress", "subject": "已受理", "text": "您的申请已受理。", "at": NOW, **changes}
    return notifications.notify(to=to, **wish)


def letters(folder):
    return [message_from_bytes(file.read_bytes(), policy=default) for file in sorted(folder.glob("*.eml"))]


class TestNotify:
    def test_puts_a_message_into_the_inbox_and_a_letter_on_the_pile(self):
        account = person()

        tell(f"account:{account}", url="/hall/1/")

        assert Message.objects.get().account_id == account
        assert (Letter.objects.get().to, Letter.objects.get().state) == ("mei@example.com", "created")

    @pytest.mark.parametrize(("address", "wanted"), [("", True), ("mei@example.com", False)])
    def test_writes_no_letter_without_an_address_or_a_wish(self, address, wanted):
        tell(person(address), email=wanted)

        assert not Letter.objects.exists()

    def test_with_a_key_tells_a_thing_once(self):
        account = person()

        assert tell(account, key="progress-1") == tell(account, key="progress-1")

        assert Message.objects.count() == Letter.objects.count() == 1

    def test_refuses_somebody_who_is_not_here(self):
        with pytest.raises(identity.UnknownAccount):
            tell("account:00000000-0000-0000-0000-000000000000")

    def test_is_forgotten_when_the_caller_rolls_back(self):
        account = person()

        with pytest.raises(ZeroDivisionError), transaction.atomic():
            tell(account)
            raise ZeroDivisionError

        assert not Message.objects.exists()

    def test_lets_no_subject_break_the_header(self, gateway):
        tell(person(), subject="已受理\r\nBcc: everybody@example.com")

        notifications.send_due_letters(gateway=gateway, now=NOW)

        (letter,) = letters(gateway.folder)
        assert letter["Bcc"] is None


class TestSending:
    def test_delivers_once(self, gateway):
        tell(person())

        assert notifications.send_due_letters(gateway=gateway, now=NOW) == 1
        assert notifications.send_due_letters(gateway=gateway, now=NOW) == 0

        (letter,) = letters(gateway.folder)
        assert (letter["To"], letter["Subject"]) == ("mei@example.com", "已受理")
        assert "您的申请已受理。" in letter.get_content()
        assert Letter.objects.get().state == "delivered"

    def test_waits_before_it_tries_again(self, gateway):
        tell(person("mei@busy.invalid"))

        notifications.send_due_letters(gateway=gateway, now=NOW)

        assert Letter.objects.get().state == "temporary-failure"
        assert notifications.send_due_letters(gateway=gateway, now=NOW + timedelta(seconds=59)) == 0
        assert notifications.send_due_letters(gateway=gateway, now=NOW + timedelta(seconds=60)) == 1

    def test_gives_up_after_the_last_try_and_says_why(self, gateway, monkeypatch):
        monkeypatch.setattr(actions, "config", replace(actions.config, attempts=2))
        tell(person("mei@busy.invalid"))

        for hours in (0, 1, 2):
            notifications.send_due_letters(gateway=gateway, now=NOW + timedelta(hours=hours))

        letter = Letter.objects.get()
        assert (letter.state, letter.attempts) == ("permanent-failure", 2)
        assert letter.why

    def test_gives_up_at_once_when_there_is_no_such_mailbox(self, gateway):
        tell(person("mei@refused.invalid"))

        notifications.send_due_letters(gateway=gateway, now=NOW)

        assert Letter.objects.get().state == "permanent-failure"

    def test_one_bad_address_does_not_hold_up_the_others(self, gateway):
        tell(person("mei@refused.invalid"))
        tell(person("li@example.com", "li"))

        notifications.send_due_letters(gateway=gateway, now=NOW)

        assert [letter["To"] for letter in letters(gateway.folder)] == ["li@example.com"]

    def test_a_worker_that_dies_while_sending_leaves_the_letter_to_the_next(self, gateway):
        class Killed(BaseException):
            pass

        class DiesAfterSending(FileGateway):
            def send(self, **letter):
                super().send(**letter)
                raise Killed

        tell(person())
        with pytest.raises(Killed):
            notifications.send_due_letters(gateway=DiesAfterSending(gateway.folder), now=NOW)
        assert Letter.objects.get().state == "sending"

        assert notifications.send_due_letters(gateway=gateway, now=NOW + rules.LEASE) == 0
        assert notifications.send_due_letters(gateway=gateway, now=NOW + rules.LEASE + timedelta(seconds=1)) == 1

        assert Letter.objects.get().state == "delivered"
        assert len(letters(gateway.folder)) == 1, "the same Message-ID, so one letter in the box"

    def test_a_worker_that_wakes_up_late_does_not_undo_what_the_next_one_did(self, gateway):
        class SlowAndBusy(FileGateway):
            def send(self, **letter):
                later = NOW + rules.LEASE + timedelta(seconds=1)
                notifications.send_due_letters(gateway=FileGateway(self.folder), now=later)
                raise NotNow

        tell(person())

        notifications.send_due_letters(gateway=SlowAndBusy(gateway.folder), now=NOW)

        assert Letter.objects.get().state == "delivered"

    def test_takes_no_more_than_it_is_allowed_to(self, gateway):
        for number in range(3):
            tell(person(f"p{number}@example.com", f"p{number}"))

        assert notifications.send_due_letters(gateway=gateway, now=NOW, limit=2) == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("database_of_many")
def test_two_workers_at_once_send_each_letter_once(tmp_path):
    sent = []

    class Counting(FileGateway):
        def send(self, **letter):
            sent.append(letter["message_id"])

    def work():
        while notifications.send_due_letters(gateway=Counting(tmp_path), now=NOW, limit=3):
            pass
        connection.close()

    for number in range(10):
        tell(person(f"p{number}@example.com", f"p{number}"))
    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert len(sent) == len(set(sent)) == 10


class TestGateways:
    @pytest.fixture(params=["smtp", "file"])
    def sent(self, request, tmp_path):
        """Send one letter through each gateway and return what arrived."""
        letter = {"to": "mei@example.com", "subject": "已\n受理", "text": "您好", "message_id": "<1@quancheng.example>"}
        if request.param == "file":
            FileGateway(tmp_path).send(**letter)
            return letters(tmp_path)[0]
        SmtpGateway().send(**letter)
        return message_from_bytes(mail.outbox[0].message().as_bytes(), policy=default)

    def test_keep_the_message_id_and_the_text(self, sent):
        assert sent["Message-ID"] == "<1@quancheng.example>"
        assert sent["Subject"] == "已 受理"
        assert sent.get_content().strip() == "您好"

    @pytest.mark.parametrize(
        ("error", "expected"),
        [
            ("SMTPRecipientsRefused({'a@b.cn': (550, b'no such mailbox')})", Never),
            ("SMTPRecipientsRefused({'a@b.cn': (450, b'busy')})", NotNow),
            ("SMTPDataError(554, b'spam')", Never),
            ("SMTPConnectError(421, b'later')", NotNow),
            ("SMTPServerDisconnected('gone')", NotNow),
        ],
    )
    def test_smtp_replies_become_never_or_not_now(self, settings, monkeypatch, error, expected):
        import smtplib

        from django.core.mail.backends.locmem import EmailBackend

        failure = eval(f"smtplib.{error}", {"smtplib": smtplib})

        def refuse(_self, _messages):
            raise failure

        monkeypatch.setattr(EmailBackend, "send_messages", refuse)

        with pytest.raises(expected):
            SmtpGateway().send(to="a@b.cn", subject="x", text="x", message_id="<1@x>")


def test_a_delivered_letter_always_says_when():
    message = tell(person())

    with pytest.raises(IntegrityError), transaction.atomic():
        Letter.objects.filter(message_id=message).update(state="delivered")
