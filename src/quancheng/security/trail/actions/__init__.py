"""The trail's own writes. They are no pmi actions: the trail lies below pmi, and recording a record would never end."""

from quancheng.security.trail.actions.erasure import AlreadyErased, erase_body
from quancheng.security.trail.actions.integration import (
    LogDiverged,
    RegisterDiverged,
    announce,
    follow_witness,
    integrate,
    publish,
    rebuild_register,
)
from quancheng.security.trail.actions.recording import record
from quancheng.security.trail.actions.witnessing import (
    Fork,
    NoSuchCheckpoint,
    Rollback,
    UnknownKey,
    Unproven,
    attach_cosignature,
    attach_timestamp,
    cosign,
)

__all__ = [
    "AlreadyErased",
    "Fork",
    "LogDiverged",
    "NoSuchCheckpoint",
    "RegisterDiverged",
    "Rollback",
    "UnknownKey",
    "Unproven",
    "announce",
    "attach_cosignature",
    "attach_timestamp",
    "cosign",
    "erase_body",
    "follow_witness",
    "integrate",
    "publish",
    "rebuild_register",
    "record",
]
