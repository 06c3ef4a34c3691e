"""The front door of look: what others need outside templates."""

from quancheng.support.look.engine.columns import Batch, Choice, Column, Outcome, Period, each
from quancheng.support.look.engine.tables import Table
from quancheng.support.look.engine.words import due
from quancheng.support.look.public.pages import TableView
from quancheng.support.look.rules import within_quotes

__all__ = [
    "Batch",
    "Choice",
    "Column",
    "Outcome",
    "Period",
    "Table",
    "TableView",
    "due",
    "each",
    "within_quotes",
]
