"""Loading notices, adding versions of rules, secret addresses, and what moves a clock.

Clocks start, stop and pause inside the actions of business systems, and an action inside an action is refused; so those
are plain functions: call them inside your action. They demand a transaction.
"""

from quancheng.support.calendar.actions.clocks import (
    ClockRuns,
    ClockStands,
    NoNotice,
    NotExtendable,
    TooLow,
    announce_due,
    extend,
    redate,
    reset,
    resume,
    start_clock,
    stop,
    suspend,
)
from quancheng.support.calendar.actions.feeds import close_feed, renew_feed
from quancheng.support.calendar.actions.rulebook import NoExtender, NotLater, add_version, receive_version
from quancheng.support.calendar.actions.years import PastYear, load_year, receive_year

__all__ = [
    "ClockRuns",
    "ClockStands",
    "NoExtender",
    "NoNotice",
    "NotExtendable",
    "NotLater",
    "PastYear",
    "TooLow",
    "add_version",
    "announce_due",
    "close_feed",
    "extend",
    "load_year",
    "receive_version",
    "receive_year",
    "redate",
    "renew_feed",
    "reset",
    "resume",
    "start_clock",
    "stop",
    "suspend",
]
