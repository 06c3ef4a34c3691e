"""Meeting the other zone's log, and keeping what witnesses and the timestamp service say of ours."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.trail import queries
from quancheng.security.trail.actions import recording
from quancheng.security.trail.engine import merkle, note
from quancheng.security.trail.models import Checkpoint, Cosignature, Witness, WitnessedLog


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
                "refusal": "",
                "refused_at": None,
            },
        )
        return queries.signer(note.WITNESS).line(text, at=int(at.timestamp()))


def suspect(*, origin: str, refusal: str, at: datetime) -> None:
    """Remember, until it shows a good one again, that the log `origin` showed a checkpoint that was refused."""
    WitnessedLog.objects.filter(origin=origin).update(refusal=refusal, refused_at=at)


def hear_refusal(*, witness: str, verifier: str, refusal: str, at: datetime) -> None:
    """Remember that a witness refuses our log and why, enter it in the trail once, and raise the alarm on its page."""
    with transaction.atomic():
        row, _created = Witness.objects.select_for_update().get_or_create(name=witness, defaults={"verifier": verifier})
        if row.refusal != refusal:
            recording.record(
                action="trail.checkpoint.attach",
                actor_id="service:trail",
                actor_name="trail",
                outcome=refusal,
                subjects=(f"witness:{witness}",),
            )
        row.refusal, row.refused_at = refusal, at
        row.save(update_fields=["refusal", "refused_at"])


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
        Witness.objects.filter(name=witness).exclude(refusal="").update(refusal="", refused_at=None)
        Cosignature.objects.update_or_create(checkpoint=row, witness=witness, defaults={"line": line})


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
