"""Going back: one's own step taken back, a matter sent back to a step before."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext_lazy

from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi
from quancheng.support.workflow.actions import scopes
from quancheng.support.workflow.engine.moves import history, offers, standing
from quancheng.support.workflow.engine.moves.lines import line
from quancheng.support.workflow.engine.semantics import Token
from quancheng.support.workflow.models import Case, CaseEvent, Comeback, Task
from quancheng.support.workflow.rules import Move

KINDS = CaseEvent.Kind


class TooLate(Refusal):
    """A step can be taken back only until somebody has opened what came of it."""

    code = "workflow.too-late-to-take-back"
    message = gettext_lazy(
        "“%(name)s” cannot be taken back: what came of it has been opened, or an automatic step followed."
    )


@pmi.action("workflow.task.take-back", scope=scopes.of_task, open_to=("staff",))
def take_back(*, actor: pmi.Actor, task_id: int, comment: str = "", at: datetime | None = None) -> None:
    """Take back one's own step (取回), as long as nobody else has opened what came of it. It is one's own again.

    :raises TooLate: if somebody has, or an automatic step followed.
    """
    at = at or timezone.now()
    task = scopes.again(task_id)
    first = offers.retractable(actor, task)
    if Move.TAKE_BACK in offers.closed(task):
        raise offers.MoveForbidden(name=task.name)
    if first is None:
        raise TooLate(name=task.name)
    done = history.undo(task.case, first, at=at, before=[line(KINDS.TAKEN_BACK, task, actor, at, comment=comment)])
    _give_back(done, at, own=actor)


@pmi.action("workflow.task.send-back", scope=scopes.of_task, open_to=("staff",))
def send_back(
    *, actor: pmi.Actor, task_id: int, step: str, straight: bool = False, comment: str, at: datetime | None = None
) -> None:
    """Send a matter back to a step before (退回). `step` is the element of one of the steps passed.

    The step goes to who did it. Without `straight` everything that came of it is done again; with it, the matter
    returns from there straight to this task, past the steps between.

    :raises NothingToUndo: if the case cannot go back there.
    """
    at = at or timezone.now()
    task = scopes.again(task_id)
    offers.demand(actor, task, Move.SEND_BACK)
    chosen = next(((key, row) for key, row in offers.passed_steps(task) if row.element_id == step), None)
    if chosen is None:
        raise history.NothingToUndo
    first, former = chosen
    case = Case.objects.get(pk=task.case_id)
    holders = {
        str(row.pk): (row.assignee, row.assignee_name)
        for row in Task.objects.filter(case=case, state=Task.State.CLAIMED)
    }
    # Whoever sends back has the task, also where it was free.
    holders[str(task.pk)] = (task.assignee or actor.id, task.assignee_name or actor.name)
    before = [line(KINDS.SENT_BACK, task, actor, at, to=former.name, comment=comment)]
    done = history.undo(case, first, at=at, before=before, straight=straight)
    _give_back(done, at, sender=actor.name, comment=comment)
    if straight:
        again = next(new for new, old in done.tasks if old is not None and old.pk == former.pk)
        Comeback.objects.create(
            task=again,
            placed=[[*_rest(token)] for token in done.placed if token.number != again.token],
            taken=[[*_rest(token)] for token in done.taken],
            holders=holders,
            undone=[key for key in done.passages if key != first],
        )
        Task.objects.filter(pk=again.pk).update(special=True)


def _rest(token: Token) -> tuple[int, str, int, str]:
    return token.number, token.node, token.scope, token.via


def _give_back(
    done: history.Undone, at: datetime, *, own: pmi.Actor | None = None, sender: str = "", comment: str = ""
) -> None:
    """Give the steps that were opened anew to who did them, if they still may; else they are open to all who may."""
    for task, former in done.tasks:
        if former is None or not former.done_by:
            continue
        to, name = former.done_by, former.done_by_name
        if own is None or own.id != to:
            try:
                name = standing.candidate(to, task).name
            except Refusal:
                continue
        Task.objects.filter(pk=task.pk).update(state=Task.State.CLAIMED, assignee=to, assignee_name=name)
        if sender:
            standing.tell(to, task=task, kind="sent-back", who=sender, at=at, comment=comment)
