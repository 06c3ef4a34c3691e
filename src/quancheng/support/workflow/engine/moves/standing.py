"""Who stands where towards a task: whose it is, in whose name somebody acts, and who may be given it."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.identity import public as identity
from quancheng.security.pmi import public as pmi
from quancheng.support.notifications import public as notifications
from quancheng.support.workflow.engine import cases, rows
from quancheng.support.workflow.models import Task


class NotEntitled(Refusal):
    """The person chosen does not hold the step's privilege where the step belongs."""

    code = "workflow.person-not-entitled"
    message = _("%(person)s may not do “%(name)s” there. Choose a colleague who may.")


class PersonRecused(Refusal):
    """The person chosen is recused from the matter."""

    code = "workflow.person-recused"
    message = _("%(person)s has been recused from this matter. Choose somebody else.")


class PersonTookPart(Refusal):
    """The person chosen did another step of the matter that one may not do together with this one."""

    code = "workflow.person-took-part"
    message = _("%(person)s has taken another step of this matter, so somebody else must take “%(name)s”.")


class UnknownPerson(Refusal):
    """There is no such member of staff, or they have left."""

    code = "workflow.unknown-person"
    message = _("There is no such colleague.")
    status = 422


AnyTask = Task | rows.HeldTask


def target(task: AnyTask) -> pmi.Target:
    """Return what acting on `task` touches."""
    return pmi.Target(organisation=task.organisation, subjects=(task.case.subject,))


def demand(actor: pmi.Actor, task: AnyTask) -> tuple[str, str]:
    """Return in whose name `actor` may act on `task`: the giver's id and name, both empty for their own.

    :raises Forbidden: without the task's privilege, or barred from the matter.
    :raises TaskClaimedByAnother: if somebody else has taken it on whose post the actor does not act in.
    """
    cases.demand(actor, task)
    behalf = givers(actor, task)
    if task.assignee and task.assignee != actor.id and task.assignee not in behalf:
        raise cases.TaskClaimedByAnother(name=task.name, assignee=task.assignee_name)
    pmi.stand_apart(actor, task.privilege, target(task))
    if task.assignee and task.assignee != actor.id:
        return task.assignee, behalf[task.assignee]
    if task.behalf_of:
        return task.behalf_of, task.behalf_of_name
    grant = pmi.decide(actor, task.privilege, target(task)).grant
    return (grant.on_behalf_of, grant.on_behalf_of_name) if grant else ("", "")


def givers(actor: pmi.Actor, task: AnyTask) -> dict[str, str]:
    """Return who has delegated to `actor` a post that brings the task's privilege: names by id."""
    held = actor.held(task.privilege)
    named = {grant.on_behalf_of: grant.on_behalf_of_name for grant in held if grant.on_behalf_of}
    return {
        giver: name
        for giver, name in named.items()
        if giver and acting_for(actor, giver).may(task.privilege, task.organisation)
    }


def acting_for(actor: pmi.Actor, giver: str) -> pmi.Actor:
    """Return `actor` with nothing but what `giver` has delegated."""
    # Built anew: the actor of a request is worked out on first use, and stands behind a proxy.
    return pmi.Actor(
        id=actor.id,
        name=actor.name,
        kind=actor.kind,
        grants=tuple(grant for grant in actor.grants if grant.on_behalf_of == giver),
        assurance=actor.assurance,
        at=actor.at,
        purpose=actor.purpose,
    )


def entitled(actor: pmi.Actor, task: AnyTask) -> bool:
    """Test whether `actor` holds the task's privilege at its place and nothing bars them from the matter."""
    if not actor.may(task.privilege, organisation=task.organisation):
        return False
    try:
        pmi.stand_apart(actor, task.privilege, target(task))
    except pmi.Forbidden:
        return False
    return True


def candidate(person: str, task: AnyTask) -> pmi.Actor:
    """Return the actor of somebody who may be given `task`.

    :raises UnknownPerson: :raises NotEntitled: :raises PersonRecused: :raises PersonTookPart:
    """
    found = colleague(person)
    if not found.may(task.privilege, organisation=task.organisation):
        raise NotEntitled(person=found.name, name=task.name)
    try:
        pmi.stand_apart(found, task.privilege, target(task))
    except pmi.Recused as refusal:
        raise PersonRecused(person=found.name) from refusal
    except pmi.DutiesConflict as refusal:
        raise PersonTookPart(person=found.name, name=task.name) from refusal
    return found


def colleague(person: str) -> pmi.Actor:
    """Return the actor of a member of staff. :raises UnknownPerson: if there is none."""
    try:
        found = identity.actor(person)
    except identity.UnknownAccount as unknown:
        raise UnknownPerson from unknown
    if found.kind != "staff":
        raise UnknownPerson
    return found


def candidates(task: AnyTask, *, but: str = "") -> tuple[tuple[str, str], ...]:
    """Return who holds the task's privilege at its place, as pairs of id and words, without `but` and its holder."""
    found = identity.holders(privilege=task.privilege, organisation=task.organisation)
    words: dict[str, str] = {}
    for one in found:
        if one.actor_id not in {but, task.assignee}:
            words.setdefault(one.actor_id, f"{one.name} · {one.post} · {one.organisation_name}")
    return tuple(words.items())


def readers(task: AnyTask, *, but: str = "") -> tuple[tuple[str, str], ...]:
    """Return to whom the matter may be sent for reading: who serves where the task belongs or may do it."""
    words = dict(candidates(task, but=but))
    if task.assignee and task.assignee != but:
        words[task.assignee] = task.assignee_name
    for one in identity.staff_of(task.organisation) if task.organisation else ():
        if one.actor_id != but:
            words.setdefault(one.actor_id, f"{one.name} · {one.post} · {one.organisation_name}")
    return tuple(words.items())


def tell(to: str, *, task: Task, kind: str, at: datetime, comment: str = "", **facts: Any) -> bool:
    """Tell somebody about a task, as notices.toml words it; `facts` are what the kind has besides case, step, comment.

    Whoever is no account of this site is not told. Return whether they were.
    """
    try:
        notifications.notify(
            to=to,
            kind=f"workflow.{kind}",
            facts={"case": task.case.title, "step": task.name, "comment": comment, **facts},
            url=reverse("workflow:task", args=[task.pk]),
            at=at,
        )
    except identity.UnknownAccount:
        return False
    return True
