"""Telling people: a matter circulated for reading, a holder urged, an opening noted."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy

from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi
from quancheng.support.workflow.actions import scopes
from quancheng.support.workflow.config import config
from quancheng.support.workflow.engine.moves import offers, standing
from quancheng.support.workflow.engine.moves.lines import line, tell_in
from quancheng.support.workflow.models import CaseEvent, Circulation, Opening, Signer, Task
from quancheng.support.workflow.rules import Move

KINDS = CaseEvent.Kind
MOST_READERS, MOST_URGED = 100, 30


class UrgedAlready(Refusal):
    """The holder was urged a short while ago."""

    code = "workflow.urged-already"
    message = gettext_lazy("“%(name)s” has been urged already. It can be urged again at %(when)s.")
    status = 429


class NobodyToTell(Refusal):
    """Nobody was chosen, or too many."""

    code = "workflow.nobody-to-tell"
    message = gettext_lazy("Choose between one and %(most)s colleagues.")
    status = 422


class NotSentByYou(Refusal):
    """Only who sent something for reading recalls it, once."""

    code = "workflow.not-sent-by-you"
    message = gettext_lazy("This was not sent by you, or it has been recalled already.")


@pmi.action("workflow.task.circulate", scope=scopes.of_task, open_to=("staff",))
def circulate(
    *, actor: pmi.Actor, task_id: int, to_ids: Sequence[str], comment: str = "", at: datetime | None = None
) -> int:
    """Send a matter to colleagues for reading (传阅); return how many had not got it yet. Nothing waits for them.

    :raises PersonRecused, UnknownPerson: :raises NobodyToTell:
    """
    at = at or timezone.now()
    task = scopes.again(task_id)
    offers.demand(actor, task, Move.CIRCULATE)
    chosen = [person for person in dict.fromkeys(to_ids) if person != actor.id]
    if not 1 <= len(chosen) <= MOST_READERS:
        raise NobodyToTell(most=MOST_READERS)
    allowed = {person for person, _words in standing.readers(task)}
    sent = []
    for person in chosen:
        if person not in allowed:
            raise standing.NotEntitled(person=standing.colleague(person).name, name=task.name)
        reader = standing.colleague(person)
        try:
            pmi.stand_apart(reader, "workflow.circular.read", standing.target(task))
        except pmi.Forbidden as refusal:
            raise standing.PersonRecused(person=reader.name) from refusal
        if not Circulation.objects.filter(task=task, reader=reader.id, recalled_at=None).exists():
            sent.append(reader)
    Circulation.objects.bulk_create(
        Circulation(
            task=task, reader=one.id, reader_name=one.name, sender=actor.id, sender_name=actor.name,
            comment=comment, sent_at=at,
        )
        for one in sent
    )  # fmt: skip
    if sent:
        names = "、".join(one.name for one in sent)
        tell_in(task, line(KINDS.CIRCULATED, task, actor, at, to=names, comment=comment))
    for one in sent:
        standing.tell(one.id, task=task, kind="circulated", who=actor.name, at=at, comment=comment)
    return len(sent)


@pmi.action("workflow.circular.recall", scope=scopes.of_circulation, open_to=("staff",))
def recall(*, actor: pmi.Actor, circulation_id: int, at: datetime | None = None) -> None:
    """Recall something sent for reading; whoever has read it, has. :raises NotSentByYou: otherwise."""
    at = at or timezone.now()
    mine = Circulation.objects.filter(pk=circulation_id, sender=actor.id, recalled_at=None)
    if not mine.update(recalled_at=at):
        raise NotSentByYou
    found = Circulation.objects.select_related("task__case").get(pk=circulation_id)
    tell_in(found.task, line(KINDS.UNCIRCULATED, found.task, actor, at, to=found.reader_name))


@pmi.action("workflow.circular.read", scope=scopes.of_task, open_to=("staff",))
def note_reading(*, actor: pmi.Actor, task_id: int, at: datetime | None = None) -> bool:
    """Note that the actor has read what was sent to them: the receipt. Return whether it was for the first time."""
    at = at or timezone.now()
    task = scopes.again(task_id)
    unread = Circulation.objects.filter(task__case_id=task.case_id, reader=actor.id, read_at=None, recalled_at=None)
    if not unread.update(read_at=at):
        return False
    tell_in(task, line(KINDS.READ, task, actor, at))
    return True


@pmi.action("workflow.task.urge", scope=scopes.of_task, open_to=("staff",))
def urge(*, actor: pmi.Actor, task_id: int, comment: str = "", at: datetime | None = None) -> int:
    """Urge whom a task waits for (催办): its holder, the signers asked, or all who may do it; return how many.

    :raises UrgedAlready: if somebody did within QC_WORKFLOW_URGE_HOURS.
    """
    at = at or timezone.now()
    task = scopes.again(task_id)
    offers.demand(actor, task, Move.URGE)
    again = task.urged_at + timedelta(hours=config.urge_hours) if task.urged_at else at
    if at < again:
        raise UrgedAlready(name=task.name, when=f"{timezone.localtime(again):%H:%M}")
    task.urged, task.urged_at = task.urged + 1, at
    task.save(update_fields=["urged", "urged_at"])
    signers = Signer.objects.filter(signing__task=task, signing__state="OPEN", state=Signer.State.ASKED)
    people = list(signers.values_list("actor_id", flat=True)) or ([task.assignee] if task.assignee else [])
    if not people:
        people = [person for person, _words in standing.candidates(task)][:MOST_URGED]
    tell_in(task, line(KINDS.URGED, task, actor, at, comment=comment))
    return sum(
        standing.tell(person, task=task, kind="urged", who=actor.name, at=at, comment=comment)
        for person in people
        if person != actor.id
    )


def note_opening(*, actor: pmi.Actor, subject: str, at: datetime | None = None) -> int:
    """Note that the actor looks at a matter, for every open task of it that they may do; return how many were new.

    A plain function for the page that shows the matter; the look itself is in the trail by the page's own reading.
    """
    waiting = Task.objects.filter(case__subject=subject, state__in=offers.WAITING).exclude(openings__actor_id=actor.id)
    seen = [task for task in waiting.order_by("pk") if actor.may(task.privilege, organisation=task.organisation)]
    if not seen:
        return 0
    with transaction.atomic():
        Opening.objects.bulk_create(
            (Opening(task=task, actor_id=actor.id, actor_name=actor.name, at=at or timezone.now()) for task in seen),
            ignore_conflicts=True,
        )
    return len(seen)
