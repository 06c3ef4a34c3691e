"""Questions; every list shows what its reader may see and nothing else."""

from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import pgettext_lazy
from quancheng.business.sample.models import Record

from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi

READ = "sample.record.read"


class NoSuchRecord(Refusal):
    """No record has this id."""

    code = "sample.no-such-record"
    message = pgettext_lazy("sample", "There is no such record.")
    status = 404


def visible(actor: pmi.Actor) -> QuerySet[Record]:
    """Return the records of the departments where `actor` may read."""
    return Record.objects.filter(pmi.visible(actor, READ, organisation="organisation"))


def record(record_id: UUID) -> Record:
    """Return the record. :raises NoSuchRecord: for an unknown id."""
    found = Record.objects.filter(pk=record_id).first()
    if found is None:
        raise NoSuchRecord
    return found


def target(*, record_id: UUID, **_others: object) -> pmi.Target:
    """Return what a page or an action about this record touches."""
    found = record(record_id)
    return pmi.Target(organisation=found.organisation, owner=found.owner, subjects=(found.subject,))
