"""The front door of the register of firms."""

from quancheng.registries.entities.queries import UnknownFirm, facts, provenance

__all__ = ["UnknownFirm", "facts", "provenance"]
