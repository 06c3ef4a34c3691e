"""Our decisions and Cedar's, over the same grants and the same requests: a second opinion by an independent engine."""

import json
from random import Random

import cedarpy
from benchmarks import privileges
from hypothesis import given, settings
from hypothesis import strategies as st

from quancheng.security.pmi.rules import Grant, Target, decide
from quancheng.security.pmi.tests.test_terms import ACTORS, TERMS, holding

PLACES = ("", "370100/", "370100/370100-spfw/", "370100/370100-spfw/a/", "370100/370100-spfwx/", "370100/370102/",
          "370100/370102/370102-spfw/", "370200/")  # fmt: skip
OWNERS = ("account:1", "account:2")
PRIVILEGES = ("probe.read", "probe.write")
GRANTS = st.lists(st.builds(Grant, st.sampled_from(PRIVILEGES), st.sampled_from(PLACES), terms=TERMS), max_size=5)
THINGS = [(place, owner) for place in PLACES for owner in OWNERS]


@settings(deadline=None)
@given(actor=ACTORS.filter(lambda actor: actor.at is not None), grants=GRANTS)
def test_cedar_decides_alike_about_every_thing_and_every_privilege(actor, grants):
    actor = holding(actor, *grants)
    asked = [(privilege, place, owner) for privilege in PRIVILEGES for place, owner in THINGS]
    written = privileges.policies(actor)
    known = json.dumps(privileges.entities(actor, THINGS), ensure_ascii=False)

    theirs = cedarpy.is_authorized_batch([privileges.request(actor, *wish) for wish in asked], written, known)

    assert [found.allowed for found in theirs] == [actor.may(*wish) for wish in asked]
    placed = [(wish, found.allowed) for wish, found in zip(asked, theirs, strict=True) if wish[1]]
    assert all(decide(actor, wish[0], Target(*wish[1:])).allowed == allowed for wish, allowed in placed)


def test_a_plain_grant_is_no_error_in_cedar():
    actor = privileges.clerk(Random(1))
    answer = cedarpy.is_authorized(
        privileges.request(actor, "probe.read", "370100/", "account:1"),
        privileges.policies(holding(actor, Grant("probe.read", "370100/"))),
        json.dumps(privileges.entities(actor, THINGS)),
    )

    assert answer.allowed
    assert not answer.diagnostics.errors
