"""This app's settings."""

from dataclasses import dataclass

from quancheng.kernel.config import read


@dataclass(frozen=True, slots=True)
class Config:
    """Read from QC_PMI_*.

    `step_up_minutes`: how old a proof of identity may be when a page with a sensitive action opens. The action itself
    accepts a proof twice as old, so that nobody loses what they typed meanwhile.
    """

    step_up_minutes: int = 10


config = read(Config, prefix="QC_PMI_")
