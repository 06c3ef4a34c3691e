"""The trail's checks: of the log itself, and of unusual access that it shows."""

from quancheng.security.trail.checks import log, looks

__all__ = ["log", "looks"]
