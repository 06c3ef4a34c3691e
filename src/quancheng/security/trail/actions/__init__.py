"""The trail's own writes. They are no pmi actions: the trail lies below pmi, and recording a record would never end."""

from quancheng.security.trail.actions.erasure import (
    AlreadyDecided,
    AlreadyRequested,
    NothingToErase,
    SameOfficer,
    approve_erasure,
    compact,
    refuse_erasure,
    request_erasure,
)
from quancheng.security.trail.actions.forwarding import NoSuchPlace, forward, rewind
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
from quancheng.security.trail.actions.seconding import attach_second, note_second, want_second
from quancheng.security.trail.actions.witnessing import (
    Fork,
    NoSuchCheckpoint,
    Rollback,
    UnknownKey,
    Unproven,
    attach_cosignature,
    attach_timestamp,
    cosign,
    hear_refusal,
    suspect,
)

__all__ = [
    "AlreadyDecided",
    "AlreadyRequested",
    "Fork",
    "LogDiverged",
    "NoSuchCheckpoint",
    "NoSuchPlace",
    "NothingToErase",
    "RegisterDiverged",
    "Rollback",
    "SameOfficer",
    "UnknownKey",
    "Unproven",
    "announce",
    "approve_erasure",
    "attach_cosignature",
    "attach_second",
    "attach_timestamp",
    "compact",
    "cosign",
    "follow_witness",
    "forward",
    "hear_refusal",
    "integrate",
    "note_second",
    "publish",
    "rebuild_register",
    "record",
    "refuse_erasure",
    "request_erasure",
    "rewind",
    "suspect",
    "want_second",
]
