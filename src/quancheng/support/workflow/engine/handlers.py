"""Which function does which service task."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseContext:
    """What a service task's handler knows. `token` makes (case_id, token) the lasting identity of this one run."""

    case_id: int
    token: int
    element_id: str
    name: str
    key: str
    subject: str
    title: str
    organisation: str
    variables: Mapping[str, Any]
    at: datetime


# A handler runs inside the transaction that also moves the case on, so its effect happens once. What it returns is
# merged into the case's variables.
Handler = Callable[[CaseContext], Mapping[str, Any] | None]


class NoHandler(Refusal):
    """A service task names a handler that no installed app has."""

    code = "workflow.no-handler"
    message = _("No application here does the service task “%(handler)s”.")


class BpmnError(Exception):
    """Raised by a handler when its work ends with an error of the business: an error event in the drawing takes it.

    `code` is the error's code in the drawing. What the handler did is undone. Where no event takes the error, the step
    has failed like any other and is tried again. Anything else a handler raises is a fault, never taken by an event.
    """

    def __init__(self, code: str, text: str = "") -> None:
        super().__init__(text or code)
        self.code, self.text = code, text


class TwoHandlers(RuntimeError):
    """Two functions claim the same service task."""


_handlers: dict[str, Handler] = {}


def handles(name: str) -> Callable[[Handler], Handler]:
    """Make a function in an app's process.py the handler of service tasks with `qc:handler="<name>"`."""

    def register(function: Handler) -> Handler:
        known = _handlers.setdefault(name, function)
        if (known.__module__, known.__qualname__) != (function.__module__, function.__qualname__):
            raise TwoHandlers(name)
        _handlers[name] = function
        return function

    return register


def handlers() -> Mapping[str, Handler]:
    """Return every registered handler by name."""
    return dict(_handlers)


def handler(name: str) -> Handler:
    """Return the handler of `name`. :raises NoHandler: if there is none."""
    if name not in _handlers:
        raise NoHandler(handler=name)
    return _handlers[name]
