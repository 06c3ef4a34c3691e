"""Just enough DER (X.690) to read a small request and to splice a reply together without building an object tree."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

INTEGER: Final = 0x02
BITS: Final = 0x03
OCTETS: Final = 0x04
OID: Final = 0x06
ENUMERATED: Final = 0x0A
SEQUENCE: Final = 0x30
TIME: Final = 0x18
BOOLEAN: Final = 0x01
# [0] EXPLICIT, with which certificates name their version.
VERSION: Final = 0xA0


class Damaged(ValueError):
    """Bytes that are no DER, or not of the shape that was asked for."""


@dataclass(frozen=True, slots=True)
class Value:
    """One value: its tag, its content, and all its bytes with tag and length."""

    tag: int
    content: bytes
    whole: bytes

    def expect(self, tag: int) -> bytes:
        """Return the content. :raises Damaged: when the tag is another one."""
        if self.tag != tag:
            raise Damaged(f"expected tag {tag:#x}, found {self.tag:#x}")
        return self.content

    def parts(self, tag: int = SEQUENCE) -> tuple["Value", ...]:
        """Return the values inside. :raises Damaged: when the tag is another one or the content is no DER."""
        return tuple(values(self.expect(tag)))


def values(data: bytes) -> Iterator[Value]:
    """Yield the values that follow one another in `data`. :raises Damaged: when they do not fill it exactly."""
    at, end = 0, len(data)
    while at < end:
        start = at
        if at + 2 > end:
            raise Damaged("a value ends too early")
        tag, length = data[at], data[at + 1]
        at += 2
        if tag & 0x1F == 0x1F:
            raise Damaged("tags of several bytes are not used here")
        if length & 0x80:
            size = length & 0x7F
            if not 1 <= size <= 3 or at + size > end or data[at] == 0:
                raise Damaged("a length is not written in DER")
            length = int.from_bytes(data[at : at + size], "big")
            at += size
            if length < 0x80:
                raise Damaged("a length is not written in DER")
        if at + length > end:
            raise Damaged("a value ends too early")
        yield Value(tag, data[at : at + length], data[start : at + length])
        at += length


def single(data: bytes) -> Value:
    """Return the one value that `data` is. :raises Damaged: when it is none, or more than one."""
    found = tuple(values(data))
    if len(found) != 1:
        raise Damaged("there is not exactly one value")
    return found[0]


def is_integer(content: bytes) -> bool:
    """Test whether `content` is an INTEGER's in its shortest form (X.690 section 8.3.2)."""
    return len(content) == 1 or (len(content) > 1 and (content[0], content[1] >> 7) not in ((0, 0), (0xFF, 1)))


def is_oid(content: bytes) -> bool:
    """Test whether `content` is an object identifier's, each number whole and in its shortest form (section 8.19).

    Longer ones than 63 octets are nobody's: many programs do not read them.
    """
    starts = [0, *(at + 1 for at in range(len(content) - 1) if content[at] < 0x80)]
    return 0 < len(content) <= 63 and content[-1] < 0x80 and all(content[at] != 0x80 for at in starts)


def wrap(tag: int, content: bytes) -> bytes:
    """Return `content` as one value with `tag`."""
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def integer(value: int) -> bytes:
    """Return a whole number that is not negative as INTEGER."""
    return wrap(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def oid(dotted: str) -> bytes:
    """Return an object identifier."""
    first, second, *others = (int(part) for part in dotted.split("."))
    content = bytearray()
    for number in (40 * first + second, *others):
        digits = [number & 0x7F]
        while number := number >> 7:
            digits.append(0x80 | number & 0x7F)
        content += bytes(reversed(digits))
    return wrap(OID, bytes(content))
