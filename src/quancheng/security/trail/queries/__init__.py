"""Questions about the trail: what was done, and the proofs that it was recorded then and not changed since."""

from quancheng.security.trail.queries.entries import (
    EntryView,
    NoSuchEntry,
    NotIntegrated,
    Page,
    entries,
    entry,
    opened,
)
from quancheng.security.trail.queries.erasures import (
    LAW,
    Extent,
    NoSuchErasure,
    entries_of,
    erasable,
    erasure,
    erasures,
    extent,
)
from quancheng.security.trail.queries.export import check_timestamps_with, export, verify
from quancheng.security.trail.queries.log import (
    CheckpointView,
    InclusionProof,
    checkpoint,
    consistency_proof,
    evidence,
    inclusion_proof,
    signer,
    store,
    verifier,
)
from quancheng.security.trail.queries.state import State, alarms, state
from quancheng.security.trail.queries.subjects import RegisterTables, Standing, TooMany, standing, subject_proof
from quancheng.security.trail.queries.titles import action_title, action_titles, outcome_title

__all__ = [
    "LAW",
    "CheckpointView",
    "EntryView",
    "Extent",
    "InclusionProof",
    "NoSuchEntry",
    "NoSuchErasure",
    "NotIntegrated",
    "Page",
    "RegisterTables",
    "Standing",
    "State",
    "TooMany",
    "action_title",
    "action_titles",
    "alarms",
    "check_timestamps_with",
    "checkpoint",
    "consistency_proof",
    "entries",
    "entries_of",
    "entry",
    "erasable",
    "erasure",
    "erasures",
    "evidence",
    "export",
    "extent",
    "inclusion_proof",
    "opened",
    "outcome_title",
    "signer",
    "standing",
    "state",
    "store",
    "subject_proof",
    "verifier",
    "verify",
]
