"""Pages, seen from outside: who gets in, what they say, what they do."""

import pytest
from django.urls import reverse
from django.utils import timezone

from quancheng.security.identity.models import Account, Appointment, Organisation, Post
from quancheng.security.identity.tests.factories import CITY, PASSWORD, citizen, identity_number, prove, staff

pytestmark = pytest.mark.django_db
RIGHTS = {
    "organisations": "identity.organisation.read",
    "organisation": "identity.organisation.read",
    "new-organisation": "identity.organisation.create",
    "rename": "identity.organisation.rename",
    "new-post": "identity.post.create",
    "roles": "identity.post.change-roles",
    "accounts": "identity.account.read",
    "account": "identity.account.read",
    "new-account": "identity.account.create",
    "deactivate": "identity.account.deactivate",
    "activate": "identity.account.activate",
    "set-password": "identity.account.set-password",
    "appoint": "identity.appointment.make",
    "end-appointment": "identity.appointment.end",
}
PAGES = pytest.mark.parametrize("page", RIGHTS)


@pytest.fixture
def clerk():
    return staff("clerk")


@pytest.fixture
def address(clerk):
    """Return the address of a page about the market supervision department or its clerk."""
    held = Appointment.objects.get(account=clerk)
    arguments = {
        **dict.fromkeys(("organisation", "new-organisation", "rename", "new-post"), ("370100-scjg",)),
        "roles": [held.post_id],
        **dict.fromkeys(("account", "deactivate", "activate", "set-password", "appoint"), (clerk.pk,)),
        "end-appointment": [held.pk],
    }
    return lambda page: reverse(f"identity:{page}", args=arguments.get(page, []))


class TestWhoGetsIn:
    @PAGES
    def test_a_stranger_is_asked_to_sign_in(self, client, address, page):
        answer = client.get(address(page))

        assert answer.status_code == 302
        assert answer.url.startswith("/accounts/login/?next=")

    @PAGES
    def test_a_citizen_is_refused(self, client, address, page):
        client.force_login(citizen())

        assert client.get(address(page)).status_code == 403

    @PAGES
    def test_staff_without_the_privilege_are_refused(self, client, address, page):
        others = tuple(right for right in RIGHTS.values() if right != RIGHTS[page])
        prove(client, staff("curious", privileges=others, organisation="370100"))

        assert client.get(address(page)).status_code == 403

    @PAGES
    def test_staff_with_the_privilege_get_in(self, client, address, page):
        prove(client, staff("keeper", privileges=(RIGHTS[page],), organisation="370100"))

        assert client.get(address(page)).status_code == 200

    @pytest.mark.parametrize(
        "page", [page for page in RIGHTS if page not in {"organisations", "accounts", "new-account"}]
    )
    def test_the_privilege_in_another_department_does_not_help(self, client, address, page):
        prove(client, staff("fireman", privileges=(RIGHTS[page],), organisation="370100-xfjy"))

        answer = client.get(address(page))

        if page == "appoint":
            assert b"scjg" not in answer.content
        else:
            assert answer.status_code == 403


class TestProfile:
    def test_asks_a_stranger_to_sign_in(self, client):
        assert client.get(reverse("identity:profile")).status_code == 302

    def test_shows_a_citizen_their_own_number_masked(self, client):
        client.force_login(citizen())

        page = client.get(reverse("identity:profile")).content.decode()

        assert "3701**********" in page
        assert identity_number() not in page

    def test_shows_staff_their_posts(self, client, clerk):
        client.force_login(clerk)

        assert "岗位clerk" in client.get(reverse("identity:profile")).content.decode()


class TestOrganisations:
    def test_can_be_searched(self, client, clerk):
        client.force_login(staff("keeper", privileges=("identity.organisation.read",), organisation="370100"))

        page = client.get(reverse("identity:organisations"), {"q": "消防"}).content.decode()

        assert "济南市消防救援支队" in page
        assert "济南市市场监督管理局" not in page

    def test_an_unknown_one_is_not_found(self, client):
        client.force_login(staff("keeper", privileges=("identity.organisation.read",), organisation="370100"))

        assert client.get(reverse("identity:organisation", args=["nowhere"])).status_code == 404

    def test_a_new_one_appears_below(self, client, address):
        client.force_login(staff("keeper", privileges=("identity.organisation.create",), organisation="370100"))

        client.post(
            address("new-organisation"),
            {"code": "370100-scjg-dj", "name": "登记科", "kind": "OFFICE", "valid_from": "2026-11-23"},
        )

        assert Organisation.objects.get(code="370100-scjg-dj").path == f"{CITY}370100-scjg/370100-scjg-dj/"

    def test_what_the_action_refuses_stands_above_the_form(self, client, address):
        prove(client, staff("keeper", privileges=("identity.organisation.rename",), organisation="370100"))
        wish = {"name": "新名", "effective_on": "2000-01-01", "document": "济政发〔2000〕1号", "reason": "更名"}

        answer = client.post(address("rename"), wish)

        assert "2019年1月1日" in answer.content.decode()
        assert "新名" in answer.content.decode()


class TestAccounts:
    def test_looking_at_somebody_is_entered_in_the_trail(self, client, address, clerk):
        from quancheng.security.trail import public as trail

        client.force_login(staff("keeper", privileges=("identity.account.read",), organisation="370100"))

        client.get(address("account"))

        assert [entry.action for entry in trail.entries(subject=clerk.actor_id).items] == ["identity.account.read"]

    def test_a_new_one_can_sign_in(self, client):
        prove(
            client,
            staff("keeper", privileges=("identity.account.create", "identity.account.read"), organisation="370100"),
        )

        client.post(
            reverse("identity:new-account"), {"username": "fresh", "name": "新人", "password": "long enough 2026"}
        )

        assert client.login(username="fresh", password="long enough 2026")

    def test_appointing_offers_only_posts_within_reach(self, client, address, clerk):
        fire_post = Post.objects.create(organisation=Organisation.objects.get(code="370100-xfjy"), title="消防岗")
        client.force_login(staff("local", privileges=("identity.appointment.make",)))

        answer = client.post(address("appoint"), {"post_id": str(fire_post.pk), "valid_from": "2026-11-23"})

        assert answer.status_code == 200
        assert not Appointment.objects.filter(post=fire_post).exists()

    def test_ending_an_appointment_sets_its_last_day(self, client, address, clerk):
        client.force_login(staff("keeper", privileges=("identity.appointment.end",), organisation="370100"))

        client.post(address("end-appointment"), {"valid_until": timezone.localdate().isoformat()})

        assert Appointment.objects.get(account=clerk).valid_until == timezone.localdate()


class TestTheFrame:
    def test_is_the_workbench_for_staff_and_the_public_site_for_citizens(self, client, clerk):
        client.force_login(clerk)
        assert "qc-workbench" in client.get(reverse("identity:profile")).content.decode()

        client.force_login(citizen())
        assert "qc-public" in client.get(reverse("identity:profile")).content.decode()


def test_the_password_of_the_sample_city_opens_the_door(client, clerk):
    assert client.login(username="clerk", password=PASSWORD)
    assert Account.objects.get(username="clerk").password != PASSWORD
