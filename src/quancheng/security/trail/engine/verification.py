"""Recomputes the whole log from an export (tiles, bodies, remembered checkpoints) and names everything that is wrong.

Nothing here asks the server or its database: `Export` is all there is.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from quancheng.security.trail import rules
from quancheng.security.trail.engine import merkle, note, register, sealing, tiles
from quancheng.security.trail.engine.stamping import TimestampCheck, TimestampJudge


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What lies beside leaf `index`: salt and sealed body (None when erased), its keys in the register, and columns."""

    index: int
    id: str
    leaf: str
    salt: bytes | None
    sealed: bytes | None
    keys: tuple[bytes, ...]
    columns: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """A checkpoint that was once signed, the tokens of both timestamp authorities, and lines by witness name."""

    size: int
    text: str
    token: bytes | None = None
    second: bytes | None = None
    cosignatures: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """Everything a verification reads. `verifier` and `witnesses` are verifier keys; bodies come in order of index.

    Without `opened` the salts were left out: then the bodies stay closed, and everything else is checked.
    """

    folder: Path
    checkpoint: str
    verifier: str
    bodies: Iterable[Body]
    remembered: tuple[Remembered, ...] = ()
    witnesses: Mapping[str, str] = field(default_factory=dict)
    opened: bool = True


@dataclass(frozen=True, slots=True)
class Stored:
    """The register as a database keeps it: its lines, and its pages as (level, number, content)."""

    lines: Iterable[register.Line]
    pages: Iterable[tuple[int, int, bytes]]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is wrong: where, and what, in a sentence."""

    place: str
    sentence: str | Promise

    def __str__(self) -> str:
        return f"{self.place}: {self.sentence}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The outcome of a verification."""

    origin: str
    size: int
    root: str
    entries: int
    erased: int
    names: int
    checkpoints: int
    timestamps: int
    seconds: int
    cosignatures: int
    problems: tuple[Problem, ...]

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


def verify(
    export: Export,
    *,
    timestamp: TimestampCheck | None = None,
    second: TimestampJudge | None = None,
    stored: Callable[[], Stored] | None = None,
) -> Report:
    """Check the export completely; `timestamp` and `second` judge tokens (without them one is reported as unchecked).

    `stored` returns the register of a database, which is then compared with the one computed from the entries.
    """
    return _Verification(export, timestamp, second, stored).run()


class _Verification:
    def __init__(
        self,
        export: Export,
        timestamp: TimestampCheck | None,
        second: TimestampJudge | None,
        stored: Callable[[], Stored] | None,
    ) -> None:
        self.export, self.timestamp, self.second, self.stored = export, timestamp, second, stored
        self.register = register.Memory()
        self.signed: dict[int, bytes] = {}
        self.store = tiles.Tiles(export.folder)
        self.problems: list[Problem] = []
        self.entries = self.erased = self.timestamps = self.seconds = self.cosignatures = 0

    def blame(self, place: str, sentence: str | Promise) -> None:
        self.problems.append(Problem(place, sentence))

    def run(self) -> Report:
        latest = self._checkpoint()
        if latest is not None:
            leaves = self._bundles(latest.size)
            trusted = self._tree(latest, leaves)
            self._remembered(trusted, latest.size)
            self.signed[latest.size] = latest.register
            self._bodies(leaves, latest.size)
        return Report(
            origin=latest.origin if latest else "",
            size=latest.size if latest else 0,
            root=latest.root.hex() if latest else "",
            entries=self.entries,
            erased=self.erased,
            names=sum(1 for _line in self.register.all_lines()),
            checkpoints=len(self.export.remembered),
            timestamps=self.timestamps,
            seconds=self.seconds,
            cosignatures=self.cosignatures,
            problems=tuple(self.problems),
        )

    def _checkpoint(self) -> note.Checkpoint | None:
        try:
            return note.verify(self.export.checkpoint, note.Verifier.parse(self.export.verifier))
        except note.BadNote as error:
            self.blame("checkpoint", str(error))
        try:
            return note.parse(self.export.checkpoint)
        except note.BadNote:
            return None

    def _bundles(self, size: int) -> list[bytes | None]:
        leaves: list[bytes | None] = []
        for number, width in enumerate(tiles.widths(size)):
            try:
                leaves.extend(self.store.leaves(number, width))
            except tiles.BadTile as error:
                self._blame_tile(error)
                leaves.extend([None] * width)
        return leaves

    def _row(self, level: int, size: int) -> list[bytes | None]:
        row: list[bytes | None] = []
        for number, width in enumerate(tiles.widths(size, level)):
            try:
                row.extend(self.store.hashes(level, number, width))
            except tiles.BadTile as error:
                self._blame_tile(error)
                row.extend([None] * width)
        return row

    def _blame_tile(self, error: tiles.BadTile) -> None:
        place, _gap, sentence = str(error).partition(": ")
        self.blame(place, sentence)

    def _tree(self, latest: note.Checkpoint, leaves: list[bytes | None]) -> list[bytes]:
        """Compare bundles and tiles, blame the side that does not lead to the signed root; return the leaf hashes."""
        from_bundles = [None if leaf is None else merkle.leaf_hash(leaf) for leaf in leaves]
        from_tiles = self._row(0, latest.size)
        bundles_right = _root(from_bundles) == latest.root
        tiles_right = _root(from_tiles) == latest.root
        if not bundles_right and not tiles_right:
            self.blame("checkpoint", _("The signed root is not the root of the tiles, nor of the entry bundles."))
        for index, (left, right) in enumerate(zip(from_bundles, from_tiles, strict=True)):
            if left == right or left is None or right is None:
                continue
            number, width = index // tiles.WIDTH, tiles.widths(latest.size)[index // tiles.WIDTH]
            if not bundles_right:
                self.blame(
                    tiles.tile_path(tiles.ENTRIES, number, width),
                    _("Entry %(index)s is not the leaf that was integrated.") % {"index": index},
                )
            if not tiles_right:
                self.blame(
                    tiles.tile_path(0, number, width),
                    _("The hash of entry %(index)s is not the hash of its leaf.") % {"index": index},
                )
        chosen = from_bundles if bundles_right else from_tiles if tiles_right else from_bundles
        trusted = [value or merkle.EMPTY_ROOT for value in chosen]
        self._upper_rows(trusted, latest.size)
        return trusted

    def _upper_rows(self, trusted: list[bytes], size: int) -> None:
        level, below = 1, trusted
        while size >> (tiles.HEIGHT * level):
            expected = [
                merkle.complete_root(below[at : at + tiles.WIDTH])
                for at in range(0, len(below) - tiles.WIDTH + 1, tiles.WIDTH)
            ]
            for index, found in enumerate(self._row(level, size)):
                if found is not None and found != expected[index]:
                    number = index // tiles.WIDTH
                    self.blame(
                        tiles.tile_path(level, number, tiles.widths(size, level)[number]),
                        _("Hash %(at)s is not the root of the tile below it.") % {"at": index % tiles.WIDTH},
                    )
            level, below = level + 1, expected

    def _remembered(self, trusted: list[bytes], size: int) -> None:
        frontier = merkle.Frontier()
        for item in sorted(self.export.remembered, key=lambda item: item.size):
            place = f"checkpoint {item.size}"
            while frontier.size < min(item.size, size):
                frontier.append(trusted[frontier.size])
            try:
                stated = note.verify(item.text, note.Verifier.parse(self.export.verifier))
            except note.BadNote as error:
                self.blame(place, str(error))
                continue
            if stated.size > size:
                self.blame(place, _("It is larger than the log: the end of the log has been cut off."))
            elif stated.size != item.size or stated.root != frontier.root():
                self.blame(place, _("The log does not continue the tree that was signed then."))
            else:
                self.signed[stated.size] = stated.register
            self._vouched(place, item)

    def _vouched(self, place: str, item: Remembered) -> None:
        text, _lines = note.split(item.text)
        for witness, line in item.cosignatures.items():
            try:
                note.verify_line(text, line, note.Verifier.parse(self.export.witnesses.get(witness, "")))
            except note.BadNote as error:
                self.blame(f"{place}, {witness}", str(error))
            else:
                self.cosignatures += 1
        if item.token is not None:
            trouble = self.timestamp(item.token, item.text.encode()) if self.timestamp else _("It was not checked.")
            if trouble:
                self.blame(f"{place}, timestamp", trouble)
            else:
                self.timestamps += 1
        if item.second is not None:
            judge, content = self.second, item.text.encode()
            wrong = judge(item.second, content, item.token).problem if judge else _("It was not checked.")
            if wrong:
                self.blame(f"{place}, second timestamp", wrong)
            else:
                self.seconds += 1

    def _bodies(self, leaves: list[bytes | None], size: int) -> None:
        public = [_json(leaf) for leaf in leaves]
        erasures = {index for item in public for index in _listed(item.get("erases"))}
        waiting: list[tuple[int, tuple[bytes, ...]]] = []
        seen, whole = 0, True
        for body in self.export.bodies:
            whole &= not self._gone(seen, min(body.index, size))
            if body.index >= size:
                self.blame(f"entry {body.index}", _("It has a place behind the end of the log."))
                continue
            for place in range(seen + 1, body.index + 1):
                self._signed_register(place, waiting, whole=whole)
            seen = body.index + 1
            waiting.append((body.index, self._body(body, leaves[body.index], public[body.index], erasures)))
        whole &= not self._gone(seen, size)
        self._signed_register(size, waiting, whole=whole)
        if self.stored is not None and whole:
            self._stored(self.stored())

    def _gone(self, start: int, end: int) -> bool:
        for missing in range(start, end):
            self.blame(f"entry {missing}", _("Its row is gone."))
        return start < end

    def _signed_register(self, size: int, waiting: list[tuple[int, tuple[bytes, ...]]], *, whole: bool) -> None:
        """Compare the register over the first `size` entries with the root that was signed there, if any was."""
        if not self.signed.get(size) or not whole:
            return
        if register.update(self.register, waiting) != self.signed[size]:
            self.blame(f"checkpoint {size}", _("Its register is not that of the entries: some are left out or added."))
        waiting.clear()

    def _stored(self, stored: Stored) -> None:
        lines = {line.key: line for line in self.register.all_lines()}
        pages = {(level, number): page for level, number, page in self.register.all_pages()}
        for line in stored.lines:
            if lines.pop(line.key, None) != line:
                self.blame(f"register {line.key.hex()}", _("Its line in the database is wrong."))
        for level, number, page in stored.pages:
            if pages.pop((level, number), None) != page:
                self.blame(f"register page {level}/{number}", _("It is wrong in the database."))
        for key in lines:
            self.blame(f"register {key.hex()}", _("Its line is missing from the database."))
        for level, number in pages:
            self.blame(f"register page {level}/{number}", _("It is missing from the database."))

    def _body(
        self, body: Body, leaf: bytes | None, public: Mapping[str, object], erasures: set[int]
    ) -> tuple[bytes, ...]:
        """Check one entry; return its keys in the register, as far as can be known."""
        place = f"entry {body.index}"
        self.entries += 1
        if leaf is not None and body.leaf.encode() != leaf:
            self.blame(place, _("The leaf in its row is not the leaf in the log."))
        if body.sealed is None:
            self.erased += 1
            if body.index not in erasures:
                self.blame(place, _("Its body is gone, and no entry says that it was erased."))
            if body.salt is not None or body.columns.get("actor_id") or body.columns.get("actor_name"):
                self.blame(place, _("Its body was erased, but not its salt and who acted."))
            self._public(place, body, public)
            return body.keys
        if body.salt is None:
            if self.export.opened:
                self.blame(place, _("The key of its body is gone, and no entry says that it was erased."))
            self._public(place, body, public)
            return body.keys
        try:
            text = sealing.unseal(body.salt, body.sealed)
        except sealing.BadSeal:
            self.blame(place, _("Its body does not open with its key."))
            return body.keys
        if leaf is not None and rules.commitment(salt=body.salt, body=text) != public.get("body"):
            self.blame(place, _("Its body is not the one that was recorded."))
            return body.keys
        return self._columns(place, body, _json(text.encode()))

    def _public(self, place: str, body: Body, public: Mapping[str, object]) -> None:
        """Compare what the leaf itself says: all that is known of a body that is erased or closed."""
        for name in public.keys() & body.columns.keys():
            if public[name] != body.columns[name]:
                self.blame(place, _("Its column %(name)s says something else than its leaf.") % {"name": name})

    def _columns(self, place: str, body: Body, said: dict[str, Any]) -> tuple[bytes, ...]:
        for name, value in body.columns.items():
            if said.get(name) != value:
                self.blame(place, _("Its column %(name)s says something else than its body.") % {"name": name})
        keys = rules.keys(subjects=said.get("subjects", ()), actor_id=said.get("actor_id", ""))
        if keys != body.keys:
            self.blame(place, _("It is filed under other names than its body says."))
        return keys


def _listed(erases: object) -> list[int]:
    """Return the places that a leaf says are erased; the first leaves named a single one without a list."""
    return [place for place in (erases if isinstance(erases, list) else [erases]) if isinstance(place, int)]


def _root(hashes: list[bytes | None]) -> bytes | None:
    frontier = merkle.Frontier()
    for value in hashes:
        if value is None:
            return None
        frontier.append(value)
    return frontier.root()


def _json(leaf: bytes | None) -> dict[str, Any]:
    try:
        found = json.loads(leaf or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
