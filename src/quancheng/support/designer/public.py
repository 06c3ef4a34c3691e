"""The front door of designer: the forms that were published here, and what designs there are."""

from quancheng.support.designer.actions import approve, create, publish, save, send_back, submit
from quancheng.support.designer.queries import DesignLine, NoDesign, designs, form

__all__ = ["DesignLine", "NoDesign", "approve", "create", "designs", "form", "publish", "save", "send_back", "submit"]
