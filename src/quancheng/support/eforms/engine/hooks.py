"""What other apps know better: which days are working days, whether a file is clean."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

DayJudge = Callable[[date], bool]
FileCheck = Callable[[Any], str]
_days: dict[str, DayJudge] = {}
_files: dict[str, FileCheck] = {}


def judges_working_days(judge: DayJudge) -> DayJudge:
    """Decide with `judge` which days are working days; without one Monday to Friday are.

    Write it in a module that is imported at start-up, as with `provides_choices`. The last one decides.
    """
    _days["judge"] = judge
    return judge


def is_working_day(day: date) -> bool:
    """Test whether offices work on this day."""
    judge = _days.get("judge")
    return judge(day) if judge else day.weekday() < 5


def checks_files(name: str) -> Callable[[FileCheck], FileCheck]:
    """Look at every uploaded file, e.g. for malware: return "" or the sentence that says why it is not taken."""

    def register(check: FileCheck) -> FileCheck:
        _files[name] = check
        return check

    return register


def file_fault(file: Any) -> str:
    """Return the first sentence with which a check refuses the file, "" when none does."""
    return next((sentence for check in _files.values() if (sentence := check(file))), "")
