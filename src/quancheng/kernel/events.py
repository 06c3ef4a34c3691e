"""What one app announces and others hear: frozen facts in the past tense, told once they are stored.

The kernel only names the parts. Delivery is a *transport*: `centres.exchange` brings the durable one (outbox,
signatures, routes to the other zone). Without it, facts are told in this process once the transaction is committed.
"""

import uuid
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, ClassVar, Protocol

from django.db import transaction

from quancheng.kernel import zone


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A fact. Subclasses name their `topic` and hold plain values; `files` are sha256 digests that travel along."""

    topic: ClassVar[str]

    @property
    def key(self) -> str:
        """Facts with the same key are told in the order in which they happened."""
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A fact as a subscriber receives it. `data` holds the event's fields as plain JSON values."""

    topic: str
    data: Mapping[str, Any]
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    source: str = ""
    key: str = ""
    time: datetime = field(default_factory=lambda: datetime.now(UTC))
    files: tuple[str, ...] = ()
    zone: str = ""


Handler = Callable[[Message], None]


class Transport(Protocol):
    """Carries a fact from the transaction in which it happened to everyone who hears its topic."""

    def publish(self, message: Message) -> None:
        """Take `message` inside the caller's transaction; forget it if that transaction rolls back."""


class InProcess:
    """Tells facts in this process once the transaction is committed; lost if the process dies just then."""

    def publish(self, message: Message) -> None:
        transaction.on_commit(lambda: tell(message))


_handlers: dict[str, dict[str, Handler]] = defaultdict(dict)
_transport: Transport = InProcess()


def use_transport(transport: Transport) -> None:
    """Send facts through `transport` from now on."""
    global _transport  # noqa: PLW0603  (one transport a process, set once while it starts)
    _transport = transport


def hears(topic: str) -> Callable[[Handler], Handler]:
    """Subscribe a function to `topic`. Its module and name are its lasting identity as a consumer."""

    def register(handler: Handler) -> Handler:
        _handlers[topic][f"{handler.__module__}.{handler.__qualname__}"] = handler
        return handler

    return register


def consumers(topic: str) -> Mapping[str, Handler]:
    """Return who hears `topic`, by consumer name."""
    return dict(_handlers.get(topic, {}))


def topics_heard() -> frozenset[str]:
    """Return every topic that somebody here hears."""
    return frozenset(topic for topic, handlers in _handlers.items() if handlers)


def tell(message: Message) -> None:
    """Call every consumer of the message's topic, in the order of their names."""
    for _, handler in sorted(consumers(message.topic).items()):
        handler(message)


def publish(event: Event) -> Message:
    """Announce `event`; call it inside the transaction that makes it true."""
    message = Message(
        topic=event.topic,
        data={item.name: plain(getattr(event, item.name)) for item in fields(event)},
        key=event.key,
        files=tuple(getattr(event, "files", ())),
        zone=zone.current(),
    )
    _transport.publish(message)
    return message


def plain(value: Any) -> Any:
    """Return `value` in JSON's types: dates as ISO 8601, decimals and UUIDs as text, dataclasses as objects.

    :raises TypeError: for a value that JSON has no faithful form for.
    """
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal | uuid.UUID):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {item.name: plain(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    raise TypeError(f"an event cannot hold {type(value).__name__}")
