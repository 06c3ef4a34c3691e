"""Tells the trail, which lies below, who sees which of its entries; hears of consents given in the other zone."""

from quancheng.kernel import events
from quancheng.security.pmi import actions, queries
from quancheng.security.trail import public as trail

trail.restrict_with(queries.visible)


@events.hears("pmi.consent-given")
def keep_consent(message: events.Message) -> None:
    """Keep a consent where the data are."""
    actions.hear_given(message)


@events.hears("pmi.consent-withdrawn")
def end_consent(message: events.Message) -> None:
    """End a consent where the data are."""
    actions.hear_withdrawn(message)
