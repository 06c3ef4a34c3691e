"""The front door of look: what others need outside templates."""

from quancheng.support.look.engine.charts import Chart, Map, Place, Series, sketch
from quancheng.support.look.engine.columns import Batch, Choice, Column, Outcome, Period, each
from quancheng.support.look.engine.tables import Table
from quancheng.support.look.engine.words import due
from quancheng.support.look.public.pages import TableView
from quancheng.support.look.rules import veiled, within_quotes

__all__ = [
    "Batch",
    "Chart",
    "Choice",
    "Column",
    "Map",
    "Outcome",
    "Period",
    "Place",
    "Series",
    "Table",
    "TableView",
    "due",
    "each",
    "sketch",
    "veiled",
    "within_quotes",
]
