"""The front door of the trail."""

from .actions import record

__all__ = ["record"]
