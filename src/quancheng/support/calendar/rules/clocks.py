"""What a clock looks like from outside, in a form that can travel to the other zone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

from quancheng.support.calendar.rules.due import ExcludedDay, Pause
from quancheng.support.calendar.rules.table import CalendarTable


class State(StrEnum):
    """How near the end is: 正常, 临期, 预警, 超期; a suspended or stopped clock is none of these."""

    NORMAL = "normal"
    NEAR = "near"
    WARNING = "warning"
    OVERDUE = "overdue"
    SUSPENDED = "suspended"
    STOPPED = "stopped"


def state_of(remaining: int, *, near_days: int, warning_days: int) -> State:
    """Return the state of a running clock with `remaining` working days left (0: today is the last, negative: late)."""
    if remaining < 0:
        return State.OVERDUE
    if remaining <= warning_days:
        return State.WARNING
    return State.NEAR if remaining <= near_days else State.NORMAL


@dataclass(frozen=True, slots=True)
class Extension:
    """A lengthening by `days`, approved on a day; `document` is the digest of the approval."""

    on: date
    days: int
    reason: str = ""
    document: str = ""


@dataclass(frozen=True, slots=True)
class Why:
    """How a date came out: the rule, the start, each day not counted, each pause, resets and extensions."""

    law: str
    article: str
    rule_title: str
    start_event: str
    started_on: date
    days: int
    unit: str
    extended: int = 0
    basis: str = ""
    excluded: tuple[ExcludedDay, ...] = ()
    pauses: tuple[Pause, ...] = ()
    restarted: tuple[tuple[date, str], ...] = ()
    on_expiry: str = "overdue"
    on_expiry_text: str = ""
    rolled_from: date | None = None
    extensions: tuple[Extension, ...] = ()
    version: int = 1
    confirmed: bool = True


@dataclass(frozen=True, slots=True)
class ClockView:
    """A clock as people see it. `remaining_days` counts the working days after `today` up to `due_on`."""

    id: str
    subject: str
    title: str
    rule: str
    due_on: date
    remaining_days: int
    state: State
    provisional: bool
    why: Why
    today: date
    stopped_on: date | None = None
    promised_due_on: date | None = None

    @property
    def started_on(self) -> date:
        """The day from which it counts: the start event, or the last restart."""
        return self.why.started_on

    @property
    def days(self) -> int:
        """How many days the period has, extensions included."""
        return self.why.days

    def as_data(self) -> dict[str, Any]:
        """Return the clock in JSON's types, to travel in an event; `from_data` is the way back."""
        why = self.why
        return {
            "id": self.id,
            "subject": self.subject,
            "title": self.title,
            "rule": self.rule,
            "rule_title": why.rule_title,
            "law": why.law,
            "article": why.article,
            "basis": why.basis,
            "start_event": why.start_event,
            "started_on": why.started_on.isoformat(),
            "due_on": self.due_on.isoformat(),
            "days": why.days,
            "unit": why.unit,
            "extended": why.extended,
            "state": str(self.state),
            "remaining_days": self.remaining_days,
            "provisional": self.provisional,
            "today": self.today.isoformat(),
            "stopped_on": to_text(self.stopped_on),
            "promised_due_on": to_text(self.promised_due_on),
            "on_expiry": why.on_expiry,
            "on_expiry_text": why.on_expiry_text,
            "excluded": [{"day": d.day.isoformat(), "kind": d.kind, "reason": d.reason} for d in why.excluded],
            "pauses": [
                {"since": p.since.isoformat(), "until": to_text(p.until), "reason": p.reason, "document": p.document}
                for p in why.pauses
            ],
            "restarted": [{"on": on.isoformat(), "reason": reason} for on, reason in why.restarted],
            "rolled_from": to_text(why.rolled_from),
            "extensions": [
                {"on": e.on.isoformat(), "days": e.days, "reason": e.reason, "document": e.document}
                for e in why.extensions
            ],
            "version": why.version,
            "confirmed": why.confirmed,
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> ClockView:
        """Return the clock that `as_data` described, as of the day it was described. :raises KeyError, ValueError:"""
        started_on = date.fromisoformat(data["started_on"])
        why = Why(
            law=data.get("law", ""),
            article=data.get("article", ""),
            rule_title=data.get("rule_title", ""),
            start_event=data.get("start_event", ""),
            started_on=started_on,
            days=int(data.get("days", 0)),
            unit=data.get("unit", "workday"),
            extended=int(data.get("extended", 0)),
            basis=data.get("basis", ""),
            excluded=tuple(
                ExcludedDay(date.fromisoformat(item["day"]), item.get("kind", ""), item.get("reason", ""))
                for item in data.get("excluded", ())
            ),
            pauses=tuple(
                Pause(
                    date.fromisoformat(item["since"]),
                    _day(item.get("until")),
                    item.get("reason", ""),
                    item.get("document", ""),
                )
                for item in data.get("pauses", ())
            ),
            restarted=tuple((date.fromisoformat(item["on"]), item["reason"]) for item in data.get("restarted", ())),
            on_expiry=data.get("on_expiry", "overdue"),
            on_expiry_text=data.get("on_expiry_text", ""),
            rolled_from=_day(data.get("rolled_from")),
            extensions=tuple(
                Extension(
                    date.fromisoformat(item["on"]), item["days"], item.get("reason", ""), item.get("document", "")
                )
                for item in data.get("extensions", ())
            ),
            version=int(data.get("version", 1)),
            confirmed=bool(data.get("confirmed", True)),
        )
        return cls(
            id=data.get("id", ""),
            subject=data.get("subject", ""),
            title=data.get("title", ""),
            rule=data.get("rule", ""),
            due_on=date.fromisoformat(data["due_on"]),
            remaining_days=int(data.get("remaining_days", 0)),
            state=State(data.get("state", "normal")),
            provisional=bool(data.get("provisional", False)),
            why=why,
            today=_day(data.get("today")) or started_on,
            stopped_on=_day(data.get("stopped_on")),
            promised_due_on=_day(data.get("promised_due_on")),
        )

    def seen_on(self, today: date, table: CalendarTable, *, near_days: int, warning_days: int) -> ClockView:
        """Return the clock as it looks on another day: the same date, other days left, another state."""
        if self.state in (State.STOPPED, State.SUSPENDED):
            return replace(self, today=today)
        remaining = table.left(today, self.due_on)
        state = state_of(remaining, near_days=near_days, warning_days=warning_days)
        return replace(self, today=today, remaining_days=remaining, state=state)


def to_text(day: date | None) -> str | None:
    """Return a day as ISO 8601, None as None."""
    return day.isoformat() if day else None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
