"""What the portal shows beside a page's own text; Wagtail's pages are models, which may not ask queries themselves."""

from typing import Any

from django import template
from django.core.paginator import Page, Paginator
from django.http import HttpRequest

from quancheng.systems.portal import models, queries

register = template.Library()

A_PAGE = 20


@register.simple_tag(takes_context=True)
def front(context: dict[str, Any]) -> queries.Front:
    """Return what people come to the start page for."""
    return queries.front(context["request"])


@register.simple_tag(takes_context=True)
def entries(context: dict[str, Any], section: models.SectionPage) -> Page:
    """Return the page of entries of `section` that the address asks for."""
    request: HttpRequest = context["request"]
    return Paginator(queries.entries(section), A_PAGE).get_page(request.GET.get("page"))


@register.simple_tag
def sections(section: models.SectionPage) -> Any:
    """Return the sections directly below `section`."""
    return models.SectionPage.objects.child_of(section).live().order_by("path")


@register.simple_tag
def topics(section: models.SectionPage) -> Any:
    """Return the topics directly below `section`."""
    return models.TopicPage.objects.child_of(section).live().order_by("path")


@register.simple_tag
def related(words: str) -> queries.Found:
    """Return the services and documents that any of `words` finds."""
    return queries.related(words)


@register.filter
def words(text: str) -> list[str]:
    """Return the words of `text`."""
    return text.split()
