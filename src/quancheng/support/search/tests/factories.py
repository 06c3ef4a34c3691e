"""A library of documents for tests: entries, readers, and a live index of them."""

from datetime import UTC, date, datetime
from unittest.mock import patch

from quancheng.security.pmi import public as pmi
from quancheng.support.search import actions
from quancheng.support.search.engine import sources
from quancheng.support.search.engine.gates import EVERYBODY, Readers
from quancheng.support.search.engine.sources import Entry, Source

NOW, TODAY = datetime(2026, 11, 23, 2, 0, tzinfo=UTC), date(2026, 11, 23)
LIBRARY = "370100/370100-library/"


def entry(key, title, *, readers=(EVERYBODY,), **more):
    return Entry(key=str(key), title=title, url=f"/books/{key}/", readers=tuple(readers), **more)


def clerk(*privileges, organisation=LIBRARY, name="account:7", **more):
    grants = tuple(pmi.Grant(privilege, organisation) for privilege in privileges)
    return pmi.Actor(id=name, name="王五", kind="staff", organisation=organisation, grants=grants, **more)


def readers(privilege="library.book.read", organisation=LIBRARY, **more):
    return Readers(privilege, organisation, **more)


class Shelf:
    """Things of kind `library.book` that can change."""

    def __init__(self, *entries):
        self.entries = {item.key: item for item in entries}

    def __call__(self, keys):
        yield from (item for item in list(self.entries.values()) if keys is None or item.key in keys)

    def put(self, *entries):
        self.entries |= {item.key: item for item in entries}


def only(*shelves, **more):
    """Let nothing be searchable but these shelves: kinds `library.book`, `library.map` …"""
    names = ("library.book", "library.map", "library.film")
    given = {
        kind: Source(kind=kind, title=kind, entries=shelf, **more) for kind, shelf in zip(names, shelves, strict=False)
    }
    return patch.dict(sources._sources, given, clear=True)


def build():
    return actions.rebuild(at=NOW)
