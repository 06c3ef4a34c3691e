"""One signature over many documents: a Merkle root is signed, and each document gets a proof that stands alone.

The tree is that of RFC 6962 section 2.1 over the SHA-256 digests of the documents: a leaf is SHA-256(00 ‖ digest), a
node SHA-256(01 ‖ left ‖ right), and the largest power of two below the size goes to the left. This statement is signed:

    quancheng-batch-1 LF <number of documents, decimal> LF <root, lower-case hex> LF

as a detached JWS, and the SHA-256 of that JWS is timestamped (RFC 3161). A proof is one line of JSON without blanks,
its members in this order: format, index, size, path (hex), root (hex), signature (JWS), timestamp (base64). Only
exactly these bytes count, so a proof changed anywhere is refused, even where the change would mean the same.
"""

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from quancheng.security.pki.engine import signing

FORMAT: Final = "quancheng-batch-1"
DIGEST: Final = 32
MOST: Final = 2**32
_HEX = re.compile(r"[0-9a-f]{64}")
_MEMBERS: Final = ("format", "index", "size", "path", "root", "signature", "timestamp")


@dataclass(frozen=True, slots=True)
class Proof:
    """That the document number `index` (from 0) of `size` is under `root`, which is signed and timestamped."""

    index: int
    size: int
    path: tuple[bytes, ...]
    root: bytes
    signature: str
    timestamp: bytes

    def dump(self) -> bytes:
        """Return the proof as it is handed out."""
        members: dict[str, Any] = {
            "format": FORMAT,
            "index": self.index,
            "size": self.size,
            "path": [item.hex() for item in self.path],
            "root": self.root.hex(),
            "signature": self.signature,
            "timestamp": base64.b64encode(self.timestamp).decode(),
        }
        return json.dumps(members, separators=(",", ":")).encode() + b"\n"


def statement(size: int, root: bytes) -> bytes:
    """Return what is signed for a batch of `size` documents."""
    return f"{FORMAT}\n{size}\n{root.hex()}\n".encode()


def load(content: bytes) -> Proof:
    """Return the proof that `content` is. :raises signing.Malformed: unless it is exactly what `dump` writes."""
    try:
        given = json.loads(content)
        if not isinstance(given, dict) or tuple(given) != _MEMBERS or given["format"] != FORMAT:
            raise ValueError(FORMAT)
        texts = [*given["path"], given["root"]]
        if type(given["index"]) is not int or type(given["size"]) is not int or not 0 < given["size"] <= MOST:
            raise ValueError("size")
        if not all(isinstance(item, str) and _HEX.fullmatch(item) for item in texts):
            raise ValueError("path")
        if not isinstance(given["signature"], str) or not given["signature"].isascii():
            raise ValueError("signature")
        found = Proof(
            index=given["index"],
            size=given["size"],
            path=tuple(bytes.fromhex(item) for item in given["path"]),
            root=bytes.fromhex(given["root"]),
            signature=given["signature"],
            timestamp=base64.b64decode(given["timestamp"], validate=True),
        )
    except (ValueError, TypeError, KeyError, RecursionError, binascii.Error):
        raise signing.Malformed(_("it is no proof of a batch signature")) from None
    if found.dump() != content:
        raise signing.Malformed(_("it is no proof of a batch signature"))
    return found


def leaf(digest: bytes) -> bytes:
    """Return the leaf of a document's digest."""
    return hashlib.sha256(b"\x00" + digest).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """The tree over some digests, every level of it, so that all proofs cost no more than the tree."""

    def __init__(self, digests: Sequence[bytes]) -> None:
        self._levels = [[leaf(item) for item in digests]]
        while len(below := self._levels[-1]) > 1:
            above = [_node(below[at], below[at + 1]) for at in range(0, len(below) - 1, 2)]
            # The last of an odd number goes up as it is: that is the same tree as RFC 6962 describes from above.
            self._levels.append([*above, below[-1]] if len(below) % 2 else above)

    @property
    def root(self) -> bytes:
        """The hash on top."""
        return self._levels[-1][0]

    def path(self, index: int) -> tuple[bytes, ...]:
        """Return the hashes beside the way from a leaf to the root, the lowest first."""
        found = []
        for level in self._levels[:-1]:
            if index ^ 1 < len(level):
                found.append(level[index ^ 1])
            index >>= 1
        return tuple(found)


def leads_to(digest: bytes, proof: Proof) -> bool:
    """Test whether a document's digest stands at its place under the proof's root (RFC 9162 section 2.1.3.2)."""
    if not 0 <= proof.index < proof.size:
        return False
    place, last, found = proof.index, proof.size - 1, leaf(digest)
    for item in proof.path:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = _node(item, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = _node(found, item)
        place, last = place >> 1, last >> 1
    return last == 0 and found == proof.root
