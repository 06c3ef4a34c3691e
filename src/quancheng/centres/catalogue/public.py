"""The front door of the catalogue."""

from .actions import load, request
from .engine.looking import Answer, NoPurpose, Sourced, Value, provides
from .events import ItemsDelivered, ItemsRequested
from .queries import Detail, NoSuchResource, ResourceView, detail, items, once_only, search, topics
from .rules import AskedAgain, Reason, Share, reference

__all__ = [
    "Answer",
    "AskedAgain",
    "Detail",
    "ItemsDelivered",
    "ItemsRequested",
    "NoPurpose",
    "NoSuchResource",
    "Reason",
    "ResourceView",
    "Share",
    "Sourced",
    "Value",
    "detail",
    "items",
    "load",
    "once_only",
    "provides",
    "reference",
    "request",
    "search",
    "topics",
]
