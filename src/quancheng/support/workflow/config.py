"""Settings of the workflow engine."""

from dataclasses import dataclass

from quancheng.kernel.config import read


@dataclass(frozen=True, slots=True)
class Config:
    """Read from QC_WORKFLOW_*. `lease_seconds`: how long a service task may run before another worker tries it.
    `urge_hours`: how long after one urging the next may follow."""

    attempts: int = 8
    first_pause_seconds: int = 5
    longest_pause_seconds: int = 3600
    lease_seconds: int = 30
    batch: int = 100
    urge_hours: int = 4


config = read(Config, prefix="QC_WORKFLOW_")
