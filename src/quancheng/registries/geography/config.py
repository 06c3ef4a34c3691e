"""Settings of geography."""

from dataclasses import dataclass
from pathlib import Path

from quancheng.kernel import config as settings


@dataclass(frozen=True, slots=True)
class Config:
    """Read from QC_GEOGRAPHY_*.

    `city`: the four digits (GB/T 2260) of the city whose divisions are kept. `folder`: where the files of the npm
    package china-division lie; where it is not given, the places are tried to which set-up copies them. `boundaries`:
    a GeoJSON file of the city's own, each feature with the division's `code`, and `map_number` the number under which
    that map was examined (审图号); without both, maps are sketches.
    """

    city: str = "3701"
    folder: Path = Path()
    boundaries: Path = Path()
    map_number: str = ""


config = settings.read(Config, prefix="QC_GEOGRAPHY_")
