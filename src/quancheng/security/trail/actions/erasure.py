"""Erasing bodies because the law asks for it; every proof stays valid."""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.trail import queries
from quancheng.security.trail.actions import recording
from quancheng.security.trail.models import BodyKey, Entry


class AlreadyErased(Refusal):
    """The entry's body has been erased before."""

    code = "trail.already-erased"
    message = _("The body of this entry has been erased already.")


def erase_body(*, entry_id: str, actor_id: str, actor_name: str, basis: str) -> str:
    """Erase the personal part of an entry because the law asks for it (PIPL art. 47); every proof stays valid.

    The erasure is an entry of its own, which names `basis` and is what lets a verification accept the gap.

    :raises queries.NoSuchEntry: if there is no such entry.
    :raises queries.NotIntegrated: if it has no place in the log yet.
    :raises AlreadyErased: if it is erased.
    """
    with transaction.atomic():
        queries.entry(entry_id=entry_id)
        row = Entry.objects.select_for_update().get(pk=entry_id)
        if row.index is None:
            raise queries.NotIntegrated
        if row.sealed is None:
            raise AlreadyErased
        shred((row.pk,))
        prepared = recording.prepare(
            action="trail.entry.erase",
            actor_id=actor_id,
            actor_name=actor_name,
            outcome="done",
            subjects=(f"trail-entry:{entry_id}",),
            organisation=row.organisation,
            detail={"basis": basis},
            at=timezone.now(),
            erases=(row.index,),
        )
        return recording.insert((prepared,))[0]


def shred(ids: Iterable[int]) -> None:
    """Destroy the keys and the sealed bodies of entries, and the columns that name who acted."""
    ids = tuple(ids)
    BodyKey.objects.filter(entry_id__in=ids).delete()
    Entry.objects.filter(pk__in=ids).update(sealed=None, actor_id="", actor_name="")
