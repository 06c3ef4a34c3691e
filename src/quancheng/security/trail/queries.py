"""Questions about the trail: what was done, and the proofs that it was recorded then and not changed since."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.trail import config, rules
from quancheng.security.trail.engine import keys, merkle, note, tiles, verification
from quancheng.security.trail.models import Checkpoint, Entry, Witness

PAGE = 50


class NoSuchEntry(Refusal):
    """There is no entry with this id."""

    code = "trail.no-such-entry"
    message = _("There is no such entry in the trail.")
    status = 404


class NotIntegrated(Refusal):
    """The entry, or the size asked for, is not in the log yet."""

    code = "trail.not-integrated"
    message = _("This is not in the log yet; the next checkpoint will hold it.")


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryView:
    """An entry as others see it. `index` is None until it is integrated, `detail` empty once the body is erased."""

    id: str
    index: int | None
    at: datetime
    action: str
    outcome: str
    actor_id: str
    actor_name: str
    organisation: str
    subjects: tuple[str, ...]
    detail: Mapping[str, object]
    leaf: str
    erased: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of entries, newest first. `total` counts all pages."""

    items: tuple[EntryView, ...]
    page: int
    pages: int
    total: int


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


def entries(
    *,
    subject: str = "",
    action: str = "",
    actor: str = "",
    organisation: str = "",
    outcome: str = "",
    seen: Q | None = None,
    page: int = 1,
) -> Page:
    """Return the entries that fit, newest first.

    `action` also fits everything below it (`hall` finds `hall.submission.lodge`); `organisation` is a path that covers
    what is below; `seen`, when given, is the condition on the entries that may be seen.
    """
    found = Entry.objects.order_by("-id")
    if subject:
        found = found.filter(subjects__subject=subject)
    if action:
        found = found.filter(Q(action=action) | Q(action__startswith=action.rstrip(".") + "."))
    if actor:
        found = found.filter(Q(actor_id=actor) | Q(actor_name=actor))
    if organisation:
        found = found.filter(organisation__startswith=organisation)
    if outcome:
        found = found.filter(outcome=outcome) if outcome != "refused" else found.exclude(outcome="done")
    if seen is not None:
        found = found.filter(seen)
    total = found.count()
    pages = max(1, -(-total // PAGE))
    page = min(max(page, 1), pages)
    rows = found.prefetch_related("subjects")[(page - 1) * PAGE : page * PAGE]
    return Page(items=tuple(_view(row) for row in rows), page=page, pages=pages, total=total)


_restrictions: list[Callable[..., Q]] = []


def restrict_with(visible: Callable[..., Q]) -> None:
    """Let `visible(actor, action, organisation=column)` say who sees which entries; pmi, above the trail, offers it."""
    _restrictions[:] = [visible]


def seen_by(actor: object, action: str) -> Q:
    """Return the condition on the entries that `actor` may use `action` on; without pmi nobody may see any."""
    return _restrictions[0](actor, action, organisation="organisation") if _restrictions else Q(pk__in=())


def entry(*, entry_id: str) -> EntryView:
    """Return one entry. :raises NoSuchEntry: if there is none."""
    known = entry_id.isdecimal() and len(entry_id) < 19
    row = Entry.objects.prefetch_related("subjects").filter(pk=int(entry_id) if known else -1).first()
    if row is None:
        raise NoSuchEntry
    return _view(row)


def _view(row: Entry) -> EntryView:
    return EntryView(
        id=str(row.pk),
        index=row.index,
        at=row.at,
        action=row.action,
        outcome=row.outcome,
        actor_id=row.actor_id,
        actor_name=row.actor_name,
        organisation=row.organisation,
        subjects=tuple(sorted(item.subject for item in row.subjects.all())),
        detail=json.loads(row.body).get("detail", {}) if row.body else {},
        leaf=row.leaf,
        erased=row.body is None,
    )


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
    row = Entry.objects.only("salt", "body").get(pk=entry_id)
    return {
        "index": proof.index,
        "leaf": proof.leaf,
        "body": row.body,
        "salt": None if row.salt is None else bytes(row.salt).hex(),
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


def export() -> verification.Export:
    """Return everything a verification of this site's log reads."""
    remembered = tuple(
        verification.Remembered(
            size=row.size,
            text=row.text,
            token=None if row.token is None else bytes(row.token),
            cosignatures={item.witness: item.line for item in row.cosignatures.all()},
        )
        for row in Checkpoint.objects.prefetch_related("cosignatures").order_by("size")
    )
    # Read after the rows: the log may grow meanwhile, and then the file must not be behind them.
    published = config.folder() / "checkpoint"
    text = published.read_text(encoding="utf-8") if published.exists() else ""
    return verification.Export(
        folder=config.folder(),
        checkpoint=text,
        verifier=verifier(),
        bodies=_bodies(text),
        remembered=remembered,
        witnesses=dict(Witness.objects.values_list("name", "verifier")),
    )


def _bodies(text: str) -> Iterator[verification.Body]:
    try:
        size = note.parse(text).size
    except note.BadNote:
        return
    rows: QuerySet[Entry] = Entry.objects.filter(index__lt=size).order_by("index").prefetch_related("subjects")
    for row in rows.iterator(chunk_size=2000):
        yield verification.Body(
            index=row.index or 0,
            id=str(row.pk),
            leaf=row.leaf,
            salt=None if row.salt is None else bytes(row.salt),
            body=row.body,
            columns={
                "action": row.action,
                "actor_id": row.actor_id,
                "actor_name": row.actor_name,
                "at": rules.stamp(row.at),
                "organisation": row.organisation,
                "outcome": row.outcome,
                "subjects": sorted(item.subject for item in row.subjects.all()),
            },
        )


_timestamp_checks: list[verification.TimestampCheck] = []


def check_timestamps_with(check: verification.TimestampCheck) -> None:
    """Let `check` judge timestamp tokens from now on; pki, which lies above the trail, offers itself here."""
    _timestamp_checks[:] = [check]


def verify(export_: verification.Export | None = None) -> verification.Report:
    """Verify an export, by default this site's own log."""
    return verification.verify(export_ or export(), timestamp=_timestamp_checks[0] if _timestamp_checks else None)
