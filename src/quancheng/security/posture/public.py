"""The front door of posture. Checks are offered through `quancheng.kernel.posture`, not here."""

from quancheng.security.posture.actions import review
from quancheng.security.posture.queries import CheckView, DayView, FindingView, Posture, history, stand

__all__ = ["CheckView", "DayView", "FindingView", "Posture", "history", "review", "stand"]
