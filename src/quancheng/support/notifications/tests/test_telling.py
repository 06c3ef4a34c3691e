"""Telling people things: in which words, on which ways, when, and once."""

from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from quancheng.security.identity import public as identity
from quancheng.support.notifications import public as notifications
from quancheng.support.notifications.engine import kinds
from quancheng.support.notifications.models import Choice, Delivery, Message, PushSubscription, TemplateVersion, Wishes
from quancheng.support.notifications.tests.factories import MORNING, NIGHT, NOON, declared, tell

pytestmark = pytest.mark.django_db


def ways():
    return sorted(Delivery.objects.values_list("channel", flat=True))


class TestNotify:
    def test_puts_a_message_into_the_inbox_and_a_delivery_into_the_ledger(self, mei):
        tell(f"account:{mei}", url="/hall/1/")

        message, line = Message.objects.get(), Delivery.objects.get()
        assert (message.account_id, message.subject, message.url) == (mei, "已受理", "/hall/1/")
        assert (line.channel, line.to, line.state, line.due_at) == ("email", "mei@example.com", "created", NOON)

    def test_takes_every_way_that_the_site_has_and_the_kind_is_told_on(self, mei, set_up):
        set_up(sms="file", voice="file", push="on")
        PushSubscription.objects.create(account_id=mei, endpoint="https://x/1", made_at=NOON)

        tell(mei)

        assert ways() == ["email", "push", "sms"]

    def test_says_on_a_locked_screen_no_more_than_the_title(self, mei, set_up):
        set_up(push="on")
        PushSubscription.objects.create(account_id=mei, endpoint="https://x/1", made_at=NOON)

        tell(mei)

        assert Delivery.objects.get(channel="push").text == "已受理"

    def test_signs_text_messages_as_the_operators_ask(self, mei, set_up):
        set_up(sms="file")

        tell(mei)

        assert Delivery.objects.get(channel="sms").text == "【泉城】已受理，请登录查看。"

    def test_writes_no_letter_to_whoever_gave_no_address(self, own_kinds, db):
        tell(identity.ensure_account(username="li", name="李四", kind="citizen"))

        assert Message.objects.exists()
        assert not Delivery.objects.exists()

    def test_with_a_key_tells_a_thing_once(self, mei):
        assert tell(mei, key="progress-1") == tell(mei, key="progress-1")

        assert Message.objects.count() == Delivery.objects.count() == 1

    def test_refuses_somebody_who_is_not_here(self, own_kinds):
        with pytest.raises(identity.UnknownAccount):
            tell("account:00000000-0000-0000-0000-000000000000")

    def test_is_forgotten_when_the_caller_rolls_back(self, mei):
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            tell(mei)
            raise ZeroDivisionError

        assert not Message.objects.exists()
        assert not Delivery.objects.exists()

    def test_lets_no_title_break_the_header_of_a_letter(self, mei):
        tell(mei, what="已受理\r\nBcc: everybody@example.com")

        assert Delivery.objects.get().subject == "已受理 Bcc: everybody@example.com"

    def test_asks_a_constant_number_of_questions(self, mei, django_assert_max_num_queries):
        with django_assert_max_num_queries(9):
            tell(mei)

        assert Message.objects.count() == 1


class TestFacts:
    def test_that_are_missing_stop_the_notice_by_name_and_nothing_is_sent(self, mei):
        with pytest.raises(notifications.MissingFact, match="more"):
            notifications.notify(to=mei, kind="probe.progress", facts={"what": "已受理"})

        assert not Message.objects.exists()

    def test_nobody_declared_stop_it_by_name(self, mei):
        with pytest.raises(notifications.UnknownFact, match="wat"):
            notifications.notify(to=mei, kind="probe.progress", facts={"what": "x", "more": "", "wat": "y"})

    def test_of_a_kind_nobody_declared_stop_it(self, mei):
        with pytest.raises(notifications.NoSuchKind, match="nothing"):
            tell(mei, kind="probe.nothing")

    @pytest.mark.parametrize(
        ("kind", "value"),
        [
            ("text", 3), ("text", ["x"]), ("number", "3"), ("number", True), ("date", "2026-11-23"),
            ("date", datetime(2026, 11, 23)), ("moment", date(2026, 11, 23)), ("lines", "ab"),
        ],
    )  # fmt: skip
    def test_of_another_type_are_refused(self, kind, value):
        with pytest.raises(TypeError):
            kinds.word(kind, value)

    @pytest.mark.parametrize(
        ("kind", "value", "zh", "en"),
        [
            ("text", Delivery.State.DELIVERED.label, "已送达", "Delivered"),
            ("number", 3, "3", "3"),
            ("lines", ["a", "b"], "a\nb", "a\nb"),
            ("date", date(2026, 12, 7), "2026年12月7日", "Dec. 7, 2026"),
        ],
    )
    def test_speak_the_language_of_the_receiver(self, kind, value, zh, en):
        said = {}
        for language in ("zh-hans", "en"):
            with timezone.override("Asia/Shanghai"), kinds_language(language):
                said[language] = kinds.word(kind, value)

        assert said["zh-hans"] == zh
        assert said["en"] == en


def kinds_language(language):
    from django.utils import translation

    return translation.override(language)


class TestDeclarations:
    @pytest.mark.parametrize(
        ("changes", "fault"),
        [
            ({"kind": "other.progress"}, "must begin"),
            ({"channels": ["pigeon"]}, "no channel"),
            ({"zh-hans": {"title": "{sate}", "text": ""}}, "sate"),
            ({"zh-hans": {"title": "", "text": ""}}, "no title"),
            ({"zh-hans": {"title": "x", "letter": "y"}}, "no such field"),
            ({"variables": [{"name": "what", "type": "image", "example": ""}]}, "no known type"),
        ],
    )
    def test_that_cannot_be_meant_are_refused_with_app_and_kind(self, changes, fault):
        with pytest.raises(notifications.BadNotice, match=fault) as refused:
            kinds.read(declared("probe.progress", **changes), app="probe")

        assert str(refused.value).startswith("probe: ")

    def test_of_all_apps_can_be_read(self):
        assert "notifications.digest" in kinds.all_kinds()


class TestWishes:
    def test_switch_a_way_off_and_another_on(self, mei, set_up):
        set_up(sms="file", voice="file")
        Choice.objects.create(account_id=mei, kind="probe.progress", channel="email", wanted=False)
        Choice.objects.create(account_id=mei, kind="probe.progress", channel="voice", wanted=True)

        tell(mei)

        assert ways() == ["sms", "voice"]

    def test_cannot_switch_off_what_the_law_has_people_told(self, mei):
        Choice.objects.create(account_id=mei, kind="probe.decision", channel="email", wanted=False)

        tell(mei, kind="probe.decision")

        assert ways() == ["email"]

    def test_choose_the_language(self, mei):
        Wishes.objects.create(account_id=mei, language="en")

        tell(mei, what="Accepted")

        assert Message.objects.get().subject == "English: Accepted"
        assert "sent by a machine" in Delivery.objects.get().text

    def test_let_the_telephone_be_quiet_at_night_but_not_the_mailbox(self, mei, set_up):
        set_up(sms="file")

        tell(mei, at=NIGHT)

        due = dict(Delivery.objects.values_list("channel", "due_at"))
        assert due == {"email": NIGHT, "sms": MORNING}

    def test_of_ones_own_hours_take_the_place_of_the_city_s(self, mei, set_up):
        set_up(sms="file")
        noon, two = datetime(2026, 1, 1, 12, 0).time(), datetime(2026, 1, 1, 14, 0).time()
        Wishes.objects.create(account_id=mei, quiet="own", quiet_from=noon, quiet_until=two)

        tell(mei, at=NOON)
        tell(mei, at=NIGHT)

        due = list(Delivery.objects.filter(channel="sms").order_by("due_at").values_list("due_at", flat=True))
        assert due == [NOON + timedelta(hours=2), NIGHT]

    def test_do_not_keep_back_what_is_urgent(self, mei, set_up):
        set_up(sms="file", voice="file")
        Wishes.objects.create(account_id=mei, digest="weekly")

        tell(mei, kind="probe.alarm", at=NIGHT)

        assert set(Delivery.objects.values_list("due_at", "bundle")) == {(NIGHT, "")}

    def test_bundle_letters_but_not_those_of_the_law(self, mei):
        Wishes.objects.create(account_id=mei, digest="daily")

        tell(mei)
        tell(mei, kind="probe.decision")

        bundles = dict(Delivery.objects.values_list("kind", "bundle"))
        assert bundles == {"probe.progress": "daily", "probe.decision": ""}


class TestPublishedText:
    def publish(self, **words):
        texts = {"zh-hans": {"title": "新：{what}", "text": "{more}", **words}, "en": {"title": "x", "text": ""}}
        return TemplateVersion.objects.create(
            kind="probe.progress", number=1, state="PUBLISHED", texts=texts, edited_at=NOON, published_at=NOON
        )

    def test_is_what_people_read_from_then_on_and_the_message_says_which(self, mei):
        self.publish(email_text="信：{more}")

        tell(mei)

        message = Message.objects.get()
        assert (message.subject, message.version) == ("新：已受理", 1)
        assert Delivery.objects.get().text.startswith("信：您的申请已受理。")

    def test_that_speaks_of_what_the_kind_has_no_longer_gives_way_to_the_one_delivered(self, mei):
        self.publish(text="{gone}")

        tell(mei)

        assert (Message.objects.get().subject, Message.objects.get().version) == ("已受理", 0)


def test_a_delivered_delivery_always_says_when(mei):
    tell(mei)

    with pytest.raises(IntegrityError), transaction.atomic():
        Delivery.objects.update(state="delivered", due_at=None)


def test_a_message_goes_out_on_a_way_to_an_address_once(mei):
    tell(mei)
    line = Delivery.objects.get()

    with pytest.raises(IntegrityError), transaction.atomic():
        Delivery.objects.create(
            message=line.message, account_id=mei, kind=line.kind, channel="email", to=line.to, text="x",
            created_at=NOON, due_at=NOON,
        )  # fmt: skip
