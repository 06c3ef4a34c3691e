"""What an account may do, and what is known about organisations."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from quancheng.security.identity import public as identity
from quancheng.security.identity import queries
from quancheng.security.identity.models import Account, Organisation
from quancheng.security.identity.tests.factories import (
    CITY,
    FIRE,
    MARKET,
    appoint,
    citizen,
    city,
    identity_number,
    staff,
)  # fmt: skip
from quancheng.security.pmi import public as pmi

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)


@pytest.fixture
def clerk():
    return staff(privileges=("approvals.application.read",))


class TestActorFor:
    def test_names_the_account_and_its_organisation(self, clerk):
        actor = identity.actor_for(clerk)

        assert (actor.id, actor.kind, actor.organisation) == (f"account:{clerk.pk}", "staff", MARKET)

    def test_grants_the_privileges_of_the_post_at_its_organisation_only(self, clerk):
        actor = identity.actor_for(clerk)

        assert actor.may("approvals.application.read", MARKET)
        assert not actor.may("approvals.application.read", FIRE)
        assert not actor.may("approvals.application.decide", MARKET)

    def test_joins_the_privileges_of_all_posts(self, clerk):
        pmi.define_role(code="inspector", title="检查员", privileges=["fire.check.give"])
        appoint(clerk, "370100-xfjy", "检查岗", "inspector", timezone.localdate())

        actor = identity.actor_for(clerk)

        assert actor.may("fire.check.give", FIRE)
        assert actor.may("approvals.application.read", MARKET)

    @pytest.mark.parametrize(
        ("since", "until", "expected"),
        [
            (TODAY, None, True),
            (TODAY, TODAY, True),
            (TODAY - timedelta(9), TODAY - timedelta(1), False),
            (TODAY + timedelta(1), None, False),
        ],
        ids=["from today", "only today", "until yesterday", "from tomorrow"],
    )
    def test_counts_first_and_last_day_of_an_appointment(self, clerk, since, until, expected):
        pmi.define_role(code="inspector", title="检查员", privileges=["fire.check.give"])
        appoint(clerk, "370100-xfjy", "检查岗", "inspector", since, until)

        assert identity.actor_for(clerk, at=NOON).may("fire.check.give", FIRE) is expected

    def test_gives_nothing_through_an_organisation_that_has_ended(self, clerk):
        Organisation.objects.filter(path=MARKET).update(valid_until=date(2020, 1, 1))

        assert identity.actor_for(clerk).grants == ()

    def test_is_nobody_for_a_closed_account(self, clerk):
        clerk.is_active = False

        assert identity.actor_for(clerk) == pmi.ANONYMOUS

    def test_grants_a_superuser_nothing_by_that_alone(self, db):
        city()
        account = Account.objects.create_superuser("root", "a-long-password", name="超级用户")

        assert identity.actor_for(account).grants == ()

    def test_grants_a_citizen_nothing_and_knows_the_person_by_number(self, db):
        actor = identity.actor_for(citizen())

        assert (actor.kind, actor.grants, actor.person) == ("citizen", (), identity_number())

    def test_asks_three_questions_at_most_however_many_posts(self, clerk, django_assert_max_num_queries):
        for number in range(5):
            pmi.define_role(code=f"r{number}", title="角色", privileges=[f"x.y.z{number}", f"x.y.w{number}"])
            appoint(clerk, "370100-xfjy", f"岗{number}", f"r{number}", date(2020, 1, 1))

        with django_assert_max_num_queries(3):
            actor = identity.actor_for(Account.objects.get(pk=clerk.pk))

        assert len(actor.grants) == 11

    def test_asks_nothing_for_a_citizen_who_is_signed_in(self, db, django_assert_num_queries):
        account = Account.objects.get(pk=citizen().pk)

        with django_assert_num_queries(0):
            actor = identity.actor_for(account)

        assert actor.kind == "citizen"


class TestOrganisations:
    def test_come_in_the_order_of_the_tree(self, db):
        city()

        assert [item.path for item in identity.organisations()] == [CITY, MARKET, FIRE]

    def test_siblings_come_in_their_order_of_precedence(self, db):
        city()
        identity.ensure_organisation(code="370100-bgt", name="办公厅", kind="OFFICE", parent="370100", rank=2)
        identity.ensure_organisation(code="370100-zzz", name="教育局", kind="DEPARTMENT", parent="370100", rank=1)

        assert [item.code for item in identity.organisations()][-2:] == ["370100-zzz", "370100-bgt"]
        assert [item.code for item in identity.children(CITY)][-2:] == ["370100-zzz", "370100-bgt"]

    def test_below_a_department_are_only_its_own(self, db):
        city()

        assert [item.path for item in identity.organisations(under=MARKET)] == [MARKET]

    def test_children_leave_out_grandchildren(self, db):
        city()
        identity.ensure_organisation(code="370100-scjg-dj", name="登记科", kind="OFFICE", parent="370100-scjg")

        assert [item.path for item in identity.children(CITY)] == [MARKET, FIRE]

    def test_an_unknown_code_is_refused_by_name(self, db):
        with pytest.raises(identity.UnknownOrganisation, match="370100-nowhere"):
            identity.organisation("370100-nowhere")


class TestHolders:
    def test_finds_those_above_too_but_not_beside(self, clerk):
        chief = staff("chief", privileges=("approvals.application.read",), organisation="370100")
        staff("fireman", privileges=("approvals.application.read",), organisation="370100-xfjy")

        found = identity.holders(privilege="approvals.application.read", organisation=MARKET)

        assert {member.actor_id for member in found} == {clerk.actor_id, chief.actor_id}


def reader(*places):
    grants = tuple(pmi.Grant("identity.account.read", place) for place in places)
    return pmi.Actor(id="account:reader", name="x", kind="staff", grants=grants)


class TestAccounts:
    def test_shows_a_department_only_its_own_people(self, clerk):
        staff("fireman", organisation="370100-xfjy")
        citizen()

        assert [line.username for line in queries.accounts(actor=reader(MARKET))] == ["clerk"]

    def test_shows_the_city_everybody(self, clerk):
        citizen()

        assert len(queries.accounts(actor=reader(CITY))) == 2

    def test_shows_nobody_to_those_without_a_place(self, clerk):
        assert len(queries.accounts(actor=reader())) == 0

    def test_asks_the_same_number_of_questions_for_many_lines(self, clerk, django_assert_max_num_queries):
        for number in range(12):
            staff(f"clerk{number}")

        with django_assert_max_num_queries(5):
            assert len(queries.accounts(actor=reader(CITY))) == 13


class TestServing:
    def test_says_in_the_bar_where_one_serves_and_as_what(self, clerk, rf):
        request = rf.get("/")
        request.actor = identity.actor_for(clerk)

        context = identity.serving(request)

        assert str(context["organisation_name"]) == "济南市市场监督管理局"
        assert str(context["post_title"]) == '<a href="/identity/posts/">岗位clerk</a>'

    @pytest.mark.parametrize("somebody", [lambda: identity.actor_for(citizen()), lambda: pmi.ANONYMOUS])
    def test_is_empty_for_citizens_and_strangers(self, db, rf, somebody):
        request = rf.get("/")
        request.actor = somebody()

        context = identity.serving(request)

        assert (str(context["organisation_name"]), str(context["post_title"])) == ("", "")


class TestContact:
    def test_is_found_by_actor_and_by_account(self, clerk):
        assert identity.contact(clerk.actor_id) == identity.contact(clerk.pk)

    @pytest.mark.parametrize("who", ["anonymous", "service:hall", "account:00000000-0000-0000-0000-000000000000"])
    def test_of_a_stranger_is_refused(self, db, who):
        with pytest.raises(identity.UnknownAccount):
            identity.contact(who)
