"""Charts and maps: what apps declare, as numbers that a table says and a drawing shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from django.utils.functional import Promise

Text = str | Promise
Tone = Literal["", "spring", "jade", "amber", "red", "quiet"]


@dataclass(frozen=True, slots=True)
class Series:
    """One row of numbers, a value for each category; None where nothing was measured. `tone` gives it a meaning."""

    name: Text
    values: Sequence[float | int | None]
    tone: Tone = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A chart answers the question in its `title`. `unit` is what is counted, `axis` what the categories are.

    `kind`: bars compare, `rows` are bars that lie (for long names), a line shows a course, heat shows where two things
    meet: there the categories are the columns and each series is a row. `said` tells in a sentence what is to be seen.
    """

    title: Text
    categories: Sequence[Text]
    series: Sequence[Series]
    kind: Literal["bar", "rows", "line", "heat"] = "bar"
    axis: Text = ""
    unit: Text = ""
    said: Text = ""
    stacked: bool = False

    def __post_init__(self) -> None:
        if any(len(item.values) != len(self.categories) for item in self.series):
            raise ValueError("each series has a value for each category")

    @property
    def rows(self) -> list[tuple[str, list[float | int | None]]]:
        """The table: a category with the value of each series."""
        return [
            (str(category), [item.values[place] for item in self.series])
            for place, category in enumerate(self.categories)
        ]

    @property
    def facts(self) -> dict[str, Any]:
        """What the drawing is made of."""
        series = [{"name": str(item.name), "values": list(item.values), "tone": item.tone} for item in self.series]
        return {
            "kind": self.kind,
            "title": str(self.title),
            "categories": [str(category) for category in self.categories],
            "series": series,
            "axis": str(self.axis),
            "unit": str(self.unit),
            "stacked": self.stacked,
        }


@dataclass(frozen=True, slots=True)
class Place:
    """A place with its value: None where nothing is known. `url` leads to more about it."""

    code: str
    name: Text
    value: float | int | None
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Map:
    """A map that answers the question in its `title`; `shapes` is GeoJSON whose features carry the places' `code`.

    `note` says whose borders they are: the number under which a map was examined, or that it is a sketch without any.
    """

    title: Text
    places: Sequence[Place]
    shapes: Mapping[str, Any] = field(repr=False)
    unit: Text = ""
    note: Text = ""
    said: Text = ""

    @property
    def levels(self) -> dict[str, int]:
        """The places with a level from 1 to 5: fifths of the way from the least value to the greatest."""
        known = {place.code: place.value for place in self.places if place.value is not None}
        if not known:
            return {}
        least, greatest = min(known.values()), max(known.values())
        width = (greatest - least) / 5 or 1
        return {code: min(int((value - least) / width) + 1, 5) for code, value in known.items()}

    @property
    def facts(self) -> dict[str, Any]:
        """What the drawing is made of: the shapes with name, value and level of their places."""
        known, levels = {place.code: place for place in self.places}, self.levels
        features = []
        for shape in self.shapes.get("features", ()):
            code = str(shape.get("properties", {}).get("code", ""))
            if place := known.get(code):
                said = {"code": code, "name": str(place.name), "value": place.value, "level": levels.get(code, 0)}
                features.append({"type": "Feature", "geometry": shape["geometry"], "properties": said})
        return {"shapes": {"type": "FeatureCollection", "features": features}, "unit": str(self.unit)}


def sketch(cells: Mapping[str, tuple[int, int]]) -> dict[str, Any]:
    """Return GeoJSON with one equal square for each code, at (column, row) from the north-west.

    A map for where no borders can be had: it shows what lies where, and says no border.
    """
    side, gap = 0.1, 0.004
    features = []
    for code, (column, row) in cells.items():
        west, north = column * side, -row * side
        east, south = west + side - gap, north - side + gap
        ring = [[west, north], [east, north], [east, south], [west, south], [west, north]]
        shape = {"type": "Polygon", "coordinates": [ring]}
        features.append({"type": "Feature", "geometry": shape, "properties": {"code": code}})
    return {"type": "FeatureCollection", "features": features}
