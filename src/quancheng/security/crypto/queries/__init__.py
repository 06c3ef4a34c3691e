"""Questions about who may use the services and who has used them."""

from quancheng.security.crypto.queries.usage import (
    CallerUsage,
    DayUsage,
    UnknownCaller,
    allowance,
    caller_usage,
    known,
    resets_at,
    usage,
)

__all__ = ["CallerUsage", "DayUsage", "UnknownCaller", "allowance", "caller_usage", "known", "resets_at", "usage"]
