"""A change of privileges tried on what the trail holds: nothing without a change, exactly what was carried with one."""

import random
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from quancheng.security.identity import public as identity
from quancheng.security.identity.models import Account, Appointment, Delegation, Post
from quancheng.security.identity.queries import Directory
from quancheng.security.identity.tests.factories import CITY, FIRE, MARKET, citizen, city, staff
from quancheng.security.pmi import actions, queries
from quancheng.security.pmi import public as pmi
from quancheng.security.pmi.actions import simulating
from quancheng.security.pmi.models import Recusal, Role, Simulation
from quancheng.security.pmi.queries import Verdict
from quancheng.security.pmi.rules import Change, ChangeKind, Scope, Terms, grants_of
from quancheng.security.trail import public as trail
from quancheng.security.trail.models import BodyKey, Entry

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_folder")]
LOOK, STAMP, DECIDE = "probe.paper.look", "probe.paper.stamp", "probe.paper.decide"
ACTS = (LOOK, STAMP, DECIDE)
WATCHER = pmi.Actor(
    id="account:00000000-0000-0000-0000-000000000009", name="钱卫", kind="staff", at=timezone.now(),
    grants=(pmi.Grant("pmi.change.simulate"),),
)  # fmt: skip


def _target(*, place="", owner="", subject="paper:1"):
    return pmi.Target(place, owner, (subject,))


@pytest.fixture(autouse=True)
def probes(monkeypatch):
    """Actions of this test alone: they are gone from the register of actions afterwards."""
    from quancheng.security.pmi.actions import ways_in

    monkeypatch.setattr(ways_in, "_names", dict(ways_in._names))
    made = {LOOK: pmi.reading(LOOK, scope=_target)(_nothing)}
    for name in (STAMP, DECIDE):
        made[name] = pmi.action(name, scope=_target)(_nothing)
    city()
    return made


def _nothing(*, actor, place="", owner="", subject="paper:1"):
    return "done"


@pytest.fixture
def attempt(probes):
    def run(actor, name, **wish):
        with suppress(pmi.Forbidden):
            probes[name](actor=actor, **wish)

    return run


def served(username, *privileges, organisation="370100-scjg", since=timedelta(days=40)):
    account = staff(username, privileges=privileges, organisation=organisation)
    Appointment.objects.filter(account=account).update(valid_from=timezone.localdate() - since)
    return account


def simulated(change, *, stretches=10_000, actor=WATCHER):
    trail.integrate(at=timezone.now())
    today, now = timezone.localdate(), timezone.now()
    found = actions.simulate(actor=actor, change=change, since=today - timedelta(days=3), until=today, at=now)
    assert actions.advance(simulation_id=found, stretches=stretches, at=now)
    return queries.simulation(found)


def judged_all(change):
    """Return the verdict on every attempt that the trail holds, whatever the change touches."""
    trail.integrate(at=timezone.now())
    far = timedelta(days=400)
    _total, entries = trail.walk(start=0, end=10**9, since=timezone.now() - far, until=timezone.now() + far)
    replay = queries.Replay(change, queries.roles_now(), ACTS)
    return replay.judge(entry for entry in entries if entry.action in ACTS)


def flips(change):
    return [(item.verdict, item.entry.id) for item in judged_all(change) if item.verdict in queries.FLIPS]


@pytest.fixture
def month(attempt):
    """Six people who try everything everywhere, on their own and other people's papers, signed in weakly and well."""
    dice = random.Random(20261123)
    places = (MARKET, FIRE, CITY, f"{MARKET}ck/")
    for number in range(6):
        name = f"clerk{number}"
        held = dice.sample(ACTS, dice.randint(0, 2))
        account = served(name, *held, organisation=dice.choice(("370100-scjg", "370100-xfjy", "370100")))
        for privilege in held:
            terms = Terms(dice.choice(list(Scope)), assurance=dice.choice((0, 0, 2)))
            Role.objects.filter(code=f"role-{name}").update(terms={privilege: terms.plain()})
        for _act in range(25):
            actor = replace(identity.actor_for(account), assurance=dice.choice((1, 2)))
            owner = dice.choice(("", actor.id, "account:else"))
            attempt(actor, dice.choice(ACTS), place=dice.choice(places), owner=owner, subject=f"paper:{dice.random()}")
    return dice


class TestWithoutAChange:
    def test_nothing_is_decided_otherwise(self, month):
        role = Role.objects.exclude(privileges=[]).order_by("code").first()
        privilege = role.privileges[0]
        same = Change(ChangeKind.TERMS, role.code, privilege, terms=queries.role(role.code).terms(privilege))

        found = judged_all(same)

        assert {item.verdict for item in found} == {Verdict.SAME}
        assert len(found) == 6 * 25


class TestWithdrawing:
    def test_refuses_exactly_what_the_privilege_carried(self, month):
        for role in Role.objects.order_by("code"):
            for privilege in role.privileges:
                holder = Account.objects.get(username=role.code.removeprefix("role-"))
                carried = Entry.objects.filter(action=privilege, actor_id=holder.actor_id, outcome="done")

                found = flips(Change(ChangeKind.WITHDRAW, role.code, privilege))

                keys = [str(key) for key in carried.order_by("id").values_list("id", flat=True)]
                assert found == [(Verdict.NOW_REFUSED, key) for key in keys]

    def test_costs_nothing_where_another_role_brings_the_same(self, attempt):
        account = served("clerk", LOOK)
        pmi.define_role(code="second", title="另一角色", privileges=[LOOK])
        Post.objects.get(title="岗位clerk").roles.add(Role.objects.get(code="second"))
        attempt(identity.actor_for(account), LOOK, place=MARKET)

        assert not flips(Change(ChangeKind.WITHDRAW, "second", LOOK))

    def test_looks_only_at_what_it_touches_and_finds_the_same(self, month):
        role = Role.objects.filter(privileges__icontains=LOOK).order_by("code").first()
        change = Change(ChangeKind.WITHDRAW, role.code, LOOK)

        found = simulated(change)

        assert found.finished
        assert found.seen > found.looked == Entry.objects.filter(action=LOOK).count()
        assert found.refusals == len(flips(change)) == sum(item.count for item in found.refused)
        assert found.refused[0].examples[0] == flips(change)[0][1]


class TestGiving:
    def test_lifts_the_refusals_that_it_would_have_cured_and_no_others(self, attempt):
        account = served("clerk", STAMP)
        actor = identity.actor_for(account)
        for place in (MARKET, FIRE):
            attempt(actor, LOOK, place=place)

        found = simulated(Change(ChangeKind.TERMS, "role-clerk", LOOK, terms=Terms()))

        assert [(item.actor_name, item.action, item.count) for item in found.allowed] == [("职员clerk", LOOK, 1)]
        assert not found.refused

    def test_does_not_lift_what_a_recusal_bars_all_the_same(self, attempt):
        account = served("clerk")
        pmi.ensure_recusal(actor_id=account.actor_id, actor_name="职员clerk", subject="paper:1", reason="亲属")
        attempt(identity.actor_for(account), STAMP, place=MARKET)

        assert not flips(Change(ChangeKind.TERMS, "role-clerk", STAMP, terms=Terms()))

    @pytest.mark.parametrize(
        ("terms", "lost"),
        [(Terms(assurance=2), 1), (Terms(Scope.UNIT), 1), (Terms(purposes=("审计",)), 2), (Terms(), 0)],
    )
    def test_narrower_terms_refuse_what_they_no_longer_cover(self, attempt, terms, lost):
        actor = identity.actor_for(served("clerk", LOOK))
        attempt(replace(actor, assurance=1), LOOK, place=MARKET)
        attempt(replace(actor, assurance=3), LOOK, place=f"{MARKET}ck/")

        found = simulated(Change(ChangeKind.TERMS, "role-clerk", LOOK, terms=terms))

        assert found.refusals == lost
        assert all(item.lacking for item in found.refused)


class TestPostsAndAppointments:
    @pytest.fixture
    def post(self, attempt):
        account = served("clerk", LOOK)
        attempt(identity.actor_for(account), LOOK, place=MARKET)
        attempt(identity.actor_for(served("other")), LOOK, place=MARKET)
        return str(Post.objects.get(title="岗位clerk").pk)

    def test_a_role_taken_from_a_post_costs_its_holders(self, post):
        found = simulated(Change(ChangeKind.UNHANG, "role-clerk", post=post))

        assert [item.actor_name for item in found.refused] == ["职员clerk"]

    def test_a_role_hung_on_a_post_serves_its_holders(self, post):
        other = str(Post.objects.get(title="岗位other").pk)

        found = simulated(Change(ChangeKind.HANG, "role-clerk", post=other))

        assert [item.actor_name for item in found.allowed] == ["职员other"]

    def test_an_appointment_lets_somebody_do_what_was_refused(self, post):
        other = Account.objects.get(username="other").actor_id

        found = simulated(Change(ChangeKind.APPOINT, post=post, actor=other))

        assert (found.allowances, found.refusals) == (1, 0)

    def test_a_post_taken_away_costs_its_holder_and_who_acted_for_them(self, post, attempt):
        giver, deputy = Account.objects.get(username="clerk"), Account.objects.get(username="other")
        today = timezone.localdate()
        Delegation.objects.create(
            giver=giver, deputy=deputy, post_id=post, valid_from=today, valid_until=today, reason="出差"
        )
        attempt(identity.actor_for(deputy), LOOK, place=MARKET)

        found = simulated(Change(ChangeKind.DISMISS, post=post, actor=giver.actor_id))

        assert {item.actor_name: item.count for item in found.refused} == {"职员clerk": 1, "职员other": 1}

    def test_the_post_that_was_chosen_to_act_in_counts_as_it_did(self, attempt):
        account = served("clerk", LOOK)
        identity.ensure_post(organisation="370100-xfjy", title="兼职", roles=[], holders=["clerk"])
        second = Post.objects.get(title="兼职")
        attempt(identity.actor_for(account, seat=f"post:{second.pk}"), LOOK, place=MARKET)

        entry = trail.entries(action=LOOK).items[0]

        assert entry.outcome == "pmi.forbidden"
        assert entry.detail["decided"]["seat"] == f"post:{second.pk}"
        assert {item.verdict for item in judged_all(Change(ChangeKind.WITHDRAW, "role-clerk", STAMP))} == {Verdict.SAME}

    def test_what_was_held_then_is_what_actors_had_then(self, post):
        account = Account.objects.get(username="clerk")
        held = Directory().served([account.actor_id])[account.actor_id].holdings

        grants = list(grants_of(held, queries.roles_now(), LOOK, timezone.localtime()))

        assert [grant.organisation for grant in grants] == [
            grant.organisation for grant in identity.actor_for(account).held(LOOK)
        ]


class TestStandingApart:
    @pytest.fixture
    def accepted(self, attempt):
        actor = identity.actor_for(served("clerk", STAMP, DECIDE))
        attempt(actor, STAMP, subject="paper:1")
        attempt(actor, DECIDE, subject="paper:1")
        attempt(actor, DECIDE, subject="paper:2")
        attempt(actor, STAMP, subject="paper:2")
        return actor

    def test_a_rule_refuses_the_second_half_on_the_same_matter(self, accepted):
        keys = [entry.id for entry in reversed(trail.entries(actor=accepted.id).items)]

        assert flips(Change(ChangeKind.RULE, first=DECIDE, second=STAMP)) == [
            (Verdict.NOW_REFUSED, keys[1]),
            (Verdict.NOW_REFUSED, keys[3]),
        ]

    def test_a_rule_that_is_lifted_allows_what_it_refused(self, accepted, attempt):
        pmi.define_conflict(first=STAMP, second=DECIDE, reason="分离")
        attempt(accepted, STAMP, subject="paper:3")
        attempt(accepted, DECIDE, subject="paper:3")

        assert simulated(Change(ChangeKind.UNRULE, first=DECIDE, second=STAMP)).allowances == 1

    def test_a_recusal_refuses_what_was_done_in_the_matter_and_lifting_it_gives_it_back(self, accepted, attempt):
        assert simulated(Change(ChangeKind.RECUSE, actor=accepted.id, subject="paper:1")).refusals == 2

        pmi.ensure_recusal(actor_id=accepted.id, actor_name="职员", subject="paper:3", reason="亲属")
        attempt(accepted, DECIDE, subject="paper:3")

        assert Recusal.objects.count() == 1
        assert simulated(Change(ChangeKind.UNRECUSE, actor=accepted.id, subject="paper:3")).allowances == 1


class TestWhatCannotBeReplayed:
    def test_is_counted_and_never_guessed(self, attempt):
        account = served("clerk", LOOK)
        attempt(identity.actor_for(account), LOOK, place=MARKET)
        attempt(identity.actor_for(account), LOOK, place=MARKET)
        trail.integrate(at=timezone.now())
        erased = Entry.objects.filter(action=LOOK).order_by("id").first()
        BodyKey.objects.filter(entry=erased).delete()
        Entry.objects.filter(pk=erased.pk).update(sealed=None)
        common = {"action": LOOK, "actor_name": "张敏", "organisation": MARKET}
        trail.record(actor_id=account.actor_id, **common)
        trail.record(actor_id="account:00000000-0000-0000-0000-000000000001", detail={"decided": {}}, **common)

        found = simulated(Change(ChangeKind.WITHDRAW, "role-clerk", LOOK))

        assert {item.verdict: item.count for item in found.unreplayed} == {
            "UNRECORDED": 1,
            "ERASED": 1,
            "UNKNOWN_PERSON": 1,
        }
        assert (found.refusals, found.not_replayed, found.looked) == (1, 3, 4)

    def test_is_not_what_no_role_decides_or_what_was_decided_otherwise_since(self, attempt, probes):
        account = served("clerk", LOOK)
        attempt(identity.actor_for(account), LOOK, place=MARKET)
        Role.objects.filter(code="role-clerk").update(privileges=[STAMP])
        attempt(pmi.service_actor("probe"), STAMP)
        attempt(identity.actor_for(citizen()), STAMP)

        looks = simulated(Change(ChangeKind.TERMS, "role-clerk", LOOK, terms=Terms(Scope.UNIT)))
        stamps = simulated(Change(ChangeKind.WITHDRAW, "role-clerk", STAMP))

        assert looks.counts == {"OTHERWISE": 1}
        assert stamps.counts == {"NOT_BY_ROLES": 1, "SAME": 1}


class TestASimulation:
    @pytest.fixture
    def change(self, attempt, monkeypatch):
        account = served("clerk", LOOK)
        for number in range(7):
            attempt(identity.actor_for(account), LOOK, place=MARKET, subject=f"paper:{number}")
        trail.integrate(at=timezone.now())
        monkeypatch.setattr(simulating, "STRETCH", 2)
        return Change(ChangeKind.WITHDRAW, "role-clerk", LOOK)

    def start(self, change, **wish):
        wish = {"since": (today := timezone.localdate()), "until": today, "at": timezone.now()} | wish
        return actions.simulate(actor=WATCHER, change=change, **wish)

    def test_goes_on_where_it_was_broken_off_and_comes_to_the_same(self, change):
        key = self.start(change)
        while not actions.advance(simulation_id=key, stretches=1, at=timezone.now()):
            assert queries.simulation(key).percent < 100

        found = queries.simulation(key)
        assert (found.refusals, found.percent, len(found.refused)) == (7, 100, 1)
        assert len(found.refused[0].examples) == simulating.EXAMPLES

    def test_is_carried_on_by_the_worker(self, change, monkeypatch):
        key = self.start(change)
        monkeypatch.setattr(simulating, "STRETCH", 10_000)
        simulating.advance_all(at=timezone.now())
        assert queries.simulation(key).finished

    def test_begins_anew_when_the_roles_change_on_the_way(self, change):
        key = self.start(change)
        actions.advance(simulation_id=key, stretches=2, at=timezone.now())
        pmi.define_role(code="new", title="新角色", privileges=[LOOK])

        actions.advance(simulation_id=key, stretches=10_000, at=timezone.now())

        assert queries.simulation(key).refusals == 7

    def test_shows_nobody_what_their_privilege_does_not_reach(self, change):
        elsewhere = replace(WATCHER, grants=(pmi.Grant("pmi.change.simulate", FIRE),))

        assert simulated(change).seen >= 7
        assert simulated(change, actor=elsewhere).seen == 0

    def test_is_forgotten_after_a_week(self, change):
        self.start(change)
        simulating.advance_all(at=timezone.now() + timedelta(days=8))
        assert not Simulation.objects.exists()

    @pytest.mark.parametrize(
        "wrong",
        [
            Change(ChangeKind.WITHDRAW, "role-nobody", LOOK),
            Change(ChangeKind.WITHDRAW, "role-clerk", STAMP),
            Change(ChangeKind.TERMS, "role-clerk", "no.such.privilege"),
            Change(ChangeKind.HANG, "role-clerk", post="x"),
            Change(ChangeKind.APPOINT, post="x", actor="account:x"),
            Change(ChangeKind.RULE, first=LOOK, second=LOOK),
            Change(ChangeKind.UNRULE, first=LOOK, second=STAMP),
            Change(ChangeKind.RECUSE, actor="account:x", subject="paper:1"),
            Change(ChangeKind.UNRECUSE, actor="account:x", subject="paper:1"),
        ],
        ids=lambda change: change.kind.value,
    )
    def test_of_what_does_not_exist_is_refused(self, change, wrong):
        with pytest.raises(actions.NothingToTry):
            self.start(wrong)

    @pytest.mark.parametrize(("begins", "ends"), [(1, 2), (0, -1), (-400, 0)])
    def test_of_an_impossible_period_is_refused(self, change, begins, ends):
        today = timezone.localdate()

        with pytest.raises(actions.BadPeriod):
            self.start(change, since=today + timedelta(days=begins), until=today + timedelta(days=ends))

    def test_runs_no_more_at_once_than_the_site_bears(self, change):
        for _number in range(5):
            self.start(change)

        with pytest.raises(actions.TooManyRunning):
            self.start(change)
