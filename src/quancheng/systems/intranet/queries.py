"""What a member of the staff sees on entering: their work over all systems, what presses, what is new."""

from dataclasses import dataclass

from quancheng.kernel import discovery
from quancheng.security.pmi import public as pmi
from quancheng.support.notifications import public as notifications
from quancheng.support.workflow import public as workflow
from quancheng.systems.intranet import rules

MOST_PRESSING, SHORT = 100, 8


@dataclass(frozen=True, slots=True)
class System:
    """A system with work for the reader."""

    label: str
    title: str
    waiting: int


@dataclass(frozen=True, slots=True)
class Home:
    """The home page: `todo` is the beginning of the list, `pressing` what is due soon or late."""

    todo: tuple[workflow.WorkItem, ...]
    pressing: tuple[workflow.WorkItem, ...]
    done: tuple[workflow.WorkItem, ...]
    pressure: rules.Pressure
    systems: tuple[System, ...]
    notices: tuple[notifications.MessageView, ...]


def title_of(label: str) -> str:
    """Return how people call the system `label`."""
    found = discovery.app(label)
    return str(found.verbose_name) if found else label


def systems(actor: pmi.Actor) -> tuple[System, ...]:
    """Return the systems in which work waits for `actor`, the most first."""
    waiting = workflow.counts(actor)
    return tuple(System(label, title_of(label), waiting[label]) for label in sorted(waiting, key=lambda x: -waiting[x]))


def home(*, actor: pmi.Actor) -> Home:
    """Return the home page of `actor`."""
    open_work = workflow.worklist(actor, size=MOST_PRESSING)
    pressing = tuple(item for item in open_work.items if item.clock_state not in ("", "normal"))
    return Home(
        todo=open_work.items[:SHORT],
        pressing=pressing[:SHORT],
        done=workflow.worklist(actor, state="done", size=SHORT).items,
        pressure=rules.pressure(open_work.items, total=open_work.total),
        systems=systems(actor),
        notices=tuple(notifications.inbox(actor))[:SHORT],
    )
