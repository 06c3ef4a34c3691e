"""Whether this machine's clock may be believed: decisions on plain readings, for the timestamp service.

Three things make time doubtful: a step of the clock while the machine runs (the wall clock moved otherwise than the
one that only counts), a clock that is behind a token already made, and reference sources that disagree or are silent.
ETSI EN 319 421 section 7.7.2 asks a time-stamping unit to stop when its clock leaves the accuracy that it states.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

# How far ahead of the last token the durable mark may be, so that it need not be written for each token.
MARK_EVERY: Final = 1.0


@dataclass(frozen=True, slots=True)
class Reading:
    """What a source says at `at` (seconds): this machine's clock is ahead of it by `offset`, uncertain by `bound`.

    `problem` is in words, and empty when the source can be believed.
    """

    source: str
    at: float
    offset: float = 0.0
    bound: float = 0.0
    problem: str = ""

    def disagrees(self, tolerance: float) -> bool:
        """Test whether the clock may be off by more than `tolerance` according to this source."""
        return not self.problem and abs(self.offset) + self.bound > tolerance


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why time is doubtful: `kind` is step, behind, disagreement or silence; `seconds` how far off, `source` which."""

    kind: str
    seconds: float = 0.0
    source: str = ""


@dataclass(frozen=True, slots=True)
class Baseline:
    """Both clocks at one moment: the wall clock, and the one that only counts and is never set."""

    wall: float
    count: float

    def step(self, now: "Baseline") -> float:
        """Return by how much the wall clock was set since, in seconds; positive when it was put forward."""
        return (now.wall - self.wall) - (now.count - self.count)


@dataclass(slots=True)
class State:
    """What all processes of a site share about the clock, kept durably.

    `stepped` is a step that nobody has accepted yet; `told` is whether the trail has been told of a doubt.
    """

    mark: float = 0.0
    stepped: float = 0.0
    stepped_at: float = 0.0
    accepted_by: str = ""
    accepted_at: float = 0.0
    told: bool = False
    readings: list[Reading] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            **{name: getattr(self, name) for name in _PLAIN},
            "readings": [asdict(item) for item in self.readings],
        }

    @classmethod
    def from_json(cls, given: dict[str, Any]) -> "State":
        """Return what `to_json` wrote. :raises KeyError: :raises TypeError: when it is something else."""
        return cls(**{name: given[name] for name in _PLAIN}, readings=[Reading(**item) for item in given["readings"]])


_PLAIN: Final = ("mark", "stepped", "stepped_at", "accepted_by", "accepted_at", "told")


def doubts(state: State, *, now: float, sources: int, tolerance: float) -> tuple[Doubt, ...]:
    """Return why the time `now` (seconds) is doubtful, nothing when it is not.

    `sources` is how many reference sources are configured. A step is forgiven when a source that was asked after it
    agrees with the clock: then it was a correction.
    """
    found = []
    agreed = [item for item in state.readings if not item.problem and not item.disagrees(tolerance)]
    corrected = any(item.at >= state.stepped_at for item in agreed)
    if state.stepped and not corrected:
        found.append(Doubt("step", state.stepped))
    # The mark may be ahead of the last token by as much as it is written ahead.
    if now < state.mark - MARK_EVERY - tolerance:
        found.append(Doubt("behind", state.mark - now))
    if sources:
        found += [Doubt("disagreement", item.offset, item.source) for item in _off(state.readings, tolerance)]
        if state.readings and all(item.problem for item in state.readings):
            found.append(Doubt("silence"))
    return tuple(found)


def _off(readings: Sequence[Reading], tolerance: float) -> list[Reading]:
    return [item for item in readings if item.disagrees(tolerance)]
