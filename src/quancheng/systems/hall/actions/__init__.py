"""Every write of the hall."""

from quancheng.systems.hall.actions.corrections import (
    NothingToCorrect,
    attach_correction,
    detach_correction,
    lodge_correction,
)
from quancheng.systems.hall.actions.drafts import (
    AlreadyLodged,
    attach,
    deliver_items,
    detach,
    discard_draft,
    forget_expired,
    request_items,
    save_draft,
    start_draft,
    warn_expiring,
)
from quancheng.systems.hall.actions.incoming import (
    UnusableService,
    publish_service,
    receive_results,
    record_correction,
    record_progress,
    withdraw_service,
)
from quancheng.systems.hall.actions.submissions import (
    Incomplete,
    NoLongerOffered,
    NotConfirmed,
    NotIdentified,
    TooLateToWithdraw,
    lodge,
    withdraw,
)

__all__ = [
    "AlreadyLodged",
    "Incomplete",
    "NoLongerOffered",
    "NotConfirmed",
    "NotIdentified",
    "NothingToCorrect",
    "TooLateToWithdraw",
    "UnusableService",
    "attach",
    "attach_correction",
    "deliver_items",
    "detach",
    "detach_correction",
    "discard_draft",
    "forget_expired",
    "lodge",
    "lodge_correction",
    "publish_service",
    "receive_results",
    "record_correction",
    "record_progress",
    "request_items",
    "save_draft",
    "start_draft",
    "warn_expiring",
    "withdraw",
    "withdraw_service",
]
