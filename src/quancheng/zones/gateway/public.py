"""The front door of the gateway."""

from .actions import NoBorder, close_alarm, office, try_again
from .engine.bundle import Bundle, Enclosure, Letter
from .engine.faults import (
    BrokenChain,
    BrokenMessage,
    BundleFault,
    ForgedBundle,
    MalformedBundle,
    MisnamedBundle,
    OversizedBundle,
    ReplayedBundle,
    SequenceGap,
    TamperedBundle,
    TruncatedBundle,
    UnsignedBundle,
    WrongZone,
)
from .engine.office import Desk, Office, Overtaken, Round
from .models import OutgoingBundle, Quarantined
from .queries import AlarmView, Border, BundleView, RefusedView, alarms, border, incoming, outgoing, refused, zone_title

__all__ = [
    "AlarmView",
    "Border",
    "BrokenChain",
    "BrokenMessage",
    "Bundle",
    "BundleFault",
    "BundleView",
    "Desk",
    "Enclosure",
    "ForgedBundle",
    "Letter",
    "MalformedBundle",
    "MisnamedBundle",
    "NoBorder",
    "Office",
    "OutgoingBundle",
    "OversizedBundle",
    "Overtaken",
    "Quarantined",
    "RefusedView",
    "ReplayedBundle",
    "Round",
    "SequenceGap",
    "TamperedBundle",
    "TruncatedBundle",
    "UnsignedBundle",
    "WrongZone",
    "alarms",
    "border",
    "close_alarm",
    "incoming",
    "office",
    "outgoing",
    "refused",
    "try_again",
    "zone_title",
]
