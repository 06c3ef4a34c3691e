"""What a BPMN drawing says, as frozen values: nodes, flows, and one definition that can be executed."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """The executable subset of BPMN 2.0. PASS is a task that does nothing here (abstract and manual tasks)."""

    START = "START"
    END = "END"
    TERMINATE = "TERMINATE"
    USER = "USER"
    SERVICE = "SERVICE"
    PASS = "PASS"  # noqa: S105 - a kind of task
    EXCLUSIVE = "EXCLUSIVE"
    PARALLEL = "PARALLEL"
    TIMER = "TIMER"
    MESSAGE = "MESSAGE"
    BOUNDARY_TIMER = "BOUNDARY_TIMER"
    BOUNDARY_MESSAGE = "BOUNDARY_MESSAGE"
    SUBPROCESS = "SUBPROCESS"


BOUNDARY = frozenset({Kind.BOUNDARY_TIMER, Kind.BOUNDARY_MESSAGE})
# A handler that begins so is the address "key/decision" of a decision model (business rule tasks).
DECISION = "decision:"
ENDS = frozenset({Kind.END, Kind.TERMINATE})


@dataclass(frozen=True, slots=True)
class Flow:
    """A sequence flow. `condition` is FEEL without the leading `=`, empty where there is none."""

    id: str
    source: str
    target: str
    condition: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A flow node. `scope` is the id of the sub-process it stands in, empty at the top.

    `duration` is ISO 8601 or `=` FEEL, `date` likewise; exactly one is set on timers. `host` is what a boundary event
    is attached to; `boundaries` are the events attached to this node; `first` is a sub-process's start event.
    `moves` says which moves of the office a user task allows (rules/moves.py), `repeatable` that a service task may
    run again.
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
    duration: str = ""
    date: str = ""
    message: str = ""
    host: str = ""
    interrupting: bool = True
    boundaries: tuple[str, ...] = ()
    first: str = ""

    @property
    def label(self) -> str:
        """How people call this node: its name, else its id."""
        return self.name or self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """One executable process of a drawing. `start` is the id of its start event."""

    key: str
    name: str
    start: str
    nodes: Mapping[str, Node]
    flows: Mapping[str, Flow]

    def of_kind(self, *kinds: Kind) -> tuple[Node, ...]:
        """Return the nodes of these kinds in the order of the drawing."""
        return tuple(node for node in self.nodes.values() if node.kind in kinds)

    def inside(self, scope: str) -> tuple[Node, ...]:
        """Return the nodes that stand directly in `scope`, in the order of the drawing."""
        return tuple(node for node in self.nodes.values() if node.scope == scope)
