"""The token of a second timestamp authority over a checkpoint: wanted, asked for, kept.

Who that is and how it is reached is for an app above the trail (pki); here is only what must not be lost meanwhile.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from quancheng.security.trail.actions import witnessing
from quancheng.security.trail.models import Checkpoint, SecondStamp


def want_second(*, size: int, at: datetime) -> None:
    """Remember that the checkpoint of `size` is to be stamped by the second authority too.

    :raises NoSuchCheckpoint: if there is no such checkpoint.
    """
    row = Checkpoint.objects.filter(size=size).first()
    if row is None:
        raise witnessing.NoSuchCheckpoint(size=size)
    SecondStamp.objects.get_or_create(checkpoint=row, defaults={"wanted_at": at})


def note_second(*, size: int, at: datetime, problem: str = "") -> None:
    """Remember that the second authority was asked for its token, or why it gave none; no effect once it is there."""
    rows = SecondStamp.objects.filter(checkpoint__size=size, token=None)
    if problem:
        rows.update(problem=problem[:500], asked_at=at)
    else:
        rows.update(problem="", asked_at=at, tries=F("tries") + 1)


def attach_second(*, size: int, token: bytes, authority: str, stamped_at: datetime) -> bool:
    """Keep the second authority's token (RFC 3161, DER) over our checkpoint of `size`; return whether it is new.

    Its caller has judged it; a token that is there stays.
    """
    with transaction.atomic():
        row = SecondStamp.objects.select_for_update().filter(checkpoint__size=size).first()
        if row is None or row.token is not None:
            return False
        row.token, row.authority, row.stamped_at, row.problem = token, authority[:200], stamped_at, ""
        row.save(update_fields=["token", "authority", "stamped_at", "problem"])
        return True
