"""What is done with designs."""

from quancheng.support.designer.actions.bundles import bring, export, take
from quancheng.support.designer.actions.designs import Saved, create, drop_draft, keep_draft, save, take_over
from quancheng.support.designer.actions.reviews import approve, publish, send_back, submit, withdraw

__all__ = [
    "Saved",
    "approve",
    "bring",
    "create",
    "drop_draft",
    "export",
    "keep_draft",
    "publish",
    "save",
    "send_back",
    "submit",
    "take",
    "take_over",
    "withdraw",
]
