"""Changing on what terms a role holds a privilege, and declaring what one acts for."""

from dataclasses import replace

import pytest
from django.test import RequestFactory
from django.utils import timezone

from quancheng.security.identity import public as identity
from quancheng.security.identity.tests.factories import prove, staff
from quancheng.security.pmi import actions, queries, rules
from quancheng.security.pmi import public as pmi
from quancheng.security.pmi.models import Role
from quancheng.security.trail import public as trail

pytestmark = pytest.mark.django_db
READ = "probe.file.read"
KEEPER = pmi.Actor(
    id="account:3", name="钱卫", kind="staff", proven_at=timezone.now(),
    grants=(pmi.Grant("pmi.role.change", role="安全管理员"), pmi.Grant("pmi.role.withdraw", role="安全管理员")),
)  # fmt: skip
PURPOSE = {"purposes": ["数据使用检查"]}


@pytest.fixture
def clerk():
    return staff("clerk", privileges=(READ,))


def change(actor=KEEPER, **terms):
    actions.change_terms(actor=actor, code="role-clerk", privilege=READ, terms=terms)


class TestTermsOfARole:
    def test_reach_the_people_whose_post_carries_it(self, clerk):
        change(scope="UNIT", **PURPOSE)

        actor = identity.actor_for(clerk)

        assert not actor.may(READ)
        assert replace(actor, purpose="数据使用检查").may(READ, "370100/370100-scjg/")
        assert not replace(actor, purpose="数据使用检查").may(READ, "370100/370100-scjg/x/")

    def test_are_changed_by_somebody_else_who_has_shown_who_they_are(self, clerk):
        with pytest.raises(actions.OwnRole):
            change(replace(KEEPER, grants=(*KEEPER.grants, pmi.Grant(READ, role="角色clerk"))))
        with pytest.raises(pmi.StepUpNeeded):
            change(replace(KEEPER, proven_at=None))

        assert queries.role("role-clerk").terms(READ) == rules.PLAIN

    @pytest.mark.parametrize(("terms", "refusal"), [({"scope": "x"}, actions.UnreadableTerms)])
    def test_that_nobody_understands_are_refused(self, clerk, terms, refusal):
        with pytest.raises(refusal):
            change(**terms)

    def test_that_were_spoilt_in_the_database_never_count(self, clerk):
        Role.objects.filter(code="role-clerk").update(terms={READ: {"unless": "sunday"}})

        assert not identity.actor_for(clerk).may(READ)
        assert queries.role("role-clerk").terms(READ) is None

    def test_go_with_the_privilege_and_come_with_it(self, clerk):
        change(**PURPOSE)
        actions.withdraw_privilege(actor=KEEPER, code="role-clerk", privilege=READ)

        assert queries.role("role-clerk").held == ()
        with pytest.raises(actions.UnknownPrivilege):
            change()
        with pytest.raises(actions.UnknownPrivilege):
            actions.withdraw_privilege(actor=KEEPER, code="role-clerk", privilege=READ)

    def test_are_explained(self, clerk):
        change(scope="CITY", assurance=2, **PURPOSE)

        answer = queries.explain(identity.actor_for(clerk), READ)

        assert not answer.allowed
        assert "数据使用检查" in answer.steps[0].text

    def test_decide_who_is_named_as_a_holder(self, clerk):
        change(scope="CITY")
        assert [one.actor_id for one in identity.holders(privilege=READ, organisation="370100/370100-xfjy/")]

        change(scope="UNIT")
        assert not identity.holders(privilege=READ, organisation="370100/370100-xfjy/")


class TestPurpose:
    def test_must_be_declared_before_the_page_opens_and_stands_in_the_trail(self, clerk):
        change(**PURPOSE)
        actor = identity.actor_for(clerk)

        with pytest.raises(pmi.PurposeNeeded):
            actions.demand(actor, READ)

        assert trail.entries(actor=actor.id).items[0].outcome == "pmi.purpose-needed"

    def test_of_an_action_is_kept_with_what_was_done(self, clerk):
        change(**PURPOSE)

        @pmi.reading(READ)
        def look(*, actor):
            return "seen"

        assert look(actor=replace(identity.actor_for(clerk), purpose="数据使用检查")) == "seen"
        assert trail.entries(action=READ).items[0].detail["purpose"] == "数据使用检查"

    def test_is_one_of_those_that_the_own_privileges_name(self, clerk):
        change(**PURPOSE)
        actor = identity.actor_for(clerk)

        assert actions.declare_purpose(actor=actor, purpose="数据使用检查")
        with pytest.raises(actions.NotAPurpose):
            actions.declare_purpose(actor=actor, purpose="好奇")

    def test_of_a_program_stands_in_a_header(self):
        request = RequestFactory().get("/", headers={"Purpose": "%E6%95%B0%E6%8D%AE"})
        request.session = {}

        assert actions.purpose_in(request) == "数据"


class TestPages:
    @pytest.fixture
    def browser(self, client, clerk):
        keeper = staff("keeper", privileges=("pmi.role.read", "pmi.role.change", "pmi.role.withdraw"))
        prove(client, keeper)
        return client

    def test_a_change_is_shown_before_it_is_saved(self, browser):
        form = {"privilege": READ, "scope": "UNIT", "assurance": "2", "purposes": "甲\n乙", "day0": "08:30-12:00"}
        form["zone"] = "Asia/Shanghai"

        preview = browser.post("/pmi/roles/role-clerk/terms/", form)
        before = queries.role("role-clerk").terms(READ)
        saved = browser.post("/pmi/roles/role-clerk/terms/", form | {"save": "1"})

        assert "甲" in preview.content.decode()
        assert before == rules.PLAIN
        assert saved.status_code == 302
        found = queries.role("role-clerk").terms(READ)
        assert (found.scope, found.assurance, found.purposes) == (rules.Scope.UNIT, 2, ("甲", "乙"))
        assert found.hours.texts()[0] == "08:30-12:00"
        assert "甲" in browser.get("/pmi/roles/role-clerk/").content.decode()

    @pytest.mark.parametrize("wrong", [{"day0": "8-12"}, {"zone": "x", "day0": "08:00-09:00"}, {"purposes": "长" * 61}])
    def test_what_cannot_be_read_is_answered_with_a_sentence(self, browser, wrong):
        form = {"privilege": READ, "scope": "UNIT", "zone": "Asia/Shanghai", "save": "1"} | wrong

        assert browser.post("/pmi/roles/role-clerk/terms/", form).status_code == 200
        assert queries.role("role-clerk").terms(READ) == rules.PLAIN

    def test_a_privilege_is_withdrawn_after_being_asked(self, browser):
        assert browser.post("/pmi/roles/role-clerk/withdraw/", {"privilege": READ}).status_code == 302
        assert queries.role("role-clerk").privileges == ()

    def test_somebody_who_lacks_only_the_purpose_is_asked_for_it_and_comes_back(self, client):
        account = staff("reader", privileges=("pmi.role.read",))
        pmi.define_role(
            code="role-reader", title="角色reader", privileges=["pmi.role.read"], terms={"pmi.role.read": PURPOSE}
        )
        client.force_login(account)

        asked = client.get("/pmi/roles/")
        declared = client.post("/pmi/purpose/", {"purpose": "数据使用检查", "next": "/pmi/roles/"})

        assert asked.status_code == 403
        assert "数据使用检查" in asked.content.decode()
        assert declared["Location"] == "/pmi/roles/"
        assert client.get("/pmi/roles/").status_code == 200

    def test_a_declaration_leads_to_no_other_site(self, client):
        client.force_login(staff("reader"))

        assert client.post("/pmi/purpose/", {"next": "https://example.com/"})["Location"] == "/pmi/purpose/"
        broken = client.post("/pmi/purpose/", {"next": "/pmi/roles/\nSet-Cookie: x=y"})
        assert (broken["Location"], "x" in broken.cookies) == ("/pmi/roles/%0ASet-Cookie:%20x=y", False)
