"""Merkle tree hashing and proofs after RFC 6962 section 2.1; proofs are verified as in RFC 9162 section 2.1.

Trees are read through a `Node` function: `node(level, index)` returns the hash of the complete subtree over the leaves
`index * 2**level` up to `(index + 1) * 2**level`. Hashes are 32 bytes (SHA-256).
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence

Node = Callable[[int, int], bytes]

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256().digest()


class BadProof(ValueError):
    """A proof that does not prove what it was offered for."""


def leaf_hash(leaf: bytes) -> bytes:
    """Return the hash of a leaf."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def complete_root(hashes: Sequence[bytes]) -> bytes:
    """Return the root over 2**k hashes."""
    row = list(hashes)
    while len(row) > 1:
        row = [node_hash(row[at], row[at + 1]) for at in range(0, len(row), 2)]
    return row[0]


def _split(size: int) -> int:
    """Return the largest power of two below `size` (for `size` > 1)."""
    return 1 << ((size - 1).bit_length() - 1)


def subtree(node: Node, start: int, end: int) -> bytes:
    """Return the root over the leaves `start` up to `end`; the range must be one that the tree is made of."""
    size = end - start
    if size & (size - 1) == 0:
        level = size.bit_length() - 1
        return node(level, start >> level)
    middle = start + _split(size)
    return node_hash(subtree(node, start, middle), subtree(node, middle, end))


def root(node: Node, size: int) -> bytes:
    """Return the root of the tree over the first `size` leaves."""
    return subtree(node, 0, size) if size else EMPTY_ROOT


def inclusion_proof(node: Node, index: int, size: int) -> tuple[bytes, ...]:
    """Return the audit path of leaf `index` in the tree of `size` leaves.

    :raises ValueError: when the tree has no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a tree of {size}")
    path, start, end = [], 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(subtree(node, middle, end))
            end = middle
        else:
            path.append(subtree(node, start, middle))
            start = middle
    return tuple(reversed(path))


def consistency_proof(node: Node, old: int, new: int) -> tuple[bytes, ...]:
    """Return the proof that the tree of `new` leaves continues the tree of `old` leaves; empty for 0 or equal sizes.

    :raises ValueError: when `old` is larger than `new`.
    """
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {new} cannot continue one of {old}")
    if old in (0, new):
        return ()
    path, start, end, whole = [], 0, new, True
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(subtree(node, middle, end))
            end = middle
        else:
            path.append(subtree(node, start, middle))
            start, whole = middle, False
    if not whole:
        path.append(subtree(node, start, end))
    return tuple(reversed(path))


def verify_inclusion(*, leaf: bytes, index: int, size: int, proof: Iterable[bytes], root: bytes) -> None:
    """Check that the leaf with hash `leaf` is at `index` of the tree (RFC 9162 section 2.1.3.2).

    :raises BadProof: when it is not shown to be.
    """
    if not 0 <= index < size:
        raise BadProof(f"no leaf {index} in a tree of {size}")
    value = leaf
    for sibling, on_left in _walk(index, size - 1, proof):
        value = node_hash(sibling, value) if on_left else node_hash(value, sibling)
    if value != root:
        raise BadProof("the proof leads to another root")


def verify_consistency(*, old: int, old_root: bytes, new: int, new_root: bytes, proof: Iterable[bytes]) -> None:
    """Check that the tree (`new`, `new_root`) continues the tree (`old`, `old_root`) (RFC 9162 section 2.1.4.2).

    :raises BadProof: when it is not shown to.
    """
    steps = list(proof)
    if not 0 <= old <= new:
        raise BadProof(f"a tree of {new} cannot continue one of {old}")
    if old in (0, new):
        if steps:
            raise BadProof("the proof is too long")
        if old_root != (new_root if old else EMPTY_ROOT):
            raise BadProof("the roots differ")
        return
    if old & (old - 1) == 0:
        steps.insert(0, old_root)
    if not steps:
        raise BadProof("the proof is too short")
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    first = second = steps[0]
    for sibling, on_left in _walk(place, last, steps[1:]):
        if on_left:
            first, second = node_hash(sibling, first), node_hash(sibling, second)
        else:
            second = node_hash(second, sibling)
    if first != old_root or second != new_root:
        raise BadProof("the proof leads to another root")


def _walk(place: int, last: int, proof: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Yield each step of a proof and whether it stands on the left, climbing from `place` of a row up to `last`."""
    for sibling in proof:
        if last == 0:
            raise BadProof("the proof is too long")
        on_left = bool(place & 1) or place == last
        yield sibling, on_left
        if on_left:
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        place, last = place >> 1, last >> 1
    if last != 0:
        raise BadProof("the proof is too short")


class Frontier:
    """Computes roots of a growing tree in one pass over its leaf hashes."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []

    def append(self, leaf: bytes) -> None:
        """Add the hash of the next leaf."""
        value, place = leaf, self.size
        while place & 1:
            value, place = node_hash(self._peaks.pop(), value), place >> 1
        self._peaks.append(value)
        self.size += 1

    def root(self) -> bytes:
        """Return the root over all leaves so far."""
        if not self._peaks:
            return EMPTY_ROOT
        value = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            value = node_hash(peak, value)
        return value
