"""The trail's checks: of the log itself, of what the collector gets, and of unusual access that it shows."""

from quancheng.security.trail.checks import forwarding, log, looks

__all__ = ["forwarding", "log", "looks"]
