"""Telling people, sending, receipts, texts and wishes."""

from quancheng.support.notifications.actions.bundling import bundle_due
from quancheng.support.notifications.actions.inbox import mark_all_read, mark_read
from quancheng.support.notifications.actions.receipts import BadReceipt, Receipt, take_receipts
from quancheng.support.notifications.actions.sending import NotToBeRetried, retry, send_due
from quancheng.support.notifications.actions.telling import notify
from quancheng.support.notifications.actions.texts import (
    ChangedMeanwhile,
    NoDraft,
    OwnDraft,
    UnknownPlace,
    WithoutTitle,
    discard_draft,
    publish_draft,
    save_draft,
)
from quancheng.support.notifications.actions.wishing import (
    NoPushService,
    TooManyBrowsers,
    change_wishes,
    subscribe,
    unsubscribe,
)

__all__ = [
    "BadReceipt",
    "ChangedMeanwhile",
    "NoDraft",
    "NoPushService",
    "NotToBeRetried",
    "OwnDraft",
    "Receipt",
    "TooManyBrowsers",
    "UnknownPlace",
    "WithoutTitle",
    "bundle_due",
    "change_wishes",
    "discard_draft",
    "mark_all_read",
    "mark_read",
    "notify",
    "publish_draft",
    "retry",
    "save_draft",
    "send_due",
    "subscribe",
    "take_receipts",
    "unsubscribe",
]
