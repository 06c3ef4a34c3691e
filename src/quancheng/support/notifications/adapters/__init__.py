"""The outside world: gateways that take a message out of the house, each behind one protocol."""

from quancheng.support.notifications.adapters.encryption import encrypt
from quancheng.support.notifications.adapters.files import FileGateway
from quancheng.support.notifications.adapters.http import JsonGateway
from quancheng.support.notifications.adapters.mail import SmtpGateway
from quancheng.support.notifications.adapters.protocol import Down, Gateway, Never, NotNow, Outgoing
from quancheng.support.notifications.adapters.push import PushGateway, is_push_service, public_key
from quancheng.support.notifications.adapters.receipts import BadSignature, verify
from quancheng.support.notifications.config import config
from quancheng.support.notifications.rules import EMAIL, PUSH

__all__ = [
    "BadSignature",
    "Down",
    "FileGateway",
    "Gateway",
    "JsonGateway",
    "Never",
    "NotNow",
    "Outgoing",
    "PushGateway",
    "SmtpGateway",
    "encrypt",
    "gateway",
    "is_push_service",
    "public_key",
    "verify",
]


def gateway(channel: str) -> Gateway | None:
    """Return the gateway that the settings name for a channel, None when the channel is off."""
    if not config.is_on(channel):
        return None
    if channel == PUSH:
        return PushGateway()
    if channel == EMAIL:
        return SmtpGateway() if config.mail == "smtp" else FileGateway(config.outbox)
    if getattr(config, channel) == "http":
        return JsonGateway(
            url=getattr(config, f"{channel}_url"), token=getattr(config, f"{channel}_token"), fields=config.json_fields
        )
    return FileGateway(config.outbox / channel)
