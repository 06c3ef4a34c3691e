"""Getting messages out of the house whatever happens, once each."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from quancheng.security.identity import public as identity
from quancheng.security.identity.tests.factories import staff
from quancheng.security.pmi import public as pmi
from quancheng.support.notifications import actions, rules
from quancheng.support.notifications import public as notifications
from quancheng.support.notifications.actions import receipts, sending
from quancheng.support.notifications.adapters import Down, Never, NotNow
from quancheng.support.notifications.models import Delivery, DeliveryEvent, GatewayState, Wishes
from quancheng.support.notifications.tests.factories import MORNING, NIGHT, NOON, Remembering, tell

pytestmark = pytest.mark.django_db
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


def send(gateway, now=NOON, channel="email", **more):
    return notifications.send_due(channel=channel, gateway=gateway, now=now, **more)


def line():
    return Delivery.objects.get()


class TestSending:
    def test_hands_over_once(self, mei):
        gateway = Remembering()
        tell(mei)

        assert (send(gateway), send(gateway)) == (1, 0)

        (letter,) = gateway.sent
        assert (letter.to, letter.subject) == ("mei@example.com", "已受理")
        assert (line().state, line().sent_at, str(line().pk)) == ("sent", NOON, letter.id)

    def test_waits_before_it_tries_again_under_the_same_id(self, mei):
        gateway = Remembering(NotNow, "sent")
        tell(mei)

        assert send(gateway) == 1
        assert line().state == "temporary-failure"
        assert send(gateway, NOON + 59 * SECOND) == 0
        assert send(gateway, NOON + 60 * SECOND) == 1

        assert len({message.id for message in gateway.sent}) == 1
        assert [event.state for event in DeliveryEvent.objects.all()] == ["temporary-failure", "sent"]

    def test_gives_up_after_the_last_try_and_says_why(self, mei, set_up):
        set_up(attempts=2)
        tell(mei)

        for hours in (0, 1, 2):
            send(Remembering(NotNow("mailbox full")), NOON + hours * HOUR)

        assert (line().state, line().attempts, line().due_at) == ("temporary-failure", 2, None)
        assert line().why == "mailbox full"

    def test_calls_it_our_fault_when_the_gateway_was_down_to_the_end(self, mei, set_up):
        set_up(attempts=1)
        tell(mei)

        send(Remembering(Down("no route")))

        assert line().state == "technical-failure"

    def test_gives_up_at_once_when_there_is_no_such_mailbox(self, mei):
        tell(mei)

        send(Remembering(Never))

        assert (line().state, line().attempts) == ("permanent-failure", 1)

    def test_one_bad_address_does_not_hold_up_the_others(self, mei):
        gateway = Remembering(Never, "sent")
        tell(mei)
        tell(mei)

        assert send(gateway) == 2

        assert sorted(Delivery.objects.values_list("state", flat=True)) == ["permanent-failure", "sent"]

    def test_a_worker_that_dies_after_sending_leaves_it_to_the_next_under_the_same_id(self, mei):
        class Killed(BaseException):
            pass

        dying, next_one = Remembering(Killed), Remembering()
        tell(mei)
        with pytest.raises(Killed):
            send(dying)
        assert line().state == "sending"

        assert send(next_one, NOON + rules.LEASE) == 0
        assert send(next_one, NOON + rules.LEASE + SECOND) == 1

        assert line().state == "sent"
        assert dying.sent == next_one.sent, "the gateway knows it by its id, so the person gets it once"

    def test_what_workers_died_over_at_every_try_has_failed_and_its_history_says_so(self, mei, set_up):
        class Killed(BaseException):
            pass

        set_up(attempts=1)
        tell(mei)
        with pytest.raises(Killed):
            send(Remembering(Killed))

        assert send(Remembering(), NOON + rules.LEASE + SECOND) == 0

        assert line().state == "technical-failure"
        assert [(event.state, event.attempt) for event in DeliveryEvent.objects.all()] == [("technical-failure", 1)]

    def test_a_worker_that_wakes_up_late_does_not_undo_what_the_next_one_did(self, mei):
        class SlowAndBusy:
            def send(self, _message):
                send(Remembering(), NOON + rules.LEASE + SECOND)
                raise NotNow

        tell(mei)

        send(SlowAndBusy())

        assert line().state == "sent"

    def test_a_receipt_that_overtakes_the_worker_is_not_lost(self, mei):
        class Fast:
            def send(self, message):
                told = receipts.read({"id": message.id, "state": "delivered"})
                actions.take_receipts(channel="email", receipts=told, at=NOON)
                return "pending"

        tell(mei)

        send(Fast())

        assert (line().state, line().delivered_at) == ("delivered", NOON)

    def test_another_try_that_falls_into_the_night_waits_for_the_morning(self, mei, set_up):
        set_up(sms="file")
        gateway = Remembering()
        tell(mei)
        Delivery.objects.exclude(channel="sms").delete()

        assert send(gateway, NIGHT, channel="sms") == 0
        assert (line().state, line().due_at, line().attempts) == ("created", MORNING, 0)
        assert send(gateway, MORNING, channel="sms") == 1

    def test_gives_up_what_a_gateway_did_not_take_for_days(self, mei):
        tell(mei)
        send(Remembering(Down))

        assert sending.give_up_stale(now=NOON + 71 * HOUR) == 0
        assert sending.give_up_stale(now=NOON + 73 * HOUR) == 1

        assert line().state == "technical-failure"

    def test_gives_up_what_a_resting_gateway_was_never_offered(self, mei):
        tell(mei)

        assert [sending.give_up_stale(now=NOON + hours * HOUR) for hours in (72, 73)] == [0, 1]


class TestForgetting:
    def test_takes_address_and_text_out_of_what_was_settled_long_ago(self, mei):
        tell(mei)
        send(Remembering())

        assert sending.forget_old(now=NOON + timedelta(days=180)) == 0
        assert sending.forget_old(now=NOON + timedelta(days=181)) == 1
        assert sending.forget_old(now=NOON + timedelta(days=181)) == 0

        assert (line().to, line().subject, line().text, line().state) == ("", "", "", "sent")
        assert line().message.text == "已受理\n您的申请已受理。"

    def test_leaves_what_still_waits_as_it_is(self, mei):
        tell(mei)

        assert sending.forget_old(now=NOON + timedelta(days=999)) == 0


class TestGatewayOf:
    def test_a_slow_channel_is_given_no_more_than_it_takes_in_a_second(self, mei, set_up):
        set_up(email_per_second=2)
        gateway = Remembering()
        for _each in range(5):
            tell(mei)

        assert [send(gateway, NOON), send(gateway, NOON), send(gateway, NOON + SECOND)] == [2, 0, 2]

    def test_a_broken_channel_is_left_alone_and_then_tried_with_one(self, mei, set_up):
        set_up(attempts=50)
        for _each in range(3):
            tell(mei)
        broken = Remembering(Down("refused"))
        for minutes in range(rules.TOLERATED):
            send(broken, NOON + minutes * HOUR)
        last = NOON + (rules.TOLERATED - 1) * HOUR
        tried = len(broken.sent)

        assert GatewayState.objects.get().rests_until == last + MINUTE
        assert send(broken, last + 59 * SECOND) == 0
        mended = Remembering()
        assert send(mended, last + 6 * HOUR) == 1
        assert send(mended, last + 6 * HOUR + SECOND) == 2

        assert tried == rules.TOLERATED
        assert GatewayState.objects.get().failures == 0
        assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}

    def test_a_broken_channel_does_not_use_up_the_tries_of_all_that_waits(self, mei):
        for _each in range(3):
            tell(mei)

        send(Remembering(Down))

        assert sorted(Delivery.objects.values_list("attempts", flat=True)) == [0, 0, 1]


class TestReceipts:
    @pytest.fixture
    def under_way(self, mei):
        tell(mei)
        send(Remembering("pending"))
        return line()

    def hear(self, row, state, channel="email", **more):
        told = receipts.read({"receipts": [{"id": str(row.pk), "state": state, **more}]})
        return actions.take_receipts(channel=channel, receipts=told, at=NOON + HOUR)

    def test_say_that_it_arrived_once(self, under_way):
        assert [self.hear(under_way, "delivered"), self.hear(under_way, "delivered")] == [1, 0]

        assert (line().state, line().delivered_at) == ("delivered", NOON + HOUR)

    def test_say_why_it_did_not(self, under_way):
        self.hear(under_way, "permanent-failure", why="number not in use")

        assert (line().state, line().why) == ("permanent-failure", "number not in use")

    def test_of_another_channel_are_not_believed(self, under_way):
        assert self.hear(under_way, "delivered", channel="sms") == 0

    @pytest.mark.parametrize(
        "body", [None, [], {}, {"receipts": {}}, {"receipts": [1]}, {"id": "x", "state": "delivered"},
                 {"id": "00000000-0000-4000-8000-000000000000", "state": "gone"}, {"receipts": [{}] * 1001},
                 {"id": "00000000-0000-4000-8000-000000000000", "state": ["sent"]}],
    )  # fmt: skip
    def test_that_are_none_are_refused(self, body):
        with pytest.raises(actions.BadReceipt):
            receipts.read(body)


class TestRetry:
    @pytest.fixture
    def keeper(self):
        return identity.actor_for(staff("keeper", privileges=("notifications.delivery.retry",)))

    def test_sends_a_failed_one_again_under_its_id(self, mei, keeper):
        tell(mei)
        send(Remembering(Never))
        gateway = Remembering()

        actions.retry(actor=keeper, delivery_id=line().pk, at=NOON + HOUR)
        send(gateway, NOON + HOUR)

        assert (line().state, [message.id for message in gateway.sent]) == ("sent", [str(line().pk)])

    def test_is_refused_for_what_has_not_failed(self, mei, keeper):
        tell(mei)

        with pytest.raises(actions.NotToBeRetried):
            actions.retry(actor=keeper, delivery_id=line().pk, at=NOON)

    def test_is_not_for_everybody(self, mei):
        tell(mei)

        with pytest.raises(pmi.Forbidden):
            actions.retry(actor=identity.actor_of("mei"), delivery_id=line().pk, at=NOON)


class TestDigest:
    @pytest.fixture
    def bundled(self, mei):
        Wishes.objects.create(account_id=mei, digest="daily")
        for number in range(3):
            tell(mei, what=f"第{number}条")
        return mei

    def test_brings_all_of_a_day_in_one_letter_in_the_morning(self, bundled):
        gateway = Remembering()

        assert send(gateway, NOON + HOUR) == 0
        assert notifications.bundle_due(now=NOON + HOUR) == 0
        assert notifications.bundle_due(now=MORNING) == 1
        assert notifications.bundle_due(now=MORNING) == 0
        assert send(gateway, MORNING) == 1

        (letter,) = gateway.sent
        assert letter.subject == "您有 3 条消息"
        assert all(f"第{number}条" in letter.text for number in range(3))
        assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}

    def test_that_was_cut_off_is_made_whole_the_next_time(self, bundled, monkeypatch):
        from quancheng.support.notifications.actions import bundling

        class Killed(BaseException):
            pass

        def die(*_all, **_names):
            raise Killed

        with monkeypatch.context() as patched:
            patched.setattr(bundling, "letter", die)
            with pytest.raises(Killed):
                notifications.bundle_due(now=MORNING)

        assert notifications.bundle_due(now=MORNING) == 1
        assert Delivery.objects.filter(carrier__isnull=False).count() == 3

    def test_that_fails_fails_for_all_it_carries(self, bundled):
        notifications.bundle_due(now=MORNING)

        send(Remembering(Never("no such mailbox")), MORNING)

        assert set(Delivery.objects.values_list("state", "why")) == {("permanent-failure", "no such mailbox")}


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("database_of_many", "own_kinds")
def test_two_workers_at_once_hand_each_over_once():
    gateway = Remembering()

    def work():
        while send(gateway, limit=3):
            pass
        connection.close()

    account = identity.ensure_account(username="mei", name="王小美", kind="citizen", email="mei@example.com")
    for _each in range(10):
        tell(account)
    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert len(gateway.sent) == len({message.id for message in gateway.sent}) == 10
