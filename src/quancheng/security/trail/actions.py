"""The trail's own writes. They are no pmi actions: the trail lies below pmi, and recording a record would never end."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quancheng.kernel import events, zone
from quancheng.kernel.refusal import Refusal
from quancheng.security.trail import config, queries, rules
from quancheng.security.trail.engine import merkle, note, tiles
from quancheng.security.trail.events import CheckpointAnnounced
from quancheng.security.trail.models import (
    Checkpoint,
    Cosignature,
    Entry,
    EntrySubject,
    Log,
    Witness,
    WitnessedLog,
)


class LogDiverged(Refusal):
    """The published checkpoint is ahead of the database, or of another tree: one of them was restored or tampered."""

    code = "trail.log-diverged"
    message = _("The published checkpoint does not fit the database; nothing is signed until this is settled.")


class Rollback(Refusal):
    """A log shows a smaller tree than the one that this witness saw before."""

    code = "trail.rollback"
    message = _("The log %(origin)s shrank from %(known)s to %(size)s entries.")


class Fork(Refusal):
    """A log shows a tree that does not continue the one that this witness saw before."""

    code = "trail.fork"
    message = _("The log %(origin)s does not continue the tree of %(known)s entries that was witnessed.")


class Unproven(Refusal):
    """The proof starts at another size than the one that this witness remembers; nothing is wrong with the log yet."""

    code = "trail.unproven"
    message = _("The proof for %(origin)s must start at %(known)s entries.")


class UnknownKey(Refusal):
    """A log or witness that is known signs with another key, or its signature is wrong."""

    code = "trail.unknown-key"
    message = _("The signature of %(origin)s is not by the key that is known.")


class NoSuchCheckpoint(Refusal):
    """There is no checkpoint of this size."""

    code = "trail.no-such-checkpoint"
    message = _("There is no checkpoint of %(size)s entries.")
    status = 404


class AlreadyErased(Refusal):
    """The entry's body has been erased before."""

    code = "trail.already-erased"
    message = _("The body of this entry has been erased already.")


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
        if row.body is None:
            raise AlreadyErased
        row.salt = row.body = None
        row.actor_id = row.actor_name = ""
        row.save(update_fields=["salt", "body", "actor_id", "actor_name"])
        row.subjects.all().delete()
        return _insert(
            action="trail.entry.erase",
            actor_id=actor_id,
            actor_name=actor_name,
            outcome="done",
            subjects=(f"trail-entry:{entry_id}",),
            organisation=row.organisation,
            detail={"basis": basis},
            at=timezone.now(),
            erases=row.index,
        )


def integrate(*, at: datetime) -> int:
    """Give the committed entries that wait their places in the log; return how many there were.

    Order of steps, each of which may be the last one before a crash: tiles are written and flushed; indexes, size and
    checkpoint are committed together; the checkpoint is published. Tiles beyond the committed size are covered by no
    signature and are simply written again; a checkpoint that was committed but not published is published next time.

    :raises LogDiverged: if the published checkpoint is ahead of the database or contradicts it.
    """
    if not Entry.objects.filter(index__isnull=True).exists():
        publish()
        return 0
    with transaction.atomic():
        log = _locked_log()
        _check_published(log)
        rows = list(Entry.objects.filter(index__isnull=True).order_by("id")[: config.settings().batch])
        if rows:
            root = queries.store().extend(log.size, [row.leaf.encode() for row in rows])
            for place, row in enumerate(rows, start=log.size):
                row.index = place
            Entry.objects.bulk_update(rows, ["index"], batch_size=500)
            log.size += len(rows)
            log.save(update_fields=["size"])
            signer = queries.signer()
            text = note.Checkpoint(config.origin(), log.size, root).text
            Checkpoint.objects.create(size=log.size, root=root.hex(), text=f"{text}\n{signer.line(text)}\n", at=at)
    publish()
    return len(rows)


def publish() -> None:
    """Bring the published checkpoint file up to the latest checkpoint with its cosignatures."""
    latest = queries.checkpoint()
    path = config.folder() / "checkpoint"
    if latest is None or (path.exists() and path.read_text(encoding="utf-8") == latest.text):
        return
    disk = tiles.Durable(config.folder())
    disk.write("checkpoint", latest.text.encode())
    disk.settle()


def _locked_log() -> Log:
    Log.objects.get_or_create(id=1)
    return Log.objects.select_for_update().get(id=1)


def _check_published(log: Log) -> None:
    path = config.folder() / "checkpoint"
    if not path.exists():
        return
    try:
        published = note.parse(path.read_text(encoding="utf-8"))
    except (note.BadNote, UnicodeDecodeError):
        raise LogDiverged from None
    known = Checkpoint.objects.filter(size=published.size).values_list("root", flat=True).first()
    if published.size > log.size or known != published.root.hex():
        raise LogDiverged


def announce(*, at: datetime) -> int:
    """Tell the other zone's witness that the log grew, at most every few seconds; return 1 if it was told."""
    if zone.other() is None:
        return 0
    with transaction.atomic():
        log = _locked_log()
        pause = timedelta(seconds=config.settings().announce_seconds)
        latest = queries.checkpoint()
        if latest is None or latest.size <= log.announced_size or (log.announced_at and log.announced_at + pause > at):
            return 0
        proof = queries.consistency_proof(old=log.announced_size, new=latest.size)
        own = Checkpoint.objects.values_list("text", flat=True).get(size=latest.size)
        events.publish(
            CheckpointAnnounced(
                origin=latest.origin,
                verifier=queries.verifier(),
                checkpoint=own,
                old_size=log.announced_size,
                proof=proof,
            )
        )
        log.announced_size, log.announced_at = latest.size, at
        log.save(update_fields=["announced_size", "announced_at"])
    return 1


def cosign(*, checkpoint: str, old_size: int, proof: Sequence[str], origin: str, verifier: str, at: datetime) -> str:
    """Witness another log's checkpoint: remember it and return this site's cosignature line.

    `proof` (hex hashes) shows that the tree continues the one of `old_size` leaves. The key in `verifier` is
    remembered at the first meeting; the announcement that carried it was signed by the sending zone.

    :raises UnknownKey: if the checkpoint is not signed by the key that is known for `origin`.
    :raises Rollback: if the tree is smaller than the one seen before.
    :raises Unproven: if the proof starts at another size than the one seen before.
    :raises Fork: if the tree does not continue the one seen before.
    """
    with transaction.atomic():
        seen = WitnessedLog.objects.select_for_update().filter(origin=origin).first()
        stated = _stated(checkpoint, seen.verifier if seen else verifier, origin)
        known, known_root = (seen.size, bytes.fromhex(seen.root)) if seen else (0, merkle.EMPTY_ROOT)
        _check_growth(stated, known=known, known_root=known_root, old_size=old_size, proof=proof)
        text, _lines = note.split(checkpoint)
        WitnessedLog.objects.update_or_create(
            origin=origin,
            defaults={
                "verifier": seen.verifier if seen else verifier,
                "size": stated.size,
                "root": stated.root.hex(),
                "text": checkpoint,
                "at": at,
            },
        )
        return queries.signer(note.WITNESS).line(text, at=int(at.timestamp()))


def _stated(checkpoint: str, verifier: str, origin: str) -> note.Checkpoint:
    try:
        stated = note.verify(checkpoint, note.Verifier.parse(verifier))
    except note.BadNote:
        raise UnknownKey(origin=origin) from None
    if stated.origin != origin:
        raise UnknownKey(origin=origin)
    return stated


def _check_growth(
    stated: note.Checkpoint, *, known: int, known_root: bytes, old_size: int, proof: Sequence[str]
) -> None:
    facts = {"origin": stated.origin, "known": known, "size": stated.size}
    if stated.size < known:
        raise Rollback(**facts)
    if stated.size == known and stated.root == known_root:
        return
    if known not in (stated.size, old_size):
        raise Unproven(**facts)
    try:
        merkle.verify_consistency(
            old=known,
            old_root=known_root,
            new=stated.size,
            new_root=stated.root,
            proof=[bytes.fromhex(value) for value in proof],
        )
    except ValueError:
        raise Fork(**facts) from None


def attach_cosignature(*, size: int, witness: str, verifier: str, line: str) -> None:
    """Keep a witness's line under our checkpoint of `size`. The witness's key is remembered at the first meeting.

    :raises NoSuchCheckpoint: if there is no such checkpoint.
    :raises UnknownKey: if the line is not by the key that is known for the witness.
    """
    with transaction.atomic():
        row = _checkpoint(size)
        known = Witness.objects.filter(name=witness).values_list("verifier", flat=True).first()
        text, _lines = note.split(row.text)
        try:
            key = note.Verifier.parse(known or verifier)
            if key.kind != note.WITNESS or key.name != witness:
                raise note.BadNote(witness)
            note.verify_line(text, line, key)
        except note.BadNote:
            raise UnknownKey(origin=witness) from None
        Witness.objects.get_or_create(name=witness, defaults={"verifier": verifier})
        Cosignature.objects.update_or_create(checkpoint=row, witness=witness, defaults={"line": line})


def follow_witness(*, known_size: int) -> None:
    """Let the next announcement start from the size that the witness says it remembers."""
    with transaction.atomic():
        log = _locked_log()
        if known_size <= log.size:
            log.announced_size, log.announced_at = known_size, None
            log.save(update_fields=["announced_size", "announced_at"])


def attach_timestamp(*, size: int, token: bytes) -> None:
    """Keep a timestamp token (RFC 3161, DER) over our checkpoint of `size`, made over the note as we signed it.

    :raises NoSuchCheckpoint: if there is no such checkpoint.
    """
    with transaction.atomic():
        row = _checkpoint(size)
        row.token = token
        row.save(update_fields=["token"])


def _checkpoint(size: int) -> Checkpoint:
    row = Checkpoint.objects.select_for_update().filter(size=size).first()
    if row is None:
        raise NoSuchCheckpoint(size=size)
    return row
