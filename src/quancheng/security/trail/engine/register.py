"""The register: a verifiable map from each name to the places of all entries that carry it (docs/adr/0009).

A name's key is a SHA-256; its line counts its entries and chains their places: `head = H(4 | head | place)`. The lines
are the leaves of a binary tree along the bits of their keys. A subtree without lines is 32 zero bytes; below the first
16 levels a subtree with a single line is that line, `H(2 | key | count | head)`; every other one is `H(3 | left |
right)`. Walking down by the bits of a key therefore ends at exactly one place, so one root can prove either the line of
a name or its absence, never both. The root stands in the signed checkpoint.

What is stored: the lines, in 65536 buckets by their first 16 bits, and pages of 16 hashes for the levels above.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

EMPTY = bytes(32)
DEPTH, FAN = 16, 4
PAGE_LEVELS = DEPTH // FAN
MAX_PATH = 256

Lines = dict[bytes, tuple[int, bytes]]


class BadProof(ValueError):
    """A path that does not lead to the root it was offered for."""


@dataclass(frozen=True, slots=True)
class Line:
    """What the register says of one name: how many entries carry it, and the head of the chain of their places."""

    key: bytes
    count: int = 0
    head: bytes = EMPTY

    @property
    def hash(self) -> bytes:
        """The leaf of the tree."""
        return line_hash(self.key, self.count, self.head)


@dataclass(frozen=True, slots=True)
class Path:
    """From the root down to where a key's bits end: the siblings, top first, and the line found there, if any."""

    siblings: tuple[bytes, ...]
    end: Line | None


class Store(Protocol):
    """Where lines and pages are kept. Pages are 512 bytes; `level` 0 is the root's page, `number` its place."""

    def lines(self, buckets: Iterable[int]) -> dict[int, Lines]: ...
    def pages(self, level: int, numbers: Iterable[int]) -> dict[int, bytes]: ...
    def put_lines(self, lines: Mapping[bytes, tuple[int, bytes]]) -> None: ...
    def put_pages(self, level: int, pages: Mapping[int, bytes]) -> None: ...


def line_hash(key: bytes, count: int, head: bytes) -> bytes:
    """Return the leaf of a line."""
    return hashlib.sha256(b"\x02" + key + count.to_bytes(8, "big") + head).digest()


def join(left: bytes, right: bytes) -> bytes:
    """Return the hash over two subtrees."""
    return EMPTY if left == right == EMPTY else hashlib.sha256(b"\x03" + left + right).digest()


def chained(places: Iterable[int], *, head: bytes = EMPTY) -> bytes:
    """Return the head of the chain once `places` are appended."""
    for place in places:
        head = hashlib.sha256(b"\x04" + head + place.to_bytes(8, "big")).digest()
    return head


def bucket(key: bytes) -> int:
    """Return the bucket of a key."""
    return int.from_bytes(key[:2], "big")


def _bit(key: bytes, depth: int) -> int:
    return key[depth >> 3] >> (7 - (depth & 7)) & 1


def _bucket_root(lines: Sequence[tuple[bytes, bytes]], depth: int = DEPTH) -> bytes:
    """Return the root over (key, leaf) pairs in the order of their keys."""
    if len(lines) < 2:
        return lines[0][1] if lines else EMPTY
    middle = next((at for at, (key, _leaf) in enumerate(lines) if _bit(key, depth)), len(lines))
    return join(_bucket_root(lines[:middle], depth + 1), _bucket_root(lines[middle:], depth + 1))


def _leaves(lines: Lines) -> list[tuple[bytes, bytes]]:
    return [(key, line_hash(key, count, head)) for key, (count, head) in sorted(lines.items())]


def _hashes(page: bytes | None) -> list[bytes]:
    return [page[at : at + 32] for at in range(0, 512, 32)] if page else [EMPTY] * 16


def _page_rows(page: bytes | None) -> list[list[bytes]]:
    """Return a page's rows of 16, 8, 4, 2 and 1 hashes."""
    rows = [_hashes(page)]
    while len(rows[-1]) > 1:
        row = rows[-1]
        rows.append([join(row[at], row[at + 1]) for at in range(0, len(row), 2)])
    return rows


def update(store: Store, entries: Iterable[tuple[int, Iterable[bytes]]]) -> bytes:
    """Enter the keys of further entries, given in the order of their places; return the new root."""
    fresh: dict[bytes, list[int]] = {}
    for place, keys in entries:
        for key in keys:
            fresh.setdefault(key, []).append(place)
    known = store.lines({bucket(key) for key in fresh})
    changed: Lines = {}
    for key, places in fresh.items():
        count, head = known.setdefault(bucket(key), {}).get(key, (0, EMPTY))
        changed[key] = known[bucket(key)][key] = count + len(places), chained(places, head=head)
    store.put_lines(changed)
    below = {number: _bucket_root(_leaves(lines)) for number, lines in known.items()}
    for level in reversed(range(PAGE_LEVELS)):
        numbers = {number >> FAN for number in below}
        rows = {number: _hashes(page) for number, page in store.pages(level, numbers).items()}
        for number, value in below.items():
            rows.setdefault(number >> FAN, _hashes(None))[number & 15] = value
        store.put_pages(level, {number: b"".join(row) for number, row in rows.items()})
        below = {number: _page_rows(b"".join(row))[-1][0] for number, row in rows.items()}
    return below[0] if below else root(store)


def root(store: Store) -> bytes:
    """Return the root as the store has it."""
    return _page_rows(store.pages(0, (0,)).get(0))[-1][0]


def path(store: Store, key: bytes) -> Path:
    """Return the path of `key`, which shows its line or that it has none."""
    number = bucket(key)
    siblings: list[bytes] = []
    for level in range(PAGE_LEVELS):
        rest = FAN * (PAGE_LEVELS - 1 - level)
        rows = _page_rows(store.pages(level, (number >> rest >> FAN,)).get(number >> rest >> FAN))
        at = (number >> rest) & 15
        siblings.extend(rows[row][(at >> row) ^ 1] for row in reversed(range(FAN)))
    lines = store.lines((number,)).get(number, {})
    leaves, depth = _leaves(lines), DEPTH
    while len(leaves) > 1:
        split = [[item for item in leaves if _bit(item[0], depth) == side] for side in (0, 1)]
        side = _bit(key, depth)
        siblings.append(_bucket_root(split[1 - side], depth + 1))
        leaves, depth = split[side], depth + 1
    end = Line(leaves[0][0], *lines[leaves[0][0]]) if leaves else None
    return Path(tuple(siblings), end)


def verify(key: bytes, found: Path, root: bytes) -> Line:
    """Return the line of `key` that `root` commits to; count 0 when it is shown that there is none.

    :raises BadProof: when nothing is shown.
    """
    depth = len(found.siblings)
    if not DEPTH <= depth <= MAX_PATH or len(key) != 32 or any(len(value) != 32 for value in found.siblings):
        raise BadProof("the path has the wrong length")
    value = EMPTY
    if found.end is not None:
        if not 0 < found.end.count < 1 << 64 or len(found.end.key) != 32 or len(found.end.head) != 32:
            raise BadProof("the line is malformed")
        if any(_bit(found.end.key, at) != _bit(key, at) for at in range(depth)):
            raise BadProof("the line stands elsewhere")
        value = found.end.hash
    for at in reversed(range(depth)):
        sibling = found.siblings[at]
        value = join(sibling, value) if _bit(key, at) else join(value, sibling)
    if value != root:
        raise BadProof("the path leads to another root")
    return found.end if found.end is not None and found.end.key == key else Line(key)


class Memory:
    """A store in memory, for verifications."""

    def __init__(self) -> None:
        self._lines: dict[int, Lines] = {}
        self._pages: dict[int, dict[int, bytes]] = {level: {} for level in range(PAGE_LEVELS)}

    def lines(self, buckets: Iterable[int]) -> dict[int, Lines]:
        return {number: self._lines.setdefault(number, {}) for number in buckets}

    def pages(self, level: int, numbers: Iterable[int]) -> dict[int, bytes]:
        return {number: page for number in numbers if (page := self._pages[level].get(number))}

    def put_lines(self, lines: Mapping[bytes, tuple[int, bytes]]) -> None:
        for key, value in lines.items():
            self._lines.setdefault(bucket(key), {})[key] = value

    def put_pages(self, level: int, pages: Mapping[int, bytes]) -> None:
        self._pages[level].update(pages)

    def all_lines(self) -> Iterator[Line]:
        """Yield every line."""
        for lines in self._lines.values():
            for key, (count, head) in lines.items():
                yield Line(key, count, head)

    def all_pages(self) -> Iterator[tuple[int, int, bytes]]:
        """Yield level, number and content of every page."""
        for level, pages in self._pages.items():
            for number, page in pages.items():
                yield level, number, page
