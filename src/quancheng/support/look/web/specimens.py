"""What the design page shows: each component from one template, which is also the markup to copy."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import pgettext_lazy

from quancheng.support.look import public as look
from quancheng.support.look import queries
from quancheng.support.look.models import SavedView

HOME = Path(__file__).resolve().parents[1]
TOKENS = re.compile(r"^  --([\w-]+): (.+);$", re.MULTILINE)
NOISE = re.compile(r"""{% (?:translate|blocktranslate) (["'])(.*?)\1[^%]*%}""")


@dataclass(frozen=True, slots=True)
class Component:
    """A component on the design page."""

    name: str
    title: Any
    note: Any = ""

    @property
    def template(self) -> str:
        """The template that shows it."""
        return f"look/specimens/{self.name}.html"

    @property
    def markup(self) -> str:
        """The template's own text: translated words stand as they are in the source."""
        text = (HOME / "templates" / self.template).read_text("utf-8")
        return NOISE.sub(r"\2", text.partition("%}\n")[2]).strip()


@dataclass(frozen=True, slots=True)
class Group:
    """Components that belong together."""

    title: Any
    items: tuple[Component, ...]


GROUPS = (
    Group(
        pgettext_lazy("specimen", "To act"),
        (
            Component("buttons", pgettext_lazy("specimen", "Buttons"), pgettext_lazy("specimen", "One main button.")),
            Component("button-states", pgettext_lazy("specimen", "Buttons in each state")),
            Component("dropdown", pgettext_lazy("specimen", "Menu under a button")),
        ),
    ),
    Group(
        pgettext_lazy("specimen", "To fill in"),
        (
            Component("fields", pgettext_lazy("specimen", "Forms")),
            Component("field-states", pgettext_lazy("specimen", "Fields in each state")),
            Component("steps", pgettext_lazy("specimen", "Steps")),
        ),
    ),
    Group(
        pgettext_lazy("specimen", "To be told"),
        (
            Component("states", pgettext_lazy("specimen", "States")),
            Component("clocks", pgettext_lazy("specimen", "Clocks")),
            Component("alerts", pgettext_lazy("specimen", "Alerts")),
            Component("loading", pgettext_lazy("specimen", "Something is being read")),
            Component("empty", pgettext_lazy("specimen", "Nothing here")),
            Component("outcomes", pgettext_lazy("specimen", "What became of a batch")),
        ),
    ),
    Group(
        pgettext_lazy("specimen", "To read"),
        (
            Component("glance", pgettext_lazy("specimen", "Glance")),
            Component("cards", pgettext_lazy("specimen", "Cards")),
            Component("facts", pgettext_lazy("specimen", "Facts")),
            Component("documents", pgettext_lazy("specimen", "Documents")),
            Component("timeline", pgettext_lazy("specimen", "Timeline")),
            Component("tabs", pgettext_lazy("specimen", "Tabs")),
            Component("drawing", pgettext_lazy("specimen", "Drawing")),
        ),
    ),
    Group(
        pgettext_lazy("specimen", "Lists and numbers"),
        (
            Component("table", pgettext_lazy("specimen", "Table"), pgettext_lazy("specimen", "Cards on a phone.")),
            Component(
                "list-page",
                pgettext_lazy("specimen", "Declared table"),
                pgettext_lazy("specimen", "Your own saved views. docs/guide-look.md shows how one is declared."),
            ),
            Component("chart-bars", pgettext_lazy("specimen", "Bars")),
            Component("chart-line", pgettext_lazy("specimen", "Lines")),
            Component("chart-heat", pgettext_lazy("specimen", "Heat map")),
            Component("map", pgettext_lazy("specimen", "Map")),
            Component("icons", pgettext_lazy("specimen", "Icons")),
        ),
    ),
)


class Views(look.Table):
    """The reader's own saved views, as a table like any other."""

    name = "look.views"
    title = pgettext_lazy("specimen", "My saved views")
    columns = (
        look.Column("name", pgettext_lazy("specimen", "Name"), sort="name"),
        look.Column("table", pgettext_lazy("specimen", "List"), sort="table"),
        look.Column("changed_at", pgettext_lazy("specimen", "Changed"), kind="relative", sort="changed_at"),
    )
    filters = (look.Period("changed", pgettext_lazy("specimen", "Changed"), field="changed_at"),)
    order = "name"
    search = ("name",)
    empty_title = pgettext_lazy("specimen", "You have saved no view yet")
    empty_hint = pgettext_lazy("specimen", "Save one from any list of the workbench: it appears here.")

    def rows(self) -> QuerySet[SavedView]:
        return queries.kept_views(self.actor)


def charts() -> dict[str, look.Chart]:
    """Return one specimen of each kind of chart."""
    months = ("7月", "8月", "9月", "10月", "11月")
    accepted, refused = pgettext_lazy("specimen", "Accepted"), pgettext_lazy("specimen", "Refused")
    bars = look.Chart(
        title=pgettext_lazy("specimen", "How many applications were accepted each month?"),
        categories=months,
        series=(
            look.Series(accepted, (312, 298, 341, 365, 402), "jade"),
            look.Series(refused, (14, 9, 17, 12, 11), "red"),
        ),
        axis=pgettext_lazy("specimen", "Month"),
        unit=pgettext_lazy("specimen", "applications"),
        said=pgettext_lazy("specimen", "More each month since August; refusals stay below one in twenty."),
        stacked=True,
    )
    line = look.Chart(
        title=pgettext_lazy("specimen", "How many working days does it take?"),
        categories=months,
        series=(
            look.Series(pgettext_lazy("specimen", "Half within"), (6, 5.5, 5, 4.5, 4)),
            look.Series(pgettext_lazy("specimen", "Nine of ten within"), (11, 10, 10, 9, 7)),
        ),
        kind="line",
        axis=pgettext_lazy("specimen", "Month"),
        unit=pgettext_lazy("specimen", "working days"),
    )
    days = tuple(f"周{day}" for day in "一二三四五")
    heat = look.Chart(
        title=pgettext_lazy("specimen", "When do people come to the window?"),
        categories=("9–11", "11–13", "13–15", "15–17"),
        series=tuple(
            look.Series(day, tuple((place * 7 + hour * 5) % 23 + 4 for hour in range(4)))
            for place, day in enumerate(days)
        ),
        kind="heat",
        axis=pgettext_lazy("specimen", "Hour"),
        unit=pgettext_lazy("specimen", "people"),
    )
    return {"bars": bars, "line": line, "heat": heat}


def places() -> look.Map:
    """Return a specimen map: a sketch."""
    cells = {"a": (1, 0), "b": (0, 1), "c": (1, 1), "d": (2, 1)}
    names = dict(zip(cells, ("商河县", "槐荫区", "历下区", "章丘区"), strict=True))
    return look.Map(
        title=pgettext_lazy("specimen", "Where do the applications come from?"),
        places=[look.Place(code, names[code], number) for code, number in zip(cells, (12, 80, 143, None), strict=True)],
        shapes=look.sketch(cells),
        unit=pgettext_lazy("specimen", "applications"),
        note=pgettext_lazy("specimen", "A sketch: equal squares show what lies where."),
    )


def tokens() -> dict[str, Any]:
    """Return what tokens.css declares for light: names of colours and of type sizes, and all others with values."""
    text = (HOME / "static/look/tokens.css").read_text("utf-8").partition("\n}")[0]
    declared = dict(TOKENS.findall(text))
    colours = [name for name, value in declared.items() if value.startswith("#")]
    sizes = [name for name in declared if name.startswith("size-")]
    others = [(name, value) for name, value in declared.items() if name not in {*colours, *sizes}]
    return {"colours": colours, "sizes": sizes, "others": others}
