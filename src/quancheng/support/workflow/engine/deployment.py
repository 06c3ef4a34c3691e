"""Puts drawings to work: checks them, gives them versions. The same drawing deployed twice stays the same version."""

import hashlib
import logging
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from quancheng.kernel import discovery
from quancheng.kernel.refusal import Refusal
from quancheng.support.workflow.engine import expressions, reader, soundness
from quancheng.support.workflow.models import Definition

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Deployed:
    """A version of a process. `viewing_only` drawings can be looked at but not run."""

    id: int
    key: str
    version: int
    name: str
    viewing_only: bool


@dataclass(frozen=True, slots=True)
class Rejected:
    """A drawing of an app that was refused, and why."""

    app_label: str
    file: str
    refusal: Refusal


@transaction.atomic
def deploy(app_label: str, bpmn_xml: str | bytes) -> Deployed:
    """Import a drawing: one that calls itself executable is checked and can be run, any other can be viewed.

    :raises NotBpmn: if it is no BPMN file.
    :raises UnsupportedElement, BrokenDrawing, UnsoundDrawing, BadExpression: if it wants to run and cannot.
    """
    text = bpmn_xml.decode() if isinstance(bpmn_xml, bytes) else bpmn_xml
    processes = reader.processes(bpmn_xml)
    digest = hashlib.sha256(text.encode()).hexdigest()
    if viewing_only := not any(process.executable for process in processes):
        key, name = (processes[0].id, processes[0].name) if processes else (digest[:12], "")
    else:
        drawing = reader.definition(bpmn_xml)
        soundness.check(drawing)
        soundness.check_work(drawing)
        expressions.check(drawing)
        key, name = drawing.key, drawing.name
    row = Definition.objects.filter(key=key).order_by("-version").defer("xml").first()
    if row is None or row.digest != digest:
        row = Definition.objects.create(
            key=key,
            version=row.version + 1 if row else 1,
            name=name or key,
            app_label=app_label,
            xml=text,
            digest=digest,
            viewing_only=viewing_only,
            deployed_at=timezone.now(),
        )
    return Deployed(row.pk, row.key, row.version, row.name, row.viewing_only)


def deploy_all() -> tuple[tuple[Deployed, ...], tuple[Rejected, ...]]:
    """Deploy the drawings of all installed apps (processes/*.bpmn); one refused drawing does not stop the others."""
    deployed, rejected = [], []
    for app in discovery.all_apps():
        for file in app.files("processes/*.bpmn"):
            try:
                deployed.append(deploy(app.label, file.read_bytes()))
            except Refusal as refusal:
                log.error("%s/%s cannot be put to work: %s", app.label, file.name, refusal)
                rejected.append(Rejected(app.label, file.name, refusal))
    return tuple(deployed), tuple(rejected)
