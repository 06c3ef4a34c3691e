"""Privileges changed, taken and agreed to at one instant: on either database one wins, or nothing of either is lost."""

import threading

import pytest
from django.db import connections
from django.utils import timezone

from quancheng.kernel.refusal import Refusal
from quancheng.security.identity import public as identity
from quancheng.security.identity.models import Account
from quancheng.security.identity.tests.factories import MARKET, proven, staff
from quancheng.security.pmi import actions, queries
from quancheng.security.pmi.models import Consent, Emergency, Role
from quancheng.security.trail import public as trail

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("database_of_many")]
WANTED = "calendar.year.load"


def together(*functions):
    """Run the functions at one moment, each on a connection of its own; return each one's refusal code, or "done"."""
    gate, results = threading.Barrier(len(functions)), [""] * len(functions)

    def run(place, function):
        try:
            gate.wait()
            function()
            results[place] = "done"
        except Refusal as refusal:
            results[place] = refusal.code
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=item) for item in enumerate(functions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(results)


def test_one_person_takes_an_emergency_once_however_often_at_one_instant():
    staff("owner", privileges=(WANTED,))
    clerk = staff("clerk", privileges=("pmi.emergency.take",))

    def take():
        wishes = {"privilege": WANTED, "organisation": MARKET, "reason": "x", "at": timezone.now()}
        actions.take_emergency(actor=proven(clerk), **wishes)

    assert together(take, take, take) == ["done", "pmi.still-running", "pmi.still-running"]
    assert Emergency.objects.filter(running=True).count() == 1
    assert trail.entries(action="pmi.emergency.take").total == 3


def test_of_two_changes_of_one_role_at_once_neither_is_lost():
    privileges = ("calendar.year.load", "calendar.year.read")
    staff("owner", privileges=privileges)
    officer = staff("officer", privileges=("pmi.role.change",), organisation="370100")
    Role.objects.create(code="probe", title="试")

    def change(privilege, purpose):
        return lambda: actions.change_terms(
            actor=proven(officer), code="probe", privilege=privilege, terms={"purposes": [purpose]}
        )

    assert together(*(change(name, name[-4:]) for name in privileges)) == ["done", "done"]
    role = Role.objects.get(code="probe")
    assert sorted(role.privileges) == sorted(role.terms) == sorted(privileges)


def test_a_person_agrees_once_however_often_they_press_the_button():
    identity.ensure_account(username="c1", name="王晓梅", kind="citizen", identity_number="370102199003072345")
    Account.objects.filter(username="c1").update(assurance=Account.Assurance.CHECKED)
    digest = queries.matters()["counter-help"].digest()

    def agree():
        actor, at = identity.actor_of("c1"), timezone.now()
        actions.give_consent(actor=actor, matter="counter-help", days=1, digest=digest, at=at)

    assert together(agree, agree) == ["done", "pmi.already-agreed"]
    assert Consent.objects.count() == 1
