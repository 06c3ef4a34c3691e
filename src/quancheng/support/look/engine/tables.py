"""Tables: declared once; sorting, narrowing, paging, choice of columns and exports follow.

The rows are trimmed to the reader before anything here touches them: `Table.rows` returns what `pmi.visible` leaves,
and whatever is asked for in the address can only narrow that. A wish that cannot be understood is no wish.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.core.paginator import Page, Paginator
from django.db.models import Count, F, Model, Q, QuerySet
from django.db.models.expressions import OrderBy
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi
from quancheng.support.look.engine.columns import Batch, Choice, Column, Outcome, Period, Text, each

OWN = ("q", "sort", "page", "size", "show", "export")
PORTION = 500
LONGEST = 100


class NotListed(Refusal):
    """A marked row is not, or no longer, among those that the reader may see."""

    code: ClassVar[str] = "look.not-listed"
    message = _("This row is no longer in the list, or not for you. Nothing was done to it.")
    status: ClassVar[int] = 404


class Sheets(Paginator):  # type: ignore[type-arg]
    """The pages of a list whose rows are counted up to `most`: a count of all of a very large table takes seconds."""

    def __init__(self, rows: QuerySet[Any], size: int, most: int) -> None:
        super().__init__(rows, size)
        self.most = most

    @cached_property
    def _found(self) -> int:
        return int(self.object_list.order_by()[: self.most + 1].count())  # type: ignore[attr-defined,union-attr]

    @cached_property
    def count(self) -> int:
        """How many rows there are, at most `most`: those that can be paged through."""
        return min(self._found, self.most)

    @property
    def more(self) -> bool:
        """Whether there are more rows than were counted."""
        return self._found > self.most

    @property
    def counted(self) -> str:
        """The count as it is shown."""
        return f"{self.count}+" if self.more else str(self.count)


class Table(ABC):
    """A table over rows that its reader may see, as the address asks for them. Declare one, and give it to a page.

    `name` is `<app>.<what>`: saved views and the trail know the table by it. `order` names the column that sorts when
    nobody asked, with a minus the other way round. `search` are fields (no relation to many) in which the text that
    was typed may stand; `find` does it otherwise. `most` rows are counted, paged through and exported: of more, people
    narrow the list or turn its order round.
    """

    name: ClassVar[str]
    title: ClassVar[Text]
    columns: ClassVar[tuple[Column, ...]]
    filters: ClassVar[tuple[Choice | Period, ...]] = ()
    batches: ClassVar[tuple[Batch, ...]] = ()
    order: ClassVar[str]
    search: ClassVar[tuple[str, ...]] = ()
    search_title: ClassVar[Text] = _("Search in this list")
    empty_title: ClassVar[Text] = pgettext_lazy("table", "Nothing here")
    empty_hint: ClassVar[Text] = ""
    sizes: ClassVar[tuple[int, ...]] = (20, 50, 100)
    size: ClassVar[int] = 50
    most: ClassVar[int] = 50_000

    def __init_subclass__(cls) -> None:
        names = [column.name for column in cls.columns]
        taken = [item.name + part for item in cls.filters for part in item.parts]
        if len(set(names)) < len(names) or len({*taken, *OWN}) < len(taken) + len(OWN):
            raise TypeError(f"{cls.__name__} names something twice")
        if cls.order.removeprefix("-") not in {column.name for column in cls.columns if column.sort}:
            raise TypeError(f"{cls.__name__} is in the order of a column that cannot be sorted")

    def __init__(self, actor: pmi.Actor, given: QueryDict) -> None:
        self.actor = actor
        self.text = given.get("q", "").replace("\0", "").strip()[:LONGEST]
        plain = {key: value.replace("\0", "") for key, value in given.items() if isinstance(value, str)}
        self.chosen: dict[str, str] = {}
        for item in self.filters:
            self.chosen |= item.understood(plain, actor)
        by_name = {column.name: column for column in self.columns}
        wish = plain.get("sort", "")
        self.sort = wish if getattr(by_name.get(wish.removeprefix("-")), "sort", "") else self.order
        wanted = {name for value in given.getlist("show") for name in value.split(",")} & by_name.keys()
        self.shown = tuple(column for column in self.columns if (column.name in wanted if wanted else column.shown))
        self.page_size = int(plain["size"]) if plain.get("size") in {str(size) for size in self.sizes} else self.size
        self.number = plain.get("page", "1")

    def mask(self) -> None:
        """Show people's data masked from now on, on the page and in files."""
        self.shown = tuple(column.masked() for column in self.shown)

    # What an app says

    @abstractmethod
    def rows(self) -> QuerySet[Any]:
        """Return the rows that `self.actor` may see, in any order."""

    def find(self, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        """Return those of the rows that fit what was typed."""
        found = Q()
        for column in self.search:
            found |= Q(**{f"{column}__icontains": text})
        return rows.filter(found)

    def lines(self, rows: list[Any]) -> Sequence[Any]:
        """Return what the columns are asked of, in the order of the rows: here other tables are asked, once a page."""
        return rows

    def subject(self, line: Any) -> str:
        """Return what the trail calls a row (`person:<id>`): an export is then found by everybody it speaks of."""
        return ""

    # What follows

    @cached_property
    def found(self) -> QuerySet[Any]:
        """All rows that fit, in their order; two with the same value stand in the order of their keys."""
        return self._narrowed().order_by(*self._order())

    @cached_property
    def _seen(self) -> QuerySet[Any]:
        return self.rows()

    def _narrowed(self, *, but: str = "") -> QuerySet[Any]:
        rows = self._seen
        for item in self.filters:
            rows = rows if item.name == but else item.narrow(rows, self.chosen, self.actor)
        return self.find(rows, self.text) if self.text and self.searchable else rows

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns that are shown."""
        return tuple(column.name for column in self.shown)

    @property
    def searchable(self) -> bool:
        """Whether there is anything to search in."""
        return bool(self.search) or type(self).find is not Table.find

    def _order(self) -> tuple[Any, ...]:
        falling, name = self.sort.startswith("-"), self.sort.removeprefix("-")
        path = next(column.sort for column in self.columns if column.name == name)
        model = self._seen.model
        # Where nothing stands comes last, either way: databases differ about it. Elsewhere an index may serve.
        if _empty_possible(model, path):
            first: OrderBy | str = F(path).desc(nulls_last=True) if falling else F(path).asc(nulls_last=True)
        else:
            first = f"-{path}" if falling else path
        return (first, "-pk" if falling else "pk")

    @cached_property
    def _sheets(self) -> Sheets:
        return Sheets(self.found, self.page_size, self.most)

    @cached_property
    def page(self) -> Page[Any]:
        """The page that is asked for, or the last there is; its rows are lines."""
        page: Page[Any] = self._sheets.get_page(self.number)
        page.object_list = list(self.lines(list(page.object_list)))
        return page

    @property
    def total(self) -> int:
        """How many rows fit, at most `most`."""
        return self._sheets.count

    @property
    def more(self) -> bool:
        """Whether more than `total` rows fit."""
        return self._sheets.more

    @property
    def counted(self) -> str:
        """The total as it is shown: 50000+ when there are more."""
        return self._sheets.counted

    @property
    def personal(self) -> bool:
        """Whether a shown column says something about people."""
        return any(column.personal for column in self.shown)

    @property
    def narrowed(self) -> bool:
        """Whether less is shown than there might be."""
        return bool(self.text or self.chosen)

    def key(self, line: Any) -> str:
        """Return what a mark on the row sends back."""
        return str(getattr(line, "pk", None) or line.id)

    def counts(self, item: Choice) -> dict[str, int]:
        """Return how many rows have each value, whatever is chosen of this filter, with everything else chosen."""
        column = item.field or item.name
        groups = self._narrowed(but=item.name).order_by(column).values(column).annotate(rows_of_it=Count("pk"))
        return {str(group[column]): group["rows_of_it"] for group in groups}

    def query(self, **changes: Any) -> str:
        """Return the address of this very view as a query string, changed; what is as always is left out."""
        usual = tuple(column.name for column in self.columns if column.shown)
        wishes: dict[str, Any] = {
            "q": self.text,
            **self.chosen,
            "sort": self.sort if self.sort != self.order else "",
            "size": self.page_size if self.page_size != self.size else "",
            "show": ",".join(self.names) if self.names != usual else "",
        }
        wishes |= changes
        return urlencode({name: value for name, value in wishes.items() if value not in ("", None)}, safe=",")

    def portions(self) -> Iterator[list[Any]]:
        """Yield the lines of all rows that fit, up to the most that an export holds, some hundred at a time."""
        portion: list[Any] = []
        for row in self.found[: self.most].iterator(chunk_size=PORTION):
            portion.append(row)
            if len(portion) == PORTION:
                yield list(self.lines(portion))
                portion = []
        if portion:
            yield list(self.lines(portion))

    def offered(self) -> tuple[Batch, ...]:
        """Return what this reader may do to rows."""
        return tuple(item for item in self.batches if not item.privilege or self.actor.may(item.privilege))

    def perform(self, name: str, keys: Sequence[str]) -> tuple[Outcome, ...]:
        """Do something to the rows of these keys, each by itself; one that the reader may not see is refused."""
        batch = next((item for item in self.offered() if item.name == name), None)
        if batch is None:
            return ()
        marked = list(dict.fromkeys(keys))[: max(self.sizes)]
        model = self._seen.model
        rows = {str(row.pk): row for row in self._seen.filter(pk__in=_keys(model, marked))}
        titles = {self.key(line): self.columns[0].said(line) for line in self.lines(list(rows.values()))}

        def act(key: str) -> Any:
            if key not in rows:
                raise NotListed
            return batch.perform(self.actor, rows[key])

        return each([(titles.get(key, key[:LONGEST]), key) for key in marked], act)


def _keys(model: type[Model], texts: Sequence[str]) -> list[Any]:
    """Return the keys that these texts can be at all: of the right kind, and no greater than the column holds."""
    found = []
    for text in texts:
        try:
            found.append(model._meta.pk.clean(text, None))  # type: ignore[union-attr]
        except ValidationError:
            continue
    return found


def _empty_possible(model: type[Model], path: str) -> bool:
    """Test whether nothing can stand at the end of a path of fields: there, or on the way."""
    *way, last = path.split("__")
    try:
        for step in way:
            field = model._meta.get_field(step)
            if getattr(field, "null", True) or field.related_model is None:
                return True
            model = field.related_model  # type: ignore[assignment]
        return bool(getattr(model._meta.get_field(last), "null", True))
    except FieldDoesNotExist:
        return last != "pk"
