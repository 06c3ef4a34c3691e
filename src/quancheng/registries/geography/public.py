"""The front door of geography."""

from quancheng.registries.geography.queries import (
    DivisionView,
    UnknownDivision,
    children,
    codes,
    division,
    full_name,
    is_known,
    names,
    options,
    path,
    search,
)

__all__ = [
    "DivisionView",
    "UnknownDivision",
    "children",
    "codes",
    "division",
    "full_name",
    "is_known",
    "names",
    "options",
    "path",
    "search",
]
