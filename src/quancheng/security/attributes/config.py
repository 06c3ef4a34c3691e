"""This app's settings."""

from dataclasses import dataclass

from quancheng.kernel.config import read


@dataclass(frozen=True, slots=True)
class Config:
    """Read from QC_ATTRIBUTES_*.

    `hours`: how long an attribute certificate counts. `list_minutes`: how long a revocation list counts; another system
    that checks offline fetches it that often.
    """

    hours: int = 8
    list_minutes: int = 60


config = read(Config, prefix="QC_ATTRIBUTES_")
