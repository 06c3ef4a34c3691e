"""Working-day arithmetic, legal rules and clocks on plain values: no Django, no clock of its own, no I/O."""

from quancheng.support.calendar.rules.clocks import ClockView, Extension, State, Why, state_of, to_text
from quancheng.support.calendar.rules.due import Due, ExcludedDay, Pause, due_date, merged
from quancheng.support.calendar.rules.ics import Entry, calendar_of, official_entries
from quancheng.support.calendar.rules.legal import (
    BOUNDS,
    LEVELS,
    OUTCOMES,
    UNITS,
    LegalRule,
    Principle,
    check,
    in_force,
    levels_from,
    read_rules,
)
from quancheng.support.calendar.rules.notices import BadNotice, parse_notice, read_years
from quancheng.support.calendar.rules.table import CalendarTable, DayKind, OutsideCalendar, YearTable

__all__ = [
    "BOUNDS",
    "LEVELS",
    "OUTCOMES",
    "UNITS",
    "BadNotice",
    "CalendarTable",
    "ClockView",
    "DayKind",
    "Due",
    "Entry",
    "ExcludedDay",
    "Extension",
    "LegalRule",
    "OutsideCalendar",
    "Pause",
    "Principle",
    "State",
    "Why",
    "YearTable",
    "calendar_of",
    "check",
    "due_date",
    "in_force",
    "levels_from",
    "merged",
    "official_entries",
    "parse_notice",
    "read_rules",
    "read_years",
    "state_of",
    "to_text",
]
