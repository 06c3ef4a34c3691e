"""What the two zones' trails tell each other, each being the witness of the other."""

from dataclasses import dataclass
from typing import ClassVar

from quancheng.kernel import events


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointAnnounced(events.Event):
    """A log has grown. `proof` (hex hashes) shows that it continues the tree of `old_size` leaves announced before."""

    topic: ClassVar[str] = "trail.checkpoint-announced"
    origin: str
    verifier: str
    checkpoint: str
    old_size: int
    proof: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return self.origin


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointCosigned(events.Event):
    """A witness's answer: its `line` under the checkpoint of `size`, or none, and the size that it remembers.

    `refusal` is the code of why it will never sign what it was shown; empty when it signed or only needs a proof.
    """

    topic: ClassVar[str] = "trail.checkpoint-cosigned"
    origin: str
    size: int
    known_size: int
    witness: str
    verifier: str
    line: str = ""
    refusal: str = ""

    @property
    def key(self) -> str:
        return self.origin
