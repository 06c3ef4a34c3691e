"""Pages and files of the trail."""

from quancheng.security.trail.web.views.erasures import Erasures, OneErasure, RequestErasure
from quancheng.security.trail.web.views.explorer import (
    Entries,
    NameProof,
    OneEntry,
    OneForwarding,
    OneName,
    Proof,
    VerifyYourself,
)
from quancheng.security.trail.web.views.files import Checkpoint, Tile
from quancheng.security.trail.web.views.guard import NotAuthorised

__all__ = [
    "Checkpoint",
    "Entries",
    "Erasures",
    "NameProof",
    "NotAuthorised",
    "OneEntry",
    "OneErasure",
    "OneForwarding",
    "OneName",
    "Proof",
    "RequestErasure",
    "Tile",
    "VerifyYourself",
]
