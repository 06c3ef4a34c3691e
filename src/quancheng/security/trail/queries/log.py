"""The log and its proofs."""

from dataclasses import dataclass
from datetime import datetime

from quancheng.security.trail import config
from quancheng.security.trail.engine import keys, merkle, note, tiles
from quancheng.security.trail.models import Checkpoint
from quancheng.security.trail.queries.entries import NotIntegrated, entry, opened_by


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointView:
    """A signed checkpoint; `text` is the note with all its signature lines, `note` with the log's own line alone."""

    origin: str
    size: int
    root: str
    text: str
    note: str
    at: datetime
    witnesses: tuple[str, ...]
    timestamped: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class InclusionProof:
    """That `leaf` is entry `index` of the log at `checkpoint`; `path` are hex hashes, lowest first (RFC 6962)."""

    index: int
    leaf: str
    path: tuple[str, ...]
    checkpoint: str


def store() -> tiles.Tiles:
    """Return this site's tiles."""
    return tiles.Tiles(config.folder())


def signer(kind: int = note.LOG) -> note.Signer:
    """Return the signer of this site's log, or of its witness."""
    name = config.origin() if kind == note.LOG else config.origin() + "/witness"
    return keys.signer(config.folder(), name=name, kind=kind)


def checkpoint(*, size: int | None = None) -> CheckpointView | None:
    """Return the checkpoint of `size`, by default the latest; None before the first entry is integrated."""
    rows = Checkpoint.objects.prefetch_related("cosignatures").order_by("-size")
    row = (rows.filter(size=size) if size is not None else rows).first()
    if row is None:
        return None
    lines = sorted((item.witness, item.line) for item in row.cosignatures.all())
    return CheckpointView(
        origin=note.parse(row.text).origin,
        size=row.size,
        root=row.root,
        text=row.text + "".join(f"{line}\n" for _name, line in lines),
        note=row.text,
        at=row.at,
        witnesses=tuple(name for name, _line in lines),
        timestamped=row.token is not None,
    )


def verifier() -> str:
    """Return the verifier key of this site's log, `name+hash+key`."""
    return str(signer().verifier)


def inclusion_proof(*, index: int) -> InclusionProof:
    """Return the proof that entry `index` is in the latest checkpoint. :raises NotIntegrated: if it is not."""
    latest = checkpoint()
    if latest is None or not 0 <= index < latest.size:
        raise NotIntegrated
    tree = store()
    path = merkle.inclusion_proof(tree.node(latest.size), index, latest.size)
    number, place = divmod(index, tiles.WIDTH)
    width = tiles.widths(latest.size)[number]
    return InclusionProof(
        index=index,
        leaf=tree.leaves(number, width)[place].decode(),
        path=tuple(value.hex() for value in path),
        checkpoint=latest.text,
    )


def evidence(*, entry_id: str) -> dict[str, object]:
    """Return everything that shows one entry to somebody else, as plain JSON values: body, salt, leaf, proof, key.

    :raises NoSuchEntry: if there is no such entry.
    :raises NotIntegrated: if it has no place in the log yet.
    """
    found = entry(entry_id=entry_id)
    if found.index is None:
        raise NotIntegrated
    proof = inclusion_proof(index=found.index)
    salt, body = opened_by(entry_id)
    return {
        "format": "quancheng-trail-entry/1",
        "index": proof.index,
        "leaf": proof.leaf,
        "body": body,
        "salt": None if salt is None else salt.hex(),
        "path": list(proof.path),
        "checkpoint": proof.checkpoint,
        "verifier": verifier(),
    }


def consistency_proof(*, old: int, new: int) -> tuple[str, ...]:
    """Return the hex hashes that show that the log of `new` entries continues the one of `old`.

    :raises NotIntegrated: if the log is not that long, or shrinks between the two.
    """
    latest = checkpoint()
    if latest is None or not 0 <= old <= new <= latest.size:
        raise NotIntegrated
    return tuple(value.hex() for value in merkle.consistency_proof(store().node(latest.size), old, new))
