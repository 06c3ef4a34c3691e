"""Damage: DER that was bent, cut, nested and spliced; JSON whose values are of every wrong kind. All from one seed."""

import json
import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

# Longer requests are refused by their size alone and try nothing.
LONGEST = 7 * 1024
TAGS = (0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0A, 0x0C, 0x13, 0x16, 0x17, 0x18, 0x1F, 0x30, 0x31, 0x80, 0xA0)
TAGS += (0xA1, 0xA3, 0xBF, 0xDF, 0xFF)
NOT_UTF8 = (b"\xff\xfe", b"\xc3\x28", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80", b"\x80")


@dataclass(slots=True)
class Node:
    """A value of DER; one with parts has them instead of content."""

    tag: int
    content: bytes
    parts: "list[Node] | None" = None

    def bytes(self) -> bytes:
        """Return it with right lengths."""
        inner = self.content if self.parts is None else b"".join(part.bytes() for part in self.parts)
        return bytes((self.tag,)) + length(len(inner)) + inner

    def all(self) -> "list[Node]":
        """Return it and everything in it."""
        return [self, *(item for part in self.parts or () for item in part.all())]


def length(size: int) -> bytes:
    """Return a length in DER."""
    if size < 0x80:
        return bytes((size,))
    content = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((0x80 | len(content),)) + content


def tree(data: bytes) -> list[Node]:
    """Return the values in `data`, also those inside octet strings. :raises ValueError: when it is no DER."""
    at, found = 0, []
    while at < len(data):
        tag, size, at = data[at], data[at + 1] if at + 1 < len(data) else 0xFF, at + 2
        if size >= 0x80:
            many = size & 0x7F
            size, at = int.from_bytes(data[at : at + many], "big"), at + many
        if tag & 0x1F == 0x1F or at + size > len(data):
            raise ValueError("no DER")
        found.append(_node(tag, data[at : at + size]))
        at += size
    return found


def _node(tag: int, content: bytes) -> Node:
    if tag & 0x20 or (tag == 0x04 and len(content) > 1):
        try:
            return Node(tag, content, tree(content))
        except ValueError:
            pass
    return Node(tag, content)


# Damage to bytes: what the lengths say afterwards is as it comes.


def flip(rng: Random, data: bytes, _others: Sequence[bytes]) -> bytes:
    spoilt = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 8, 64))):
        spoilt[rng.randrange(len(spoilt))] ^= 1 << rng.randrange(8)
    return bytes(spoilt)


def cut(rng: Random, data: bytes, _others: Sequence[bytes]) -> bytes:
    return data[: rng.randrange(len(data))]


def lengthen(rng: Random, data: bytes, _others: Sequence[bytes]) -> bytes:
    return data + rng.choice((b"\0", data, rng.randbytes(rng.randrange(1, 400)), b"\0" * 300))


def lie(rng: Random, data: bytes, _others: Sequence[bytes]) -> bytes:
    """Say another length than there is: one more, nearly for ever, without end, or in a form that DER forbids."""
    at = rng.choice([place for place in range(1, len(data)) if data[place - 1] in TAGS] or [1])
    lies = (b"\x80", b"\x84\xff\xff\xff\xff", b"\x88" + b"\xff" * 8, b"\x84\x7f\xff\xff\xff", b"\xff", b"\x81\x00")
    lies += (bytes(((data[at] + 1) & 0xFF,)), bytes(((data[at] - 1) & 0xFF,)), b"\x82\x00" + data[at : at + 1], b"\0")
    return data[:at] + rng.choice(lies) + data[at + 1 :]


def splice_bytes(rng: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    other = rng.choice(others)
    return data[: rng.randrange(len(data))] + other[rng.randrange(len(other)) :]


def zeros(rng: Random, data: bytes, _others: Sequence[bytes]) -> bytes:
    at = rng.randrange(len(data))
    return data[:at] + b"\0" * rng.choice((1, 2, 16)) + data[at + rng.choice((0, 1)) :]


def noise(rng: Random, _data: bytes, _others: Sequence[bytes]) -> bytes:
    return rng.choice((b"", b"\0", b"\x30", b"\x30\x80", rng.randbytes(rng.randrange(1, 300)), b"0" * 2000))


# Damage to values: all lengths around them are right again, so that it reaches deeper.


def nest(rng: Random, data: bytes, _others: Sequence[bytes]) -> bytes:
    depth, tag = rng.choice((3, 40, 500, 1400)), rng.choice((0x30, 0x31, 0xA0, 0x24))
    for _ in range(depth):
        data = bytes((tag,)) + length(len(data)) + data
        if len(data) > LONGEST:
            break
    return data


def _bend(change: Callable[[Random, Node, list[Node]], None]) -> Callable[[Random, bytes, Sequence[bytes]], bytes]:
    def damage(rng: Random, data: bytes, others: Sequence[bytes]) -> bytes:
        top = tree(data)
        nodes = [item for node in top for item in node.all()]
        givers = [item for node in tree(rng.choice(others)) for item in node.all()]
        change(rng, rng.choice(nodes), givers)
        return b"".join(node.bytes() for node in top)

    return damage


def _retag(rng: Random, node: Node, _givers: list[Node]) -> None:
    node.tag = rng.choice((*TAGS, rng.randrange(256)))


def _number(rng: Random, node: Node, _givers: list[Node]) -> None:
    huge = (b"", b"\0", b"\x80", b"\xff" * 21, b"\x7f" * 300, b"\x7f" + b"\xff" * 5000, b"\0" * 40 + b"\1", b"\xff")
    node.tag, node.content, node.parts = rng.choice((0x02, 0x02, 0x0A, node.tag)), rng.choice(huge), None


def _replace(rng: Random, node: Node, givers: list[Node]) -> None:
    giver = rng.choice(givers)
    node.tag, node.content, node.parts = giver.tag, giver.content, giver.parts


def _double(rng: Random, node: Node, _givers: list[Node]) -> None:
    if node.parts:
        node.parts = [item for item in node.parts for _ in range(rng.choice((1, 2, 40)))]


def _drop(rng: Random, node: Node, _givers: list[Node]) -> None:
    if node.parts:
        node.parts = [item for item in node.parts if rng.random() < 0.5]


def _shuffle(rng: Random, node: Node, _givers: list[Node]) -> None:
    if node.parts:
        node.parts = rng.sample(node.parts, len(node.parts))


def _text(rng: Random, node: Node, _givers: list[Node]) -> None:
    texts = (
        *NOT_UTF8,
        b"\0",
        b"a\0b",
        "泉".encode(),
        b"x" * 3000,
        b"991231235959Z",
        b"20260230250000Z",
        b"\x80\x80\x01",
    )
    node.content, node.parts = rng.choice(texts), None
    node.tag = rng.choice((node.tag, 0x0C, 0x13, 0x16, 0x1E, 0x1C, 0x17, 0x18, 0x06))


BYTES = (flip, flip, cut, lengthen, lie, lie, splice_bytes, zeros, noise)
VALUES = (nest, *map(_bend, (_retag, _number, _replace, _replace, _double, _drop, _shuffle, _text)))


def damaged(rng: Random, seeds: Sequence[bytes]) -> bytes:
    """Return one of the messages (DER) with one to three kinds of damage."""
    data = rng.choice(seeds)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        try:
            data = rng.choice(BYTES + VALUES)(rng, data, seeds)
        except (ValueError, IndexError, RecursionError):
            data = noise(rng, data, seeds)
        if not data:
            break
    return data[:LONGEST]


# JSON

WORDS = ("", "\0", "a\0b", "\ud800", "泉城.cn", "x" * 3000, "../../etc/passwd", "jinan.example", "%s%n", "' or 1=1 --")
WORDS += (
    "urn:ietf:params:acme:error:x",
    "AA==",
    "!!!",
    "mailto:a@b",
    "*.*.jinan.example",
    "xn--0.jinan.example",
    "\r\nX: y",
)
ODD: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    2**63,
    10**40,
    1.5,
    1e308,
    [],
    {},
    [[]],
    {"": {}},
    [None],
    {"a": [1, "x"]},
)


def value(rng: Random) -> Any:
    """Return a value of any kind."""
    made = rng.choice((*ODD, *WORDS, "".join(rng.choices(string.printable, k=rng.randrange(40)))))
    for _ in range(rng.choice((0, 0, 0, 0, 1, 60))):
        made = rng.choice(([made], {"x": made}))
    return made


def bent(rng: Random, content: Any) -> Any:
    """Return a copy of `content` in which one thing is missing, doubled, renamed or of another kind."""
    if not content or rng.random() < 0.15:
        return value(rng)
    if isinstance(content, dict):
        return _bent_object(rng, content)
    if isinstance(content, list):
        at, way = rng.randrange(len(content)), rng.randrange(4)
        if way == 0:
            return content * rng.choice((0, 2, 300))
        return [*content[:at], value(rng) if way == 1 else bent(rng, content[at]), *content[at + 1 :]]
    if isinstance(content, str) and rng.random() < 0.6:
        at = rng.randrange(len(content))
        return content[:at] + rng.choice((*WORDS, "é", "\u202e", "A")) + content[at + rng.choice((0, 1)) :]
    return value(rng)


def _bent_object(rng: Random, content: dict[str, Any]) -> dict[str, Any]:
    key, way = rng.choice(list(content)), rng.randrange(6)
    others = {name: item for name, item in content.items() if name != key}
    if way == 0:
        return others
    if way == 1:
        return others | {rng.choice((*WORDS, "nonce", "kid", "jwk", "crit", "b64")): content[key]}
    return content | {key: value(rng) if way == 2 else bent(rng, content[key])}


def text(rng: Random, content: Any) -> bytes:
    """Return `content` as JSON, or as something that is nearly JSON."""
    data = json.dumps(content).encode()
    way = rng.randrange(14)
    if way == 0:
        return b"[" * rng.choice((5, 2000, 60_000)) + data
    if way == 1:
        return data.replace(b'"', rng.choice(NOT_UTF8), 1)
    if way == 2:
        return b'{"a":' + b"9" * rng.choice((30, 5000, 60_000)) + b"," + data[1:]
    if way == 3:
        return rng.choice((b"NaN", b"Infinity", b"1e999", b"null", b"\xef\xbb\xbf" + data, data[:-1], data + data, b""))
    if way == 4:
        return json.dumps(content).encode("utf-16")
    return data
