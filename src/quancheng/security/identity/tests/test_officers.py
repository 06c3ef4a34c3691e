"""The three officers, and pmi's pages as identity's people see them."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation

from quancheng.kernel import discovery
from quancheng.security.identity import actions, checks
from quancheng.security.identity import public as identity
from quancheng.security.identity.models import Appointment, Post
from quancheng.security.identity.queries.directory import Directory
from quancheng.security.identity.tests.factories import prove, proven, staff
from quancheng.security.pmi import actions as pmi_actions
from quancheng.security.pmi import public as pmi
from quancheng.security.pmi import queries as pmi_queries
from quancheng.security.pmi.rules import actors as rules
from quancheng.security.trail import public as trail
from quancheng.security.trail.checks import looks
from quancheng.security.trail.queries import titles

pytestmark = pytest.mark.django_db
RULES = (
    "pmi.role.read",
    "pmi.rule.read",
    "pmi.conflict.make",
    "pmi.conflict.end",
    "pmi.recusal.make",
    "pmi.recusal.end",
)


@pytest.fixture
def admin():
    rights = tuple(
        f"identity.{name}" for name in ("appointment.make", "post.change-roles", "post.create", "delegation.make")
    )
    return proven(staff("admin", privileges=rights, organisation="370100"))


@pytest.fixture
def auditor():
    account = staff("auditor")
    pmi.define_role(code="role-auditor", title="审计", privileges=["trail.entry.read"], officer="AUDIT")
    return account


@pytest.fixture
def system_post(admin):
    pmi.define_role(code="system", title="系统", privileges=["probe.system.keep"], officer="SYSTEM")
    return identity.create_post(actor=admin, organisation="370100-scjg", title="系统岗", roles=["system"])


class TestTheThreeOfficers:
    def test_are_not_united_by_an_appointment(self, admin, auditor, system_post):
        with pytest.raises(actions.OfficersSeparate, match="职员auditor"):
            identity.make_appointment(
                actor=admin, post_id=system_post, account_id=auditor.pk, valid_from=timezone.localdate()
            )

        assert not Appointment.objects.filter(post=system_post).exists()

    def test_are_not_united_by_a_delegation(self, admin, auditor, system_post):
        keeper = staff("keeper")
        Appointment.objects.create(account=keeper, post_id=system_post, valid_from=timezone.localdate())

        with pytest.raises(actions.OfficersSeparate):
            identity.make_delegation(
                actor=identity.actor_for(keeper),
                giver_id=keeper.pk,
                deputy_id=auditor.pk,
                post_id=system_post,
                valid_from=timezone.localdate(),
                valid_until=timezone.localdate() + timedelta(1),
                reason="x",
            )

    def test_are_not_united_by_another_role_on_a_post(self, admin, auditor, system_post):
        held = Post.objects.get(title="岗位auditor")

        with pytest.raises(actions.OfficersSeparate):
            identity.change_roles(actor=admin, post_id=held.pk, roles=["role-auditor", "system"])

        assert list(held.roles.values_list("code", flat=True)) == ["role-auditor"]

    def test_may_follow_one_another(self, admin, auditor, system_post):
        yesterday = timezone.localdate() - timedelta(1)
        Appointment.objects.filter(account=auditor).update(valid_from=yesterday, valid_until=yesterday)

        assert identity.make_appointment(
            actor=admin, post_id=system_post, account_id=auditor.pk, valid_from=timezone.localdate()
        )

    def test_are_not_united_by_a_role_that_does_not_say_whose_it_is(self, admin, auditor):
        pmi.define_role(code="handy", title="杂务", privileges=["identity.account.create"])
        post = identity.create_post(actor=admin, organisation="370100-scjg", title="杂务岗", roles=["handy"])

        with pytest.raises(actions.OfficersSeparate):
            identity.make_appointment(actor=admin, post_id=post, account_id=auditor.pk, valid_from=timezone.localdate())

    def test_are_told_from_what_they_hold_by_the_posture(self, auditor):
        at = timezone.now()
        assert list(checks.officers(at)) == []

        pmi.define_role(code="handy", title="杂务", privileges=["pmi.role.change"])
        identity.ensure_post(organisation="370100-scjg", title="杂务岗", roles=["handy"], holders=["auditor"])

        assert [finding.key for finding in checks.officers(at)] == [str(auditor.pk)]

    def test_get_no_privilege_of_another_when_a_role_is_defined(self):
        with pytest.raises(pmi_actions.OtherOfficer, match="查阅审计轨迹"), translation.override("zh-hans"):
            pmi.define_role(code="system", title="系统", privileges=["trail.entry.read"], officer="SYSTEM")

        assert pmi.define_role(code="audit", title="审计", privileges=["trail.entry.read"], officer="AUDIT")

    def test_get_no_privilege_of_another_when_a_role_is_changed(self):
        pmi.define_role(code="system", title="系统", privileges=["probe.system.keep"], officer="SYSTEM")
        pmi.define_role(code="audit", title="审计", privileges=["trail.entry.read"], officer="AUDIT")
        keeper = proven(staff("keeper", privileges=("pmi.role.change",), organisation="370100"))

        with pytest.raises(pmi_actions.OtherOfficer):
            pmi_actions.change_terms(actor=keeper, code="system", privilege="trail.entry.read", terms={})

        assert pmi_queries.role("system").privileges == ("probe.system.keep",)

    def test_keep_what_two_of_them_share(self):
        both = {officer for officer in rules.OFFICERS if "pmi.emergency.review" not in self.refused(officer)}

        assert both == {"SECURITY", "AUDIT"}

    def refused(self, officer):
        return rules.unfit(["pmi.emergency.review"], officer, pmi_queries.reserved())

    def test_have_every_privilege_named_as_the_apps_name_their_actions(self):
        named = set(pmi_queries.reserved())

        assert {name for name in named if trail.action_title(name) == name} == set()


class TestTheSheetOfRoles:
    def test_shows_posts_with_holders_and_the_roles_that_nobody_has(self, client):
        staff("clerk", privileges=("probe.case.read",))
        pmi.define_role(code="nobodys", title="无人角色", privileges=["probe.case.read"])
        client.force_login(staff("keeper", privileges=("pmi.role.read",)))

        page = client.get(reverse("pmi:roles")).content.decode()
        empty = client.get(reverse("pmi:roles"), {"empty": ""}).content.decode()

        assert "岗位clerk" in page
        assert "职员clerk" in page
        assert "无人角色" in empty
        assert "职员clerk" not in empty


class TestWhy:
    def ask(self, client, **question):
        return client.get(reverse("pmi:why"), question, headers={"accept": "application/json"})

    def test_answers_in_words_on_a_page_and_as_json(self, client):
        client.force_login(staff("clerk", privileges=("probe.case.read",)))
        question = {"privilege": "probe.case.read", "organisation": "370100/370100-scjg/"}

        page = client.get(reverse("pmi:why"), question).content.decode()
        answer = self.ask(client, **question).json()

        assert "岗位clerk" in page
        assert answer["allowed"] is True
        assert "济南市市场监督管理局" in answer["steps"][0]["text"]

    def test_says_what_is_missing_in_a_question(self, client):
        client.force_login(staff("clerk"))

        assert self.ask(client).status_code == 400

    def test_about_others_is_for_those_who_may_and_leaves_a_trace(self, client):
        staff("clerk", privileges=("probe.case.read",))
        client.force_login(staff("curious"))
        assert self.ask(client, privilege="probe.case.read", person="clerk").json()["actor"] == "职员curious"

        client.force_login(staff("keeper", privileges=("pmi.why.read",), organisation="370100"))
        assert self.ask(client, privilege="probe.case.read", person="clerk").json()["actor"] == "职员clerk"
        assert "person" in self.ask(client, privilege="probe.case.read", person="nobody").json()["errors"]


class TestThePagesOfSeparation:
    def test_make_and_lift_a_rule(self, client):
        prove(client, staff("keeper", privileges=RULES, organisation="370100"))
        wish = {"first": "pmi.conflict.make", "second": "pmi.recusal.make", "reason": "分离"}

        client.post(reverse("pmi:new-conflict"), wish)
        page = client.get(reverse("pmi:separation"))

        assert "分离" in page.content.decode()
        (rule,) = page.context["conflicts"]
        client.post(reverse("pmi:end-conflict", args=[rule.id]))
        assert client.get(reverse("pmi:separation")).context["conflicts"] == ()

    def test_know_no_privilege_that_no_role_holds(self, client):
        client.force_login(staff("keeper", privileges=RULES, organisation="370100"))

        answer = client.post(reverse("pmi:new-conflict"), {"first": "x", "second": "y", "reason": "z"})

        assert set(answer.context["form"].errors) == {"first", "second"}

    def test_let_a_clerk_stand_aside_and_the_keeper_lift_it(self, client):
        clerk = staff("clerk")
        client.force_login(clerk)
        client.post(reverse("pmi:new-recusal"), {"subject": "case:7", "reason": "亲属", "person": "keeper"})

        client.force_login(staff("keeper", privileges=RULES, organisation="370100"))
        page = client.get(reverse("pmi:separation"))
        (found,) = page.context["recusals"]
        assert (found.actor_id, found.subject) == (clerk.actor_id, "case:7")

        client.post(reverse("pmi:end-recusal", args=[found.id]))
        assert client.get(reverse("pmi:separation")).context["recusals"][0].ended_at

    def test_let_the_keeper_bar_somebody_else(self, client):
        clerk = staff("clerk")
        client.force_login(staff("keeper", privileges=RULES, organisation="370100"))

        client.post(reverse("pmi:new-recusal"), {"subject": "case:7", "reason": "亲属", "person": "clerk"})

        (found,) = client.get(reverse("pmi:separation")).context["recusals"]
        assert found.actor_name == clerk.name


class TestNamesOfSubjects:
    def test_are_those_of_accounts_organisations_and_roles_and_nobody_elses(self):
        account = staff("clerk")

        called = Directory().names_of_subjects(
            [account.actor_id, "organisation:370100-scjg", "role:role-clerk", "account:nobody", "case:7", "subject:ab"]
        )

        assert called == {
            account.actor_id: "职员clerk",
            "organisation:370100-scjg": "济南市市场监督管理局",
            "role:role-clerk": "角色clerk",
        }

    def test_stand_in_the_posture_for_an_account_that_an_entry_names_by_its_number_alone(self, own_folder):
        knocking = staff("knocking")
        for _time in range(30):
            with transaction.atomic():
                trail.record(
                    action="probe.case.read", actor_id=knocking.actor_id, actor_name="", outcome="pmi.forbidden"
                )

        (finding,) = looks.refusals(timezone.now())

        assert "职员knocking" in str(finding.sentence)

    def test_stand_in_the_trail_and_on_the_page_of_separation_instead_of_codes(self, client, own_folder):
        sought = staff("sought")
        keeper = staff("keeper", privileges=("trail.entry.read", "pmi.rule.read"), organisation="370100")
        looker = identity.actor_for(keeper)
        with transaction.atomic():
            trail.record(action="probe.case.read", actor_id=looker.id, actor_name="甲", subjects=(sought.actor_id,))
        pmi.ensure_recusal(
            actor_id=looker.id,
            actor_name="甲",
            subject="organisation:370100-xfjy",
            reason="亲属",
            organisation="370100/",
        )
        client.force_login(keeper)

        listed = client.get(reverse("trail:entries")).content.decode()
        barred = client.get(reverse("pmi:separation")).content.decode()

        assert "职员sought" in listed
        assert sought.actor_id not in listed
        assert "济南市消防救援支队" in barred


def test_actions_of_the_other_zone_have_titles_here_because_its_posture_speaks_of_them(monkeypatch):
    monkeypatch.setattr(discovery, "all_apps", tuple)
    titles._catalogue.cache_clear()
    try:
        with translation.override("zh-hans"):
            assert trail.action_title("attributes.certificate.read") == "查看属性证书"
    finally:
        titles._catalogue.cache_clear()
