"""Which processes there are."""

from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count

from quancheng.support.workflow.engine import cases
from quancheng.support.workflow.models import Case, Definition


@dataclass(frozen=True, slots=True)
class DefinitionView:
    """A version of a process; `running` counts its running cases, `xml` is filled when one is asked for alone."""

    id: int
    key: str
    version: int
    name: str
    app: str
    viewing_only: bool
    deployed_at: datetime
    running: int = 0
    xml: str = field(default="", repr=False)


def definitions() -> tuple[DefinitionView, ...]:
    """Return the newest version of every process, by name, with how many cases run on any of its versions."""
    newest: dict[str, Definition] = {}
    for row in Definition.objects.defer("xml").order_by("key", "version"):
        newest[row.key] = row
    running = dict(
        Case.objects.filter(status=Case.Status.RUNNING).values("key").annotate(n=Count("pk")).values_list("key", "n")
    )
    views = (_definition(row, running=running.get(row.key, 0)) for row in newest.values())
    return tuple(sorted(views, key=lambda view: view.name))


def definition(definition_id: int) -> DefinitionView:
    """Return one version with its drawing. :raises NoSuchProcess: if there is none."""
    row = Definition.objects.filter(pk=definition_id).first()
    if row is None:
        raise cases.NoSuchProcess(key=definition_id)
    running = Case.objects.filter(key=row.key, definition=row, status=Case.Status.RUNNING).count()
    return _definition(row, running=running, xml=row.xml)


def newest(key: str) -> DefinitionView | None:
    """Return the newest version of a process without its drawing and without counting its cases; None without one."""
    row = Definition.objects.filter(key=key).defer("xml").order_by("-version").first()
    return _definition(row, running=0) if row else None


def drawing(key: str, *, version: int | None = None) -> str:
    """Return the BPMN XML of a process, the newest version by default. :raises NoSuchProcess: if there is none."""
    rows = Definition.objects.filter(key=key, **({"version": version} if version else {}))
    found = rows.order_by("-version").values_list("xml", flat=True).first()
    if found is None:
        raise cases.NoSuchProcess(key=key)
    return found


def _definition(row: Definition, *, running: int, xml: str = "") -> DefinitionView:
    return DefinitionView(
        id=row.pk,
        key=row.key,
        version=row.version,
        name=row.name,
        app=row.app_label,
        viewing_only=row.viewing_only,
        deployed_at=row.deployed_at,
        running=running,
        xml=xml,
    )
