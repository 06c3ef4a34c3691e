"""What visitors ask the portal."""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import strip_tags
from wagtail.models import Page

from quancheng.security.pmi import public as pmi
from quancheng.support.search import public as index
from quancheng.systems.portal.models import ArticlePage, NoticePage, PlainPage, SectionPage, ServiceCard, TopicPage

BEST = 20
KINDS = ("hall.service", "portal.page")
PAGES = (ArticlePage, NoticePage, TopicPage, SectionPage, PlainPage)


@dataclass(frozen=True, slots=True)
class Hit:
    """Something found. `kind` is service | policy | notice | topic."""

    kind: str
    title: str
    url: str
    text: str
    source: str
    day: date | None = None
    one_matter: bool = False
    promised_days: int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What belongs to a subject: services first, then what can be read."""

    services: tuple[Hit, ...]
    pages: tuple[Hit, ...]


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


def related(words: str) -> Found:
    """Return the services and documents that any of `words` finds, those first that several find."""
    times: Counter[tuple[str, str]] = Counter()
    for word in words.split():
        found = index.find(
            actor=pmi.ANONYMOUS, text=word, today=timezone.localdate(), filters=index.Filters(kinds=KINDS), size=BEST
        )
        times.update((hit.kind, hit.key) for hit in found.hits)
    best = [pair for pair, _count in times.most_common(2 * BEST)]
    keys = {kind: [key for found, key in best if found == kind] for kind in KINDS}
    cards = {card.code: card for card in ServiceCard.objects.filter(code__in=keys["hall.service"])}
    pages = {str(page.pk): page for page in _readable(keys["portal.page"])}
    return Found(
        services=tuple(_service(cards[key]) for key in keys["hall.service"] if key in cards)[:BEST],
        pages=tuple(_page(pages[key]) for key in keys["portal.page"] if key in pages)[:BEST],
    )


def _readable(keys: Collection[str]) -> list[Any]:
    numbers = [int(key) for key in keys]
    return [
        page for model in (ArticlePage, NoticePage) for page in model.objects.live().public().filter(pk__in=numbers)
    ]


def searchable(keys: Collection[str] | None) -> Iterator[Any]:
    """Yield the pages with these ids that everybody may read, or all of them for None."""
    wanted = None if keys is None else [int(key) for key in keys if key.isdigit()]
    for model in PAGES:
        pages = model.objects.live().public().order_by("pk")
        yield from pages if wanted is None else pages.filter(pk__in=wanted)


def text_of(page: Any) -> str:
    """Return what a page says besides its title."""
    parts = (getattr(page, name, "") for name in ("number", "summary", "intro", "body", "issuer", "words"))
    return " ".join(strip_tags(str(part).replace("<", " <")) for part in parts)


def _service(card: ServiceCard) -> Hit:
    return Hit(
        kind="service",
        title=card.title,
        url=card.url,
        text=card.summary,
        source=card.department_name,
        one_matter=card.one_matter,
        promised_days=card.promised_days,
    )


def _page(page: Any, request: HttpRequest | None = None) -> Hit:
    return Hit(
        kind="policy" if isinstance(page, ArticlePage) else "notice",
        title=page.title,
        url=page.get_url(request),
        text="",
        source=page.issuer,
        day=page.issued_on,
    )
