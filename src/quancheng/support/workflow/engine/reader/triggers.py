"""What an event waits for or throws: which event definitions each kind of event may have, and what they refer to."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from lxml import etree

from quancheng.support.workflow.engine.drawing import MESSAGE, Kind, Trigger
from quancheng.support.workflow.engine.reader.files import BPMN, QC, UnsupportedElement, tag

DEFINITIONS: dict[str, Trigger] = {
    "timerEventDefinition": Trigger.TIMER,
    "messageEventDefinition": Trigger.MESSAGE,
    "signalEventDefinition": Trigger.SIGNAL,
    "errorEventDefinition": Trigger.ERROR,
    "escalationEventDefinition": Trigger.ESCALATION,
    "compensateEventDefinition": Trigger.COMPENSATION,
}
FROM_OUTSIDE = frozenset({Trigger.TIMER, Trigger.MESSAGE, Trigger.SIGNAL})
FROM_INSIDE = frozenset({Trigger.ERROR, Trigger.ESCALATION})
# What each event may have; NONE is the event without a definition. A start in an event sub-process is told apart below.
MAY: dict[str, frozenset[Trigger]] = {
    "startEvent": frozenset({Trigger.NONE}),
    "endEvent": frozenset(
        {Trigger.NONE, Trigger.MESSAGE, Trigger.SIGNAL, Trigger.ERROR, Trigger.ESCALATION, Trigger.COMPENSATION}
    ),
    "intermediateCatchEvent": FROM_OUTSIDE,
    "intermediateThrowEvent": frozenset(
        {Trigger.NONE, Trigger.MESSAGE, Trigger.SIGNAL, Trigger.ESCALATION, Trigger.COMPENSATION}
    ),
    "boundaryEvent": FROM_OUTSIDE | FROM_INSIDE | {Trigger.COMPENSATION},
}
KINDS = {
    "startEvent": Kind.START,
    "endEvent": Kind.END,
    "intermediateCatchEvent": Kind.CATCH,
    "intermediateThrowEvent": Kind.THROW,
    "boundaryEvent": Kind.BOUNDARY,
}


@dataclass(frozen=True, slots=True)
class Names:
    """What the file's messages, signals, errors and escalations are called, each by its id."""

    messages: Mapping[str, str]
    signals: Mapping[str, str]
    errors: Mapping[str, str]
    escalations: Mapping[str, str]

    @classmethod
    def of(cls, root: etree._Element) -> Self:
        """Collect them from a file."""

        def called(element: str, *attributes: str) -> dict[str, str]:
            return {
                item.get("id", ""): next((item.get(name) for name in attributes if item.get(name)), "")
                for item in root.iterchildren(BPMN + element)
            }

        return cls(
            called("message", "name"),
            called("signal", "name"),
            called("error", "errorCode", "name"),
            called("escalation", "escalationCode", "name"),
        )


def event(
    item: etree._Element, definitions: list[etree._Element], names: Names, *, place: Kind | None
) -> tuple[Kind, dict[str, Any]]:
    """Return the kind of an event and what it waits for or throws. `place` is the kind of the scope it stands in.

    :raises UnsupportedElement: for an event definition that cannot be executed there.
    """
    element, identity = tag(item), item.get("id", "")
    if len(definitions) > 1:
        raise UnsupportedElement(type=element, id=identity)
    if not definitions:
        # A start without a definition does not belong into an event sub-process: nothing would ever begin it.
        if Trigger.NONE not in MAY[element] or (element == "startEvent" and place is Kind.EVENT_SUBPROCESS):
            raise UnsupportedElement(type=f"{element} (none)", id=identity)
        return (Kind.PASS if element == "intermediateThrowEvent" else KINDS[element]), {}
    definition = definitions[0]
    named = tag(definition)
    if element == "endEvent" and named == "terminateEventDefinition":
        return Kind.TERMINATE, {}
    trigger = DEFINITIONS.get(named)
    if trigger is None or trigger not in _allowed(element, place):
        raise UnsupportedElement(type=f"{element} ({named})", id=identity)
    if element == "startEvent" and place is not Kind.EVENT_SUBPROCESS:
        return Kind.START, {}
    facts: dict[str, Any] = {"trigger": trigger, "variable": item.get(QC + "variable", "")}
    facts |= _said(definition, trigger, names, identity)
    if trigger in {Trigger.MESSAGE, Trigger.SIGNAL}:
        # One that is not named goes by the name of the event.
        facts["event"] = facts["event"] or (item.get("name") or "").strip()
    if trigger is Trigger.MESSAGE and element in {"endEvent", "intermediateThrowEvent"}:
        facts["handler"] = item.get(QC + "handler", "") or f"{MESSAGE}{facts['event']}"
    return KINDS[element], facts


def message(item: etree._Element, names: Names) -> str:
    """Return the name of the message an event definition or a task refers to, empty when it refers to none."""
    return _name(item, "messageRef", names.messages)


def _allowed(element: str, place: Kind | None) -> frozenset[Trigger]:
    if element != "startEvent":
        return MAY[element]
    if place is Kind.EVENT_SUBPROCESS:
        return FROM_OUTSIDE | FROM_INSIDE
    # The message that begins a case is taken by the application that calls `start`.
    return frozenset({Trigger.NONE, Trigger.MESSAGE}) if place is None else MAY[element]


def _said(definition: etree._Element, trigger: Trigger, names: Names, identity: str) -> dict[str, str]:
    match trigger:
        case Trigger.TIMER:
            if definition.find(BPMN + "timeCycle") is not None:
                raise UnsupportedElement(type="timeCycle", id=identity)
            return {
                "duration": (definition.findtext(BPMN + "timeDuration") or "").strip(),
                "date": (definition.findtext(BPMN + "timeDate") or "").strip(),
            }
        case Trigger.MESSAGE:
            return {"event": message(definition, names)}
        case Trigger.SIGNAL:
            return {"event": _name(definition, "signalRef", names.signals)}
        case Trigger.ERROR:
            return {"event": _name(definition, "errorRef", names.errors)}
        case Trigger.ESCALATION:
            return {"event": _name(definition, "escalationRef", names.escalations)}
    if definition.get("waitForCompletion") == "false":
        raise UnsupportedElement(type="waitForCompletion", id=identity)
    return {"event": definition.get("activityRef", "").rpartition(":")[2]}


def _name(item: etree._Element, attribute: str, known: Mapping[str, str]) -> str:
    reference = item.get(attribute, "").rpartition(":")[2]
    return known.get(reference) or reference
