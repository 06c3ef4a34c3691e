"""Calendars for calendar programs: iCalendar (RFC 5545) with whole-day events."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from quancheng.support.calendar.rules.table import ONE_DAY, YearTable

PRODUCT = "-//Quancheng//calendar//ZH"
# A line has at most 75 octets without its end (RFC 5545, 3.1).
WIDTH = 75


@dataclass(frozen=True, slots=True)
class Entry:
    """A whole-day entry from `day` to `last`; `busy` days count as worked. `uid` stays the same when the day moves."""

    uid: str
    day: date
    title: str
    text: str = ""
    url: str = ""
    last: date | None = None
    alarm_days: int | None = None


def official_entries(year: YearTable) -> list[Entry]:
    """Return a year's days off, joined into runs of one holiday, and its make-up workdays."""
    found: list[Entry] = []
    for days, mark in ((year.off, "休"), (year.work, "班")):
        for day, name in sorted(days.items()):
            title = f"{name}（{mark}）"
            last = found[-1] if found else None
            if last and last.title == title and (last.last or last.day) + ONE_DAY == day:
                found[-1] = Entry(last.uid, last.day, title, year.document, last=day)
            else:
                found.append(Entry(f"{day.isoformat()}-{'off' if mark == '休' else 'work'}", day, title, year.document))
    return sorted(found, key=lambda entry: entry.day)


def calendar_of(entries: Iterable[Entry], *, name: str, host: str, at: datetime) -> str:
    """Return an iCalendar object (RFC 5545) of whole-day events; `host` makes the ids unique, `at` is when it was made.

    NAME and REFRESH-INTERVAL are of RFC 7986, X-WR-CALNAME for programs that know only that.
    """
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODUCT}", "CALSCALE:GREGORIAN", "METHOD:PUBLISH"]
    lines += [f"NAME:{_text(name)}", f"X-WR-CALNAME:{_text(name)}", "REFRESH-INTERVAL;VALUE=DURATION:PT6H"]
    stamp = at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    for entry in entries:
        after = (entry.last or entry.day) + timedelta(days=1)
        lines += [
            "BEGIN:VEVENT",
            f"UID:{_text(entry.uid)}@{host}",
            f"DTSTAMP:{stamp}",
            f"DTSTART;VALUE=DATE:{entry.day:%Y%m%d}",
            f"DTEND;VALUE=DATE:{after:%Y%m%d}",
            f"SUMMARY:{_text(entry.title)}",
            "TRANSP:TRANSPARENT",
        ]
        if entry.text:
            lines.append(f"DESCRIPTION:{_text(entry.text)}")
        if entry.url:
            lines.append(f"URL:{_plain(entry.url)}")
        if entry.alarm_days is not None:
            lines += ["BEGIN:VALARM", "ACTION:DISPLAY", f"DESCRIPTION:{_text(entry.title)}"]
            lines += [f"TRIGGER:-P{entry.alarm_days}D", "END:VALARM"]
        lines.append("END:VEVENT")
    lines.append("END:VCALENDAR")
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _plain(text: str) -> str:
    """Return a text without control characters, which no line may hold."""
    return re.sub(r"[\x00-\x1f\x7f]", " ", text)


def _text(text: str) -> str:
    """Return a value of type TEXT (RFC 5545, 3.3.11)."""
    escaped = re.sub(r"([\\\\;,])", r"\\\1", text).replace("\r\n", "\n").replace("\n", "\\n")
    return _plain(escaped)


def _folded(line: str) -> str:
    """Return a line folded so that no part is longer than 75 octets and none cuts a character (RFC 5545, 3.1)."""
    parts, part, size = [], "", 0
    for sign in line:
        width = len(sign.encode())
        if size + width > WIDTH:
            parts.append(part)
            part, size = " ", 1
        part += sign
        size += width
    return "\r\n".join((*parts, part))
