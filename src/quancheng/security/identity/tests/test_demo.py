"""The sample city's people and organisations."""

import pytest

from quancheng.security.identity import demo, rules
from quancheng.security.identity import public as identity
from quancheng.security.identity.models import Account, Appointment, Organisation, Post

pytestmark = pytest.mark.django_db


@pytest.fixture
def zone(monkeypatch, request):
    monkeypatch.setenv("QC_ZONE", request.param)
    return request.param


def in_zone(name):
    return pytest.mark.parametrize("zone", [name], indirect=True)


class TestBuild:
    def test_can_be_repeated(self):
        demo.build()
        counts = [model.objects.count() for model in (Organisation, Account, Post, Appointment)]

        demo.build()

        assert [model.objects.count() for model in (Organisation, Account, Post, Appointment)] == counts

    @in_zone("extranet")
    def test_puts_citizens_into_the_extranet_and_of_the_staff_only_who_edits_and_who_watches(self, zone):
        demo.build()

        assert set(Account.objects.filter(kind="staff").values_list("username", flat=True)) == {"editor", "security"}
        assert Account.objects.filter(kind="citizen").count() == len(demo.CITIZENS)

    @in_zone("intranet")
    def test_puts_staff_and_nobody_else_into_the_intranet(self, zone):
        demo.build()

        assert set(Account.objects.values_list("kind", flat=True)) == {"staff"}

    @pytest.mark.parametrize("zone", ["extranet", "intranet"], indirect=True)
    def test_knows_every_district_and_its_approval_office_in_both_zones(self, zone):
        demo.build()

        found = identity.children("370100/")
        assert len([item for item in found if item.kind == "DISTRICT"]) == 12
        assert identity.organisation("370102-spfw").path == "370100/370102/370102-spfw/"
        assert found[0].name == "济南市人民政府办公厅"

    def test_separates_who_keeps_the_accounts_from_who_watches(self):
        demo.build()

        admin, auditor = identity.actor_of("admin"), identity.actor_of("auditor")
        assert admin.may("identity.account.create")
        assert not auditor.may("identity.account.create")
        assert auditor.may("trail.entry.read")
        assert not admin.may("trail.entry.read")

    def test_gives_the_unrelated_clerk_a_place_and_no_privilege(self):
        demo.build()

        other = identity.actor_of("other")
        assert (other.organisation, other.grants) == ("370100/370100-jyj/", ())

    def test_gives_every_citizen_a_number_that_checks(self):
        assert all(rules.is_identity_number(number) for _u, _n, number, _m, _e in demo.CITIZENS)

    def test_opens_with_the_password_of_the_environment(self, monkeypatch, client):
        monkeypatch.setenv("QC_DEMO_PASSWORD", "a password of one's own")

        demo.build()

        assert client.login(username="window", password="a password of one's own")
