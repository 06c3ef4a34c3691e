"""Who must stand apart: pairs of privileges, recusals, and the answer to why."""

import pytest
from django.utils import timezone

from quancheng.security.pmi import actions, queries
from quancheng.security.pmi import public as pmi
from quancheng.security.trail import public as trail

pytestmark = pytest.mark.django_db
ACCEPT, DECIDE = "probe.case.accept", "probe.case.decide"
PLACE = "370100/spfw/"
GRANTS = tuple(pmi.Grant(name, PLACE, role="审批", post="科员") for name in (ACCEPT, DECIDE, "probe.case.read"))
MIN = pmi.Actor(id="account:1", name="张敏", kind="staff", grants=GRANTS)
LEI = pmi.Actor(id="account:2", name="王磊", kind="staff", grants=GRANTS)
KEEPER = pmi.Actor(
    id="account:3", name="钱卫", kind="staff", proven_at=timezone.now(),
    grants=tuple(
        pmi.Grant(f"pmi.{name}") for name in ("conflict.make", "conflict.end", "recusal.make", "recusal.end")
    ),
)  # fmt: skip


def _case(*, case):
    return pmi.Target(organisation=PLACE, subjects=(f"case:{case}",))


@pmi.action(ACCEPT, scope=_case)
def accept(*, actor, case):
    return "accepted"


@pmi.action(DECIDE, scope=_case)
def decide(*, actor, case):
    return "decided"


@pmi.reading("probe.case.read", scope=_case)
def read(*, actor, case):
    return "read"


@pytest.fixture
def rule():
    actions.make_conflict(actor=KEEPER, first=DECIDE, second=ACCEPT, reason="审办分离")


class TestAPair:
    @pytest.mark.usefixtures("rule")
    @pytest.mark.parametrize("steps", [(accept, decide), (decide, accept)])
    def test_keeps_one_person_from_doing_both_on_the_same_subject(self, steps):
        first, second = steps
        first(actor=MIN, case=1)

        with pytest.raises(pmi.DutiesConflict, match="probe"):
            second(actor=MIN, case=1)

        assert trail.entries(subject="case:1").items[0].outcome == "pmi.duties-conflict"

    @pytest.mark.usefixtures("rule")
    def test_leaves_other_people_and_other_subjects_alone(self):
        accept(actor=MIN, case=1)

        assert decide(actor=LEI, case=1) == "decided"
        assert decide(actor=MIN, case=2) == "decided"

    @pytest.mark.usefixtures("rule")
    def test_does_not_count_what_was_refused(self):
        stranger = pmi.Actor(id="account:9", name="x", kind="staff", grants=GRANTS[1:])
        with pytest.raises(pmi.Forbidden):
            accept(actor=stranger, case=1)

        assert decide(actor=stranger, case=1) == "decided"

    def test_is_nothing_before_there_is_a_rule(self):
        accept(actor=MIN, case=1)

        assert decide(actor=MIN, case=1) == "decided"

    @pytest.mark.usefixtures("rule")
    def test_is_lifted_and_refused_twice(self):
        with pytest.raises(actions.RuleExists):
            actions.make_conflict(actor=KEEPER, first=ACCEPT, second=DECIDE, reason="x")
        with pytest.raises(actions.SamePrivilege):
            actions.make_conflict(actor=KEEPER, first=ACCEPT, second=ACCEPT, reason="x")
        (found,) = queries.conflicts(ACCEPT)

        actions.end_conflict(actor=KEEPER, rule_id=found.id)

        assert queries.conflicts() == ()


class TestARecusal:
    def recuse(self, actor=KEEPER, who=MIN):
        return actions.make_recusal(
            actor=actor, actor_id=who.id, actor_name=who.name, subject="case:1", reason="亲属", at=timezone.now()
        )

    @pytest.mark.parametrize("step", [accept, read])
    def test_bars_from_doing_and_from_looking(self, step):
        self.recuse()

        with pytest.raises(pmi.Recused):
            step(actor=MIN, case=1)

        assert step(actor=LEI, case=1)
        assert step(actor=MIN, case=2)
        assert "pmi.recused" in [entry.outcome for entry in trail.entries(subject="case:1").items]

    def test_is_declared_by_everybody_for_themselves_but_not_for_others(self):
        self.recuse(actor=MIN)

        with pytest.raises(pmi.Forbidden):
            self.recuse(actor=LEI, who=pmi.Actor(id="account:5", name="x", kind="staff"))
        with pytest.raises(actions.AlreadyRecused):
            self.recuse()

    def test_is_lifted_by_somebody_else_only(self):
        own = self.recuse(actor=KEEPER, who=KEEPER)
        other = self.recuse()

        with pytest.raises(actions.NoSuchRule):
            actions.end_recusal(actor=KEEPER, recusal_id=own, at=timezone.now())
        with pytest.raises(pmi.Forbidden):
            actions.end_recusal(actor=MIN, recusal_id=other, at=timezone.now())
        actions.end_recusal(actor=KEEPER, recusal_id=other, at=timezone.now())

        assert accept(actor=MIN, case=1)


class TestWhy:
    def speaks(self, answer):
        return [step.speaks for step in answer.steps]

    def test_names_the_post_and_the_role(self):
        answer = queries.explain(MIN, ACCEPT, organisation=PLACE)

        assert answer.allowed
        assert "科员" in answer.steps[0].text
        assert "审批" in answer.steps[0].text

    def test_says_that_the_grant_does_not_reach_so_far(self):
        answer = queries.explain(MIN, ACCEPT, organisation="370100/jyj/")

        assert not answer.allowed
        assert "370100/jyj/" in answer.steps[0].text

    def test_names_the_roles_that_would_help(self):
        pmi.define_role(code="probe", title="受理员", privileges=[ACCEPT])

        answer = queries.explain(pmi.Actor(id="account:7", name="x", kind="staff"), ACCEPT)

        assert self.speaks(answer) == ["against", "note"]
        assert "受理员" in answer.steps[1].text

    def test_names_whose_post_was_delegated(self):
        lent = pmi.Grant(ACCEPT, PLACE, role="审批", post="局长", on_behalf_of="account:8", on_behalf_of_name="孙志强")

        answer = queries.explain(pmi.Actor(id="account:7", name="x", kind="staff", grants=(lent,)), ACCEPT)

        assert "孙志强" in answer.steps[0].text

    @pytest.mark.usefixtures("rule")
    def test_decides_as_the_action_would(self):
        assert queries.explain(MIN, DECIDE, subject="case:1").allowed
        accept(actor=MIN, case=1)

        answer = queries.explain(MIN, DECIDE, subject="case:1")

        assert not answer.allowed
        assert any("审办分离" in step.text for step in answer.steps)

    def test_knows_of_recusals_and_of_what_everybody_may(self):
        pmi.ensure_recusal(actor_id=MIN.id, actor_name="张敏", subject="case:1", reason="亲属")

        assert not queries.explain(MIN, ACCEPT, subject="case:1").allowed
        assert queries.explain(pmi.ANONYMOUS, pmi.PUBLIC).allowed
        assert not queries.explain(pmi.ANONYMOUS, pmi.SIGNED_IN).allowed
        citizen = pmi.Actor(id="account:6", name="王小美", kind="citizen")
        assert queries.explain(citizen, "probe.draft.save", open_to=("citizen",)).allowed


def test_two_of_the_three_officers_clash_and_one_alone_does_not():
    assert pmi.officers_clash(["SYSTEM", "AUDIT"])
    assert not pmi.officers_clash(["AUDIT", "AUDIT", ""])
    assert not pmi.officers_clash([])
