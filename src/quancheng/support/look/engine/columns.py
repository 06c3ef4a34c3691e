"""What a table is declared of: columns, filters, and what can be done to many rows at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar, Literal

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.functional import Promise
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi
from quancheng.support.look import rules
from quancheng.support.look.engine import words

Text = str | Promise
Kind = Literal["text", "number", "money", "size", "day", "moment", "relative", "status", "masked", "veiled"]
YEARS = range(1900, 2200)


@dataclass(frozen=True, slots=True)
class Column:
    """A column. `value` is a path of attributes and methods (by default the name) or takes the row, as all others do.

    `sort` is the field, or the path of fields, that the database orders by: without one the column cannot be sorted.
    `url` makes the value a link, `label` is the word of a status, `html` writes a cell of its own kind, `export` what
    a file says instead of the value. A column that is not `shown` waits to be chosen; one that is `personal` has each
    export entered in the trail.
    """

    name: str
    title: Text
    value: str | Callable[[Any], Any] = ""
    kind: Kind = "text"
    sort: str = ""
    url: Callable[[Any], str] | None = None
    label: Callable[[Any], Any] | None = None
    html: Callable[[Any], SafeString | str] | None = None
    export: Callable[[Any], Any] | None = None
    shown: bool = True
    personal: bool = False

    def masked(self) -> Column:
        """Return the column as it is shown to whom a grant obliges to see people's data masked (pmi.Obligation)."""
        return replace(self, kind="veiled", html=None, export=None) if self.personal else self

    @property
    def css(self) -> str:
        """The classes of its cells."""
        if self.kind in {"number", "money", "size"}:
            return "qc-number"
        return "qc-nowrap" if self.kind in {"day", "moment", "relative", "status"} else ""

    def of(self, row: Any) -> Any:
        """Return the bare value that a row has here."""
        if callable(self.value):
            return self.value(row)
        for step in (self.value or self.name).split("."):
            row = words.part(row, step, default=None)
            row = row() if callable(row) else row
        return row

    def cell(self, row: Any) -> SafeString:
        """Write the cell of a row."""
        if self.html:
            return conditional_escape(self.html(row))
        value = self.of(row)
        if value in (None, ""):
            return mark_safe('<span class="qc-quiet">—</span>')
        address = self.url(row) if self.url else ""
        written = self._written(value, row)
        return format_html('<a class="qc-row-link" href="{}">{}</a>', address, written) if address else written

    def _written(self, value: Any, row: Any) -> SafeString:
        if self.kind == "status":
            return words.status(value, str(self.label(row)) if self.label else "")
        if self.kind in {"moment", "day"}:
            return format_html('<time datetime="{}">{}</time>', words.iso(value), self._plain(value))
        return words.relative(value) if self.kind == "relative" else conditional_escape(self._plain(value))

    def _plain(self, value: Any) -> str:
        writing: dict[str, Callable[[Any], str]] = {
            "money": rules.money,
            "size": rules.size,
            "day": words.day,
            "moment": words.when,
            "relative": words.when,
            "masked": rules.masked,
            "veiled": rules.veiled,
            "status": words.word,
        }
        return writing.get(self.kind, str)(value)

    def said(self, row: Any) -> str:
        """Return in plain words what the row's cell says."""
        if self.kind == "status" and self.label:
            return str(self.label(row))
        value = self.of(row)
        return "" if value in (None, "") else self._plain(value)

    def kept(self, row: Any) -> Any:
        """Return what an export keeps: numbers and moments as such, everything else as it is shown."""
        if self.export:
            return self.export(row)
        value = self.of(row)
        if self.kind in {"number", "money", "size", "day", "moment", "relative"}:
            value = words.moment(value) if isinstance(value, datetime) else value
            return None if value == "" else value
        return self.said(row)


@dataclass(frozen=True, slots=True)
class Choice:
    """A filter by one of some values: of `field`, by default the one of its name, or as `apply` says.

    `choices` are pairs of value and title, or take the actor and return them. With `tabs` they stand over the table,
    each with the number of its rows.
    """

    name: str
    title: Text
    choices: Sequence[tuple[str, Any]] | Callable[[pmi.Actor], Iterable[tuple[str, Any]]]
    field: str = ""
    apply: Callable[[QuerySet[Any], str, pmi.Actor], QuerySet[Any]] | None = None
    tabs: bool = False
    parts: ClassVar[tuple[str, ...]] = ("",)

    def offered(self, actor: pmi.Actor) -> list[tuple[str, str]]:
        """Return what this reader may choose from."""
        pairs = self.choices(actor) if callable(self.choices) else self.choices
        return [(str(value), str(title)) for value, title in pairs]

    def narrow(self, rows: QuerySet[Any], given: Mapping[str, str], actor: pmi.Actor) -> QuerySet[Any]:
        """Return the rows that have the value."""
        value = given.get(self.name, "")
        if not value:
            return rows
        return self.apply(rows, value, actor) if self.apply else rows.filter(**{self.field or self.name: value})

    def understood(self, given: Mapping[str, str], actor: pmi.Actor) -> dict[str, str]:
        """Return the value that was given if it is one of those offered; anything else is no wish at all."""
        value = given.get(self.name, "")
        return {self.name: value} if value and value in dict(self.offered(actor)) else {}

    def words(self, given: Mapping[str, str], actor: pmi.Actor) -> str:
        """Return what is chosen, in words."""
        return dict(self.offered(actor)).get(given.get(self.name, ""), "")


@dataclass(frozen=True, slots=True)
class Period:
    """A filter by days: from one, up to and with another, as the city counts days; `field` holds a moment or a day."""

    name: str
    title: Text
    field: str = ""
    days: bool = False
    parts: ClassVar[tuple[str, ...]] = ("_from", "_to")
    tabs: ClassVar[bool] = False

    def understood(self, given: Mapping[str, str], _actor: pmi.Actor) -> dict[str, str]:
        """Return the two days, each if it is one."""
        wanted = {self.name + part: given.get(self.name + part, "") for part in self.parts}
        return {name: text for name, text in wanted.items() if _day(text)}

    def narrow(self, rows: QuerySet[Any], given: Mapping[str, str], _actor: pmi.Actor) -> QuerySet[Any]:
        """Return the rows of these days."""
        first, last = (_day(given.get(self.name + part, "")) for part in self.parts)
        column = self.field or self.name
        if first:
            rows = rows.filter(**{f"{column}__gte": first if self.days else _start(first)})
        if last:
            after = last + timedelta(days=1)
            rows = rows.filter(**{f"{column}__lt": after if self.days else _start(after)})
        return rows

    def words(self, given: Mapping[str, str], _actor: pmi.Actor) -> str:
        """Return the days in words: from – to."""
        first, last = (_day(given.get(self.name + part, "")) for part in self.parts)
        return f"{words.day(first)} – {words.day(last)}" if first or last else ""


def _day(text: str) -> date | None:
    try:
        found = parse_date(text)
    except ValueError:
        return None
    return found if found and found.year in YEARS else None


def _start(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


@dataclass(frozen=True, slots=True)
class Batch:
    """Something that is done to each marked row by itself. `perform` is an action of the app, or calls one.

    It takes the actor and the row, and what it returns, if a text, is said about the row. The action refuses what may
    not be; other rows go on. `privilege` hides the button from who could do it nowhere.
    """

    name: str
    title: Text
    perform: Callable[[pmi.Actor, Any], Any]
    icon: str = ""
    danger: bool = False
    privilege: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one row of a batch: done, or the sentence that refused it."""

    title: str
    done: bool
    sentence: str = ""


def each(things: Iterable[tuple[str, Any]], perform: Callable[[Any], Any]) -> tuple[Outcome, ...]:
    """Do something to each of `things` (title, thing) by itself: what refuses one does not hold up the others."""
    outcomes = []
    for title, thing in things:
        try:
            said = perform(thing)
        except Refusal as refusal:
            outcomes.append(Outcome(title, False, str(refusal)))
        else:
            outcomes.append(Outcome(title, True, str(said) if isinstance(said, str | Promise) else ""))
    return tuple(outcomes)
