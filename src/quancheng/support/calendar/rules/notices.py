"""Reads notices of holidays: the shipped file, and the table that an administrator pastes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from quancheng.support.calendar.rules.table import ONE_DAY, YearTable

OFF_WORDS = frozenset({"off", "放假", "休", "休息", "假"})
WORK_WORDS = frozenset({"work", "上班", "班", "调休上班", "补班"})
_DAY = re.compile(r"(?:(\d{4})[-年/.])?(\d{1,2})[-月/.](\d{1,2})日?")


class BadNotice(ValueError):
    """A line that cannot be read. `line` counts from 1; `reason`: shape, day, year, word, order, clash, weekday."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}")
        self.line, self.reason = line, reason


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += ONE_DAY


def read_years(data: Mapping[str, Any]) -> tuple[tuple[YearTable, ...], tuple[tuple[int, int, str], ...]]:
    """Return the years and the fixed festivals of holidays.toml."""
    years = tuple(
        YearTable(
            year=row["year"],
            off={day: name for first, last, name in row["off"] for day in _days(first, last)},
            work={day: name for first, last, name in row["work"] for day in _days(first, last)},
            document=row["document"],
        )
        for row in data["year"]
    )
    return years, tuple((row["month"], row["day"], row["name"]) for row in data["fixed"])


def parse_notice(year: int, text: str, *, document: str) -> YearTable:
    """Read a pasted table, one line each: first day, last day (or nothing), holiday, 放假 or 上班.

    Days may lack the year: `1月1日`. A workday must be a Saturday or Sunday, and no day may be both.

    :raises BadNotice: with the line number and a reason code.
    """
    off: dict[date, str] = {}
    work: dict[date, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        cells = [cell for cell in re.split(r"[\t,，;；]+|\s+", line.strip()) if cell]
        if not cells:
            continue
        dates = [cell for cell in cells if _DAY.fullmatch(cell)]
        words = [cell for cell in cells if not _DAY.fullmatch(cell)]
        if len(dates) not in (1, 2) or len(words) != 2:
            raise BadNotice(number, "shape")
        first, last = (_read_day(year, cell, number) for cell in (dates[0], dates[-1]))
        if last < first:
            raise BadNotice(number, "order")
        kinds = [word for word in words if word.lower() in OFF_WORDS | WORK_WORDS]
        names = [word for word in words if word not in kinds]
        if len(kinds) != 1 or not names:
            raise BadNotice(number, "word")
        target = off if kinds[0].lower() in OFF_WORDS else work
        for day in _days(first, last):
            if day in off or day in work:
                raise BadNotice(number, "clash")
            if target is work and day.weekday() < 5:
                raise BadNotice(number, "weekday")
            target[day] = names[0]
    if not off:
        raise BadNotice(1, "shape")
    return YearTable(year=year, off=off, work=work, document=document)


def _read_day(year: int, text: str, line: int) -> date:
    match = _DAY.fullmatch(text)
    assert match  # noqa: S101  (the caller has matched it)
    if match[1] and int(match[1]) != year:
        raise BadNotice(line, "year")
    try:
        return date(year, int(match[2]), int(match[3]))
    except ValueError:
        raise BadNotice(line, "day") from None
