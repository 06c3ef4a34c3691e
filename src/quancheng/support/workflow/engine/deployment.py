"""Puts drawings to work: checks them, gives them versions. The same drawing deployed twice stays the same version."""

import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from quancheng.kernel import discovery
from quancheng.kernel.refusal import Refusal
from quancheng.support.workflow.engine import expressions, reader, soundness
from quancheng.support.workflow.models import Definition

log = logging.getLogger(__name__)
# Who knows of versions that people published, each asked by the key of a process for their numbers.
_publishers: list[Callable[[str], frozenset[int]]] = []


def publishes(versions_of: Callable[[str], frozenset[int]]) -> Callable[[str], frozenset[int]]:
    """Say which versions of a process people published: an unchanged file of an app does not go back behind them."""
    if versions_of not in _publishers:
        _publishers.append(versions_of)
    return versions_of


def _stands_back(key: str, text: str) -> bool:
    """Whether the file of an app was put to work before, and what people published stands since."""
    newest = Definition.objects.filter(key=key).order_by("-version").values_list("version", flat=True).first()
    if newest is None or not any(newest in versions_of(key) for versions_of in _publishers):
        return False
    digest = hashlib.sha256(text.encode()).hexdigest()
    published = frozenset[int]().union(*(versions_of(key) for versions_of in _publishers))
    own = Definition.objects.filter(key=key).exclude(version__in=published).order_by("-version").first()
    return own is not None and own.digest == digest


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
                content = file.read_bytes()
                if not any(_stands_back(process.id, content.decode()) for process in reader.processes(content)):
                    deployed.append(deploy(app.label, content))
            except Refusal as refusal:
                log.error("%s/%s cannot be put to work: %s", app.label, file.name, refusal)
                rejected.append(Rejected(app.label, file.name, refusal))
    return tuple(deployed), tuple(rejected)
