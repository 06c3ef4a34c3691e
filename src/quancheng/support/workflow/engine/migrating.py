"""Takes running cases over to another version of their process: reads them together, changes each in its own rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi
from quancheng.support.workflow.engine import effects, migration, rows, store
from quancheng.support.workflow.engine.drawing import Kind, Node, Trigger
from quancheng.support.workflow.engine.rows import Line
from quancheng.support.workflow.engine.semantics import Role, State, Status, Token, known
from quancheng.support.workflow.models import Case, CaseEvent, Job, Pending, SignalWait, Task, Timer
from quancheng.support.workflow.models import Definition as DefinitionRow
from quancheng.support.workflow.models import Token as TokenRow

KINDS = CaseEvent.Kind
# So many cases are looked at and taken over at once.
MOST = 500


class CannotMigrate(Refusal):
    """A case cannot go over to the other version, and all were to go or none."""

    code = "workflow.cannot-migrate"
    message = _("“%(title)s” cannot go over: %(why)s. Nothing was changed.")


class NotAVersion(Refusal):
    """The version is not there, or cases cannot run on it."""

    code = "workflow.not-a-version"
    message = _("Cases cannot run on this version.")
    status = 404


@dataclass(frozen=True, slots=True)
class Move:
    """What becomes of one case: `obstacles` are sentences, empty if it can go over."""

    case_id: int
    title: str
    subject: str
    version: int
    obstacles: tuple[str, ...]


def target(definition_id: int) -> DefinitionRow:
    """Return a version that cases can run on. :raises NotAVersion: otherwise."""
    found = DefinitionRow.objects.filter(pk=definition_id, viewing_only=False).first()
    if found is None:
        raise NotAVersion
    return found


def running(reach: Q, version: DefinitionRow) -> list[Case]:
    """Return the running cases of the process on other versions, the oldest first, at most `MOST`; one statement."""
    found = Case.objects.filter(reach, key=version.key, status=Case.Status.RUNNING).exclude(definition=version)
    return list(found.select_related("definition").defer("definition__xml").order_by("pk")[:MOST])


def preview(cases: Sequence[Case], version: DefinitionRow, elements: Mapping[str, str]) -> tuple[Move, ...]:
    """Return what would become of each case. The tokens of all are read in one statement."""
    tokens: dict[int, dict[int, Token]] = {}
    for row in TokenRow.objects.filter(case__in=[case.pk for case in cases]).order_by("number"):
        token = Token(row.number, row.element_id, row.scope, row.via, Role(row.role), row.data)
        tokens.setdefault(row.case_id, {})[row.number] = token
    return tuple(_move(case, _plan(case, tokens.get(case.pk, {}), version, elements)) for case in cases)


@transaction.atomic
def migrate(
    case_id: int, version: DefinitionRow, elements: Mapping[str, str], *, actor: pmi.Actor, at: datetime
) -> Move:
    """Take one case over, if nothing stands in its way; what stood there is returned.

    Open steps stay with whom they are, their dates too; timers that are on both versions go on running, others are
    called off or begin now.

    :raises CaseMovedOn: if the case was moved at the same moment.
    """
    case = Case.objects.select_for_update().get(pk=case_id)
    if case.status != Case.Status.RUNNING or case.key != version.key or case.definition_id == version.pk:
        return Move(
            case.pk, case.title, case.subject, case.definition.version, (str(_("it is no longer to be moved")),)
        )
    before = store.state(case)
    found = _plan(case, before.tokens, version, elements)
    move = _move(case, found)
    if not found.obstacles:
        _change(case, version.digest, before, found.tokens, elements=elements, at=at)
        changes = {"definition_id": version.pk, "digest": version.digest, "version": case.version + 1}
        if not rows.advance(case.pk, case.version, changes):
            raise store.CaseMovedOn
        line = Line(kind=KINDS.MIGRATED, at=at, name=f"v{version.version}", actor_id=actor.id, actor_name=actor.name)
        rows.write([line], case_id=case.pk)
    return move


def _plan(
    case: Case, tokens: Mapping[int, Token], version: DefinitionRow, elements: Mapping[str, str]
) -> migration.Plan:
    state = State(tokens, case.variables, case.last_token, Status.RUNNING)
    return migration.plan(store.definition(case.digest), store.definition(version.digest), state, elements)


def _move(case: Case, plan: migration.Plan) -> Move:
    sentences = tuple(f"{item.name}: {item.why}" for item in plan.obstacles)
    return Move(case.pk, case.title, case.subject, case.definition.version, sentences)


def _change(
    case: Case, digest: str, before: State, tokens: Sequence[Token], *, elements: Mapping[str, str], at: datetime
) -> None:
    old, new = store.definition(case.digest), store.definition(digest)
    after = {token.number: token for token in tokens}
    for token in tokens:
        was, node = before.tokens[token.number], new.nodes[token.node]
        if (was.node, was.via) != (token.node, token.via):
            place = TokenRow.objects.filter(case_id=case.pk, number=token.number)
            place.update(element_id=token.node, via=token.via)
        if token.works and node != old.nodes[was.node]:
            _change_work(case.pk, token, node)
    own: list[tuple[int, Node]] = [(token.number, item) for token in tokens for item in effects.awaited(new, token)]
    own += [(0, item) for item in new.starts("")]
    for model, trigger in ((Timer, Trigger.TIMER), (SignalWait, Trigger.SIGNAL)):
        wanted = {(number, item.id): item for number, item in own if item.trigger is trigger}
        for row in model._default_manager.filter(case_id=case.pk):
            waits_at = (row.token, elements.get(row.element_id, row.element_id))
            if waits_at in wanted:
                item = wanted.pop(waits_at)
                changes = {"element_id": item.id} | ({"signal": item.event} if trigger is Trigger.SIGNAL else {})
                model._default_manager.filter(pk=row.pk).update(**changes)
            elif row.state != Pending.State.DONE:
                row.delete()
        begun = [(number, item, known(after, case.variables, number)) for (number, _id), item in wanted.items()]
        effects.wait(case.pk, begun, at=at)


def _change_work(case_id: int, token: Token, node: Node) -> None:
    if node.kind is Kind.USER:
        tasks = Task.objects.filter(case_id=case_id, token=token.number)
        tasks.update(element_id=node.id, name=node.label, privilege=node.privilege, form=node.form)
    elif node.served:
        jobs = Job.objects.filter(case_id=case_id, token=token.number)
        jobs.update(element_id=node.id, handler=node.handler)
