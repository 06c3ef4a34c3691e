"""Our decisions and those of a policy in Rego, the language of OPA, run by an engine that shares nothing with ours.

Cedar is given each grant as a policy of its own; here one policy reads grants as data, as OPA is used.
"""

from zoneinfo import ZoneInfo

from hypothesis import given, settings
from regopy import Interpreter

from quancheng.security.pmi.tests.test_terms import ACTORS, WORKING, holding
from tests.conformance.test_cedar import AGREED, ASKED, GRANTS, ours

POLICY = """
package privileges
import rego.v1

reaches(grant, ask) if grant.scope == "OWN"
reaches(grant, ask) if { grant.scope == "UNIT"; ask.place != ""; ask.place == grant.reach }
reaches(grant, ask) if { not grant.scope in {"OWN", "UNIT"}; ask.place != ""; startswith(ask.place, grant.reach) }
reaches(grant, ask) if { not grant.scope in {"OWN", "UNIT"}; ask.place == ""; count(split(grant.reach, "/")) <= 2 }

owned(grant, ask) if grant.scope != "OWN"
owned(grant, ask) if ask.owner == input.actor.id

begun(grant) if grant.since <= input.actor.day
lasts(grant) if grant.until >= input.actor.day

in_hours(grant) if not grant.timed
in_hours(grant) if {
    some span in grant.hours
    span.day == input.actor.weekday
    span.start <= input.actor.minute
    input.actor.minute < span.end
}

purposeful(grant) if count(grant.purposes) == 0
purposeful(grant) if input.actor.purpose in grant.purposes

agreed(grant) if grant.consent == ""
agreed(grant) if {
    some given in input.agreed
    given.matter == grant.consent
    given.recipient in grant.codes
}

holds(grant, ask) if {
    grant.privilege == ask.privilege
    reaches(grant, ask)
    owned(grant, ask)
    begun(grant)
    lasts(grant)
    in_hours(grant)
    purposeful(grant)
    agreed(grant)
    grant.assurance <= input.actor.assurance
}

answers := [found | some ask in input.asked; found := count([1 | some grant in input.grants; holds(grant, ask)]) > 0]
"""


def facts(actor, consents):
    """Return actor, grants, consents and questions as the policy reads them."""
    local = actor.at.astimezone(ZoneInfo(WORKING.zone))
    return {
        "actor": {
            "id": actor.id, "purpose": actor.purpose, "assurance": actor.assurance, "day": actor.at.date().toordinal(),
            "weekday": local.weekday(), "minute": local.hour * 60 + local.minute,
        },
        "grants": [_grant(grant) for grant in actor.grants],
        "agreed": [{"matter": item.matter, "recipient": item.recipient} for item in sorted(consents, key=str)],
        "asked": [{"privilege": privilege, "place": place, "owner": owner} for privilege, place, owner in ASKED],
    }  # fmt: skip


def _grant(grant):
    terms = grant.terms
    days = terms.hours.days if terms.hours else ()
    return {
        "privilege": grant.privilege, "reach": grant.reach, "scope": terms.scope.value,
        "codes": [code for code in grant.organisation.split("/") if code],
        "since": terms.since.toordinal() if terms.since else 0,
        "until": terms.until.toordinal() if terms.until else 9_999_999,
        "purposes": list(terms.purposes), "assurance": terms.assurance, "consent": terms.consent,
        "timed": terms.hours is not None,
        "hours": [
            {"day": day, "start": start, "end": end} for day, spans in enumerate(days) for start, end in spans
        ],
    }  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(actor=ACTORS.filter(lambda actor: actor.at is not None), grants=GRANTS, consents=AGREED)
def test_rego_decides_alike_about_every_thing_and_every_privilege(actor, grants, consents):
    actor = holding(actor, *grants)
    engine = Interpreter()
    engine.add_module("privileges", POLICY)
    engine.set_input(facts(actor, consents))

    (theirs,) = engine.query("data.privileges.answers").results[0].expressions

    assert list(theirs) == ours(actor, consents)


def test_the_policy_allows_something_and_refuses_something():
    engine = Interpreter()
    engine.add_module("privileges", POLICY)
    plain = {"privilege": "a", "reach": "370100/", "scope": "BRANCH", "codes": ["370100"], "since": 0, "until": 1,
             "purposes": [], "assurance": 0, "consent": "", "timed": False, "hours": []}  # fmt: skip
    asked = [{"privilege": name, "place": "370100/b/", "owner": ""} for name in "ab"]
    actor = {"id": "1", "purpose": "", "assurance": 0, "day": 1, "weekday": 0, "minute": 0}
    engine.set_input({"actor": actor, "grants": [plain], "agreed": [], "asked": asked})

    assert list(engine.query("data.privileges.answers").results[0].expressions[0]) == [True, False]
