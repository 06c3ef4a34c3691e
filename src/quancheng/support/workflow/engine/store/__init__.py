"""Carries a case between its rows and the pure engine."""

from quancheng.support.workflow.engine.store.loading import (
    AnyCase,
    NoSuchProcess,
    definition,
    merged,
    state,
    variables_at,
)
from quancheng.support.workflow.engine.store.saving import CALLED, CaseMovedOn, raise_signal, save, tell

__all__ = [
    "CALLED",
    "AnyCase",
    "CaseMovedOn",
    "NoSuchProcess",
    "definition",
    "merged",
    "raise_signal",
    "save",
    "state",
    "tell",
    "variables_at",
]
