"""Proofs of completeness: all entries about a subject or by an actor, or that there are none."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.trail import config, rules
from quancheng.security.trail.engine import merkle, note, register, tiles
from quancheng.security.trail.models import Entry, Log, RegisterLine, RegisterPage
from quancheng.security.trail.queries import log
from quancheng.security.trail.queries.entries import NotIntegrated, opened_text, waiting

AT_ONCE = 400


class TooMany(Refusal):
    """So many entries carry this name that they do not go into one file."""

    code = "trail.too-many"
    message = _("%(count)s entries are too many for one proof. Export the trail; the export proves them all.")


class RegisterTables:
    """The register as the database keeps it; written inside the sequencer's transaction."""

    def lines(self, buckets: Iterable[int]) -> dict[int, register.Lines]:
        numbers = sorted(buckets)
        found: dict[int, register.Lines] = {number: {} for number in numbers}
        for at in range(0, len(numbers), AT_ONCE):
            rows = RegisterLine.objects.filter(bucket__in=numbers[at : at + AT_ONCE])
            for number, key, count, head in rows.values_list("bucket", "key", "count", "head"):
                found[number][bytes(key)] = count, bytes(head)
        return found

    def pages(self, level: int, numbers: Iterable[int]) -> dict[int, bytes]:
        wanted, found = sorted(numbers), {}
        for at in range(0, len(wanted), AT_ONCE):
            rows = RegisterPage.objects.filter(level=level, number__in=wanted[at : at + AT_ONCE])
            found.update({number: bytes(content) for number, content in rows.values_list("number", "content")})
        return found

    def put_lines(self, lines: Mapping[bytes, tuple[int, bytes]]) -> None:
        rows = [(key, register.bucket(key), count, head) for key, (count, head) in lines.items()]
        _put(
            'INSERT INTO "trail_registerline" (key, bucket, count, head) VALUES (%s, %s, %s, %s) '
            "ON CONFLICT (key) DO UPDATE SET count = excluded.count, head = excluded.head",
            rows,
        )

    def put_pages(self, level: int, pages: Mapping[int, bytes]) -> None:
        _put(
            'INSERT INTO "trail_registerpage" (level, number, content) VALUES (%s, %s, %s) '
            "ON CONFLICT (level, number) DO UPDATE SET content = excluded.content",
            [(level, number, content) for number, content in pages.items()],
        )


def _put(statement: str, rows: Sequence[tuple[int | bytes, ...]]) -> None:
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(statement, rows)


def subject_proof(*, name: str, kind: str = rules.ABOUT) -> dict[str, object]:
    """Return the proof of all entries ABOUT a subject or BY an actor up to the latest checkpoint, as JSON values.

    Its shape is in docs/guide-trail.md; without entries it proves that there are none.

    :raises NotIntegrated: before the first checkpoint with a register.
    :raises TooMany: beyond QC_TRAIL_PROOF_ENTRIES.
    """
    key = rules.key(kind, name)
    with transaction.atomic():
        # While the sequencer's row is held, checkpoint, register and rows are of one moment.
        Log.objects.select_for_update().filter(id=1).first()
        latest = log.checkpoint()
        if latest is None or not note.parse(latest.text).register:
            raise NotIntegrated
        path = register.path(RegisterTables(), key)
        line = path.end if path.end and path.end.key == key else register.Line(key)
        if line.count > config.settings().proof_entries:
            raise TooMany(count=line.count)
        rows = Entry.objects.filter(names__key=key, index__lt=latest.size).order_by("index")
        found = [(row.index or 0, *opened_text(row)) for row in rows.select_related("body_key")]
    node, bundles = log.store().node(latest.size), _Bundles(latest.size)
    return {
        "format": "quancheng-trail-subject/1",
        "kind": kind,
        "name": name,
        "checkpoint": latest.text,
        "verifier": log.verifier(),
        "register": {
            "siblings": ["" if value == register.EMPTY else value.hex() for value in path.siblings],
            "end": None
            if path.end is None
            else {"key": path.end.key.hex(), "count": path.end.count, "head": path.end.head.hex()},
        },
        "entries": [
            {
                "index": index,
                "leaf": bundles.leaf(index),
                "path": [value.hex() for value in merkle.inclusion_proof(node, index, latest.size)],
                "salt": None if salt is None else salt.hex(),
                "body": body,
            }
            for index, salt, body in found
        ],
    }


class _Bundles:
    """Reads leaves, each bundle once."""

    def __init__(self, size: int) -> None:
        self._widths, self._store = tiles.widths(size), log.store()
        self._known: dict[int, list[bytes]] = {}

    def leaf(self, index: int) -> str:
        number, place = divmod(index, tiles.WIDTH)
        if number not in self._known:
            self._known[number] = self._store.leaves(number, self._widths[number])
        return self._known[number][place].decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How many entries carry a name under the latest checkpoint of `size`, and that this was checked to its root.

    `waiting` more carry it and have no place yet: the next checkpoint will speak of them.
    """

    size: int
    count: int
    sound: bool
    waiting: int


def standing(*, key: bytes) -> Standing | None:
    """Return how many entries the register proves for a key; None before the first checkpoint with a register."""
    with transaction.atomic():
        Log.objects.select_for_update().filter(id=1).first()
        latest = log.checkpoint()
        stated = note.parse(latest.text) if latest else None
        if stated is None or not stated.register:
            return None
        path = register.path(RegisterTables(), key)
        try:
            line, sound = register.verify(key, path, stated.register), True
        except register.BadProof:
            line, sound = register.Line(key), False
        listed = Entry.objects.filter(names__key=key, index__lt=stated.size)
        places = list(listed.order_by("index").values_list("index", flat=True)) if sound else []
        sound = sound and (len(places), register.chained(place or 0 for place in places)) == (line.count, line.head)
        return Standing(size=stated.size, count=line.count, sound=sound, waiting=waiting(key).count())
