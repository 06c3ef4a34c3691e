"""What visitors ask the portal."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest
from django.utils.html import strip_tags
from wagtail.models import Page

from quancheng.systems.portal import rules
from quancheng.systems.portal.models import ArticlePage, NoticePage, ServiceCard, Synonym, TopicPage

BEST = 20


@dataclass(frozen=True, slots=True)
class Hit:
    """Something found. `kind` is service | policy | notice | topic."""

    kind: str
    title: str
    url: str
    text: str
    source: str
    day: date | None = None
    score: float = 0.0
    one_matter: bool = False
    promised_days: int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """The answer to a search: what was understood, services first, then what can be read."""

    text: str
    words: tuple[str, ...]
    services: tuple[Hit, ...]
    pages: tuple[Hit, ...]

    @property
    def total(self) -> int:
        """How many things were found."""
        return len(self.services) + len(self.pages)


@dataclass(frozen=True, slots=True)
class Front:
    """What the start page shows."""

    services: tuple[Hit, ...]
    topics: tuple[Any, ...]
    policies: tuple[Hit, ...]
    notices: tuple[Hit, ...]


def front(request: HttpRequest | None = None) -> Front:
    """Return what people come for. Wagtail keeps the site's root on `request`."""
    return Front(
        services=tuple(_service(card) for card in ServiceCard.objects.all()[:6]),
        topics=tuple(TopicPage.objects.live().order_by("path")[:8]),
        policies=tuple(_page(page, request) for page in ArticlePage.objects.live().order_by("-issued_on", "title")[:6]),
        notices=tuple(_page(page, request) for page in NoticePage.objects.live().order_by("-issued_on", "title")[:6]),
    )


def entries(section: Page) -> list[Any]:
    """Return the documents and notices anywhere below `section`, newest first."""
    found = [
        *ArticlePage.objects.descendant_of(section).live(),
        *NoticePage.objects.descendant_of(section).live(),
    ]
    return sorted(found, key=lambda page: (page.issued_on, page.title), reverse=True)


def search(text: str, request: HttpRequest | None = None) -> Found:
    """Return what fits `text`, best first; an empty text finds nothing. Wagtail keeps the site's root on `request`."""
    # A few hundred services and documents are scored in memory: the ranking stays one readable function. The full-text
    # index takes over where a city publishes tens of thousands.
    synonyms = dict(Synonym.objects.values_list("saying", "official"))
    wanted = rules.words(text, synonyms)
    if not wanted:
        return Found(text=text, words=(), services=(), pages=())
    services = [
        _service(
            card, rules.score(wanted, title=card.title, text=f"{card.summary} {card.department_name} {card.words}")
        )
        for card in ServiceCard.objects.all()
    ]
    pages = [_scored(page, wanted, request) for model in (ArticlePage, NoticePage) for page in model.objects.live()]
    return Found(text=text, words=wanted, services=_best(services), pages=_best(pages))


def _best(hits: list[Hit]) -> tuple[Hit, ...]:
    return tuple(
        sorted((hit for hit in hits if hit.score > 0), key=lambda hit: (not hit.one_matter, -hit.score, hit.title))[
            :BEST
        ]
    )


def _service(card: ServiceCard, score: float = 0.0) -> Hit:
    return Hit(
        kind="service",
        title=card.title,
        url=card.url,
        text=card.summary,
        source=card.department_name,
        score=score,
        one_matter=card.one_matter,
        promised_days=card.promised_days,
    )


def _page(page: Any, request: HttpRequest | None, text: str = "", score: float = 0.0) -> Hit:
    return Hit(
        kind="policy" if isinstance(page, ArticlePage) else "notice",
        title=page.title,
        url=page.get_url(request),
        text=text,
        source=page.issuer,
        day=page.issued_on,
        score=score,
    )


def _scored(page: Any, wanted: tuple[str, ...], request: HttpRequest | None) -> Hit:
    text = f"{page.summary} {strip_tags(page.body)}"
    number = getattr(page, "number", "")
    score = rules.score(wanted, title=f"{page.title} {number}", text=text)
    return _page(page, request, rules.excerpt(text, wanted), score)
