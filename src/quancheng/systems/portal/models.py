"""What the public site is made of: pages that editors write, and the portal's own short memory of services."""

from typing import Any

from django.core.paginator import Paginator
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.fields import RichTextField
from wagtail.models import Page
from wagtail.snippets.models import register_snippet

FEATURES = ["h2", "h3", "bold", "ol", "ul", "hr", "link", "document-link", "blockquote"]
A_PAGE = 20
ON_RECORD = ("number", "index_number", "issuer", "subject", "issued_on", "effective_on", "validity")


class ServiceCard(models.Model):
    """A service as the portal shows it; made from what business systems announce, never edited here."""

    code = models.CharField(_("code"), max_length=100, unique=True)
    version = models.PositiveIntegerField(_("version"))
    title = models.CharField(_("title"), max_length=200)
    summary = models.TextField(_("summary"), blank=True)
    department_name = models.CharField(_("department"), max_length=200, blank=True)
    departments = models.PositiveSmallIntegerField(_("departments involved"), default=1)
    promised_days = models.PositiveSmallIntegerField(_("promised working days"), null=True, blank=True)
    url = models.CharField(_("address"), max_length=300)
    words = models.TextField(_("search words"), blank=True)
    published_at = models.DateTimeField(_("published"))

    class Meta:
        verbose_name, verbose_name_plural = _("service"), _("services")
        ordering = ["-departments", "title"]

    def __str__(self) -> str:
        return self.title

    @property
    def one_matter(self) -> bool:
        """Whether several offices work on it together (一件事)."""
        return self.departments > 1


@register_snippet
class Synonym(models.Model):
    """What people call something, and what the offices call it."""

    saying = models.CharField(_("people say"), max_length=40, unique=True)
    official = models.CharField(_("offices say"), max_length=40)

    panels = [FieldPanel("saying"), FieldPanel("official")]

    class Meta:
        verbose_name, verbose_name_plural = _("synonym"), _("synonyms")
        ordering = ["saying"]

    def __str__(self) -> str:
        return f"{self.saying} → {self.official}"


class HomePage(Page):
    """The front door."""

    question = models.CharField(_("question above the search"), max_length=60, blank=True)
    hot_words = models.CharField(_("words to try"), max_length=200, blank=True, help_text=_("Separated by spaces"))

    template = "portal/home.html"
    max_count = 1
    subpage_types = ["portal.SectionPage", "portal.PlainPage"]
    content_panels = [*Page.content_panels, FieldPanel("question"), FieldPanel("hot_words")]

    class Meta:
        verbose_name = _("start page")

    def get_context(self, request: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add what people come for."""
        from quancheng.systems.portal import queries

        return super().get_context(request, *args, **kwargs) | {
            "front": queries.front(),
            "words": self.hot_words.split(),
        }


class SectionPage(Page):
    """A collection: one of the doors, or a heading below it."""

    intro = models.TextField(_("introduction"), blank=True)
    icon = models.CharField(_("icon"), max_length=30, default="folder")
    body = RichTextField(_("text"), blank=True, features=FEATURES)

    template = "portal/section.html"
    parent_page_types = ["portal.HomePage", "portal.SectionPage"]
    content_panels = [*Page.content_panels, FieldPanel("intro"), FieldPanel("icon"), FieldPanel("body")]

    class Meta:
        verbose_name = _("section")

    def get_context(self, request: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add the sections below and a page of what stands in them."""
        from quancheng.systems.portal import queries

        entries = Paginator(queries.entries(self), A_PAGE).get_page(request.GET.get("page"))
        sections = SectionPage.objects.child_of(self).live().order_by("path")
        topics = TopicPage.objects.child_of(self).live().order_by("path")
        return super().get_context(request, *args, **kwargs) | {
            "entries": entries,
            "sections": sections,
            "topics": topics,
        }


class TopicPage(Page):
    """A moment in the life of a person or a business, and everything about it in one place."""

    intro = models.TextField(_("introduction"), blank=True)
    icon = models.CharField(_("icon"), max_length=30, default="star")
    words = models.CharField(_("search words"), max_length=200, help_text=_("Separated by spaces"))
    body = RichTextField(_("text"), blank=True, features=FEATURES)

    template = "portal/topic.html"
    parent_page_types = ["portal.SectionPage"]
    subpage_types: list[str] = []
    content_panels = [*Page.content_panels, *(FieldPanel(name) for name in ("intro", "icon", "words", "body"))]

    class Meta:
        verbose_name = _("topic")

    def get_context(self, request: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add the services and policies that belong to the topic."""
        from quancheng.systems.portal import queries

        return super().get_context(request, *args, **kwargs) | {"found": queries.search(self.words)}


class Validity(models.TextChoices):
    """Whether a document is in force."""

    VALID = "VALID", _("in force")
    AMENDED = "AMENDED", _("in force, amended")
    REPEALED = "REPEALED", _("repealed")


class ArticlePage(Page):
    """A policy document in the public index.

    Fields after 政府信息公开条例 (国务院令第711号) art. 12: index, name, summary, date of each document.
    """

    number = models.CharField(_("document number"), max_length=80, blank=True)
    index_number = models.CharField(_("index number"), max_length=80, blank=True)
    issuer = models.CharField(_("issuing organisation"), max_length=120)
    subject = models.CharField(_("subject"), max_length=60, blank=True)
    issued_on = models.DateField(_("issued on"))
    effective_on = models.DateField(_("in force from"), null=True, blank=True)
    validity = models.CharField(_("validity"), max_length=10, choices=Validity.choices, default=Validity.VALID)
    summary = models.TextField(_("summary"), blank=True)
    body = RichTextField(_("text"), features=FEATURES)

    template = "portal/article.html"
    parent_page_types = ["portal.SectionPage"]
    subpage_types: list[str] = []
    content_panels = [
        *Page.content_panels,
        MultiFieldPanel(
            [FieldPanel(name) for name in ON_RECORD],
            heading=_("On record"),
        ),
        FieldPanel("summary"),
        FieldPanel("body"),
    ]  # fmt: skip

    class Meta:
        verbose_name = _("policy document")

    @property
    def day(self) -> Any:
        """The date under which it stands in lists."""
        return self.issued_on


class NoticePage(Page):
    """An announcement."""

    issuer = models.CharField(_("issuing organisation"), max_length=120)
    issued_on = models.DateField(_("issued on"))
    summary = models.TextField(_("summary"), blank=True)
    body = RichTextField(_("text"), features=FEATURES)

    template = "portal/article.html"
    parent_page_types = ["portal.SectionPage"]
    subpage_types: list[str] = []
    content_panels = [*Page.content_panels, *(FieldPanel(name) for name in ("issuer", "issued_on", "summary", "body"))]

    class Meta:
        verbose_name = _("notice")

    @property
    def day(self) -> Any:
        """The date under which it stands in lists."""
        return self.issued_on


class PlainPage(Page):
    """About, accessibility, privacy."""

    body = RichTextField(_("text"), features=FEATURES)

    template = "portal/plain.html"
    parent_page_types = ["portal.HomePage"]
    subpage_types: list[str] = []
    content_panels = [*Page.content_panels, FieldPanel("body")]

    class Meta:
        verbose_name = _("plain page")
