"""Order at the border: what to do with a verified bundle, what to ask for again, what to send again."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

NAME = re.compile(r"(?P<sender>[a-z]+)-(?P<receiver>[a-z]+)-(?P<sequence>[0-9]{8,12})\.qcb")
SUFFIX = ".qcb"


class Step(StrEnum):
    APPLY = "apply"
    WAIT = "wait"
    ACKNOWLEDGE_AGAIN = "acknowledge-again"
    REPLAYED = "replayed"
    BROKEN_CHAIN = "broken-chain"


@dataclass(frozen=True, slots=True)
class Address:
    sender: str
    receiver: str
    sequence: int

    def file_name(self) -> str:
        return f"{self.sender}-{self.receiver}-{self.sequence:08d}{SUFFIX}"


def address(file_name: str) -> Address | None:
    """Read sender, receiver and sequence out of a bundle's file name, or None if it is not one."""
    found = NAME.fullmatch(file_name)
    if found is None:
        return None
    read = Address(found["sender"], found["receiver"], int(found["sequence"]))
    return read if read.file_name() == file_name and read.sequence > 0 else None


def judge(
    *, sequence: int, digest: str, previous: str, applied: int, applied_digest: str, known_digest: str | None
) -> Step:
    """Decide about a bundle whose signature and content are sound.

    `applied` is the highest applied sequence (applied without gaps), `applied_digest` that file's digest ("" at the
    start), `known_digest` the digest first received under this `sequence`, None if there is none yet.
    """
    if known_digest is not None and known_digest != digest:
        return Step.REPLAYED
    if sequence <= applied:
        return Step.ACKNOWLEDGE_AGAIN
    if sequence > applied + 1:
        return Step.WAIT
    return Step.APPLY if previous == applied_digest else Step.BROKEN_CHAIN


def missing(*, applied: int, waiting: Collection[int], refused: Collection[int] = (), limit: int = 100) -> list[int]:
    """List the sequences to ask for: holes before the waiting bundles, and the next one if its file was refused."""
    highest = max(waiting, default=applied)
    holes: Iterable[int] = range(applied + 1, min(highest, applied + limit + 1))
    wanted = [sequence for sequence in holes if sequence not in waiting]
    if applied + 1 in refused and applied + 1 not in waiting and applied + 1 not in wanted:
        wanted.insert(0, applied + 1)
    return wanted[:limit]


def is_due_again(*, sent_at: datetime, has_content: bool, now: datetime, after_seconds: float) -> bool:
    """Test whether an unacknowledged bundle goes out once more.

    A bundle that only acknowledges is never repeated on its own: else two quiet sites would acknowledge each other's
    acknowledgements for ever. Losing one heals itself, because the other side repeats what it has not seen confirmed.
    """
    return has_content and now - sent_at >= timedelta(seconds=after_seconds)
