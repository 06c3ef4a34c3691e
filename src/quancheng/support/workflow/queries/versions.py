"""The versions of a process, and what would become of its running cases on another one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from quancheng.security.pmi import public as pmi
from quancheng.support.workflow.engine import migrating, store
from quancheng.support.workflow.engine.drawing import ACTIVITIES, Kind
from quancheng.support.workflow.models import Case, Definition


@dataclass(frozen=True, slots=True)
class VersionView:
    """A version of a process; `running` counts the cases that run on it."""

    id: int
    version: int
    deployed_at: datetime
    viewing_only: bool
    running: int


def versions(key: str) -> tuple[VersionView, ...]:
    """Return all versions of a process, the newest first."""
    # Counted by the running cases alone: a join would go through every case there ever was.
    rows = Case.objects.filter(key=key, status=Case.Status.RUNNING).values("definition").annotate(n=Count("pk"))
    running = dict(rows.order_by().values_list("definition", "n"))
    found = Definition.objects.filter(key=key).order_by("-version")
    return tuple(
        VersionView(row.pk, row.version, row.deployed_at, row.viewing_only, running.get(row.pk, 0))
        for row in found.defer("xml")
    )


def migration_preview(
    actor: pmi.Actor, *, definition_id: int, elements: Mapping[str, str] | None = None
) -> tuple[migrating.Move, ...]:
    """Return what would become of the running cases of other versions, where `actor` may take them over.

    :raises NotAVersion: if cases cannot run on the version.
    """
    version = migrating.target(definition_id)
    reach = pmi.visible(actor, "workflow.case.migrate", organisation="organisation")
    return migrating.preview(migrating.running(reach, version), version, elements or {})


def places(*, definition_id: int) -> tuple[tuple[str, str], ...]:
    """Return (id, name) of the elements of a version at which a case can rest, by name."""
    nodes = store.definition(migrating.target(definition_id).digest).nodes.values()
    found = [(node.id, node.label) for node in nodes if node.kind in ACTIVITIES | {Kind.CATCH, Kind.EVENTS}]
    return tuple(sorted(found, key=lambda item: item[1]))


def vanished(*, definition_id: int, moves: tuple[migrating.Move, ...]) -> tuple[tuple[str, str], ...]:
    """Return (id, name) of the elements at which something stands in the cases' way and which the new version lacks."""
    version = migrating.target(definition_id)
    new = store.definition(version.digest)
    cases = Case.objects.filter(pk__in=[move.case_id for move in moves if move.obstacles])
    found: dict[str, str] = {}
    for digest in cases.values_list("digest", flat=True).distinct():
        old = store.definition(digest)
        at = cases.filter(digest=digest).values_list("tokens__element_id", flat=True).distinct()
        found |= {item: old.nodes[item].label for item in at if item in old.nodes and item not in new.nodes}
    return tuple(sorted(found.items()))
