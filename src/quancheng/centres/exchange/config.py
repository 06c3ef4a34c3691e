"""Settings of the exchange."""

from dataclasses import dataclass

from quancheng.kernel.config import read


@dataclass(frozen=True, slots=True)
class Config:
    """Read from QC_EXCHANGE_*.

    `organisation` signs messages whose topic names no other one: the data office. A delivery is tried `attempts` times
    with pauses that double from `first_pause` up to `longest_pause` seconds. `stuck_after` seconds without effect count
    as stuck. One bundle takes up to `bundle_messages` messages and `bundle_size` MiB of files.
    """

    organisation: str = "370100-dsj"
    attempts: int = 8
    first_pause: float = 1
    longest_pause: float = 300
    stuck_after: float = 60
    batch: int = 200
    bundle_messages: int = 200
    bundle_size: int = 512


config = read(Config, prefix="QC_EXCHANGE_")
