"""The pages for administrators and the page of wishes, and what gateways call back, seen from outside."""

import json
import time

import pytest
from django.db.models.signals import pre_save
from django.urls import reverse

from quancheng.security.identity.models import Account
from quancheng.security.identity.tests.factories import staff
from quancheng.support.notifications import public as notifications
from quancheng.support.notifications.adapters.encryption import encoded, point
from quancheng.support.notifications.adapters.receipts import signature
from quancheng.support.notifications.models import Choice, Delivery, PushSubscription, TemplateVersion, Wishes
from quancheng.support.notifications.tests.factories import NOON, Remembering, tell

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_kinds")]
TEXTS = tuple(f"notifications.template.{verb}" for verb in ("read", "edit", "publish"))
LEDGER = ("notifications.delivery.read", "notifications.delivery.retry")


@pytest.fixture
def keeper(client):
    account = staff("keeper", privileges=(*TEXTS, *LEDGER))
    client.force_login(account)
    return account


@pytest.fixture
def citizen(client, mei):
    account = Account.objects.get(pk=mei)
    client.force_login(account)
    return account


def page(client, name, *args, **query):
    return client.get(reverse(f"notifications:{name}", args=args), query)


def write(client, title="新：{what}", revision=0, **words):
    fields = {f"{language}.{name}": "" for language in ("zh-hans", "en") for name in ("text", "sms", "voice")}
    fields |= {"zh-hans.title": title, "en.title": "New: {what}", "note": "更清楚", "revision": revision, **words}
    return client.post(reverse("notifications:template-edit", args=["probe.progress"]), fields)


def publish(client, revision=1):
    return client.post(reverse("notifications:template-publish", args=["probe.progress"]), {"revision": revision})


@pytest.mark.usefixtures("keeper")
class TestTexts:
    def test_are_listed_with_what_is_in_force(self, client):
        shown = page(client, "templates", search="progress").content.decode()

        assert "probe.progress" in shown
        assert "probe.alarm" not in shown
        assert "系统自带" in shown

    def test_show_each_way_with_examples_and_what_a_text_message_costs(self, client):
        shown = page(client, "template", "probe.progress").content.decode()

        assert "【泉城】已受理，请登录查看。" in shown
        assert "14 个字符（UCS-2），1 条" in shown
        assert "English: Accepted" in shown

    def test_are_written_as_a_draft_that_nobody_reads_yet(self, client, mei):
        answer = write(client)
        shown = client.get(answer.url).content.decode()

        tell(mei)

        assert "新：已受理" in shown
        assert "+ 新：{what}" in shown
        assert Delivery.objects.get().subject == "已受理"

    def test_are_in_force_once_published(self, client, mei):
        write(client)

        publish(client)
        tell(mei)

        assert Delivery.objects.get().subject == "新：已受理"
        assert "第1版" in page(client, "template", "probe.progress").content.decode()

    def test_with_a_variable_that_the_notice_does_not_have_are_refused_by_its_name(self, client):
        answer = write(client, title="{wat}已受理")

        assert answer.status_code == 422
        assert "{wat}" in answer.content.decode()
        assert not TemplateVersion.objects.exists()

    def test_that_somebody_else_changed_meanwhile_are_not_overwritten(self, client):
        write(client)

        assert write(client, title="又：{what}").status_code == 422
        assert publish(client, revision=7).status_code == 409
        assert TemplateVersion.objects.get().texts["zh-hans"]["title"] == "新：{what}"

    def test_that_two_begin_at_the_same_moment_are_begun_by_one_of_them(self, client):
        def begin_first(instance, **_signal):
            other = {"number": instance.number, "texts": {}, "edited_by": "other", "edited_by_name": "李"}
            TemplateVersion.objects.bulk_create([TemplateVersion(kind=instance.kind, edited_at=NOON, **other)])

        pre_save.connect(begin_first, sender=TemplateVersion)
        try:
            answer = write(client)
        finally:
            pre_save.disconnect(begin_first, sender=TemplateVersion)

        assert answer.status_code == 422
        assert "草稿" in answer.content.decode()

    def test_can_be_thrown_away_as_long_as_they_are_drafts(self, client):
        write(client)
        discard = reverse("notifications:template-discard", args=["probe.progress"])

        assert client.post(discard).status_code == 302
        assert client.post(discard).status_code == 409

    def test_need_a_second_person_where_the_site_says_so(self, client, set_up):
        set_up(second_look=True)
        write(client)

        assert publish(client).status_code == 409
        client.force_login(staff("other", privileges=TEXTS))
        assert publish(client).status_code == 302

    def test_go_back_to_an_older_version_as_a_new_draft(self, client):
        write(client)
        publish(client)

        form = page(client, "template-edit", "probe.progress", version="0").context["form"]

        assert form["zh-hans.title"].value() == "{what}"

    @pytest.mark.parametrize("query", [{"version": "9"}, {"against": "9", "version": "0"}])
    def test_of_a_version_that_is_not_there_are_not_found(self, client, query):
        assert page(client, "template", "probe.progress", **query).status_code == 404

    def test_of_a_kind_that_is_not_there_are_not_found(self, client):
        assert page(client, "template", "probe.nothing").status_code == 404


class TestWithoutPrivilege:
    @pytest.mark.parametrize("name", ["templates", "deliveries"])
    def test_the_pages_stay_shut(self, client, citizen, name):
        assert page(client, name).status_code == 403

    def test_who_may_read_texts_is_offered_no_draft(self, client):
        client.force_login(staff("reader", privileges=TEXTS[:1]))

        shown = page(client, "template", "probe.progress").content.decode()

        assert reverse("notifications:template-edit", args=["probe.progress"]) not in shown
        assert write(client).status_code == 403


class TestLedger:
    @pytest.fixture
    def told(self, mei):
        tell(mei)
        tell(mei, kind="probe.alarm")
        notifications.send_due(channel="email", gateway=Remembering(), now=NOON, limit=1)

    def test_shows_lines_with_covered_addresses_and_not_what_they_say(self, client, keeper, told):
        shown = page(client, "deliveries", period="all").content.decode()

        assert "me***@example.com" in shown
        assert "mei@example.com" not in shown
        assert "您的申请已受理" not in shown

    @pytest.mark.parametrize(
        ("query", "number"),
        [({}, 2), ({"state": "sent"}, 1), ({"kind": "probe.alarm"}, 1), ({"channel": "sms"}, 0),
         ({"search": "mei@example.com"}, 2), ({"search": "王小美"}, 2), ({"search": "王"}, 0),
         ({"state": "x", "channel": "y", "kind": "z", "page": "9" * 40}, 2)],
    )  # fmt: skip
    def test_is_searched_and_filtered(self, client, keeper, told, query, number):
        assert page(client, "deliveries", **{"period": "all", **query}).context["page"].paginator.count == number

    def test_counts_each_state(self, client, keeper, told):
        states = page(client, "deliveries", period="all").context["states"]

        assert {code: number for code, _title, number, _address in states} == {"sent": 1, "created": 1}

    def test_tells_what_happened_to_one_and_offers_another_try_if_it_failed(self, client, keeper, told):
        line = Delivery.objects.get(state="sent")
        address = reverse("notifications:delivery-retry", args=[line.pk])
        assert address not in page(client, "delivery", line.pk).content.decode()

        Delivery.objects.filter(pk=line.pk).update(state="permanent-failure", why="no such mailbox")

        assert address in page(client, "delivery", line.pk).content.decode()
        assert client.post(address).status_code == 302

    def test_says_how_the_gateways_fare(self, client, keeper, told):
        assert "正常" in page(client, "deliveries").content.decode()

    def test_asks_a_constant_number_of_questions(self, client, keeper, mei, django_assert_max_num_queries):
        for _each in range(12):
            tell(mei)
        page(client, "deliveries", period="all")

        with django_assert_max_num_queries(12):
            shown = page(client, "deliveries", period="all")

        assert shown.context["page"].paginator.count >= 12


class TestMyWishes:
    def save(self, client, *wanted, **changes):
        fields = {"language": "zh-hans", "digest": "", "quiet": "city", "quiet_from": "", "quiet_until": "", **changes}
        return client.post(reverse("notifications:wishes"), fields | {"wanted": wanted})

    def test_show_what_is_told_to_people_like_me(self, client, citizen):
        shown = page(client, "wishes").content.decode()

        assert "probe.progress:email" in shown
        assert "probe.inside" not in shown

    def test_say_why_something_cannot_be_switched_off(self, client, citizen):
        shown = page(client, "wishes").content.decode()

        assert "不可关闭：《行政许可法》第四十四条" in shown
        assert "probe.decision:email" not in shown

    def test_are_kept_only_where_they_differ_from_what_holds_anyway(self, client, citizen):
        self.save(client, "probe.alarm:email", "probe.quiet:email")

        kept = {(item.kind, item.channel): item.wanted for item in Choice.objects.all()}
        assert kept == {("probe.progress", "email"): False, ("probe.quiet", "email"): True}

    def test_can_be_taken_back(self, client, citizen):
        self.save(client)

        self.save(client, "probe.alarm:email", "probe.progress:email", digest="weekly", language="en")

        assert not Choice.objects.exists()
        assert (Wishes.objects.get().digest, Wishes.objects.get().language) == ("weekly", "en")

    def test_of_own_hours_need_both_ends(self, client, citizen):
        assert self.save(client, quiet="own", quiet_from="21:00").status_code == 422
        assert self.save(client, quiet="own", quiet_from="21:00", quiet_until="09:00").status_code == 302

    @pytest.mark.parametrize("changes", [{"digest": "hourly"}, {"quiet": "x"}, {"language": "xx"}, {"quiet_from": "9"}])
    def test_that_cannot_be_meant_are_refused(self, client, citizen, changes):
        assert self.save(client, **changes).status_code == 422

    def test_are_asked_of_whoever_signed_in_only(self, client):
        assert page(client, "wishes").status_code == 302


class TestBrowsers:
    ENDPOINT = "https://fcm.googleapis.com/fcm/send/abc"

    def wish(self, **changes):
        from cryptography.hazmat.primitives.asymmetric import ec

        key = encoded(point(ec.generate_private_key(ec.SECP256R1()).public_key()))
        return {"endpoint": self.ENDPOINT, "p256dh": key, "auth": encoded(b"0" * 16), "browser": "Firefox", **changes}

    def subscribe(self, client, **changes):
        return client.post(reverse("notifications:subscribe"), self.wish(**changes))

    def test_are_added_once_and_removed(self, client, citizen, set_up):
        set_up(push="on")
        assert [self.subscribe(client).status_code for _each in range(2)] == [200, 200]

        row = PushSubscription.objects.get()
        assert "Firefox" in page(client, "wishes").content.decode()
        remove = reverse("notifications:unsubscribe", args=[row.pk])
        assert [client.post(remove).status_code for _twice in range(2)] == [302, 404]
        assert not PushSubscription.objects.exists()

    @pytest.mark.parametrize(
        "changes",
        [{"endpoint": "https://127.0.0.1/x"}, {"endpoint": ""}, {"endpoint": "https://fcm.googleapis.com/" + "x" * 600},
         {"p256dh": "x"}, {"p256dh": "é"}, {"auth": "AA"}],
    )  # fmt: skip
    def test_that_cannot_be_used_are_refused(self, client, citizen, changes):
        assert self.subscribe(client, **changes).status_code == 422

    def test_that_somebody_else_used_are_theirs_no_more(self, client, citizen):
        self.subscribe(client)
        first = PushSubscription.objects.get()
        client.force_login(staff("next"))

        self.subscribe(client)

        row = PushSubscription.objects.get()
        assert row.account.username == "next"
        assert row.pk != first.pk, "what still waits for the former owner goes nowhere"

    def test_of_somebody_else_cannot_be_removed(self, client, citizen):
        self.subscribe(client)
        client.force_login(staff("next"))

        address = reverse("notifications:unsubscribe", args=[PushSubscription.objects.get().pk])
        assert client.post(address).status_code == 403

    def test_have_a_worker_that_sees_no_page_but_those_of_notices(self, client):
        answer = page(client, "worker")

        assert answer["Content-Type"].startswith("text/javascript")
        assert answer.wsgi_request.path == "/notifications/worker.js"
        assert "Service-Worker-Allowed" not in answer.headers


class TestReceipts:
    SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

    def call(self, client, body, *, secret=SECRET, at=0, channel="sms", **changes):
        content, stamp = body if isinstance(body, bytes) else json.dumps(body).encode(), str(int(time.time()) + at)
        signed = "v1," + signature(content, name="m1", stamp=stamp, secret=secret).decode()
        headers = {"webhook-id": "m1", "webhook-timestamp": stamp, "webhook-signature": signed} | changes
        address = reverse("notifications:receipts", args=[channel])
        return client.post(address, content, content_type="application/json", headers=headers)

    @pytest.fixture
    def under_way(self, mei, set_up):
        set_up(sms="http", sms_receipt_secret=self.SECRET)
        tell(mei)
        notifications.send_due(channel="sms", gateway=Remembering("pending"), now=NOON)
        return Delivery.objects.get(channel="sms")

    def test_that_are_signed_are_entered(self, client, under_way):
        answer = self.call(client, {"id": str(under_way.pk), "state": "delivered"})

        assert answer.json() == {"received": 1, "taken": 1}
        assert Delivery.objects.get(channel="sms").state == "delivered"

    @pytest.mark.parametrize(
        "wrong",
        [{"secret": "other"}, {"at": -301}, {"at": 400}, {"webhook-signature": ""}, {"webhook-signature": "v1,é"},
         {"webhook-timestamp": "9" * 40}, {"webhook-id": ""}],
    )  # fmt: skip
    def test_that_are_not_or_were_recorded_are_refused(self, client, under_way, wrong):
        assert self.call(client, {"id": str(under_way.pk), "state": "delivered"}, **wrong).status_code == 401
        assert Delivery.objects.get(channel="sms").state == "pending"

    @pytest.mark.parametrize("body", [b"", b"{", b"[" * 5000, b"\xff", {"state": "delivered"}])
    def test_that_are_none_are_refused(self, client, under_way, body):
        assert self.call(client, body).status_code == 400

    @pytest.mark.parametrize("channel", ["email", "voice", "pigeon"])
    def test_are_taken_only_where_a_secret_was_agreed(self, client, under_way, channel):
        assert self.call(client, {}, channel=channel).status_code == 404

    def test_follow_the_example_of_the_standard(self):
        body = b'{"test": 2432232314}'

        made = signature(body, name="msg_p5jXN8AQM9LWM0D4loKWxJek", stamp="1614265330", secret=self.SECRET)

        assert made == b"g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
