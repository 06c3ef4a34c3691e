"""Erasing bodies because the law asks for it: one officer requests, another decides. Every proof stays valid."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.trail import queries, rules
from quancheng.security.trail.actions import integration, recording
from quancheng.security.trail.models import BodyKey, Entry, Erasure

# So that the leaf that lists them stays far below the 65535 bytes of an entry bundle.
A_LEAF = 2000


class NothingToErase(Refusal):
    """No entry of this name may be erased: there is none, all are erased, or all must still be kept."""

    code = "trail.nothing-to-erase"
    message = _("There is nothing that may be erased: no such entry, erased before, or still to be kept by law.")


class AlreadyRequested(Refusal):
    """A request for the same name waits."""

    code = "trail.already-requested"
    message = _("A request for this erasure waits for its decision already.")


class AlreadyDecided(Refusal):
    """The request has been decided before."""

    code = "trail.erasure-decided"
    message = _("This request has been decided already.")


class SameOfficer(Refusal):
    """Who requested an erasure may not decide it."""

    code = "trail.same-officer"
    message = _("You made this request yourself; another officer must decide it.")
    status = 403


def request_erasure(
    *,
    kind: str,
    name: str,
    basis: str,
    reason: str,
    organisation: str,
    actor_id: str,
    actor_name: str,
    at: datetime,
) -> int:
    """Ask for the erasure of the entries ABOUT a subject, BY an actor, or of one ENTRY; return the request's number.

    :raises NothingToErase: if none of them may go.
    :raises AlreadyRequested: if the same request waits.
    """
    with transaction.atomic():
        if not queries.erasable(kind, name, at).exists():
            raise NothingToErase
        key = rules.key(kind, name)
        row, created = Erasure.objects.get_or_create(
            kind=kind,
            key=key,
            state=Erasure.State.WAITING,
            defaults={
                "name": name,
                "basis": basis,
                "reason": reason,
                "organisation": organisation,
                "requester_id": actor_id,
                "requester_name": actor_name,
                "requested_at": at,
            },
        )
        if not created:
            raise AlreadyRequested
        # The name itself stays out: what is erased must not live on in the entries about its erasure.
        _enter(row, "trail.erasure.request", {"reason": reason}, actor_id=actor_id, actor_name=actor_name, at=at)
    return row.pk


def approve_erasure(*, erasure_id: int, actor_id: str, actor_name: str, at: datetime) -> int:
    """Carry a request out: destroy keys, sealed bodies and who acted; return how many entries that were.

    Entries in the trail name the places that were erased, the legal basis and both officers; they are what lets a
    verification accept the gaps.

    :raises NoSuchErasure: if there is no such request.
    :raises AlreadyDecided: if it was decided before.
    :raises SameOfficer: if the requester decides.
    :raises NothingToErase: if nothing is left to erase.
    """
    integration.overwrite_what_goes()
    with transaction.atomic():
        row = _undecided(erasure_id, actor_id)
        found = list(queries.erasable(row.kind, row.name, at).order_by("index").values_list("id", "index"))
        if not found:
            raise NothingToErase
        _decide(row, Erasure.State.DONE, actor_id, actor_name, at)
        row.name, row.count = "", len(found)
        row.save()
        for start in range(0, len(found), A_LEAF):
            part = found[start : start + A_LEAF]
            BodyKey.objects.filter(entry_id__in=[pk for pk, _index in part]).delete()
            Entry.objects.filter(pk__in=[pk for pk, _index in part]).update(
                sealed=None, actor_id="", actor_name="", erasure=row
            )
            detail = {"requested_by": row.requester_name, "reason": row.reason, "count": len(part)}
            places = [index or 0 for _pk, index in part]
            _enter(row, "trail.erasure.approve", detail, actor_id=actor_id, actor_name=actor_name, at=at, erases=places)
    _settle()
    return len(found)


def refuse_erasure(*, erasure_id: int, reason: str, actor_id: str, actor_name: str, at: datetime) -> None:
    """Refuse a request.

    :raises NoSuchErasure: if there is no such request.
    :raises AlreadyDecided: if it was decided before.
    :raises SameOfficer: if the requester decides.
    """
    with transaction.atomic():
        row = _undecided(erasure_id, actor_id)
        _decide(row, Erasure.State.REFUSED, actor_id, actor_name, at)
        row.refusal = reason
        row.save()
        _enter(row, "trail.erasure.refuse", {"reason": reason}, actor_id=actor_id, actor_name=actor_name, at=at)


def compact() -> None:
    """Give the room of erased bodies back to the operating system; the tables are locked meanwhile."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("VACUUM")
        else:
            cursor.execute("VACUUM FULL trail_entry, trail_bodykey")


def _undecided(erasure_id: int, actor_id: str) -> Erasure:
    queries.erasure(erasure_id=erasure_id)
    row = Erasure.objects.select_for_update().get(pk=erasure_id)
    if row.state != Erasure.State.WAITING:
        raise AlreadyDecided
    if row.requester_id == actor_id:
        raise SameOfficer
    return row


def _decide(row: Erasure, state: Erasure.State, actor_id: str, actor_name: str, at: datetime) -> None:
    row.state, row.decider_id, row.decider_name, row.decided_at = state, actor_id, actor_name, at


def _enter(
    row: Erasure,
    action: str,
    detail: dict[str, object],
    *,
    actor_id: str,
    actor_name: str,
    at: datetime,
    erases: Sequence[int] = (),
) -> None:
    recording.insert(
        action=action,
        actor_id=actor_id,
        actor_name=actor_name,
        outcome="done",
        subjects=(f"trail-erasure:{row.pk}",),
        organisation=row.organisation,
        detail={**detail, "basis": f"{queries.LAW} ({row.basis})"},
        at=at,
        erases=erases,
    )


def _settle() -> None:
    """Let the old bytes go from the write-ahead log and from dead rows too."""
    if connection.in_atomic_block:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            cursor.execute("VACUUM trail_entry, trail_bodykey")
