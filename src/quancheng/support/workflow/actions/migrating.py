"""Taking running cases over to another version of their process."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.utils import timezone

from quancheng.security.pmi import public as pmi
from quancheng.support.workflow.engine import migrating
from quancheng.support.workflow.models import Case


def _of_cases(*, case_ids: Sequence[int], **_wishes: object) -> pmi.Target:
    found = Case.objects.filter(pk__in=case_ids).order_by("pk").values_list("subject", flat=True)
    return pmi.Target(subjects=tuple(found))


@pmi.action("workflow.case.migrate", scope=_of_cases)
def migrate_cases(
    *,
    actor: pmi.Actor,
    definition_id: int,
    case_ids: Sequence[int],
    elements: Mapping[str, str] | None = None,
    whole: bool = False,
    at: datetime | None = None,
) -> tuple[migrating.Move, ...]:
    """Take running cases over to another version and return what became of each; with `whole` all go or none.

    Cases at places where the actor may not do so are left out. `elements` maps ids of the old drawing to ids of the
    new one.

    :raises NotAVersion: if cases cannot run on it.
    :raises CannotMigrate: with `whole`, naming the first case that cannot go over.
    """
    version, at = migrating.target(definition_id), at or timezone.now()
    reach = pmi.visible(actor, "workflow.case.migrate", organisation="organisation")
    wanted = Case.objects.filter(reach, pk__in=list(case_ids)[: migrating.MOST]).order_by("pk")
    done = []
    for case_id in wanted.values_list("pk", flat=True):
        move = migrating.migrate(case_id, version, elements or {}, actor=actor, at=at)
        if whole and move.obstacles:
            raise migrating.CannotMigrate(title=move.title, why=move.obstacles[0])
        done.append(move)
    return tuple(done)
