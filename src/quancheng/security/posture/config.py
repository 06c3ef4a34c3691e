"""This app's settings."""

from dataclasses import dataclass

from quancheng.kernel.config import read


@dataclass(frozen=True, slots=True)
class Config:
    """Read from QC_POSTURE_*.

    `review_seconds`: how often the checks are run by themselves.
    """

    review_seconds: int = 3600


config = read(Config, prefix="QC_POSTURE_")
