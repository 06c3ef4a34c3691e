"""The front door of the exchange. Apps announce and hear through `kernel.events`; this is what else they may ask."""

from .actions import cross, deliver_ready, sign_pending
from .queries import Flow, Stuck, flows, stuck, topics
from .rules import Topic

__all__ = ["Flow", "Stuck", "Topic", "cross", "deliver_ready", "flows", "sign_pending", "stuck", "topics"]
