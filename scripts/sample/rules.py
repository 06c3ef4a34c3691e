"""Decisions on plain values: no Django, no clock, no I/O."""

from datetime import datetime


def state(settled_at: datetime | None) -> str:
    """Return how a record stands, in a word that look knows."""
    return "done" if settled_at else "waiting"
