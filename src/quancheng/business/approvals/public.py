"""The front door of approvals. Other systems meet it through the hall's topics only."""

from quancheng.business.approvals.actions import publish_service
from quancheng.business.approvals.queries import NoSuchService, services

__all__ = ["NoSuchService", "publish_service", "services"]
