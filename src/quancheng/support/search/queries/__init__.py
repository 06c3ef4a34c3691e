"""Questions to the index."""

from quancheng.support.search.queries.finding import (
    COUNTED,
    PAGE_SIZE,
    RANKED,
    Facet,
    FacetValue,
    Filters,
    Found,
    Hit,
    find,
    kinds,
    live,
)
from quancheng.support.search.queries.report import Miss, Version, missed, synonyms_text, synonyms_version, versions
from quancheng.support.search.queries.suggesting import Suggestion, meant, suggest

__all__ = [
    "COUNTED",
    "PAGE_SIZE",
    "RANKED",
    "Facet",
    "FacetValue",
    "Filters",
    "Found",
    "Hit",
    "Miss",
    "Suggestion",
    "Version",
    "find",
    "kinds",
    "live",
    "meant",
    "missed",
    "suggest",
    "synonyms_text",
    "synonyms_version",
    "versions",
]
