"""The properties panel beside a drawing, and the fields of a form: plain data that the pages' scripts build from.

`path` says where a property stands: `attr:` an attribute of the element, `doc` its documentation, `condition`,
`default`, `event:` and `loop:` an attribute or expression of its event definition or loop, `ref:` the name of what an
event refers to.
"""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from quancheng.support.designer.queries import Choices

USER, SERVICE, SEND, RULE, CALL = (
    "bpmn:UserTask", "bpmn:ServiceTask", "bpmn:SendTask", "bpmn:BusinessRuleTask", "bpmn:CallActivity",
)  # fmt: skip
ACTIVITIES = (
    USER, SERVICE, SEND, RULE, CALL, "bpmn:Task", "bpmn:ManualTask", "bpmn:ReceiveTask", "bpmn:SubProcess",
)  # fmt: skip
LAWFUL = (USER, SERVICE, RULE, CALL, "bpmn:ExclusiveGateway")
MANY, LOOP = "loop:bpmn:MultiInstanceLoopCharacteristics", "loop:bpmn:StandardLoopCharacteristics"
TIMER, MESSAGE, SIGNAL, ERROR, ESCALATION = (
    f"event:bpmn:{name}EventDefinition" for name in ("Timer", "Message", "Signal", "Error", "Escalation")
)

Options = Sequence[tuple[str, str]]


def _field(
    path: str,
    label: str,
    on: Sequence[str],
    *,
    kind: str = "text",
    help: str = "",  # noqa: A002 - the name of what it becomes
    options: Options = (),
    group: str = "",
) -> dict[str, Any]:
    return {
        "path": path, "label": label, "on": list(on), "kind": kind, "help": help,
        "options": [list(one) for one in options], "group": group,
    }  # fmt: skip


def fields(choices: Choices) -> list[dict[str, Any]]:
    """Return every field of the panel in its order; `suggest` fields take any text and offer their options."""
    general, who, until, law, work = (
        _("General"), _("Who does it"), _("Deadline"), _("Legal basis"), _("Automatic work"),
    )  # fmt: skip
    way, when, many, loop = _("Way on"), _("Event"), _("Many instances"), _("Loop")
    days = [(f"rule:{code}", f"{title} ({code})") for code, title in choices.rules]
    feel = _('FEEL, e.g. area > 50 or kind = "meals".')
    places = _("A path, or FEEL after an equals sign, e.g. =places.fire. Empty: where the case belongs.")
    return [
        _field("attr:id", _("Id"), ["*"], kind="fixed", group=general),
        _field("attr:name", pgettext("designer", "Name"), ["*"], kind="textarea", group=general),
        _field("attr:isExecutable", _("Cases can run on it"), ["bpmn:Process"], kind="check", group=general),
        _field("doc", _("Remarks"), ["*"], kind="textarea", group=general),
        _field("attr:qc:privilege", pgettext("designer", "Privilege"), [USER], kind="suggest",
               options=choices.privileges, group=who, help=_("Whoever holds it may do this step.")),
        _field("attr:qc:organisation", _("Organisation"), [USER], kind="suggest", help=places,
               options=choices.organisations, group=who),
        _field("attr:qc:form", _("Form"), [USER], kind="suggest", options=choices.forms, group=who,
               help=_("Key of a published form.")),
        _field("attr:qc:moves", _("Moves allowed"), [USER], group=who,
               help=_("Empty: all. A minus closes one, e.g. -send-back; -reopen lets what was done stand.")),
        _field("attr:qc:days", _("Deadline"), [USER], kind="suggest", options=days, group=until,
               help=_("Working days as a number or FEEL after an equals sign, or a legal period from the list.")),
        _field("attr:qc:law", pgettext("designer", "Law"), LAWFUL, group=law,
               help=_("Its full title, e.g. 行政许可法.")),
        _field("attr:qc:article", pgettext("designer", "Article"), LAWFUL, group=law),
        _field("attr:qc:handler", _("Handler"), [SERVICE, SEND], kind="suggest", options=choices.handlers, group=work,
               help=_("What an application does when the case comes here.")),
        _field("attr:qc:repeatable", _("May run again when a matter is sent back"), [SERVICE, SEND], kind="check",
               group=work),
        _field("attr:qc:decision", pgettext("designer", "Decision"), [RULE], kind="suggest", options=choices.decisions,
               group=work, help=_("Model and decision: key/decision. Its results become variables.")),
        _field("attr:calledElement", _("Called process"), [CALL], kind="suggest", options=choices.processes,
               group=work),
        _field("attr:qc:version", _("Version"), [CALL], group=work, help=_("Empty: the newest one.")),
        _field("condition", _("Condition"), ["bpmn:SequenceFlow"], kind="textarea", group=way, help=feel),
        _field("default", _("Default branch"), ["bpmn:ExclusiveGateway", "bpmn:InclusiveGateway"], kind="flow",
               group=way, help=_("Taken when no condition holds.")),
        _field("attr:cancelActivity", _("Interrupts what it is attached to"), ["bpmn:BoundaryEvent"], kind="check",
               group=when),
        _field(f"{TIMER}:timeDuration", _("Duration"), [TIMER], group=when,
               help=_("ISO 8601, e.g. P5D or PT2H, or FEEL after an equals sign.")),
        _field(f"{TIMER}:timeDate", pgettext("designer", "Date"), [TIMER], group=when,
               help=_("Instead of a duration: ISO 8601, or FEEL after an equals sign.")),
        _field("ref:bpmn:Message", _("Message"), [MESSAGE], group=when),
        _field("ref:bpmn:Signal", _("Signal"), [SIGNAL], group=when),
        _field("ref:bpmn:Error", _("Code of the error"), [ERROR], group=when, help=_("Empty: any.")),
        _field("ref:bpmn:Escalation", _("Code of the escalation"), [ESCALATION], group=when, help=_("Empty: any.")),
        _field("attr:qc:variable", _("Told in the variable"), [ERROR, ESCALATION], group=when),
        _field("loop", _("How often"), ACTIVITIES, kind="select", group=many, options=[
            ("", _("once")), ("parallel", _("for many, at the same time")),
            ("sequential", _("for many, one after the other")), ("loop", _("again while a condition holds")),
        ]),
        _field(f"{MANY}:qc:collection", _("For each of"), [MANY], group=many,
               help=_("FEEL that gives a list, e.g. departments.")),
        _field(f"{MANY}:qc:element", _("Each is called"), [MANY], group=many),
        _field(f"{MANY}:loopCardinality", _("or so many times"), [MANY], group=many,
               help=_("FEEL that gives a number.")),
        _field(f"{MANY}:completionCondition", _("Ends early when"), [MANY], group=many, help=feel),
        _field(f"{MANY}:qc:gather", _("What each brings"), [MANY], group=many),
        _field(f"{MANY}:qc:output", _("is collected in"), [MANY], group=many),
        _field(f"{LOOP}:loopCondition", _("Again while"), [LOOP], group=loop, help=feel),
        _field(f"{LOOP}:loopMaximum", _("At most"), [LOOP], group=loop),
    ]  # fmt: skip


def appendable() -> list[list[str]]:
    """Return what the keyboard can add after an element: type and word."""
    return [
        [USER, _("Step done by people")],
        [SERVICE, _("Automatic step")],
        [RULE, _("Decision by table")],
        ["bpmn:ExclusiveGateway", _("Choice (exclusive gateway)")],
        ["bpmn:ParallelGateway", _("Side by side (parallel gateway)")],
        ["bpmn:IntermediateCatchEvent:bpmn:TimerEventDefinition", _("Wait for a time")],
        ["bpmn:IntermediateCatchEvent:bpmn:MessageEventDefinition", _("Wait for a message")],
        [CALL, _("Call another process")],
        ["bpmn:EndEvent", pgettext("designer", "End")],
    ]


def formats() -> list[list[str]]:
    """Return the formats a text, number or date field may have, and their words."""
    return [
        ["", _("none")],
        ["identity-number", _("Identity number")],
        ["uscc", _("Unified social credit code")],
        ["mobile", _("Mobile number")],
        ["email", _("E-mail")],
        ["postcode", _("Postcode")],
        ["division", _("Code of a division")],
        ["bank-card", _("Bank card")],
        ["bank-account", _("Bank account")],
        ["money", _("Amount of money")],
        ["working-day", _("Day on which offices work")],
    ]


def presets() -> list[dict[str, Any]]:
    """Return our own fields that a button puts into a form: their word and the component."""
    texts = [
        {"label": word, "component": {"type": "textfield", "label": word, "validate": {"required": True},
                                      "properties": {"format": code}}}
        for code, word in formats()[1:9]
    ]  # fmt: skip
    money, day, address = _("Amount of money"), _("Day on which offices work"), pgettext("designer", "Address")
    sign = pgettext("designer", "Signature")
    return [
        *texts,
        {"label": money, "component": {"type": "number", "label": money, "decimalDigits": 2,
                                       "properties": {"format": "money"}}},
        {"label": day, "component": {"type": "datetime", "subtype": "date", "dateLabel": day, "label": day,
                                     "properties": {"format": "working-day"}}},
        {"label": address, "component": {"type": "address", "label": address,
                                         "properties": {"levels": "district, street, community"}}},
        {"label": sign, "component": {"type": "signature", "label": sign}},
    ]  # fmt: skip
