"""The front door of notifications."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from quancheng.security.pmi import public as pmi
from quancheng.support.notifications.actions import mark_all_read, mark_read, notify, send_due_letters
from quancheng.support.notifications.queries import MessageView, inbox, unread

__all__ = ["MessageView", "inbox", "mark_all_read", "mark_read", "notify", "send_due_letters", "unread", "unread_count"]


def unread_count(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `unread_notifications` for the top bar, counted only on pages that show it."""
    # A page about an early error may be shown before anybody has been recognised.
    return {"unread_notifications": SimpleLazyObject(lambda: unread(getattr(request, "actor", pmi.ANONYMOUS)))}
