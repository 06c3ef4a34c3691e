"""Uses of a person's data that need their consent: given, withdrawn, counted, explained, and across the zones."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quancheng.kernel import events
from quancheng.kernel.refusal import Refusal
from quancheng.security.identity import public as identity
from quancheng.security.identity.models import Account
from quancheng.security.identity.tests.factories import city, staff
from quancheng.security.pmi import actions, adapters, public, queries, rules, subscriptions
from quancheng.security.pmi.models import Consent
from quancheng.security.pmi.rules import Actor, Agreed, Grant, Lack, Target, Terms, decide
from quancheng.security.trail import public as trail

NUMBER, PERSON = "370102199003072345", rules.reference("370102199003072345")
OFFICE, ELSEWHERE = "370100/370100-spfw/370100-spfw-ck/", "370100/370100-gaj/"
NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
ASKING = Terms(consent="counter-help")
HELP = Agreed("counter-help", "370100-spfw")
LOOK = "population.person.read"


def clerk(place=OFFICE, terms=ASKING):
    return Actor(id="account:c", name="办事员", kind="staff", grants=(Grant(LOOK, place, terms=terms),), at=NOW)


@public.reading("probe.person.read", scope=lambda *, person: Target(subjects=(person,)))
def look(*, actor, person):
    return "read"


@pytest.fixture
def citizen(db):
    """A citizen whose real name was checked."""
    account = identity.ensure_account(username="c1", name="王晓梅", kind="citizen", identity_number=NUMBER)
    Account.objects.filter(username="c1").update(assurance=Account.Assurance.CHECKED)
    assert account
    return identity.actor_of("c1")


@pytest.fixture
def told(monkeypatch):
    """Every event that was published, as the other zone would hear it."""
    found = []
    monkeypatch.setattr(events, "publish", found.append)
    return found


def give(citizen, *, days=30, at=NOW, digest=None, matter="counter-help"):
    digest = digest or queries.matters()["counter-help"].digest()
    return actions.give_consent(actor=citizen, matter=matter, days=days, digest=digest, at=at)


class TestDecision:
    def test_holds_for_who_agreed_and_only_for_the_office_they_agreed_to(self):
        about = Target(OFFICE, subjects=(PERSON,))
        agreed = replace(about, consents=frozenset({HELP}))

        assert decide(clerk(), LOOK, agreed).allowed
        assert decide(clerk(), LOOK, about).lacking == (Lack.CONSENT,)
        assert decide(clerk(ELSEWHERE), LOOK, replace(agreed, organisation=ELSEWHERE)).lacking == (Lack.CONSENT,)
        assert decide(clerk(terms=Terms(consent="other")), LOOK, agreed).lacking == (Lack.CONSENT,)

    def test_without_a_person_nobody_has_agreed_but_a_menu_may_lead_there(self):
        assert not clerk().may(LOOK)
        assert not clerk().reach(LOOK).branches
        assert clerk().might(LOOK)

    @given(st.lists(st.frozensets(st.builds(Agreed, st.sampled_from("ab"), st.sampled_from("xy")))))
    def test_of_several_people_all_must_have_agreed(self, held):
        found = rules.common(held)

        assert all(found <= one for one in held)
        assert found or not held or not frozenset.intersection(*held)

    @pytest.mark.parametrize("wrong", [{"consent": 1}, {"consent": "A b"}, {"consent": ["x"]}])
    def test_terms_that_cannot_be_read_never_count_as_none(self, wrong):
        with pytest.raises(rules.BadTerms):
            rules.read(wrong)

    def test_terms_with_a_consent_survive_being_stored(self):
        assert rules.read(ASKING.plain()) == ASKING


class TestGiving:
    def test_counts_from_the_moment_it_is_given_to_the_moment_it_is_withdrawn(self, citizen):
        give(citizen)
        later = NOW + timedelta(days=2)

        def agreed(at):
            return queries.agreed({PERSON}, at)[PERSON]

        assert agreed(NOW) == {HELP}
        actions.withdraw_consent(actor=citizen, matter="counter-help", at=later)
        assert agreed(later) == frozenset()
        assert agreed(later - timedelta(seconds=1)) == {HELP}
        assert agreed(NOW - timedelta(seconds=1)) == frozenset()

    def test_ends_by_itself_and_may_be_given_again(self, citizen):
        give(citizen, days=1)
        after = NOW + timedelta(days=1)

        assert queries.agreed({PERSON}, after)[PERSON] == frozenset()
        give(citizen, days=1, at=after)
        assert queries.agreed({PERSON}, after)[PERSON] == {HELP}

    @pytest.mark.parametrize(
        ("wish", "refusal"),
        [
            ({"days": 0}, actions.NotSoLong),
            ({"days": 181}, actions.NotSoLong),
            ({"digest": "0" * 64}, actions.ReadOtherwise),
            ({"matter": "nothing"}, actions.NoSuchMatter),
        ],
    )
    def test_is_refused_when_it_is_not_what_was_read(self, citizen, wish, refusal):
        with pytest.raises(refusal):
            give(citizen, **wish)
        assert not Consent.objects.exists()

    def test_twice_is_refused_and_so_is_withdrawing_twice(self, citizen):
        give(citizen)
        with pytest.raises(actions.AlreadyAgreed):
            give(citizen)
        actions.withdraw_consent(actor=citizen, matter="counter-help", at=NOW)
        with pytest.raises(actions.NotAgreed):
            actions.withdraw_consent(actor=citizen, matter="counter-help", at=NOW)

    def test_asks_for_a_checked_name_since_anybody_can_type_a_number(self, citizen):
        Account.objects.filter(username="c1").update(assurance=Account.Assurance.DECLARED)

        with pytest.raises(actions.UnknownPerson):
            give(citizen)

    def test_is_the_citizen_s_alone(self, citizen):
        with pytest.raises(actions.Forbidden):
            give(clerk())

    def test_to_something_that_was_declared_otherwise_since_counts_no_more(self, citizen, monkeypatch):
        give(citizen)
        changed = replace(queries.matters()["counter-help"], purpose="另作他用")
        monkeypatch.setitem(queries.matters(), "counter-help", changed)

        assert queries.agreed({PERSON}, NOW)[PERSON] == frozenset()
        (offer,) = [item for item in queries.offers(actor=citizen, at=NOW) if item.code == "counter-help"]
        assert offer.running is None
        assert offer.earlier[0].state == "changed"

    def test_is_kept_where_the_data_are_however_often_it_is_told(self, citizen, told):
        give(citizen)
        actions.withdraw_consent(actor=citizen, matter="counter-help", at=NOW + timedelta(hours=1))
        Consent.objects.all().delete()
        given_, ended = (events.Message(topic=item.topic, data=events.plain(item)) for item in told)

        for _again in range(2):
            subscriptions.keep_consent(given_)
        assert queries.agreed({PERSON}, NOW)[PERSON] == {HELP}
        for _again in range(2):
            subscriptions.end_consent(ended)
        assert queries.agreed({PERSON}, NOW + timedelta(hours=1))[PERSON] == frozenset()
        assert NUMBER not in str(given_.data)


class TestUse:
    def test_a_reading_opens_with_the_consent_and_shuts_with_its_withdrawal(self, citizen):
        actor = replace(clerk(), grants=(Grant("probe.person.read", OFFICE, terms=ASKING),))
        now = datetime.now(UTC)

        with pytest.raises(actions.ConsentNeeded):
            look(actor=actor, person=PERSON)
        give(citizen, at=now - timedelta(minutes=1))
        assert look(actor=actor, person=PERSON) == "read"
        actions.withdraw_consent(actor=citizen, matter="counter-help", at=now)
        with pytest.raises(actions.ConsentNeeded):
            look(actor=actor, person=PERSON)

        outcomes = [item.outcome for item in trail.entries(action="probe.person.read").items]
        assert outcomes == ["pmi.consent-needed", "done", "pmi.consent-needed"]
        assert trail.entries(action="probe.person.read", outcome="done").items[0].detail["decided"]["consent"] == (
            "counter-help"
        )

    def test_people_are_known_by_whoever_keeps_them(self, citizen, monkeypatch):
        monkeypatch.setattr(adapters, "_people", [lambda subjects: [PERSON] if "file:1" in subjects else []])
        give(citizen, at=datetime.now(UTC) - timedelta(minutes=1))
        actor = replace(clerk(), grants=(Grant("probe.person.read", OFFICE, terms=ASKING),))

        assert look(actor=actor, person="file:1") == "read"
        with pytest.raises(actions.ConsentNeeded):
            look(actor=actor, person="file:2")

    def test_why_names_the_law_that_asks_for_it(self, citizen):
        refused = queries.explain(clerk(), LOOK, organisation=OFFICE, subject=PERSON)
        give(citizen, at=datetime.now(UTC) - timedelta(minutes=1))
        allowed = queries.explain(clerk(), LOOK, organisation=OFFICE, subject=PERSON)
        nobody = queries.explain(clerk(), LOOK, organisation=OFFICE)

        assert not refused.allowed
        assert any("个人信息保护法" in step.text for step in refused.steps if step.speaks == "against")
        assert allowed.allowed
        assert not nobody.allowed


@pytest.mark.parametrize(
    "table",
    [{}, {"code": "x"}, {"code": "ab c"}, {"days": 0}, {"days": 9999}, {"basis": " "}, {"more": "x"}],
)
def test_a_declaration_that_says_too_little_names_its_app(table):
    whole = {
        "code": "some-help", "title": "a", "title_en": "a", "data": "a", "data_en": "a", "purpose": "a",
        "purpose_en": "a", "recipient": "a", "basis": "a", "days": 1,
    }  # fmt: skip

    assert rules.read_matter(whole, "app").code == "some-help"
    with pytest.raises(rules.BadMatter, match="app"):
        rules.read_matter({**whole, **table} if table else {}, "app")


def test_every_declared_matter_names_article_and_recipient():
    assert queries.matters()
    assert all("第" in matter.basis and matter.recipient for matter in queries.matters().values())


def test_a_refusal_is_a_sentence(citizen):
    with pytest.raises(Refusal, match="180"):
        give(citizen, days=1000)


def test_a_simulation_refuses_looks_at_those_who_had_not_agreed_then(own_folder, db, monkeypatch):
    city()
    account = staff("clerk", privileges=("probe.person.read",))
    matter = replace(queries.matters()["counter-help"], recipient="370100-scjg")
    monkeypatch.setitem(queries.matters(), "counter-help", matter)
    now = datetime.now(UTC)
    given_ = {"matter": matter.code, "digest": matter.digest(), "given_at": now - timedelta(hours=1)}
    row = Consent.objects.create(person=PERSON, until=now + timedelta(days=9), **given_)
    for person in (PERSON, rules.reference("370102199003072331"), PERSON):
        look(actor=identity.actor_for(account), person=person)
    trail.integrate(at=now)
    row.withdrawn_at = datetime.now(UTC)
    row.save()
    change = rules.Change(rules.ChangeKind.TERMS, role="role-clerk", privilege="probe.person.read", terms=ASKING)
    far = timedelta(days=9)
    _total, entries = trail.walk(start=0, end=10**9, since=now - far, until=now + far, actions={"probe.person.read"})

    judged = queries.Replay(change, queries.roles_now()).judge(entries)

    assert [item.verdict for item in judged] == ["SAME", "NOW_REFUSED", "SAME"]
    assert judged[1].lacking == ("CONSENT",)
