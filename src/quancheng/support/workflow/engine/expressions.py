"""What a drawing says in FEEL, worked out for one case: places, days, moments."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.support.feel import public as feel
from quancheng.support.workflow.engine.drawing import Definition, Node

# A deadline that begins so is the code of a legal period (see calendar).
RULE = "rule:"


class BadExpression(Refusal):
    """An expression of the drawing gives nothing usable for this case."""

    code = "workflow.bad-expression"
    message = _("The expression “%(text)s” of “%(id)s” does not give %(wanted)s.")


def value(text: str, variables: Mapping[str, Any]) -> Any:
    """Return `text` itself, or what it evaluates to when it begins with an equals sign (FEEL)."""
    if not text.startswith("="):
        return text
    try:
        return feel.evaluate(text[1:], variables)
    except feel.FeelError as error:
        raise BadExpression(text=text, id="=", wanted=str(error)) from error


def organisation(node: Node, variables: Mapping[str, Any], *, otherwise: str) -> str:
    """Return the organisation path of a user task; without an expression `otherwise`, the case's own."""
    if not node.organisation:
        return otherwise
    found = value(node.organisation, variables)
    if not isinstance(found, str) or not found.endswith("/"):
        raise BadExpression(text=node.organisation, id=node.label, wanted=_("an organisation path"))
    return found


def period(node: Node, variables: Mapping[str, Any]) -> int | str | None:
    """Return within how many working days a user task is due, or the code of the legal period that says so.

    None when the drawing does not say. :raises BadExpression: when it says anything else.
    """
    if not node.days:
        return None
    if node.days.startswith(RULE):
        return node.days.removeprefix(RULE)
    found = value(node.days, variables)
    try:
        return int(found)
    except (TypeError, ValueError) as error:
        raise BadExpression(text=node.days, id=node.label, wanted=_("a number of working days")) from error


def due_at(node: Node, variables: Mapping[str, Any], *, now: datetime) -> datetime:
    """Return when a timer goes off: at its date, or its duration (ISO 8601 or FEEL) after `now`.

    A date without a time is the beginning of that day, a time without a zone is in the zone of `now`.
    """
    text = node.duration or node.date
    found = value(text, variables)
    if isinstance(found, str):
        read = "duration(text)" if node.duration else "date and time(text)" if "T" in found else "date(text)"
        found = feel.evaluate(read, {"text": found})
    if node.duration and found is not None:
        found = feel.evaluate("start + length", {"start": now, "length": found})
    if not isinstance(found, date):
        raise BadExpression(text=text, id=node.label, wanted=_("a moment"))
    moment = found if isinstance(found, datetime) else datetime.combine(found, time())
    return moment if moment.tzinfo else moment.replace(tzinfo=now.tzinfo)


def plain_value(text: str, variables: Mapping[str, Any], *, at: str) -> Any:
    """Return what a FEEL text (without the equals sign) of the element `at` gives, as JSON."""
    try:
        return feel.jsonable(feel.evaluate(text, variables))
    except feel.FeelError as error:
        raise BadExpression(text=text, id=at, wanted=str(error)) from error


def number(text: str, variables: Mapping[str, Any], *, at: str) -> Decimal | None:
    """Return the number a FEEL text of the element `at` gives, None where it gives none."""
    try:
        found = feel.evaluate(text, variables)
    except feel.FeelError as error:
        raise BadExpression(text=text, id=at, wanted=str(error)) from error
    return None if isinstance(found, bool) or not isinstance(found, Decimal | int) else Decimal(found)


def holds(condition: str, variables: Mapping[str, Any], *, at: str) -> bool:
    """Test a condition of the flow `at`: only true holds."""
    try:
        return feel.holds(condition, variables)
    except feel.FeelError as error:
        raise BadExpression(text=condition, id=at, wanted=str(error)) from error


def check(definition: Definition) -> None:
    """Accept a definition whose expressions are all FEEL. :raises BadExpression: naming the first that is not."""
    for fault in faults(definition):
        raise fault


def faults(definition: Definition) -> Iterator[BadExpression]:
    """Yield the expressions of a definition that are not FEEL; the fact `element` is the id of what says it."""
    for flow in definition.flows.values():
        yield from _unread(flow.condition, flow.id, flow.name or flow.id)
    for node in definition.nodes.values():
        marked = (node.organisation, node.days, node.duration, node.date)
        for text in (*(text[1:] for text in marked if text.startswith("=")), *_bare(node)):
            yield from _unread(text, node.id, node.label)


def _bare(node: Node) -> tuple[str, ...]:
    """Return the FEEL of loops and calls, which stands without an equals sign."""
    repeat, called = node.repeat, node.called
    found = [repeat.cardinality, repeat.collection, repeat.gather, repeat.until, repeat.during] if repeat else []
    found += [source for _target, source in (*called.inputs, *called.outputs)] if called else []
    return tuple(found)


def _unread(text: str, element: str, label: str) -> Iterator[BadExpression]:
    try:
        if text:
            feel.parse(text)
    except feel.FeelError as error:
        yield BadExpression(text=text, id=label, element=element, wanted=str(error))
