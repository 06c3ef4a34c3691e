"""What the actions on tasks touch. Whoever is staff may try each of them; offers.demand decides."""

from collections.abc import Iterable

from quancheng.security.pmi import public as pmi
from quancheng.support.workflow.engine import cases
from quancheng.support.workflow.models import Circulation, Task


def of_task(*, task_id: int, to_id: str = "", to_ids: Iterable[str] = (), **_wishes: object) -> pmi.Target:
    """Return the task's place, its matter and the people who are given something; the case is held from here on."""
    task = cases.held_task(task_id)
    people = tuple(person for person in (to_id, *to_ids) if person)
    return pmi.Target(organisation=task.organisation, subjects=(task.case.subject, *people))


def of_circulation(*, circulation_id: int, **_wishes: object) -> pmi.Target:
    """Return the place and matter of something circulated. :raises NoSuchTask: if there is none."""
    found = Circulation.objects.filter(pk=circulation_id).values_list("task_id", flat=True).first()
    return of_task(task_id=found or 0)


def again(task_id: int) -> Task:
    """Return a task whose case is held, as it is now."""
    return Task.objects.select_related("case").get(pk=task_id)
