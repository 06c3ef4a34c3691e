"""A form as frozen values: fields, groups, and what only stands between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any


class BadForm(ValueError):
    """A schema that cannot be used. `where` is the key or id of the component."""

    def __init__(self, message: str, *, where: str = "") -> None:
        super().__init__(f"{where}: {message}" if where else message)
        self.where = where


@dataclass(frozen=True, slots=True)
class Option:
    """A choice: what is stored and what is read."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Text:
    """Words between the fields."""

    id: str
    text: str
    hide: str = ""


@dataclass(frozen=True, slots=True)
class Html:
    """Words with mark-up; what is not harmless has been taken out."""

    id: str
    html: str
    hide: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """An image of this site, with the words for those who do not see it."""

    id: str
    source: str
    alt: str
    hide: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A line between two parts."""

    id: str
    hide: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows to read: `source` is a FEEL expression that gives a list of contexts, `columns` (key, heading)."""

    id: str
    label: str
    source: str
    columns: tuple[tuple[str, str], ...]
    hide: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """Something to fill in, or calculated.

    FEEL texts: `hide`, `required_if`, `disable` (shown, not kept), `lock_if` (shown, not to be changed), `expression`
    (of a calculated field). `options_from` is a provider of choices, `parent` a key. A field of type dynamiclist has
    the `items` of one row; `part_of` is the label of the address that this field is a part of.
    """

    key: str
    id: str
    type: str
    label: str
    help: str = ""
    hide: str = ""
    required: bool = False
    format: str = ""
    options: tuple[Option, ...] = ()
    options_from: str = ""
    parent: str = ""
    least: Decimal | None = None
    most: Decimal | None = None
    shortest: int = 0
    longest: int | None = None
    pattern: str = ""
    pattern_message: str = ""
    decimals: int | None = None
    subtype: str = "date"
    accept: tuple[str, ...] = ()
    multiple: bool = False
    largest_mb: int | None = None
    editable: bool = False
    readonly: bool = False
    catalogue: str = ""
    basis: str = ""
    autocomplete: str = ""
    suffix: str = ""
    default: Any = None
    required_if: str = ""
    disable: str = ""
    lock_if: str = ""
    expression: str = ""
    items: tuple[Item, ...] = ()
    fewest: int = 0
    most_rows: int | None = None
    most_files: int | None = None
    no_past: bool = False
    part_of: str = ""
    properties: Mapping[str, Any] = field(default_factory=dict)

    @property
    def fields(self) -> tuple[Field, ...]:
        """The fields of one row of a repeating group."""
        return tuple(item for item, _hides in walk(self.items) if isinstance(item, Field))


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that belong together under one legend."""

    id: str
    label: str
    help: str
    hide: str
    items: tuple[Item, ...]


Item = Field | Group | Text | Html | Picture | Line | Table


@dataclass(frozen=True, slots=True)
class Page:
    """One question group: what stands on one page. Pages are numbered from 1."""

    number: int
    id: str
    title: str
    help: str
    hide: str
    items: tuple[Item, ...]

    @property
    def fields(self) -> tuple[Field, ...]:
        """The fields on this page, in order."""
        return tuple(item for item, _hides in walk(self.items) if isinstance(item, Field))


@dataclass(frozen=True, slots=True)
class Schema:
    """A form: its id, its items, and every field by key in the order of the page."""

    id: str
    title: str
    items: tuple[Item, ...]
    fields: Mapping[str, Field]
    source: Mapping[str, Any]

    @property
    def pages(self) -> tuple[Page, ...]:
        """One page for each top-level group; what stands between groups makes pages of its own."""
        found: list[tuple[str, str, str, str, tuple[Item, ...]]] = []
        loose: list[Item] = []

        def close() -> None:
            if loose:
                found.append((loose[0].id, self.title, "", "", tuple(loose)))
                loose.clear()

        for item in self.items:
            if isinstance(item, Group):
                close()
                found.append((item.id, item.label, item.help, item.hide, item.items))
            else:
                loose.append(item)
        close()
        return tuple(Page(number, *parts) for number, parts in enumerate(found, start=1))

    @property
    def catalogue_items(self) -> dict[str, str]:
        """The catalogue item that can prefill each field, by field key."""
        return {key: item.catalogue for key, item in self.fields.items() if item.catalogue}

    @property
    def bases(self) -> dict[str, str]:
        """The law each field rests on, by field key."""
        return {key: item.basis for key, item in self.fields.items() if item.basis}


def walk(items: tuple[Item, ...], hides: tuple[str, ...] = ()) -> Iterator[tuple[Item, tuple[str, ...]]]:
    """Yield every item with the conditions that hide it: its own and those of the groups around it."""
    for item in items:
        own = (*hides, item.hide) if item.hide else hides
        yield item, own
        if isinstance(item, Group):
            yield from walk(item.items, own)
