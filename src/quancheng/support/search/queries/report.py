"""The list of synonyms with its versions, and what was asked in vain."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import ClassVar

from django.db.models import Max, Sum
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.support.search import rules
from quancheng.support.search.models import Missed, SynonymList

SHIPPED = Path(__file__).resolve().parents[1] / "synonyms.txt"
AT_LEAST = 2
"""A question that was asked only once may tell of whoever asked it; the report leaves it out."""


class NoSuchVersion(Refusal):
    """The list of synonyms has no version of this number."""

    code: ClassVar[str] = "search.no-such-version"
    message = _("There is no such version of the list.")
    status: ClassVar[int] = 404


@dataclass(frozen=True, slots=True)
class Version:
    """A version of the list; number 0 is the one that comes with the software."""

    number: int
    text: str
    note: str = ""
    changed_by: str = ""
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Miss:
    """A question that found nothing, how often it was asked, and when last."""

    text: str
    count: int
    last: date


@lru_cache(maxsize=1)
def _shipped() -> str:
    return SHIPPED.read_text()


def versions() -> tuple[Version, ...]:
    """Return all versions of the list, newest first; the last one is shipped."""
    rows = SynonymList.objects.order_by("-number")
    return (
        *(Version(row.number, row.text, row.note, row.changed_by, row.changed_at) for row in rows),
        Version(0, _shipped()),
    )


def synonyms_version(number: int) -> Version:
    """Return one version. :raises NoSuchVersion: for a number that there is not."""
    found = next((item for item in versions() if item.number == number), None)
    if found is None:
        raise NoSuchVersion
    return found


def synonyms_text() -> str:
    """Return the list that is in force."""
    newest = SynonymList.objects.order_by("-number").values_list("text", flat=True).first()
    return _shipped() if newest is None else newest


@lru_cache(maxsize=4)
def _read(text: str) -> rules.Synonyms:
    return rules.read_synonyms(text)


def synonyms() -> rules.Synonyms:
    """Return the list in force, read."""
    return _read(synonyms_text())


def missed(*, today: date, days: int = 90, most: int = 200) -> tuple[Miss, ...]:
    """Return what was asked in vain at least twice in the last `days`, most often first."""
    rows = (
        Missed.objects.filter(day__gt=today - timedelta(days=days))
        .values("text")
        .annotate(times=Sum("count"), last=Max("day"))
        .filter(times__gte=AT_LEAST)
        .order_by("-times", "text")[:most]
    )
    return tuple(Miss(row["text"], row["times"], row["last"]) for row in rows)
