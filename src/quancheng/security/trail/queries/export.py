"""What a verification reads, and the verification of this site's own log."""

from collections.abc import Iterator

from quancheng.security.trail import config, rules
from quancheng.security.trail.engine import note, register, stamping, verification
from quancheng.security.trail.models import Checkpoint, Entry, RegisterLine, RegisterPage, Witness
from quancheng.security.trail.queries import log, stamps


def export() -> verification.Export:
    """Return everything a verification of this site's log reads."""
    remembered = tuple(
        verification.Remembered(
            size=row.size,
            text=row.text,
            token=None if row.token is None else bytes(row.token),
            second=bytes(row.second.token) if hasattr(row, "second") and row.second.token is not None else None,
            cosignatures={item.witness: item.line for item in row.cosignatures.all()},
        )
        for row in Checkpoint.objects.select_related("second").prefetch_related("cosignatures").order_by("size")
    )
    # Read after the rows: the log may grow meanwhile, and then the file must not be behind them.
    published = config.folder() / "checkpoint"
    text = published.read_text(encoding="utf-8") if published.exists() else ""
    return verification.Export(
        folder=config.folder(),
        checkpoint=text,
        verifier=log.verifier(),
        bodies=_bodies(text),
        remembered=remembered,
        witnesses=dict(Witness.objects.values_list("name", "verifier")),
    )


def _bodies(text: str) -> Iterator[verification.Body]:
    try:
        size = note.parse(text).size
    except note.BadNote:
        return
    rows = Entry.objects.filter(index__lt=size).order_by("index")
    for row in rows.select_related("body_key").prefetch_related("names").iterator(chunk_size=2000):
        yield verification.Body(
            index=row.index or 0,
            id=str(row.pk),
            leaf=row.leaf,
            salt=bytes(row.body_key.salt) if hasattr(row, "body_key") else None,
            sealed=None if row.sealed is None else bytes(row.sealed),
            keys=tuple(sorted(bytes(item.key) for item in row.names.all())),
            columns={
                "action": row.action,
                "actor_id": row.actor_id,
                "actor_name": row.actor_name,
                "at": rules.stamp(row.at),
                "organisation": row.organisation,
                "outcome": row.outcome,
            },
        )


_timestamp_checks: list[stamping.TimestampCheck] = []


def check_timestamps_with(check: stamping.TimestampCheck) -> None:
    """Let `check` judge timestamp tokens from now on; pki, which lies above the trail, offers itself here."""
    _timestamp_checks[:] = [check]


def verify(export_: verification.Export | None = None) -> verification.Report:
    """Verify an export, by default this site's own log together with the register in its database."""
    check = _timestamp_checks[0] if _timestamp_checks else None
    return verification.verify(
        export_ or export(), timestamp=check, second=stamps.judge(), stored=None if export_ else _stored
    )


def _stored() -> verification.Stored:
    lines = RegisterLine.objects.order_by("key").values_list("key", "count", "head")
    pages = RegisterPage.objects.order_by("level", "number").values_list("level", "number", "content")
    return verification.Stored(
        lines=(register.Line(bytes(key), count, bytes(head)) for key, count, head in lines.iterator()),
        pages=((level, number, bytes(content)) for level, number, content in pages.iterator()),
    )
