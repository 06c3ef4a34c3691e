"""Questions about divisions."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from django.db.models import Count
from django.db.models.functions import Substr
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.registries.geography import rules
from quancheng.registries.geography.models import Division

MOST_FOUND = 100


class UnknownDivision(Refusal):
    code: ClassVar[str] = "geography.unknown-division"
    message = _("There is no division %(code)s.")
    status: ClassVar[int] = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class DivisionView:
    """A division; `full_name` begins below the city; `below` counts what is directly under it."""

    code: str
    name: str
    level: str
    level_title: str
    parent: str
    full_name: str
    below: int = 0


def _view(row: Division, *, full_name: str = "", below: int = 0) -> DivisionView:
    return DivisionView(
        code=row.code,
        name=row.name,
        level=row.level,
        level_title=str(Division.Level(row.level).label),
        parent=row.parent_id or "",
        full_name=full_name or row.name,
        below=below,
    )


def division(*, code: str) -> DivisionView:
    """Return a division. :raises UnknownDivision:"""
    row = Division.objects.annotate(below=Count("children")).filter(pk=code).first()
    if row is None:
        raise UnknownDivision(code=code)
    return _view(row, full_name=full_name(code=code), below=row.below)


def is_known(*, code: str) -> bool:
    """Test whether there is such a division."""
    return Division.objects.filter(pk=code).exists()


def codes() -> frozenset[str]:
    """Return the codes of all divisions, to check many at once."""
    return frozenset(Division.objects.values_list("code", flat=True))


def names(*, codes: Iterable[str]) -> dict[str, str]:
    """Return the names of the divisions with these codes, in one query; unknown codes are left out."""
    return dict(Division.objects.filter(pk__in=set(codes)).values_list("code", "name"))


def full_name(*, code: str) -> str:
    """Return the names from the district down, e.g. 历下区泉城路街道; empty for an unknown code."""
    try:
        codes = rules.ancestors(code)
    except ValueError:
        return ""
    names = dict(Division.objects.filter(pk__in=codes).values_list("code", "name"))
    return "".join(names[item] for item in codes if item in names and (len(item) > 4 or code == item))


def path(*, code: str) -> tuple[DivisionView, ...]:
    """Return the divisions from the city down to this one. :raises UnknownDivision:"""
    try:
        codes = rules.ancestors(code)
    except ValueError as error:
        raise UnknownDivision(code=code) from error
    rows = list(Division.objects.filter(pk__in=codes).order_by("code"))
    if not rows or rows[-1].code != code:
        raise UnknownDivision(code=code)
    return tuple(_view(row) for row in rows)


def children(*, code: str = "") -> tuple[DivisionView, ...]:
    """Return what is directly below; the cities for an empty code."""
    rows = Division.objects.filter(parent=code or None).annotate(below=Count("children")).order_by("code")
    return tuple(_view(row, below=row.below) for row in rows)


def communities(*, level: int = 6) -> dict[str, int]:
    """Return how many communities and villages each division has whose code has `level` digits."""
    rows = Division.objects.filter(level=Division.Level.COMMUNITY).annotate(above=Substr("code", 1, level))
    return dict(rows.order_by().values_list("above").annotate(number=Count("pk")))


def search(*, text: str) -> tuple[DivisionView, ...]:
    """Return at most a hundred divisions whose name holds the text or whose code begins with it, the largest first."""
    wanted = text.strip()
    if not wanted:
        return ()
    by = {"code__startswith": wanted} if wanted.isascii() and wanted.isdigit() else {"name__icontains": wanted}
    rows = sorted(
        Division.objects.filter(**by).order_by("code")[:MOST_FOUND], key=lambda row: (len(row.code), row.code)
    )
    above = {code for row in rows for code in rules.ancestors(row.code)}
    names = dict(Division.objects.filter(pk__in=above).values_list("code", "name"))
    return tuple(
        _view(row, full_name="".join(names[code] for code in rules.ancestors(row.code) if len(code) > 4) or row.name)
        for row in rows
    )


def counts() -> dict[str, int]:
    """Return how many divisions there are of each level."""
    found = dict(Division.objects.order_by().values_list("level").annotate(number=Count("pk")))
    return {level: found.get(level, 0) for level in Division.Level.values}


def options(*, level: str, under: str = "") -> tuple[tuple[str, str], ...]:
    """Return (code, name) of all divisions of a level, below one division when given; for choices in forms."""
    rows = Division.objects.filter(level=level, code__startswith=under).order_by("code")
    return tuple(rows.values_list("code", "name"))
