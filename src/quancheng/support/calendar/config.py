"""This app's settings, read from QC_CALENDAR_*."""

from dataclasses import dataclass

from quancheng.kernel import config as kernel


@dataclass(frozen=True, slots=True)
class Config:
    """How many working days before the last one a clock is near its end, and when it warns."""

    near_days: int = 3
    warning_days: int = 1


config = kernel.read(Config, prefix="QC_CALENDAR_")
