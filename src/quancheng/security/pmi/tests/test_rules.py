"""Decisions about who may do what, on plain values."""

from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quancheng.security.pmi import rules
from quancheng.security.pmi.rules import ANONYMOUS, PUBLIC, SIGNED_IN, Actor, Grant, Target, permitted, service_actor

CODES = st.lists(st.sampled_from(["370100", "370102", "spfw", "scjg", "jw"]), min_size=1, max_size=4)
PATHS = CODES.map(lambda codes: "/".join(codes) + "/")


def clerk(*grants: Grant) -> Actor:
    return Actor(id="account:1", name="张敏", kind="staff", organisation="370100/spfw/", grants=grants)


class TestPermitted:
    @given(PATHS, CODES)
    def test_a_grant_covers_everything_below_its_place(self, place, below):
        inside = place + "".join(f"{code}/" for code in below)

        assert permitted(clerk(Grant("probe.read", place)), "probe.read", Target(organisation=inside))

    @given(PATHS, PATHS)
    def test_a_grant_covers_nothing_beside_its_place(self, place, other):
        allowed = permitted(clerk(Grant("probe.read", place)), "probe.read", Target(organisation=other))

        assert allowed == other.startswith(place)

    def test_a_department_whose_code_begins_alike_is_another_department(self):
        assert not permitted(clerk(Grant("probe.read", "370100/jw/")), "probe.read", Target(organisation="370100/jwx/"))

    def test_one_privilege_is_not_another(self):
        assert not permitted(clerk(Grant("probe.read")), "probe.write", Target())

    def test_a_citizen_may_touch_only_what_is_theirs(self):
        citizen = Actor(id="account:7", name="王小美", kind="citizen")

        assert permitted(citizen, "probe.save", Target(owner="account:7"), open_to=("citizen",))
        assert not permitted(citizen, "probe.save", Target(owner="account:8"), open_to=("citizen",))

    def test_nobody_in_particular_may_only_see_what_is_public(self):
        assert permitted(ANONYMOUS, PUBLIC, Target())
        assert not permitted(ANONYMOUS, SIGNED_IN, Target())
        assert not permitted(ANONYMOUS, "probe.read", Target())

    def test_a_service_may_perform_only_the_actions_of_its_own_app(self):
        assert permitted(service_actor("approvals"), "approvals.application.receive", Target())
        assert not permitted(service_actor("approvals"), "approvalsx.application.receive", Target())


class TestPlaces:
    def test_names_each_place_once_and_leaves_out_what_lies_below_another(self):
        actor = clerk(Grant("probe.read", "a/"), Grant("probe.read", "a/b/"), Grant("probe.read", "c/"))

        assert actor.places("probe.read") == ("a/", "c/")


@pytest.mark.parametrize("privilege", ["probe.read", ""])
def test_somebody_without_grants_may_nothing(privilege):
    assert not clerk().may(privilege)


class TestPrivilegesOfTheThreeOfficers:
    RESERVED: ClassVar = {
        "probe.rules": frozenset({"SECURITY"}),
        "probe.books": frozenset({"AUDIT"}),
        "probe.review": frozenset({"SECURITY", "AUDIT"}),
    }

    @pytest.mark.parametrize(
        ("officer", "unfit"),
        [
            ("SYSTEM", ("probe.rules", "probe.books", "probe.review")),
            ("SECURITY", ("probe.books",)),
            ("AUDIT", ("probe.rules",)),
            ("", ()),
        ],
    )
    def test_are_held_by_no_role_of_another(self, officer, unfit):
        wanted = ("probe.rules", "probe.books", "probe.review", "probe.anything")

        assert rules.unfit(wanted, officer, self.RESERVED) == unfit

    def test_make_one_of_whoever_holds_them_by_a_role_without_a_mark(self):
        assert rules.officers_of("", ("probe.books", "probe.review"), self.RESERVED) == {"AUDIT"}
        assert rules.officers_of("", ("probe.review", "probe.anything"), self.RESERVED) == frozenset()
        assert rules.officers_of("SECURITY", ("probe.review",), self.RESERVED) == {"SECURITY"}
