"""What the base templates ask: the doors of the public site, the menu of a person, the steps of a drawing."""

from collections import deque
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl
from xml.etree import ElementTree

from django.db.models import QuerySet
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from quancheng.kernel import discovery
from quancheng.security.pmi import public as pmi
from quancheng.support.look.engine.columns import Choice
from quancheng.support.look.engine.tables import Table
from quancheng.support.look.models import SavedView

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
STEPS = {"task", "userTask", "serviceTask", "manualTask", "sendTask", "receiveTask", "businessRuleTask", "scriptTask"}
STEPS |= {"callActivity", "subProcess"}
SHORTCUTS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Door:
    """One of the four ways into the public site."""

    title: str
    hint: str
    url: str
    icon: str
    current: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a drawing in words; `state` is done | active | waiting."""

    id: str
    name: str
    lane: str
    state: str


def url_of(view: str, *, otherwise: str = "", **parts: Any) -> str:
    """Return the address of `view`, or `otherwise` where this zone has no such page."""
    try:
        return reverse(view, kwargs=parts or None)
    except NoReverseMatch:
        return otherwise


def doors(path: str = "/") -> tuple[Door, ...]:
    """Return the four doors; the one that `path` stands behind is current. None where no portal is behind them."""
    if not url_of("portal:search"):
        return ()
    found = (
        (
            pgettext("door", "Services"),
            _("Apply, follow and collect"),
            url_of("hall:home", otherwise="/hall/"),
            "stamp",
        ),
        (pgettext("door", "Disclosure"), _("Policies and public notices"), "/disclosure/", "book"),
        (pgettext("door", "Interaction"), _("Ask, report and advise"), "/interaction/", "messages"),
        (pgettext("door", "Data"), _("Open data of the city"), "/data/", "database"),
    )
    return tuple(Door(title, hint, url, icon, path.startswith(url)) for title, hint, url, icon in found)


def menu(actor: Any) -> tuple[discovery.Group, ...]:
    """Return the workbench menu of `actor`; nothing for somebody unknown."""
    return discovery.menu(actor) if actor is not None and hasattr(actor, "may") else ()


def shortcuts(groups: tuple[discovery.Group, ...]) -> list[tuple[str, discovery.Link]]:
    """Return which letter after `g` leads to which page: the letter that its address begins with, else the next free.

    Letters follow addresses and not titles: they are the same in every language.
    """
    taken: dict[str, discovery.Link] = {}
    for link in (link for group in groups for link in group.links):
        letters = [sign for sign in link.url.lower() if sign in SHORTCUTS]
        if letter := next((sign for sign in [*letters, *SHORTCUTS] if sign not in taken), ""):
            taken[letter] = link
    return list(taken.items())


def drawing_facts(  # noqa: PLR0917 - all of them are given
    xml: str, active: list[str], done: list[str], heat: Any, faults: Any, marks: Any
) -> dict[str, Any]:
    """Return what the script of a drawing is told.

    `heat` has the `level` (1 to 5) of elements, `faults` an `element_id` and a `sentence` each (what does
    not `hinders` is a doubt), and `marks` says by id that elements were added, changed or removed.
    """
    return {
        "xml": xml,
        "active": active,
        "done": done,
        "heat": {item.element: item.level for item in heat or ()},
        "faults": [
            [item.element_id, str(item.sentence), getattr(item, "hinders", True)]
            for item in faults or ()
            if item.element_id
        ],
        "marks": dict(marks or {}),
    }


def steps(xml: str, *, active: Any = (), done: Any = ()) -> tuple[Step, ...]:
    """Return the named steps of a BPMN drawing in the order of its flows; nothing for a drawing that is not XML.

    It may be one that somebody is drawing: nothing here grows faster than the drawing.

    Steps that no flow reaches (event subprocesses) come last, in the order of the file.
    """
    try:
        root = ElementTree.fromstring(xml)  # noqa: S314 - what designers bring was read without document types before
    except ElementTree.ParseError:
        return ()
    lanes = {
        (reference.text or "").strip(): lane.get("name", "")
        for lane in root.iter(f"{BPMN}lane")
        for reference in lane.iter(f"{BPMN}flowNodeRef")
    }
    nodes = {node.get("id", ""): node for node in root.iter() if node.get("id")}
    order = _in_order_of_flow(root)
    reached = set(order)
    order += [identity for identity in nodes if identity not in reached]
    active, done = set(active or ()), set(done or ())
    return tuple(
        Step(
            id=identity,
            name=nodes[identity].get("name", identity),
            lane=lanes.get(identity, ""),
            state="active" if identity in active else "done" if identity in done else "waiting",
        )
        for identity in order
        if identity in nodes and nodes[identity].tag.removeprefix(BPMN) in STEPS
    )


def _in_order_of_flow(root: ElementTree.Element) -> list[str]:
    following: dict[str, list[str]] = {}
    for flow in root.iter(f"{BPMN}sequenceFlow"):
        following.setdefault(flow.get("sourceRef", ""), []).append(flow.get("targetRef", ""))
    queue = deque(start.get("id", "") for start in root.iter(f"{BPMN}startEvent"))
    order: dict[str, None] = {}
    while queue:
        here = queue.popleft()
        if here not in order:
            order[here] = None
            queue += following.get(here, [])
    return list(order)


def kept_views(actor: pmi.Actor, table: str = "") -> QuerySet[SavedView]:
    """Return the views that `actor` keeps, of one table or of all, by name."""
    own = pmi.visible(actor, "look.view.keep", owner="owner", open_to=("staff", "citizen"))
    kept = SavedView.objects.filter(own, owner=actor.id)
    return kept.filter(table=table) if table else kept


@dataclass(frozen=True, slots=True)
class KeptView:
    """A view of a table as its owner finds it."""

    name: str
    query: str
    current: bool


def views(actor: pmi.Actor, table: str, query: str) -> tuple[KeptView, ...]:
    """Return the views that `actor` keeps of a table; the one that says `query` is current."""
    return tuple(KeptView(row.name, row.query, row.query == query) for row in kept_views(actor, table))


def table_page(table: Table) -> dict[str, Any]:
    """Return what the page of a table shows: heads, rows, and every way to another view of it as a query string."""
    page, query = table.page, table.query()
    lists = [item for item in table.filters if not item.tabs]
    by_tabs = next((item for item in table.filters if isinstance(item, Choice) and item.tabs), None)
    heads = [_head(table, column) for column in table.shown]
    return {
        "table": table,
        "id": f"table-{table.name.replace('.', '-')}",
        "page": page,
        "query": query,
        "query_and": f"{query}&" if query else "",
        "bare": table.query(q="", **dict.fromkeys(table.chosen, "")),
        "summary": _summary(page),
        "heads": heads,
        "rows": [
            {
                "key": table.key(line),
                "title": table.columns[0].said(line),
                "cells": [(head, column.cell(line)) for head, column in zip(heads, table.shown, strict=True)],
            }
            for line in page.object_list
        ],
        "tabs": _tabs(table, by_tabs) if by_tabs else (),
        "tabs_title": by_tabs.title if by_tabs else "",
        "filters": [_filter(table, item) for item in lists],
        "orders": [
            (sign + column.name, f"{column.title} {arrow}")
            for column in table.columns
            if column.sort
            for sign, arrow in (("", "↑"), ("-", "↓"))
        ],
        "columns": [(column, column.name in table.names) for column in table.columns],
        "kept_by_filters": _kept(
            table, without={"q", "sort"} | {item.name + part for item in lists for part in item.parts}
        ),
        "kept_by_columns": _kept(table, without={"show"}),
        "chips": _chips(table),
        "sizes": [
            (size, table.query(size=size if size != table.size else ""), size == table.page_size)
            for size in table.sizes
        ],
        "cut": table.more,
        "views": views(table.actor, table.name, query),
        "batches": table.offered(),
    }


def _head(table: Table, column: Any) -> dict[str, Any]:
    direction, wish = "", column.name
    if table.sort.removeprefix("-") == column.name:
        rising = not table.sort.startswith("-")
        direction, wish = ("ascending", f"-{column.name}") if rising else ("descending", column.name)
    return {
        "name": column.name,
        "title": column.title,
        "css": column.css,
        "direction": direction,
        "query": table.query(sort=wish if wish != table.order else "") if column.sort else None,
    }


def _tabs(table: Table, item: Choice) -> list[dict[str, Any]]:
    counts, value = table.counts(item), table.chosen.get(item.name, "")
    every = (pgettext("table", "All"), "", sum(counts.values()))
    found = [every, *((title, code, counts.get(code, 0)) for code, title in item.offered(table.actor))]
    return [
        {"title": title, "url": f"?{table.query(**{item.name: code})}", "current": code == value, "count": number}
        for title, code, number in found
    ]


def _filter(table: Table, item: Any) -> dict[str, Any]:
    facts = {"name": item.name, "title": item.title}
    if isinstance(item, Choice):
        return facts | {"options": item.offered(table.actor), "value": table.chosen.get(item.name, "")}
    first, last = (table.chosen.get(item.name + part, "") for part in item.parts)
    return facts | {"first": first, "last": last}


def _chips(table: Table) -> list[dict[str, str]]:
    chips = [{"words": table.text, "query": table.query(q="")}] if table.text else []
    for item in table.filters:
        if not item.tabs and (said := item.words(table.chosen, table.actor)):
            gone = {item.name + part: "" for part in item.parts}
            chips.append({"words": f"{item.title}: {said}", "query": table.query(**gone)})
    return chips


def _kept(table: Table, *, without: set[str]) -> list[tuple[str, str]]:
    """Return the wishes that a form carries along without showing them."""
    return [(name, value) for name, value in parse_qsl(table.query()) if name not in without]


def _summary(page: Any) -> str:
    if not page.paginator.count:
        return pgettext("table", "no rows")
    sentence = ngettext("row %(first)s of %(total)s", "rows %(first)s to %(last)s of %(total)s", page.paginator.count)
    return sentence % {"first": page.start_index(), "last": page.end_index(), "total": page.paginator.counted}
