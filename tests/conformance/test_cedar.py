"""Our decisions and Cedar's, over the same grants and the same requests: a second opinion by an independent engine."""

import json
from random import Random

import cedarpy
from benchmarks import privileges
from hypothesis import given, settings
from hypothesis import strategies as st

from quancheng.security.pmi.rules import Agreed, Grant, Target, decide
from quancheng.security.pmi.tests.test_terms import ACTORS, TERMS, holding

PLACES = ("", "370100/", "370100/370100-spfw/", "370100/370100-spfw/a/", "370100/370100-spfwx/", "370100/370102/",
          "370100/370102/370102-spfw/", "370200/")  # fmt: skip
OWNERS = ("account:1", "account:2")
PRIVILEGES = ("probe.read", "probe.write")
GRANTS = st.lists(st.builds(Grant, st.sampled_from(PRIVILEGES), st.sampled_from(PLACES), terms=TERMS), max_size=5)
THINGS = [(place, owner) for place in PLACES for owner in OWNERS]
ASKED = [(privilege, place, owner) for privilege in PRIVILEGES for place, owner in THINGS]
AGREED = st.frozensets(
    st.builds(Agreed, st.sampled_from(["counter-help", "other"]), st.sampled_from(["370100-spfw", "370102", "a"])),
    max_size=3,
)


def ours(actor, consents):
    """Return what we decide of every privilege on every thing; an empty place asks about what belongs nowhere."""
    return [
        any(not grant.lacking(actor, place, owner, consents) for grant in actor.held(privilege))
        for privilege, place, owner in ASKED
    ]


@settings(deadline=None)
@given(actor=ACTORS.filter(lambda actor: actor.at is not None), grants=GRANTS, consents=AGREED)
def test_cedar_decides_alike_about_every_thing_and_every_privilege(actor, grants, consents):
    actor = holding(actor, *grants)
    written = privileges.policies(actor)
    known = json.dumps(privileges.entities(actor, THINGS, consents), ensure_ascii=False)

    theirs = cedarpy.is_authorized_batch([privileges.request(actor, *wish) for wish in ASKED], written, known)

    answers = [found.allowed for found in theirs]
    assert answers == ours(actor, consents)
    placed = [(wish, answer) for wish, answer in zip(ASKED, answers, strict=True) if wish[1]]
    assert all(
        decide(actor, wish[0], Target(*wish[1:], consents=consents)).allowed == answer for wish, answer in placed
    )
    if not any(grant.terms.consent for grant in grants):
        assert answers == [actor.may(*wish) for wish in ASKED]


def test_a_plain_grant_is_no_error_in_cedar():
    actor = privileges.clerk(Random(1))
    answer = cedarpy.is_authorized(
        privileges.request(actor, "probe.read", "370100/", "account:1"),
        privileges.policies(holding(actor, Grant("probe.read", "370100/"))),
        json.dumps(privileges.entities(actor, THINGS)),
    )

    assert answer.allowed
    assert not answer.diagnostics.errors
