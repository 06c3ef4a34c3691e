"""What a BPMN drawing says, as frozen values: nodes, flows, and one definition that can be executed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """The executable subset of BPMN 2.0. PASS is a task that does nothing here (abstract and manual tasks).

    EVENTS is the event-based gateway; CATCH and THROW are intermediate events, CATCH also the receive task.
    """

    START = "START"
    END = "END"
    TERMINATE = "TERMINATE"
    USER = "USER"
    SERVICE = "SERVICE"
    PASS = "PASS"  # noqa: S105 - a kind of task
    CALL = "CALL"
    EXCLUSIVE = "EXCLUSIVE"
    PARALLEL = "PARALLEL"
    INCLUSIVE = "INCLUSIVE"
    EVENTS = "EVENTS"
    CATCH = "CATCH"
    THROW = "THROW"
    BOUNDARY = "BOUNDARY"
    SUBPROCESS = "SUBPROCESS"
    EVENT_SUBPROCESS = "EVENT_SUBPROCESS"


class Trigger(StrEnum):
    """What an event catches or throws; NONE for an event without a definition and for everything that is no event."""

    NONE = ""
    TIMER = "TIMER"
    MESSAGE = "MESSAGE"
    SIGNAL = "SIGNAL"
    ERROR = "ERROR"
    ESCALATION = "ESCALATION"
    COMPENSATION = "COMPENSATION"


# A handler that begins so is the address "key/decision" of a decision model (business rule tasks).
DECISION = "decision:"
# A handler that begins so gives the message of that name to the other cases about the same subject.
MESSAGE = "message:"
ENDS = frozenset({Kind.END, Kind.TERMINATE})
ACTIVITIES = frozenset({Kind.USER, Kind.SERVICE, Kind.PASS, Kind.CALL, Kind.SUBPROCESS})
# What a token cannot rest at may not carry events, save for compensation.
MAY_HOST = frozenset({Kind.USER, Kind.SERVICE, Kind.CALL, Kind.SUBPROCESS, Kind.CATCH})


@dataclass(frozen=True, slots=True)
class Flow:
    """A sequence flow. `condition` is FEEL without the leading `=`, empty where there is none."""

    id: str
    source: str
    target: str
    condition: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """How often an activity is done. All texts are FEEL without the leading `=`, empty where the drawing says nothing.

    Many instances: as many as `cardinality` says, or one for each item of `collection`, which the instance knows as
    `element`; `gather` is what an instance brings, collected in the variable `output`. `until` ends them early.
    A loop (`loop`): again while `during` holds, at most `maximum` times, tested before the first round or not.
    """

    sequential: bool = False
    cardinality: str = ""
    collection: str = ""
    element: str = ""
    output: str = ""
    gather: str = ""
    until: str = ""
    loop: bool = False
    during: str = ""
    maximum: int = 0
    test_before: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """The process a call activity calls. `version` 0 is the newest; the mappings are (target name, FEEL) pairs.

    Without `inputs` the called case knows all the caller knows, without `outputs` nothing comes back.
    """

    key: str
    version: int = 0
    inputs: tuple[tuple[str, str], ...] = ()
    outputs: tuple[tuple[str, str], ...] = ()
    all_inputs: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A flow node. `scope` is the id of the sub-process it stands in, empty at the top.

    `duration` is ISO 8601 or `=` FEEL, `date` likewise; exactly one is set on timers. `event` is the name of the
    message or signal, the code of the error or escalation (empty: any), or the activity whose compensation is thrown.
    `variable` is where a caught error or escalation is told. `host` is what a boundary event is attached to;
    `boundaries` are the events attached to this node; `first` is a sub-process's start event. `undone_by` is the
    activity that makes this one undone, `undoes` marks such an activity. `moves`
    says which moves of the office a user task allows (rules/moves.py), `repeatable` that a service task may run again.
    """

    id: str
    kind: Kind
    name: str = ""
    scope: str = ""
    incoming: tuple[str, ...] = ()
    outgoing: tuple[str, ...] = ()
    default: str = ""
    privilege: str = ""
    organisation: str = ""
    form: str = ""
    days: str = ""
    moves: str = ""
    repeatable: bool = False
    handler: str = ""
    trigger: Trigger = Trigger.NONE
    event: str = ""
    variable: str = ""
    duration: str = ""
    date: str = ""
    host: str = ""
    interrupting: bool = True
    boundaries: tuple[str, ...] = ()
    first: str = ""
    repeat: Repeat | None = None
    called: Called | None = None
    undone_by: str = ""
    undoes: bool = False

    @property
    def label(self) -> str:
        """How people call this node: its name, else its id."""
        return self.name or self.id

    @property
    def served(self) -> bool:
        """Whether a handler does the work: a service task, or an event that sends a message."""
        sends = self.kind in {Kind.THROW, Kind.END} and self.trigger is Trigger.MESSAGE
        return self.kind is Kind.SERVICE or sends

    @property
    def joins(self) -> bool:
        """Whether several flows meet here and tokens wait for one another."""
        return self.kind in {Kind.PARALLEL, Kind.INCLUSIVE} and len(self.incoming) > 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Datum:
    """A declared variable. `type` is string, number, boolean, date, date-time, list, context or any."""

    name: str
    type: str
    many: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """One executable process of a drawing. `start` is the id of its start event.

    `listeners` are the start events of the event sub-processes of each scope; `data` the variables declared in each
    scope; `upstream` says for each inclusive join and each of its incoming flows from which nodes a token can still
    arrive by that flow without passing the join.
    """

    key: str
    name: str
    start: str
    nodes: Mapping[str, Node]
    flows: Mapping[str, Flow]
    listeners: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    data: Mapping[str, Mapping[str, Datum]] = field(default_factory=dict)
    upstream: Mapping[str, Mapping[str, frozenset[str]]] = field(default_factory=dict)

    def of_kind(self, *kinds: Kind) -> tuple[Node, ...]:
        """Return the nodes of these kinds in the order of the drawing."""
        return tuple(node for node in self.nodes.values() if node.kind in kinds)

    def inside(self, scope: str) -> tuple[Node, ...]:
        """Return the nodes that stand directly in `scope`, in the order of the drawing."""
        return tuple(node for node in self.nodes.values() if node.scope == scope)

    def starts(self, scope: str) -> tuple[Node, ...]:
        """Return the start events of the event sub-processes that stand directly in `scope`."""
        return tuple(self.nodes[identity] for identity in self.listeners.get(scope, ()))
