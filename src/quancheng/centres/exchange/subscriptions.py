"""Puts the durable transport under `kernel.events` as soon as the exchange is loaded."""

from quancheng.kernel import events

from .engine.transport import Outbox

events.use_transport(Outbox())
