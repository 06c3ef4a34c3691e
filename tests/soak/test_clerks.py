"""Clerks at the same shared tasks, each a process of its own: no update is lost, no decision counts twice."""

from collections import Counter

import pytest

from quancheng.support.workflow.engine import store
from quancheng.support.workflow.engine.drawing import Kind
from quancheng.support.workflow.models import Case, CaseEvent, Passage, Signing, Task, Token
from quancheng.support.workflow.tests.drawings import from_blocks
from quancheng.support.workflow.tests.factories import office, started
from tests.soak import clerks

pytestmark = pytest.mark.django_db(transaction=True)

TASK = ("task",)
BLOCKS = ("seq", TASK, ("and", TASK, ("seq", TASK, TASK)), TASK)


def prepare(names, cases):
    office(*names, more=("workflow.task.assign",))
    for number in range(cases):
        started(from_blocks(BLOCKS), subject=f"application:{number}", organisation=clerks.PLACE)


def standing(case):
    found = Passage.objects.filter(case=case, undone=False, task__isnull=False)
    return Counter(found.values_list("task__element_id", flat=True))


def assert_whole():
    """Every case stands as its history says: tokens and tasks agree, each step decided once, each act told once."""
    for case in Case.objects.all():
        nodes = store.definition(case.digest).nodes
        tokens = sorted(t.number for t in Token.objects.filter(case=case) if nodes[t.element_id].kind is Kind.USER)
        waiting = Task.objects.filter(case=case, state__in=clerks.WAITING)
        assert tokens == sorted(waiting.values_list("token", flat=True))
        assert (case.status == "RUNNING") == bool(tokens)
        assert not [step for step, times in standing(case).items() if times > 1]
        done = Task.objects.filter(case=case, state="DONE").count()
        assert done == Passage.objects.filter(case=case, task__isnull=False).count()
        assert done == CaseEvent.objects.filter(case=case, kind="DONE").count()
        assert (
            not Signing.objects.filter(task__case=case, state="OPEN")
            .exclude(task__in=waiting)
            .exclude(task__state="CANCELLED")
        )


def check(names, *, cases, turns):
    prepare(names, cases)

    outcomes, faults = clerks.hammer(names, turns=turns)

    assert not faults, faults[0]
    assert outcomes["claim done"] or outcomes["complete done"]
    assert_whole()
    return outcomes


def test_six_clerks_and_thirty_tasks(database_of_many):
    outcomes = check([f"clerk{number}" for number in range(6)], cases=15, turns=12)

    assert sum(outcomes.values()) == 6 * 12


@pytest.mark.soak
def test_thirty_clerks_and_five_hundred_tasks(database_of_many):
    outcomes = check([f"clerk{number}" for number in range(30)], cases=500, turns=150)
    print(sorted(outcomes.items()))

    assert sum(outcomes.values()) == 30 * 150
