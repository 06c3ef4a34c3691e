"""Carries a case between its rows and the pure engine."""

from quancheng.support.workflow.engine.store.loading import (
    AnyCase,
    NoSuchProcess,
    definition,
    merged,
    state,
    variables_at,
)
from quancheng.support.workflow.engine.store.saving import (
    CALLED,
    CaseMovedOn,
    changes,
    move_tokens,
    moved,
    raise_signal,
    save,
    tell,
    token_row,
)

__all__ = [
    "CALLED",
    "AnyCase",
    "CaseMovedOn",
    "NoSuchProcess",
    "changes",
    "definition",
    "merged",
    "move_tokens",
    "moved",
    "raise_signal",
    "save",
    "state",
    "tell",
    "token_row",
    "variables_at",
]
