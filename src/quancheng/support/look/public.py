"""The front door of look: what others need outside templates."""

from quancheng.support.look.rules import within_quotes

__all__ = ["within_quotes"]
