"""The front door of notifications."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from quancheng.security.pmi import public as pmi
from quancheng.support.notifications.actions import bundle_due, mark_all_read, mark_read, notify, send_due
from quancheng.support.notifications.engine.kinds import (
    BadNotice,
    MissingFact,
    NoSuchKind,
    NoticeKind,
    UnknownFact,
    WrongFact,
    all_kinds,
)
from quancheng.support.notifications.queries.inbox import MessageView, inbox, unread

__all__ = [
    "BadNotice",
    "MessageView",
    "MissingFact",
    "NoSuchKind",
    "NoticeKind",
    "UnknownFact",
    "WrongFact",
    "all_kinds",
    "bundle_due",
    "inbox",
    "mark_all_read",
    "mark_read",
    "notify",
    "send_due",
    "unread",
    "unread_count",
]


def unread_count(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `unread_notifications` for the top bar, counted only on pages that show it."""
    # A page about an early error may be shown before anybody has been recognised.
    return {"unread_notifications": SimpleLazyObject(lambda: unread(getattr(request, "actor", pmi.ANONYMOUS)))}
