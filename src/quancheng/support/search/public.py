"""The front door of search.

In an app's `subscriptions.py`:

    @search.indexes("hall.service", title=…, subjects=("service",))
    def services(keys): yield search.Entry(key=…, title=…, url=…, readers=(search.EVERYBODY,))
"""

from quancheng.support.search.engine.gates import EVERYBODY, SIGNED_IN, Readers
from quancheng.support.search.engine.sources import Entry, indexes, touch
from quancheng.support.search.queries import Filters, Found, Hit, Suggestion, find, suggest

__all__ = [
    "EVERYBODY",
    "SIGNED_IN",
    "Entry",
    "Filters",
    "Found",
    "Hit",
    "Readers",
    "Suggestion",
    "find",
    "indexes",
    "suggest",
    "touch",
]
