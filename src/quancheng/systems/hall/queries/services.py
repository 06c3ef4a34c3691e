"""What is on offer."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from django.db.models import F, OuterRef, Subquery
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.identity import public as identity
from quancheng.systems.hall import rules
from quancheng.systems.hall.models import Service

ENOUGH = 0.3
"""A search result scores at least this much; see rules.match_score."""


class NoSuchService(Refusal):
    """The code is unknown or the service was withdrawn."""

    code: ClassVar[str] = "hall.no-such-service"
    message = _("This service is not offered here, or no longer.")
    status: ClassVar[int] = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceCard:
    """A service in a list."""

    code: str
    title: str
    summary: str
    department_name: str
    promised_days: int | None
    fee: str
    life_events: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceView:
    """One version of a service with everything its page says. Shapes of the parts: `events.ServicePublished`."""

    pk: int
    code: str
    version: int
    title: str
    summary: str
    department: str
    department_name: str
    departments: tuple[str, ...]
    guide: Mapping[str, Any]
    questions: tuple[Mapping[str, Any], ...]
    form: Mapping[str, Any]
    bpmn: str
    published_at: datetime
    is_current: bool

    @property
    def promised_days(self) -> int | None:
        return self.guide.get("promised_days")

    @property
    def fee(self) -> str:
        return _worded(self.guide.get("fee"))

    @property
    def visits(self) -> str:
        return _worded(self.guide.get("visits_note") or self.guide.get("visits"))

    @property
    def result(self) -> tuple[str, ...]:
        found = self.guide.get("result") or ()
        items = (found,) if isinstance(found, str | Mapping) else tuple(found)
        return tuple(_worded(item) for item in items)

    @property
    def is_result_short(self) -> bool:
        """Whether the result fits a glance."""
        return len(self.result) == 1 and len(self.result[0]) <= 16

    @property
    def steps(self) -> tuple[Mapping[str, Any], ...]:
        return tuple(_entry(item) for item in self.guide.get("steps") or ())

    @property
    def law(self) -> tuple[Mapping[str, Any], ...]:
        found = self.guide.get("law") or ()
        return tuple(_entry(item) for item in ((found,) if isinstance(found, str | Mapping) else found))

    @property
    def conditions(self) -> tuple[Mapping[str, Any], ...]:
        found = self.guide.get("conditions") or ()
        return tuple(_entry(item) for item in ((found,) if isinstance(found, str | Mapping) else found))

    @property
    def faq(self) -> tuple[Mapping[str, Any], ...]:
        return tuple(
            {"question": item.get("question") or item.get("q"), "answer": item.get("answer") or item.get("a")}
            for item in self.guide.get("faq") or ()
        )

    @property
    def materials(self) -> tuple[Mapping[str, Any], ...]:
        return tuple(self.guide.get("materials") or ())

    @property
    def limit(self) -> Mapping[str, Any]:
        return self.guide.get("statutory_limit") or {}

    @property
    def life_events(self) -> tuple[str, ...]:
        return tuple(self.guide.get("life_events") or ())


def _worded(value: Any) -> str:
    if isinstance(value, Mapping):
        return str(value.get("text") or value.get("title") or value.get("name") or "")
    return "" if value is None else str(value)


def _entry(item: Any) -> Mapping[str, Any]:
    """Return a step or a law as a mapping; a plain sentence becomes its title."""
    return (
        {**item, "title": item.get("title") or item.get("law") or item.get("name") or item.get("text", "")}
        if (isinstance(item, Mapping))
        else {"title": str(item)}
    )


def view(row: Service, *, is_current: bool = True) -> ServiceView:
    """Return the row as others see it."""
    return _named(row, identity.names_by_code([row.department]), is_current=is_current)


def _named(row: Service, names: Mapping[str, str], *, is_current: bool = True) -> ServiceView:
    return ServiceView(
        pk=row.pk,
        code=row.code,
        version=row.version,
        title=row.title,
        summary=row.summary,
        department=row.department,
        # A zone shows the code where it does not know the department.
        department_name=names.get(row.department, row.department),
        departments=tuple(row.departments),
        guide=row.guide,
        questions=tuple(row.questions),
        form=row.form,
        bpmn=row.bpmn,
        published_at=row.published_at,
        is_current=is_current,
    )


def _current() -> Any:
    newest = Service.objects.filter(code=OuterRef("code")).order_by("-version").values("version")[:1]
    return Service.objects.filter(withdrawn_at=None).annotate(newest=Subquery(newest)).filter(version=F("newest"))


def services(*, search: str = "", life_event: str = "") -> tuple[ServiceCard, ...]:
    """Return the current services that answer a search and belong to a life event, best match first."""
    found = []
    # Services that spare people several errands come first.
    rows = sorted(_current(), key=lambda row: (-len(row.departments), row.title, row.code))
    names = identity.names_by_code(row.department for row in rows)
    for row in rows:
        known = _named(row, names)
        score = rules.match_score(search, title=row.title, summary=row.summary, words=row.guide.get("keywords") or ())
        if score >= ENOUGH and (not life_event or life_event in known.life_events):
            found.append((score, known))
    found.sort(key=lambda pair: -pair[0])
    return tuple(
        ServiceCard(
            code=known.code,
            title=known.title,
            summary=known.summary,
            department_name=known.department_name,
            promised_days=known.promised_days,
            fee=known.fee,
            life_events=known.life_events,
        )
        for _score, known in found
    )


def offered(codes: Collection[str] | None) -> Iterator[ServiceView]:
    """Yield the current services with these codes, or all for None."""
    rows = _current().order_by("code")
    wanted = list(rows if codes is None else rows.filter(code__in=list(codes)))
    names = identity.names_by_code(row.department for row in wanted)
    yield from (_named(row, names) for row in wanted)


def life_events() -> tuple[str, ...]:
    """Return the occasions in life under which something is offered, sorted."""
    return tuple(sorted({name for row in _current() for name in row.guide.get("life_events") or ()}))


def service(*, code: str) -> ServiceView:
    """Return the current version. :raises NoSuchService: if there is none."""
    row = _current().filter(code=code).first()
    if row is None:
        raise NoSuchService
    return view(row)
