"""A task on somebody's desk: who has it, what was asked about it, which moves are open to the reader."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from quancheng.security.pmi import public as pmi
from quancheng.support.workflow import rules
from quancheng.support.workflow.engine import cases
from quancheng.support.workflow.engine.moves import offers, signing, standing
from quancheng.support.workflow.models import Case, Circulation, Opening, Signing, Task
from quancheng.support.workflow.queries.timeline import TimelineEvent, timeline
from quancheng.support.workflow.queries.worklist import PAGE_SIZE, Page
from quancheng.support.workflow.rules import Move

# The order in which a menu shows them: what is likely first, what undoes last.
ORDER = tuple(Move)


@dataclass(frozen=True, slots=True)
class SignerView:
    """Somebody who was asked to sign."""

    actor_id: str
    name: str
    state: str
    label: str
    comment: str
    acted_at: datetime | None

    @property
    def is_unacted(self) -> bool:
        """Whether their signature can still come."""
        return self.state in {"WAITING", "ASKED"}


@dataclass(frozen=True, slots=True)
class SigningView:
    """Signatures asked for together."""

    when: str
    rule: str
    wanted: int
    serial: bool
    state: str
    label: str
    asked_by: str
    asked_at: datetime
    comment: str
    held: bool
    signers: tuple[SignerView, ...]


@dataclass(frozen=True, slots=True)
class CircularView:
    """Something sent for reading. `url` is the matter's own page."""

    id: int
    task_id: int
    title: str
    step: str
    app: str
    reader: str
    sender: str
    comment: str
    sent_at: datetime
    read_at: datetime | None
    recalled_at: datetime | None
    mine: bool


@dataclass(frozen=True, slots=True)
class OpeningView:
    """That somebody looked at the task."""

    name: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A task with everything that was asked about it, as the reader may see it."""

    task_id: int
    case_id: int
    name: str
    title: str
    subject: str
    url: str
    app: str
    organisation: str
    state: str
    holder: str
    behalf_of: str
    done_by: str
    urged: int
    urged_at: datetime | None
    moves: tuple[Move, ...]
    asked_to_sign: bool
    signings: tuple[SigningView, ...]
    circulars: tuple[CircularView, ...]
    openings: tuple[OpeningView, ...]

    @property
    def is_open(self) -> bool:
        """Whether the task still has to be done."""
        return self.state in {"OPEN", "CLAIMED"}


def row(task_id: int) -> Task:
    """Return a task with its case. :raises NoSuchTask: if there is none."""
    found = Task.objects.select_related("case").filter(pk=task_id).first()
    if found is None:
        raise cases.NoSuchTask
    return found


def concerns(actor: pmi.Actor, task: Task) -> bool:
    """Test whether the task's page is open to `actor`: who may do it, took part, was asked or got it for reading."""
    return (
        actor.may(task.privilege, organisation=task.organisation)
        or actor.may("workflow.task.assign", task.organisation)
        or offers.took_part(actor, task)
        or offers.reads(actor, task)
    )


def task_target(actor: pmi.Actor, *, task_id: int) -> pmi.Target:
    """Return what the task's page shows; whom it concerns owns it, so that everybody else needs the privilege."""
    task = row(task_id)
    owner = actor.id if concerns(actor, task) else task.assignee or "nobody"
    return pmi.Target(organisation=task.organisation, owner=owner, subjects=(task.case.subject,))


def desk(actor: pmi.Actor, task_id: int) -> Desk:
    """Return a task as `actor` sees it. :raises NoSuchTask: if there is none."""
    return _desk(actor, row(task_id))


def _of_reader(*, task_id: int, owner: str) -> pmi.Target:
    task = row(task_id)
    return pmi.Target(organisation=task.organisation, owner=owner, subjects=(task.case.subject,))


@pmi.reading("workflow.task.read", scope=_of_reader, open_to=("staff",))
def read_desk(*, actor: pmi.Actor, task_id: int, owner: str) -> tuple[Desk, tuple[TimelineEvent, ...]]:  # noqa: ARG001
    """Return a task and what has happened in its case; the look is entered in the trail, and recusals bar it.

    `owner` is whose the page is: the reader, where the task concerns them (see `task_target`).
    """
    return desk(actor, task_id), timeline_of(task_id)


def desks(actor: pmi.Actor, subject: str) -> tuple[Desk, ...]:
    """Return the tasks about `subject` at which a move is open to `actor` or their signature is asked."""
    found = Task.objects.select_related("case").filter(case__subject=subject, case__status=Case.Status.RUNNING)
    own = Q(state=Task.State.DONE) & (Q(done_by=actor.id) | Q(behalf_of=actor.id))
    views = [_desk(actor, task) for task in found.filter(Q(state__in=offers.WAITING) | own).order_by("pk")]
    return tuple(
        view for view in views if view.asked_to_sign or (view.moves and view.is_open) or Move.TAKE_BACK in view.moves
    )


def timeline_of(task_id: int) -> tuple[TimelineEvent, ...]:
    """Return what has happened in the task's case, newest first."""
    return timeline(row(task_id).case)


def people_for(actor: pmi.Actor, task_id: int, move: Move) -> tuple[tuple[str, str], ...]:
    """Return whom `actor` may choose for `move`, as pairs of id and words."""
    task = row(task_id)
    if move is Move.CIRCULATE:
        return standing.readers(task, but=actor.id)
    if move is Move.UNSIGN:
        found = offers.last_signing(task)
        unacted = found.signers.filter(state__in=offers.UNSIGNED).order_by("position") if found else ()
        return tuple((one.actor_id, f"{one.actor_name} · {one.get_state_display()}") for one in unacted)
    return standing.candidates(task, but="" if move is Move.ASSIGN else actor.id)


def signings_open(actor: pmi.Actor, task_id: int) -> tuple[Move, ...]:
    """Return the ways in which `actor` may ask for signatures."""
    moves = offers.offered(actor, row(task_id))
    return tuple(move for move in ORDER if move in moves & rules.SIGNINGS)


@dataclass(frozen=True, slots=True)
class PassedStep:
    """A step to which a matter can be sent back: who did it when, and what would be taken away."""

    element_id: str
    name: str
    by: str
    at: datetime | None


def steps_back(task_id: int) -> tuple[PassedStep, ...]:
    """Return the steps to which the matter can go back from a task, the last one first."""
    return tuple(
        PassedStep(step.element_id, step.name, step.done_by_name, step.done_at)
        for _key, step in offers.passed_steps(row(task_id))
    )


def settled_without(task_id: int, person: str) -> str:
    """Return what a signing comes to without `person`, empty while it stays open."""
    found = offers.last_signing(row(task_id))
    if found is None:
        return ""
    states = ["REMOVED" if one.actor_id == person else one.state for one in found.signers.order_by("position")]
    outcome = rules.settled(found.rule, found.wanted, states)
    return str(Signing.State(outcome).label) if outcome else ""


def to_read(actor: pmi.Actor, *, unread: bool = True, page: int = 1, size: int = PAGE_SIZE) -> Page:
    """Return what was sent to `actor` for reading and not recalled, the newest first."""
    # A post that may read every circular reads elsewhere: this list is one's own.
    seen = pmi.visible(actor, "workflow.circular.read", owner="reader", open_to=("staff",))
    found = Circulation.objects.filter(seen, reader=actor.id, recalled_at=None)
    if unread:
        found = found.filter(read_at=None)
    page = max(page, 1)
    shown = found.select_related("task__case").order_by("-sent_at", "-pk")[(page - 1) * size : page * size]
    return Page(tuple(_circular(item, actor) for item in shown), found.count(), page, size)


def is_unread(actor: pmi.Actor, task_id: int) -> bool:
    """Test whether the task's matter was sent to `actor` for reading and they have not read it."""
    unread = Circulation.objects.filter(reader=actor.id, recalled_at=None, read_at=None)
    return unread.filter(task__case_id=row(task_id).case_id).exists()


def unread_count(actor: pmi.Actor) -> int:
    """Return how much was sent to `actor` for reading that they have not read."""
    return Circulation.objects.filter(reader=actor.id, recalled_at=None, read_at=None).count()


def held_by(person: str) -> tuple[Task, ...]:
    """Return the tasks that somebody has taken on, what is due first."""
    found = Task.objects.select_related("case").filter(state=Task.State.CLAIMED, assignee=person)
    return tuple(found.order_by("due_on", "pk"))


def _desk(actor: pmi.Actor, task: Task) -> Desk:
    moves = offers.offered(actor, task)
    return Desk(
        task_id=task.pk,
        case_id=task.case_id,
        name=task.name,
        title=task.case.title,
        subject=task.case.subject,
        url=task.case.url,
        app=task.case.app_label,
        organisation=task.organisation,
        state=task.state,
        holder=task.assignee_name,
        behalf_of=task.behalf_of_name,
        done_by=task.done_by_name,
        urged=task.urged,
        urged_at=task.urged_at,
        moves=tuple(move for move in ORDER if move in moves),
        asked_to_sign=signing.asked(actor, task) is not None,
        signings=_signings(task),
        circulars=tuple(
            _circular(item, actor)
            for item in task.circulations.select_related("task__case").order_by("-sent_at", "reader_name")
        ),
        openings=tuple(
            OpeningView(item.actor_name, item.at) for item in Opening.objects.filter(task=task).order_by("at")
        ),
    )


def _signings(task: Task) -> tuple[SigningView, ...]:
    found: Sequence[Signing] = list(task.signings.prefetch_related("signers").order_by("-pk"))
    return tuple(
        SigningView(
            item.get_when_display(), item.rule, item.wanted, item.serial, item.state, item.get_state_display(),
            item.asked_by_name, item.asked_at, item.comment, bool(item.held),
            tuple(
                SignerView(
                    one.actor_id, one.actor_name, one.state, one.get_state_display(), one.comment, one.acted_at
                )
                for one in sorted(item.signers.all(), key=lambda one: one.position)
            ),
        )
        for item in found
    )  # fmt: skip


def _circular(item: Circulation, actor: pmi.Actor) -> CircularView:
    return CircularView(
        item.pk, item.task_id, item.task.case.title, item.task.name, item.task.case.app_label, item.reader_name,
        item.sender_name, item.comment, item.sent_at, item.read_at, item.recalled_at, item.sender == actor.id,
    )  # fmt: skip
