"""What a permitted look obliges to: masking, a reason, telling the person; enforced, explained, tried beforehand."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone, translation

from quancheng.kernel import events
from quancheng.kernel.refusal import Refusal
from quancheng.security.identity import public as identity
from quancheng.security.identity.models import Account
from quancheng.security.identity.tests.factories import city, prove, proven, staff
from quancheng.security.pmi import actions, public, queries, rules
from quancheng.security.pmi.models import Role
from quancheng.security.pmi.rules import Actor, Grant, Obligation, Target, Terms
from quancheng.security.trail import public as trail

NUMBER, PERSON = "370102199003072345", rules.reference("370102199003072345")
OFFICE = "370100/370100-spfw/"
NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
MASK, REASON, NOTIFY = Obligation.MASK, Obligation.REASON, Obligation.NOTIFY
LOOK, BARE, THERE = "probe.masked.read", "probe.bare.read", "probe.there.read"


def clerk(*obligations, privilege=LOOK, purpose=""):
    grant = Grant(privilege, OFFICE, terms=Terms(obligations=obligations))
    return Actor(
        id="account:c", name="办事员", kind="staff", organisation=OFFICE, grants=(grant,), at=NOW, purpose=purpose
    )


@public.reading(LOOK, scope=lambda *, person: Target(OFFICE, subjects=(person,)), mask=lambda name: name[:1] + "**")
def look(*, actor, person):
    return "王晓梅"


@public.reading(BARE, scope=lambda *, person: Target(OFFICE, subjects=(person,)))
def look_bare(*, actor, person):
    return "王晓梅"


@public.action("probe.person.note", scope=lambda *, person: Target(OFFICE, subjects=(person,)))
def note(*, actor, person):
    return "noted"


@pytest.fixture
def told(monkeypatch):
    """What was announced."""
    found = []
    monkeypatch.setattr(events, "publish", found.append)
    return found


@pytest.mark.django_db
class TestMasking:
    def test_shows_the_same_look_masked_and_says_so_in_the_trail(self):
        assert look(actor=clerk(), person=PERSON) == "王晓梅"
        assert look(actor=clerk(MASK), person=PERSON) == "王**"
        bound, free = trail.entries(subject=PERSON).items[:2]
        assert bound.detail["obligations"] == ["MASK"]
        assert "obligations" not in free.detail

    def test_that_a_way_in_cannot_do_shuts_it_and_is_entered(self):
        with pytest.raises(public.CannotMask):
            look_bare(actor=clerk(MASK, privilege=BARE), person=PERSON)
        with pytest.raises(public.CannotMask):
            note(actor=clerk(MASK, privilege="probe.person.note"), person=PERSON)

        assert {entry.outcome for entry in trail.entries(subject=PERSON).items} == {"pmi.cannot-mask"}


@pytest.mark.django_db
class TestReason:
    def test_is_asked_for_first_and_stands_in_the_trail(self):
        with pytest.raises(public.PurposeNeeded):
            look(actor=clerk(REASON), person=PERSON)

        look(actor=clerk(REASON, purpose="群众来访核对"), person=PERSON)

        assert trail.entries(subject=PERSON).items[0].detail["purpose"] == "群众来访核对"

    def test_may_be_said_in_own_words_by_whoever_is_asked_for_one(self, client):
        account = staff("keeper", privileges=(LOOK,), organisation="370100")
        prove(client, account)
        wish = {"words": "群众来访核对", "next": "/identity/profile/"}

        refused = client.post("/pmi/purpose/", wish)
        Role.objects.filter(code="role-keeper").update(terms={LOOK: {"obligations": ["REASON"]}})
        taken = client.post("/pmi/purpose/", wish)

        assert refused.status_code in {302, 400, 409, 422}
        assert taken["Location"] == "/identity/profile/"
        assert client.session["pmi.purpose"] == "群众来访核对"


@pytest.mark.django_db
class TestTelling:
    def test_tells_the_person_once_the_look_is_done(self, told):
        look(actor=replace(clerk(NOTIFY), organisation_name="审批服务局", purpose="帮办"), person=PERSON)
        note(actor=clerk(NOTIFY, privilege="probe.person.note"), person=PERSON)

        assert [(item.person, item.privilege) for item in told] == [(PERSON, LOOK), (PERSON, "probe.person.note")]
        assert (told[0].organisation, told[0].purpose) == ("审批服务局", "帮办")
        assert NUMBER not in repr(told)

    def test_tells_nobody_of_what_was_refused(self, told):
        with pytest.raises(Refusal):
            look(actor=replace(clerk(NOTIFY), grants=()), person=PERSON)

        assert told == []

    def test_masks_instead_where_nobody_can_be_told(self, told):
        assert look(actor=clerk(NOTIFY), person="list:all") == "王**"
        with pytest.raises(public.CannotMask):
            look_bare(actor=clerk(NOTIFY, privilege=BARE), person="list:all")
        assert told == []

    def test_finds_the_citizen_whose_name_was_checked(self):
        made = identity.ensure_account(username="c1", name="王晓梅", kind="citizen", identity_number=NUMBER)
        account = Account.objects.get(username="c1")

        assert identity.citizen_of(PERSON) == account.actor_id
        Account.objects.filter(pk=account.pk).update(assurance=Account.Assurance.DECLARED)
        assert identity.citizen_of(PERSON) == ""
        assert identity.citizen_of(rules.reference("")) == ""
        assert made is not None


@pytest.mark.django_db
class TestBeforehand:
    def test_an_obligation_that_cannot_be_discharged_is_not_put_on_a_role(self):
        keeper = proven(staff("keeper", privileges=("pmi.role.change",), organisation="370100"))
        public.define_role(code="readers", title="查阅员", privileges=[LOOK, BARE])

        with pytest.raises(actions.NothingToMask):
            actions.change_terms(actor=keeper, code="readers", privilege=BARE, terms={"obligations": ["MASK"]})
        actions.change_terms(actor=keeper, code="readers", privilege=LOOK, terms={"obligations": ["MASK", "NOTIFY"]})

        assert queries.role("readers").terms(LOOK).obligations == (MASK, NOTIFY)

    def test_masking_that_nobody_does_is_not_put_on_a_role_at_setting_up_either(self):
        with pytest.raises(actions.NothingToMask):
            public.define_role(
                code="readers", title="查阅员", privileges=[BARE], terms={BARE: {"obligations": ["MASK"]}}
            )

        assert public.define_role(
            code="readers", title="查阅员", privileges=[LOOK], terms={LOOK: {"obligations": ["MASK"]}}
        )

    def test_the_explanation_says_what_is_owed_and_what_becomes_of_it(self):
        with translation.override("en"):
            found = queries.explain(clerk(NOTIFY, MASK), LOOK, organisation=OFFICE)

        assert found.allowed
        assert set(found.obligations) == {"MASK", "NOTIFY"}
        assert sum("bound" in step.text for step in found.steps) == 1
        assert any("Nobody is named" in step.text for step in found.steps)

    def test_a_simulation_counts_acts_that_would_be_bound_to_something_else(self, own_folder):
        account = staff("reader", privileges=(THERE,), organisation="370100-scjg")
        actor = replace(identity.actor_for(account), at=timezone.localtime())
        at_home = public.Target(actor.organisation, subjects=(PERSON,))

        @public.reading(THERE, scope=lambda *, person: at_home, mask=str)
        def look_there(*, actor, person):
            return "王晓梅"

        look_there(actor=actor, person=PERSON)
        trail.integrate(at=timezone.now())
        maker = proven(staff("officer", privileges=("pmi.change.simulate", "trail.entry.read"), organisation="370100"))
        today = timezone.localdate()

        def tried(terms):
            change = rules.Change(rules.ChangeKind.TERMS, role="role-reader", privilege=THERE, terms=terms)
            made = actions.simulate(
                actor=maker, change=change, since=today - timedelta(days=1), until=today, at=timezone.now()
            )
            while not queries.simulation(made).finished:
                actions.advance(simulation_id=made, at=timezone.now())
            return queries.simulation(made).counts

        assert tried(Terms(obligations=(MASK,))).get("BOUND") == 1
        assert tried(Terms(obligations=(REASON,))).get("NOW_REFUSED") == 1
        assert tried(Terms(assurance=0)).get("SAME") == 1


@pytest.mark.django_db
def test_a_city_without_obligations_owes_nothing():
    city()

    assert queries.explain(clerk(), LOOK, organisation=OFFICE).obligations == ()
