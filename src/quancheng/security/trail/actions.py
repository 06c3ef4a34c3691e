"""The trail's own writes. They are no pmi actions: the trail lies below pmi, and recording a record would never end."""

import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime

from django.utils import timezone

from . import rules
from .models import Entry, EntrySubject


def record(
    *,
    action: str,
    actor_id: str,
    actor_name: str,
    outcome: str = "done",
    subjects: Iterable[str] = (),
    organisation: str = "",
    detail: Mapping[str, object] | None = None,
    at: datetime | None = None,
) -> str:
    """Put an entry into the trail, in the caller's transaction, and return its id.

    The sequencer gives it its place in the Merkle log once the caller has committed. `outcome` is "done" or the code
    of a refusal; `detail` is JSON-like (other values are kept as their string).
    """
    return _insert(
        action=action,
        actor_id=actor_id,
        actor_name=actor_name,
        outcome=outcome,
        subjects=tuple(sorted(set(subjects))),
        organisation=organisation,
        detail=detail or {},
        at=at or timezone.now(),
    )


def _insert(
    *,
    action: str,
    actor_id: str,
    actor_name: str,
    outcome: str,
    subjects: tuple[str, ...],
    organisation: str,
    detail: Mapping[str, object],
    at: datetime,
    erases: int | None = None,
) -> str:
    salt = secrets.token_bytes(rules.SALT_BYTES)
    body = rules.body(
        action=action,
        actor_id=actor_id,
        actor_name=actor_name,
        outcome=outcome,
        subjects=subjects,
        organisation=organisation,
        detail=detail,
        at=at,
    )
    entry = Entry.objects.create(
        at=at,
        action=action,
        outcome=outcome,
        actor_id=actor_id,
        actor_name=actor_name,
        organisation=organisation,
        leaf=rules.leaf(salt=salt, body=body, action=action, outcome=outcome, at=at, erases=erases),
        salt=salt,
        body=body,
    )
    if subjects:
        EntrySubject.objects.bulk_create(EntrySubject(entry=entry, subject=subject) for subject in subjects)
    return str(entry.pk)
