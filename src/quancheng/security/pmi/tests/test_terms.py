"""Privilege = action, scope, period, condition: each part alone, and that together they only ever take away."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quancheng.security.pmi import rules
from quancheng.security.pmi.rules import Actor, Grant, Lack, Scope, Target, Terms, decide

CITY, OFFICE, PART = "370100/", "370100/370100-spfw/", "370100/370100-spfw/370100-spfw-ck/"
DISTRICT, BUREAU = "370100/370102/", "370100/370102/370102-spfw/"
ELSEWHERE = "370100/370100-spfwx/"
PLACES = st.sampled_from([CITY, OFFICE, PART, DISTRICT, BUREAU, ELSEWHERE, "370200/", ""])
NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)  # a Monday, noon in Jinan
WORKING = rules.Hours("Asia/Shanghai", (((510, 720), (810, 1050)),) * 5 + ((), ()))
TERMS = st.builds(
    Terms,
    scope=st.sampled_from(Scope),
    since=st.none() | st.just(date(2026, 1, 1)) | st.just(date(2027, 1, 1)),
    until=st.none() | st.just(date(2026, 12, 31)) | st.just(date(2025, 12, 31)),
    purposes=st.sampled_from([(), ("审计检查",), ("审计检查", "投诉核查")]),
    hours=st.none() | st.just(WORKING),
    assurance=st.sampled_from(rules.ASSURANCES),
    consent=st.sampled_from(["", "", "counter-help"]),
    obligations=st.sets(st.sampled_from(rules.Obligation)).map(
        lambda some: tuple(item for item in rules.Obligation if item in some)
    ),
)
ACTORS = st.builds(
    Actor,
    id=st.just("account:1"),
    name=st.just("张敏"),
    kind=st.just("staff"),
    purpose=st.sampled_from(["", "审计检查", "好奇"]),
    assurance=st.integers(0, 3),
    at=st.none() | st.integers(0, 7 * 24 * 60).map(lambda minutes: NOON + timedelta(minutes=minutes)),
)
OWNERS = st.sampled_from(["", "account:1", "account:2"])


def holding(actor: Actor, *grants: Grant) -> Actor:
    return replace(actor, grants=grants)


def clerk(terms: Terms, place: str = OFFICE, **facts: object) -> Actor:
    facts = {"at": NOON} | facts
    return Actor(id="account:1", name="张敏", kind="staff", grants=(Grant("probe.read", place, terms=terms),), **facts)


class TestScope:
    @pytest.mark.parametrize(
        ("scope", "place", "reached", "missed"),
        [
            (Scope.UNIT, OFFICE, [OFFICE], [PART, CITY, ""]),
            (Scope.BRANCH, OFFICE, [OFFICE, PART], [CITY, ELSEWHERE, BUREAU]),
            (Scope.DEPARTMENT, PART, [OFFICE, PART], [CITY, ELSEWHERE]),
            (Scope.DEPARTMENT, BUREAU, [BUREAU], [DISTRICT, OFFICE]),
            (Scope.DISTRICT, BUREAU, [BUREAU, DISTRICT], [OFFICE, CITY]),
            (Scope.DISTRICT, PART, [OFFICE, PART], [ELSEWHERE, CITY]),
            (Scope.CITY, PART, [CITY, BUREAU, ELSEWHERE, ""], ["370200/"]),
        ],
    )
    def test_says_how_far_a_privilege_reaches(self, scope, place, reached, missed):
        actor = clerk(Terms(scope), place)

        assert [path for path in [*reached, *missed] if actor.may("probe.read", path)] == reached

    def test_of_own_things_stops_at_other_people_s(self):
        actor = clerk(Terms(Scope.OWN))

        assert actor.may("probe.read", OFFICE, "account:1")
        assert actor.may("probe.read")
        assert not actor.may("probe.read", OFFICE, "account:2")
        assert not actor.may("probe.read", OFFICE)

    @given(PLACES, PLACES)
    def test_each_wider_one_reaches_whatever_the_narrower_does(self, place, asked):
        wider = (Scope.UNIT, Scope.BRANCH, Scope.DEPARTMENT, Scope.DISTRICT, Scope.CITY)

        reached = [clerk(Terms(scope), place).may("probe.read", asked) for scope in wider]

        assert reached == sorted(reached)


class TestCondition:
    @pytest.mark.parametrize(
        ("terms", "facts", "lack"),
        [
            (Terms(purposes=("审计检查",)), {}, Lack.PURPOSE),
            (Terms(purposes=("审计检查",)), {"purpose": "好奇"}, Lack.PURPOSE),
            (Terms(assurance=2), {"assurance": 1}, Lack.ASSURANCE),
            (Terms(hours=WORKING), {"at": NOON}, Lack.HOURS),
            (Terms(hours=WORKING), {"at": NOON + timedelta(days=5, hours=-1)}, Lack.HOURS),
            (Terms(since=date(2026, 11, 24)), {}, Lack.PERIOD),
            (Terms(until=date(2026, 11, 22)), {}, Lack.PERIOD),
        ],
    )
    def test_that_is_not_met_is_named(self, terms, facts, lack):
        decision = decide(clerk(terms, **facts), "probe.read", Target(OFFICE))

        assert not decision.allowed
        assert decision.lacking == (lack,)

    @pytest.mark.parametrize(
        ("terms", "facts"),
        [
            (Terms(purposes=("审计检查",)), {"purpose": "审计检查"}),
            (Terms(assurance=2), {"assurance": 3}),
            (Terms(hours=WORKING), {"at": NOON - timedelta(minutes=1)}),
            (Terms(since=date(2026, 11, 23), until=date(2026, 11, 23)), {}),
        ],
    )
    def test_that_is_met_stands_in_nobody_s_way(self, terms, facts):
        assert clerk(terms, **facts).may("probe.read", OFFICE)

    @given(ACTORS, TERMS, PLACES, PLACES, OWNERS)
    def test_only_ever_takes_away(self, actor, terms, place, asked, owner):
        free = Terms(terms.scope)

        bound, unbound = (holding(actor, Grant("probe.read", place, terms=item)) for item in (terms, free))

        assert bound.may("probe.read", asked, owner) <= unbound.may("probe.read", asked, owner)

    @given(ACTORS, st.lists(st.builds(Grant, st.just("probe.read"), PLACES, terms=TERMS), max_size=4), PLACES, OWNERS)
    def test_of_one_grant_does_not_touch_another(self, actor, grants, asked, owner):
        alone = [holding(actor, grant).may("probe.read", asked, owner) for grant in grants]

        assert holding(actor, *grants).may("probe.read", asked, owner) == any(alone)

    @given(ACTORS, st.lists(st.builds(Grant, st.just("probe.read"), PLACES, terms=TERMS), max_size=4), PLACES, OWNERS)
    def test_is_judged_alike_by_the_decision_and_by_its_short_form(self, actor, grants, asked, owner):
        actor = holding(actor, *grants)

        decision = decide(actor, "probe.read", Target(asked, owner))

        assert decision.allowed == actor.may("probe.read", asked or None, owner)
        assert decision.allowed == bool(decision.grant and not decision.lacking)

    def test_of_time_is_never_met_where_nobody_knows_the_time(self):
        assert not clerk(Terms(hours=WORKING), at=None).may("probe.read")
        assert not clerk(Terms(until=date(2099, 1, 1)), at=None).may("probe.read")

    def test_of_purpose_still_shows_the_way_there(self):
        actor = clerk(Terms(purposes=("审计检查",)))

        assert actor.might("probe.read")
        assert not actor.may("probe.read")
        assert not clerk(Terms(purposes=("审计检查",), assurance=2)).might("probe.read")


class TestObligation:
    @given(ACTORS, TERMS, PLACES, PLACES, OWNERS)
    def test_changes_nothing_about_what_is_allowed_but_that_a_purpose_is_said(self, actor, terms, place, asked, owner):
        free = replace(terms, obligations=())
        speaking = replace(actor, purpose=actor.purpose or "窗口帮办")

        for who, unbound in ((speaking, free), (actor, replace(free, obligations=(rules.Obligation.REASON,)))):
            bound = terms if who is speaking else replace(terms, obligations=(*rules.Obligation,))
            held = [holding(who, Grant("probe.read", place, terms=item)) for item in (bound, unbound)]
            assert held[0].may("probe.read", asked, owner) == held[1].may("probe.read", asked, owner)

    @given(ACTORS, st.lists(st.builds(Grant, st.just("probe.read"), PLACES, terms=TERMS), max_size=4), PLACES)
    def test_is_the_least_that_any_grant_which_allows_it_asks_for(self, actor, grants, asked):
        actor = holding(actor, *grants)
        allowing = [grant for grant in grants if not grant.lacking(actor, asked or None)]

        decision = decide(actor, "probe.read", Target(asked))

        assert decision.allowed == bool(allowing)
        assert len(decision.follows) == min((len(grant.terms.follows) for grant in allowing), default=0)
        assert not allowing or decision.follows in [grant.terms.follows for grant in allowing]

    def test_of_one_s_own_post_gives_way_to_an_emergency_that_was_taken_for_it(self):
        bound = Grant("probe.read", OFFICE, terms=Terms(obligations=(rules.Obligation.MASK,)))
        broken = Grant("probe.read", OFFICE, until=NOON + timedelta(hours=1), emergency="7")

        assert decide(holding(clerk(Terms()), bound, broken), "probe.read", Target(OFFICE)).grant == broken


class TestAsData:
    @given(TERMS)
    def test_terms_come_back_as_they_were_stored(self, terms):
        if terms.since and terms.until and terms.until < terms.since:
            with pytest.raises(rules.BadTerms):
                rules.read(terms.plain())
        else:
            assert rules.read(terms.plain()) == terms

    @pytest.mark.parametrize(
        "values",
        [
            {"scope": "GALAXY"}, {"since": "yesterday"}, {"assurance": 9}, {"assurance": "x"}, {"purposes": "audit"},
            {"obligations": "MASK"}, {"obligations": ["MASK", "x"]}, {"obligations": [3]}, {"obligations": {"MASK": 1}},
            {"purposes": ["a\0"]}, {"purposes": [3]}, {"hours": ["x"]},
            {"hours": {"zone": "Asia/Jinan", "days": ["08:00-09:00"] * 7}},
            {"hours": {"zone": "Asia/Shanghai", "days": ["08:00-09:00"]}}, {"unless": "x"}, {"since": 5},
            {"hours": {"zone": "Asia/Shanghai", "days": ["09:00-08:00"] * 7}},
            {"hours": {"zone": "Asia/Shanghai", "days": ["08:00-10:00 09:00-11:00"] * 7}},
            {"hours": {"zone": "Asia/Shanghai", "days": ["99:00-99:30"] * 7}},
        ],
    )  # fmt: skip
    def test_what_cannot_be_read_is_refused_and_never_taken_for_no_condition(self, values):
        with pytest.raises(rules.BadTerms):
            rules.read(values)
