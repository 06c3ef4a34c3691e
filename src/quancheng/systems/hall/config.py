"""This app's settings, read from QC_HALL_*."""

from dataclasses import dataclass

from quancheng.kernel import config as kernel


@dataclass(frozen=True, slots=True)
class Config:
    """For how many days after the last change a draft is kept, and how many before the end its owner is told."""

    draft_days: int = 90
    draft_notice_days: int = 7


config = kernel.read(Config, prefix="QC_HALL_")
