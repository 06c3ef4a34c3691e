"""The sequencer: committed entries get leaf and place in the log, and their names into the register (docs/adr/0010)."""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from quancheng.kernel import events, zone
from quancheng.kernel.refusal import Refusal
from quancheng.security.trail import config, queries, rules
from quancheng.security.trail.engine import note, register, sealing, tiles
from quancheng.security.trail.events import CheckpointAnnounced
from quancheng.security.trail.models import Checkpoint, Entry, EntryName, Log, RegisterLine, RegisterPage

REBUILD_STEP = 5000
PLACE = 'UPDATE "trail_entry" SET "index" = %s, leaf = %s, sealed = %s, waiting = NULL, keys = NULL WHERE id = %s'
SALT = 'INSERT INTO "trail_bodykey" (entry_id, salt) VALUES (%s, %s)'
NAME = 'INSERT INTO "trail_entryname" (entry_id, key) VALUES (%s, %s)'


class LogDiverged(Refusal):
    """The published checkpoint is ahead of the database, or of another tree: one of them was restored or tampered."""

    code = "trail.log-diverged"
    message = _("The published checkpoint does not fit the database; nothing is signed until this is settled.")


class RegisterDiverged(Refusal):
    """A register that was built anew from the entries has another root than the one that was signed."""

    code = "trail.register-diverged"
    message = _("The register built from the entries has another root than the signed one.")


def integrate(*, at: datetime) -> int:
    """Give the committed entries that wait their places in the log; return how many there were.

    A waiting entry is one row. Here its body is put together and sealed under a salt of its own, its leaf is made, and
    it is filed under its names; with its place it enters the indexes for searches.

    Order of steps, each of which may be the last one before a crash: tiles are written and flushed; indexes, register,
    size and checkpoint are committed together; the checkpoint is published. Tiles beyond the committed size are covered
    by no signature and are simply written again; a checkpoint that was committed but not published is published next
    time.

    :raises LogDiverged: if the published checkpoint is ahead of the database or contradicts it.
    """
    if not Entry.objects.filter(index__isnull=True).exists():
        publish()
        return 0
    overwrite_what_goes()
    with transaction.atomic():
        log = _locked_log()
        _check_published(log)
        rows = list(Entry.objects.filter(index__isnull=True).order_by("id")[: config.settings().batch])
        if rows:
            fresh = list(_seal(rows))
            root = queries.store().extend(log.size, [row.leaf.encode() for row in rows])
            _file(rows, fresh, log.size)
            log.size += len(rows)
            known = _register(log)
            log.save(update_fields=["size", "registered"])
            signer = queries.signer()
            text = note.Checkpoint(config.origin(), log.size, root, known).text
            Checkpoint.objects.create(size=log.size, root=root.hex(), text=f"{text}\n{signer.line(text)}\n", at=at)
    publish()
    return len(rows)


def overwrite_what_goes() -> None:
    """Let SQLite overwrite what is deleted or moved from now on: nothing may survive in the slack of a page."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA secure_delete = ON")


@dataclass(frozen=True, slots=True)
class Fresh:
    """What the sequencer makes for an entry that waited: its salt, and the keys of its names."""

    entry_id: int
    salt: bytes
    keys: tuple[bytes, ...]


def _seal(rows: Sequence[Entry]) -> Iterator[Fresh]:
    """Give waiting entries their leaves and sealed bodies. Those from before ADR 10 have everything but a place."""
    for row in rows:
        if row.waiting is None:
            continue
        salt, said, text = secrets.token_bytes(rules.SALT_BYTES), rules.told(row.waiting), queries.body(row)
        facts = {"action": row.action, "outcome": row.outcome, "at": row.at, "erases": said["erases"]}
        row.leaf, row.sealed = rules.leaf(salt=salt, body=text, **facts), sealing.seal(salt, text)
        yield Fresh(row.pk, salt, rules.keys(subjects=said["subjects"], actor_id=row.actor_id))


def _file(rows: Sequence[Entry], fresh: Sequence[Fresh], start: int) -> None:
    """Store places from `start` on, leaves, bodies, salts and names."""
    bodies = [None if row.sealed is None else bytes(row.sealed) for row in rows]
    with connection.cursor() as cursor:
        cursor.executemany(PLACE, [(start + at, row.leaf, bodies[at], row.pk) for at, row in enumerate(rows)])
        if fresh:
            cursor.executemany(SALT, [(item.entry_id, item.salt) for item in fresh])
        if names := [(item.entry_id, key) for item in fresh for key in item.keys]:
            cursor.executemany(NAME, names)


def _register(log: Log) -> bytes:
    """Enter all entries that have a place but stand not in the register yet; return its root."""
    store, root = queries.RegisterTables(), None
    while log.registered < log.size:
        upto = min(log.size, log.registered + REBUILD_STEP)
        root = register.update(store, _keys(log.registered, upto))
        log.registered = upto
    return root if root is not None else register.root(store)


def _keys(start: int, end: int) -> Iterator[tuple[int, list[bytes]]]:
    """Yield the places from `start` up to `end` that carry names, with their keys."""
    found: dict[int, list[bytes]] = {}
    rows = EntryName.objects.filter(entry__index__gte=start, entry__index__lt=end)
    for place, key in rows.order_by("entry__index").values_list("entry__index", "key"):
        found.setdefault(place or 0, []).append(bytes(key))
    yield from found.items()


def rebuild_register() -> int:
    """Build the register anew from the bodies (for erased ones from their remaining keys); return the number of lines.

    :raises RegisterDiverged: if it does not come out as it was signed; then nothing is changed.
    """
    with transaction.atomic():
        log = _locked_log()
        _restore_names()
        RegisterLine.objects.all().delete()
        RegisterPage.objects.all().delete()
        log.registered = 0
        root = _register(log)
        log.save(update_fields=["registered"])
        latest = queries.checkpoint()
        signed = note.parse(latest.text).register if latest else b""
        if signed and signed != root:
            raise RegisterDiverged
        return RegisterLine.objects.count()


def _restore_names() -> None:
    rows = (
        Entry.objects.exclude(sealed=None)
        .exclude(index=None)
        .select_related("body_key")
        .prefetch_related("names")
        .order_by("id")
    )
    for row in rows.iterator(chunk_size=1000):
        said = queries.opened(row)
        wanted = set(rules.keys(subjects=said["subjects"], actor_id=said["actor_id"]))
        if {bytes(item.key) for item in row.names.all()} != wanted:
            row.names.all().delete()
            EntryName.objects.bulk_create(EntryName(entry=row, key=key) for key in sorted(wanted))


def publish() -> None:
    """Bring the published checkpoint file up to the latest checkpoint with its cosignatures."""
    if not _unpublished():
        return
    # Under the sequencer's lock: of two workers the slower one must not put an older checkpoint back.
    with transaction.atomic():
        _locked_log()
        if text := _unpublished():
            disk = tiles.Durable(config.folder())
            disk.write("checkpoint", text.encode())
            disk.settle()


def _unpublished() -> str:
    """Return the latest checkpoint, empty when it is published."""
    latest, path = queries.checkpoint(), config.folder() / "checkpoint"
    if latest is None or (path.exists() and path.read_text(encoding="utf-8") == latest.text):
        return ""
    return latest.text


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


def follow_witness(*, known_size: int) -> None:
    """Let the next announcement start from the size that the witness says it remembers."""
    with transaction.atomic():
        log = _locked_log()
        if known_size <= log.size:
            log.announced_size, log.announced_at = known_size, None
            log.save(update_fields=["announced_size", "announced_at"])
