"""This app's settings."""

from dataclasses import dataclass

from quancheng.kernel.config import read


@dataclass(frozen=True, slots=True)
class Config:
    """Read from QC_PMI_*.

    `step_up_minutes`: how old a proof of identity may be when a page with a sensitive action opens. The action itself
    accepts a proof twice as old, so that nobody loses what they typed meanwhile.
    `emergency_minutes`: how long a privilege taken in an emergency counts. `review_days`: within how many days somebody
    else must review it. `simulations`: how many simulations of one person may run at once.
    """

    step_up_minutes: int = 10
    emergency_minutes: int = 60
    review_days: int = 3
    simulations: int = 5


config = read(Config, prefix="QC_PMI_")
