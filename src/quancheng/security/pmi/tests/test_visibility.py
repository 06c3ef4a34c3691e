"""A list shows exactly the rows of which `Actor.may` says yes: the same answer, once by the database, once by hand."""

from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quancheng.security.pmi import public as pmi
from quancheng.security.pmi.rules import Grant, reach
from quancheng.security.pmi.tests.test_terms import ACTORS, TERMS, holding
from quancheng.security.trail.models import Entry

pytestmark = pytest.mark.django_db
PATHS = (
    "", "370100/", "370100/370100-spfw/", "370100/370100-spfw/370100-spfw-ck/", "370100/370100-spfwx/",
    "370100/370100-SPFW/", "370100/370102/", "370100/370102/370102-spfw/", "370200/", "370100/%/", "370100/_70102/",
)  # fmt: skip
OWNERS = ("account:1", "account:2")
GRANTS = st.builds(Grant, st.sampled_from(["probe.read", "probe.write"]), st.sampled_from(PATHS), terms=TERMS)


def probes():
    return Entry.objects.filter(action="probe")


@pytest.fixture
def rows(db):
    now = timezone.now()
    made = [
        Entry(
            at=now + timedelta(seconds=number),
            action="probe",
            outcome="done",
            leaf="",
            actor_id=owner,
            organisation=path,
        )
        for number, path in enumerate(PATHS)
        for owner in OWNERS
    ]
    return Entry.objects.bulk_create(made)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(actor=ACTORS, grants=st.lists(GRANTS, max_size=4))
def test_the_database_answers_row_by_row_as_the_actor_does(rows, actor, grants):
    actor = holding(actor, *grants)

    shown = probes().filter(pmi.visible(actor, "probe.read", organisation="organisation", owner="actor_id"))

    expected = {row.pk for row in rows if actor.may("probe.read", row.organisation, row.actor_id)}
    assert set(shown.values_list("pk", flat=True)) == expected


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(actor=ACTORS, grants=st.lists(GRANTS, max_size=3))
def test_conditions_may_be_joined_and_turned_round(rows, actor, grants):
    actor = holding(actor, *grants)
    seen = pmi.visible(actor, "probe.read", organisation="organisation")
    written = pmi.visible(actor, "probe.write", organisation="organisation")

    found = [probes().filter(seen | written), probes().filter(seen & written), probes().exclude(seen)]

    answers = {row.pk: [actor.may(name, row.organisation) for name in ("probe.read", "probe.write")] for row in rows}
    expected = [
        {key for key, (one, two) in answers.items() if one or two},
        {key for key, (one, two) in answers.items() if one and two},
        {key for key, (one, _two) in answers.items() if not one},
    ]
    assert [set(shown.values_list("pk", flat=True)) for shown in found] == expected


def test_a_service_sees_what_its_app_holds_and_nobody_sees_nothing(rows):
    assert probes().filter(pmi.visible(pmi.service_actor("probe"), "probe.read")).count() == len(rows)
    assert not probes().filter(pmi.visible(pmi.ANONYMOUS, "probe.read", organisation="organisation")).exists()


@given(st.sampled_from(PATHS), TERMS)
def test_what_is_named_as_reached_is_the_place_or_above_it(place, terms):
    assert place.startswith(reach(terms.scope, place))
