"""What BPMN means: a pure function from (definition, state, event) to the next state and what has to be done about it.

Tokens rest where something outside must happen: at tasks, catch events, sub-processes and joins. Everything else they
pass at once. Deterministic: the same arguments give the same step. Semantics: BPMN 2.0.2, chapter 13.
"""

from quancheng.support.workflow.engine.drawing import Definition
from quancheng.support.workflow.engine.semantics import catching, undoing
from quancheng.support.workflow.engine.semantics.game import Game
from quancheng.support.workflow.engine.semantics.state import (
    Begin,
    Cancel,
    Completed,
    Escalated,
    Event,
    Failed,
    MessageArrived,
    NobodyCatches,
    NotWaiting,
    NoWayOut,
    Role,
    RunsInCircles,
    SignalRaised,
    State,
    Status,
    Step,
    TimerFired,
    Token,
    TooMany,
    WrongType,
    known,
)

__all__ = [
    "Begin",
    "Cancel",
    "Completed",
    "Escalated",
    "Event",
    "Failed",
    "MessageArrived",
    "NoWayOut",
    "NobodyCatches",
    "NotWaiting",
    "Role",
    "RunsInCircles",
    "SignalRaised",
    "State",
    "Status",
    "Step",
    "TimerFired",
    "Token",
    "TooMany",
    "WrongType",
    "advance",
    "known",
]


def advance(definition: Definition, state: State, event: Event) -> Step:
    """Return what `event` makes of `state`.

    :raises NotWaiting: if nothing in the case waits for the event.
    :raises NoWayOut: if no branch of an exclusive or inclusive gateway applies.
    :raises WrongType: if a variable is not what the drawing declares.
    :raises NobodyCatches: if an activity fails and no event catches the error.
    """
    game = Game(definition, state)
    match event:
        case Begin():
            game.begin()
        case Completed(token, variables):
            game.complete(token, variables)
        case TimerFired(number, element):
            catching.fire(game, number, definition.nodes[element])
        case MessageArrived(message, variables):
            game.assign(0, variables)
            catching.receive(game, message)
        case SignalRaised(signal, variables):
            game.assign(0, variables)
            if not catching.raise_signal(game, signal):
                raise NotWaiting(what=signal)
        case Failed():
            catching.fail(game, event)
        case Escalated(token, code):
            catching.escalate(game, code, game.tokens[token].scope, origin=game.live(token))
        case Cancel(undo):
            undoing.call_off(game, undo=undo)
    return game.play()
