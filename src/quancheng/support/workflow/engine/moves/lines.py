"""The timeline's lines about moves."""

from datetime import datetime

from quancheng.security.pmi import public as pmi
from quancheng.support.workflow.engine import rows
from quancheng.support.workflow.engine.rows import Line
from quancheng.support.workflow.models import Task


def line(
    kind: str, task: Task, actor: pmi.Actor | None, at: datetime, *, to: str = "", comment: str = "", behalf: str = ""
) -> Line:
    """Return a line that tells who did what with the task, to whom and why."""
    return Line(
        kind=kind,
        at=at,
        element_id=task.element_id,
        name=task.name,
        actor_id=actor.id if actor else "",
        actor_name=actor.name if actor else "",
        behalf_of_name=behalf,
        text="：".join(part for part in (f"→ {to}" if to else "", comment) if part),
    )


def tell_in(task: Task, *lines: Line) -> None:
    """Add lines to the timeline of the task's case."""
    rows.write(lines, case_id=task.case_id)
