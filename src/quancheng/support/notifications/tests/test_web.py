"""The inbox, seen from outside."""

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse

from quancheng.security.identity import public as identity
from quancheng.security.pmi import public as pmi
from quancheng.support.notifications import public as notifications
from quancheng.support.notifications.models import Message
from quancheng.support.notifications.tests.factories import tell as tell_account

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_kinds")]


def account(username, kind="citizen"):
    return get_user_model().objects.get(pk=identity.ensure_account(username=username, name=f"名{username}", kind=kind))


def tell(to, subject="已受理"):
    return tell_account(to.pk, what=subject, more="正文")


@pytest.fixture
def mei():
    return account("mei")


class TestInbox:
    def test_asks_a_stranger_to_sign_in(self, client):
        assert client.get(reverse("notifications:inbox")).url.startswith("/accounts/login/")

    @pytest.mark.parametrize(("kind", "frame"), [("citizen", "qc-public"), ("staff", "qc-workbench")])
    def test_stands_in_the_frame_of_the_reader(self, client, kind, frame):
        client.force_login(account("reader", kind))

        assert frame in client.get(reverse("notifications:inbox")).content.decode()

    def test_shows_ones_own_messages_and_nobody_elses(self, client, mei):
        tell(mei, "给小美的")
        tell(account("li"), "给李四的")
        client.force_login(mei)

        page = client.get(reverse("notifications:inbox")).content.decode()

        assert "给小美的" in page
        assert "给李四的" not in page

    def test_writes_no_markup_of_a_message_into_the_page(self, client, mei):
        tell(mei, "<script>alert(1)</script>")
        client.force_login(mei)

        assert "<script>alert(1)" not in client.get(reverse("notifications:inbox")).content.decode()

    def test_can_show_the_unread_only(self, client, mei):
        read = tell(mei, "读过的")
        tell(mei, "没读的")
        client.force_login(mei)
        client.post(reverse("notifications:mark-read", args=[read]))

        page = client.get(reverse("notifications:inbox"), {"unread": ""}).content.decode()

        assert "没读的" in page
        assert "读过的" not in page

    def test_asks_a_constant_number_of_questions(self, client, mei, django_assert_max_num_queries):
        for number in range(15):
            tell(mei, f"消息{number}")
        client.force_login(mei)
        client.get(reverse("notifications:inbox"))  # the first page of a session remembers where it is from

        with django_assert_max_num_queries(9):
            page = client.get(reverse("notifications:inbox"))

        assert page.content.decode().count("消息1") >= 6


class TestMarkRead:
    def test_marks_it_and_goes_where_it_points(self, client, mei):
        message = tell(mei)
        client.force_login(mei)

        answer = client.post(reverse("notifications:mark-read", args=[message]), {"next": "/hall/1/"})

        assert answer.url == "/hall/1/"
        assert Message.objects.get().read_at

    def test_goes_to_no_other_site(self, client, mei):
        client.force_login(mei)

        answer = client.post(reverse("notifications:mark-read", args=[tell(mei)]), {"next": "//evil.example/"})

        assert answer.url == reverse("notifications:inbox")

    @pytest.mark.parametrize("kind", ["citizen", "staff"])
    def test_of_somebody_elses_message_is_refused(self, client, mei, kind):
        message = tell(mei)
        client.force_login(account("li", kind))

        assert client.post(reverse("notifications:mark-read", args=[message])).status_code == 403
        assert Message.objects.get().read_at is None

    def test_of_no_message_is_refused_the_same_way(self, client, mei):
        client.force_login(mei)

        address = reverse("notifications:mark-read", args=["00000000-0000-0000-0000-000000000000"])
        assert client.post(address).status_code == 403

    def test_by_a_stranger_leads_to_the_sign_in(self, client, mei):
        assert client.post(reverse("notifications:mark-read", args=[tell(mei)])).status_code == 302

    def test_is_not_done_by_a_link(self, client, mei):
        client.force_login(mei)

        assert client.get(reverse("notifications:mark-read", args=[tell(mei)])).status_code == 405

    def test_all_at_once_touches_ones_own_only(self, client, mei):
        other = account("li")
        tell(mei)
        tell(other)
        client.force_login(mei)

        client.post(reverse("notifications:mark-all-read"))

        assert notifications.unread(identity.actor_for(mei)) == 0
        assert notifications.unread(identity.actor_for(other)) == 1


class TestUnread:
    def test_is_nothing_for_strangers_and_services(self):
        assert notifications.unread(pmi.ANONYMOUS) == 0
        assert notifications.unread(pmi.service_actor("hall")) == 0

    def test_is_counted_only_where_it_is_shown(self, rf, mei, django_assert_num_queries):
        request = rf.get("/")
        request.actor = identity.actor_for(mei)

        with django_assert_num_queries(0):
            context = notifications.unread_count(request)

        with django_assert_num_queries(1):
            assert not context["unread_notifications"]
