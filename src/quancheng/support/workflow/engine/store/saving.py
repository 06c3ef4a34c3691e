"""Stores what a step made of a case, in as few statements as possible, and takes it on to the cases it concerns.

A called case and its caller move one another within one transaction. Who moves a called case holds it and asks for its
caller only if nobody else holds that; else the caller is told by the worker soon after. So no two wait for each other.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.support.workflow.engine import effects, expressions, rows, semantics
from quancheng.support.workflow.engine.drawing import Definition, Kind, Node
from quancheng.support.workflow.engine.rows import HeldCase, Line
from quancheng.support.workflow.engine.semantics import Status, Step, Token, known
from quancheng.support.workflow.engine.store.loading import AnyCase, NoSuchProcess, definition, state
from quancheng.support.workflow.models import Case, CaseEvent, Job, SignalWait
from quancheng.support.workflow.models import Definition as DefinitionRow
from quancheng.support.workflow.models import Token as TokenRow

KINDS = CaseEvent.Kind
# A job of a caller whose called case has ended while somebody else held the caller.
CALLED = "called:"
DEEPEST = 20


class CaseMovedOn(Refusal):
    """Somebody else moved the case in the meantime; nothing was changed."""

    code = "workflow.case-moved-on"
    message = _("The case has moved on in the meantime. Please look at it again.")


def save(
    case: AnyCase,
    step: Step,
    *,
    at: datetime,
    before: Iterable[Line] = (),
    closing: Mapping[str, Any] | None = None,
    depth: int = 0,
) -> tuple[int, ...]:
    """Store `step` as the next state of `case` and return the numbers of the tasks it opened, in called cases too.

    `before` are the timeline's lines about what caused the step.
    `closing` holds facts for the line that tells the end, e.g. who called the case off. The caller is in a transaction
    and holds the case; `depth` counts how many cases this one move has passed through.

    :raises CaseMovedOn: if the case was moved since it was read.
    :raises NoSuchProcess: if a process is called that is not there.
    """
    drawing = definition(case.digest)
    move_tokens(case, step)
    lines = list(before)
    effects.withdraw(case.pk, drawing, step, at=at, lines=lines)
    opened = effects.open_work(case, drawing, step, at=at, lines=lines)
    if not rows.advance(case.pk, case.version, changes(case, step, at=at)):
        raise CaseMovedOn
    moved(case, step)
    lines += effects.told(drawing, step, at=at)
    if step.state.status is not Status.RUNNING:
        lines.append(Line(kind=step.state.status.value, at=at, **(closing or {})))
    rows.write(lines, case_id=case.pk)
    return opened + _others(case, drawing, step, at=at, depth=depth)


def move_tokens(case: AnyCase, step: Step) -> None:
    """Put the tokens of `step` in place of those that went."""
    gone = [token.number for token in (*step.left, *step.withdrawn)]
    new = step.opened
    for token in step.changed:
        rows.replace(case.pk, token.number, _columns(token))
    if len(gone) == 1 == len(new):
        # The common step, one token from one rest to the next, is one statement.
        rows.replace(case.pk, gone[0], _columns(new[0]))
        return
    if gone:
        rows.drop(case.pk, gone)
    rows.insert(TokenRow, [token_row(case.pk, token) for token in new])


def token_row(case_id: int, token: Token) -> dict[str, Any]:
    """Return a token as it is stored."""
    return {
        "case_id": case_id,
        "number": token.number,
        "element_id": token.node,
        "scope": token.scope,
        "via": token.via,
        "role": token.role.value,
        "data": dict(token.data),
    }


def _columns(token: Token) -> rows.TokenColumns:
    data = rows.text(token.data) if token.data else "{}"
    return token.number, token.node, token.scope, token.via, token.role.value, data


def changes(case: AnyCase, step: Step, *, at: datetime) -> dict[str, Any]:
    """Return what `step` changes in the case itself."""
    found: dict[str, Any] = {"version": case.version + 1, "last_token": step.state.last}
    behind = set(case.passed)
    if passed := [item for item in step.passed if item not in behind]:
        found["passed"] = case.passed + passed
    if step.state.variables != case.variables:
        found["variables"] = step.state.variables
    if step.state.status is not Status.RUNNING:
        found |= {"status": step.state.status.value, "ended_at": at}
    return found


def moved(case: AnyCase, step: Step) -> None:
    """Have `case`, which was stored, stand as `step` left it."""
    case.version, case.status = case.version + 1, step.state.status.value
    case.variables, case.last_token = step.state.variables, step.state.last
    behind = set(case.passed)
    case.passed = [*case.passed, *(item for item in step.passed if item not in behind)]


def _others(case: AnyCase, drawing: Definition, step: Step, *, at: datetime, depth: int) -> tuple[int, ...]:
    if depth > DEEPEST:
        raise semantics.RunsInCircles(id=drawing.name)
    calls = [token for token in step.withdrawn if token.works and drawing.nodes[token.node].kind is Kind.CALL]
    if calls:
        _call_off(case, calls, at=at, depth=depth)
    opened: tuple[int, ...] = ()
    for token in step.opened:
        node = drawing.nodes[token.node]
        if node.kind is Kind.CALL and token.works:
            opened += _call(case, step, node, token, at=at, depth=depth)
    for signal in step.signals:
        raise_signal(signal, at=at, but=case.pk)
    if case.parent_id:
        for code in step.escalations:
            # The called case runs on, so that there is no telling later: here the caller is waited for.
            caller = Case.objects.select_for_update().get(pk=case.parent_id)
            opened += tell(caller, case, semantics.Escalated(case.parent_token, code), at=at, depth=depth)
        if step.state.status is Status.COMPLETED:
            opened += _ended(case, step, at=at, depth=depth)
    return opened


def _call(case: AnyCase, step: Step, node: Node, token: Token, *, at: datetime, depth: int) -> tuple[int, ...]:
    """Begin the case that a call activity calls; it keeps the version it begins on."""
    called = node.called
    if called is None:
        raise NoSuchProcess(key=node.label)
    found = rows.newest(called.key)
    if called.version:
        wanted = DefinitionRow.objects.filter(key=called.key, version=called.version)
        found = wanted.values_list("pk", "digest", "app_label", "viewing_only").first()
    if found is None or found[3]:
        raise NoSuchProcess(key=called.key)
    here = known(step.state.tokens, step.state.variables, token.number)
    variables = dict(here) if called.all_inputs else _mapped(called.inputs, here, node)
    caller = Case.objects.filter(pk=case.pk).values_list("app_label", "title", "url").get()
    row = {
        "definition_id": found[0],
        "digest": found[1],
        "key": called.key,
        "app_label": caller[0],
        "subject": case.subject,
        "title": caller[1],
        "url": caller[2],
        "organisation": case.organisation,
        "variables": variables,
        "parent_id": case.pk,
        "parent_token": token.number,
        "started_at": at,
    }
    (number,) = rows.insert(Case, [row])
    child = HeldCase(
        number, found[1], called.key, case.subject, case.organisation, Case.Status.RUNNING, 0, 0, case.pk,
        token.number, variables, [],
    )  # fmt: skip
    begun = semantics.advance(definition(found[1]), semantics.State(variables=variables), semantics.Begin())
    line = Line(kind=KINDS.STARTED, at=at, name=caller[1])
    return save(child, begun, at=at, before=[line], depth=depth + 1)


def _mapped(mapping: Iterable[tuple[str, str]], variables: Mapping[str, Any], node: Node) -> dict[str, Any]:
    return {target: expressions.plain_value(source, variables, at=node.label) for target, source in mapping}


def _call_off(case: AnyCase, calls: list[Token], *, at: datetime, depth: int) -> None:
    """End the cases that were called where nothing waits for them any more."""
    numbers = [token.number for token in calls]
    running = Case.objects.select_for_update().filter(
        parent_id=case.pk, parent_token__in=numbers, status=Case.Status.RUNNING
    )
    for child in running.order_by("pk"):
        step = semantics.advance(definition(child.digest), state(child), semantics.Cancel())
        save(child, step, at=at, depth=depth + 1)


def _ended(case: AnyCase, step: Step, *, at: datetime, depth: int) -> tuple[int, ...]:
    if step.failure is not None:
        cause: semantics.Event = semantics.Failed(case.parent_token, step.failure, ends=True)
    else:
        cause = semantics.Completed(case.parent_token)
    return _tell(case, cause, at=at, depth=depth)


def _tell(case: AnyCase, cause: semantics.Event, *, at: datetime, depth: int) -> tuple[int, ...]:
    """Tell the caller of `case` that this has ended; if somebody else holds it just now, leave that to the worker."""
    caller = Case.objects.select_for_update(skip_locked=True).filter(pk__in=[case.parent_id]).first()
    if caller is None:
        place = {"case_id": case.parent_id, "token": case.parent_token, "next_try_at": at}
        rows.insert(Job, [place | {"element_id": "", "handler": f"{CALLED}{case.pk}"}], unless_there=True)
        return ()
    return tell(caller, case, cause, at=at, depth=depth)


def tell(caller: Case, case: AnyCase, cause: semantics.Event, *, at: datetime, depth: int = 0) -> tuple[int, ...]:
    """Move `caller`, which the caller of this function holds, because of what its called `case` did."""
    drawing, before = definition(caller.digest), state(caller)
    token = before.tokens.get(case.parent_token)
    if caller.status != Case.Status.RUNNING or token is None or not token.works:
        return ()
    node = drawing.nodes[token.node]
    if isinstance(cause, semantics.Completed) and node.called is not None:
        cause = semantics.Completed(token.number, _mapped(node.called.outputs, case.variables, node))
    step = semantics.advance(drawing, before, cause)
    return save(caller, step, at=at, depth=depth + 1)


def raise_signal(signal: str, *, at: datetime, but: int = 0) -> int:
    """Have the worker give a signal to all cases that wait for it now, save one; return how many events wait."""
    waits = SignalWait.objects.filter(signal=signal, state=SignalWait.State.WAITING).exclude(case_id=but)
    return waits.update(next_try_at=at)
