"""A case between two events, what may happen to it, and what comes of it: plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal


class Status(StrEnum):
    """How a case stands."""

    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"


class Role(StrEnum):
    """What a token stands for. MANY is an activity with several instances, ONE an instance of it; DONE remembers work
    that could be undone; UNDOING is what a case waits at while it is called off and its work undone.
    """

    PLAIN = ""
    MANY = "many"
    ONE = "one"
    DONE = "done"
    UNDOING = "undoing"


@dataclass(frozen=True, slots=True)
class Token:
    """A token at rest. `scope` is the number of the token that waits at the enclosing sub-process, 0 at the top.

    `via` is the flow by which it arrived, kept for joins. `data` is what belongs to this token alone, as JSON: `vars`
    its variables, `loop` the number of the instance from 1, `count`, `ended` and `items` of many instances, `queue` of
    what is still to be undone, `for` the token that waits for this undoing, `order` in which work was done.
    """

    number: int
    node: str
    scope: int = 0
    via: str = ""
    role: Role = Role.PLAIN
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def works(self) -> bool:
        """Whether work is done at it: it is neither the frame of several instances nor a memory."""
        return self.role in {Role.PLAIN, Role.ONE}


@dataclass(frozen=True, slots=True)
class State:
    """A case between two events. `last` is the highest number given to a token so far."""

    tokens: Mapping[int, Token] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)
    last: int = 0
    status: Status = Status.RUNNING


def known(tokens: Mapping[int, Token], variables: Mapping[str, Any], number: int) -> Mapping[str, Any]:
    """Return what is known at a token: the case's variables, over them those of the tokens around it, and its own."""
    own: list[Mapping[str, Any]] = []
    while number:
        token = tokens[number]
        if found := token.data.get("vars"):
            own.append(found)
        number = token.scope
    if not own:
        return variables
    merged = dict(variables)
    for found in reversed(own):
        merged |= found
    return merged


@dataclass(frozen=True, slots=True)
class Begin:
    """A case begins."""


@dataclass(frozen=True, slots=True)
class Completed:
    """The work at a task is done; `variables` are merged into the case's."""

    token: int
    variables: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TimerFired:
    """A timer of `token` went off: `element` is the catch event itself, a boundary event of the token's node, an event
    after a gateway, or the start of an event sub-process (then `token` is the scope it stands in, 0 at the top).
    """

    token: int
    element: str


@dataclass(frozen=True, slots=True)
class MessageArrived:
    """A message came in; exactly one waiting token takes it, the oldest."""

    message: str
    variables: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SignalRaised:
    """A signal was raised somewhere; all that wait for it take it."""

    signal: str
    variables: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Failed:
    """The work at `token` ended with an error of the business. Where nobody catches it, the case ends if `ends`."""

    token: int
    code: str
    text: str = ""
    ends: bool = False


@dataclass(frozen=True, slots=True)
class Escalated:
    """The case called at `token` escalated."""

    token: int
    code: str


@dataclass(frozen=True, slots=True)
class Cancel:
    """The case is called off; with `undo` the work that can be undone is undone first."""

    undo: bool = True


Event = Begin | Completed | TimerFired | MessageArrived | SignalRaised | Failed | Escalated | Cancel


@dataclass(frozen=True, slots=True)
class Step:
    """The state after an event, and its effects in the order in which they came about.

    `opened` tokens came to rest, `left` ones went on, `withdrawn` ones were taken away unfinished, `changed` ones rest
    where they did with new data. `passed` are the ids of nodes and flows that are behind the case now. `caught` is the
    event element a message or timer was taken by. `notes` are (trigger, element) of what happened inside. `signals`
    were raised for everybody; `failure` and `escalations` found nobody in this case. `begun` tells that the case began,
    `deaf` are the scopes (0 the top) whose event sub-processes no longer listen.
    """

    state: State
    opened: tuple[Token, ...] = ()
    left: tuple[Token, ...] = ()
    withdrawn: tuple[Token, ...] = ()
    changed: tuple[Token, ...] = ()
    passed: tuple[str, ...] = ()
    caught: str = ""
    notes: tuple[tuple[str, str], ...] = ()
    signals: tuple[str, ...] = ()
    failure: str | None = None
    escalations: tuple[str, ...] = ()
    begun: bool = False
    deaf: tuple[int, ...] = ()


class NotWaiting(Refusal):
    """Nothing in the case waits for this event (any more)."""

    code = "workflow.not-waiting"
    message = _("The case does not wait for this (%(what)s).")


class NoWayOut(Refusal):
    """No condition of an exclusive or inclusive gateway holds and it has no default flow."""

    code = "workflow.no-way-out"
    message = _("No branch of “%(id)s” applies to this case.")


class RunsInCircles(Refusal):
    """A loop in the drawing waits for nothing."""

    code = "workflow.runs-in-circles"
    message = _("The drawing runs in circles at “%(id)s”.")


class TooMany(Refusal):
    """An activity is to be done more often than a case can bear, or a number of times that is none."""

    code = "workflow.too-many-instances"
    message = _("“%(id)s” cannot be done %(count)s times; at most %(most)s.")


class WrongType(Refusal):
    """A variable is not of the type the drawing declares."""

    code = "workflow.wrong-type"
    message = _("“%(name)s” must be a %(type)s.")
    status = 422


class NobodyCatches(Refusal):
    """An activity failed with an error that no event in the drawing catches."""

    code = "workflow.nobody-catches"
    message = _("Nothing in the drawing catches the error “%(error)s” of “%(id)s”.")
