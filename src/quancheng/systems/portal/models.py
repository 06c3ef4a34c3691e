"""What the public site is made of: pages that editors write, and the portal's own short memory of services."""

from typing import Any

from django.db import models
from django.utils.translation import pgettext_lazy
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.fields import RichTextField
from wagtail.models import Page

FEATURES = ["h2", "h3", "bold", "ol", "ul", "hr", "link", "document-link", "blockquote"]
ON_RECORD = ("number", "index_number", "issuer", "subject", "issued_on", "effective_on", "validity")


class ServiceCard(models.Model):
    """A service as the portal shows it; made from what business systems announce, never edited here."""

    code = models.CharField(pgettext_lazy("portal", "code"), max_length=100, unique=True)
    version = models.PositiveIntegerField(pgettext_lazy("portal", "version"))
    title = models.CharField(pgettext_lazy("portal", "title"), max_length=200)
    summary = models.TextField(pgettext_lazy("portal", "summary"), blank=True)
    department_name = models.CharField(pgettext_lazy("portal", "department"), max_length=200, blank=True)
    departments = models.PositiveSmallIntegerField(pgettext_lazy("portal", "departments involved"), default=1)
    promised_days = models.PositiveSmallIntegerField(
        pgettext_lazy("portal", "promised working days"), null=True, blank=True
    )
    url = models.CharField(pgettext_lazy("portal", "address"), max_length=300)
    words = models.TextField(pgettext_lazy("portal", "search words"), blank=True)
    published_at = models.DateTimeField(pgettext_lazy("portal", "published"))

    class Meta:
        verbose_name, verbose_name_plural = pgettext_lazy("portal", "service"), pgettext_lazy("portal", "services")
        ordering = ["-departments", "title"]

    def __str__(self) -> str:
        return self.title

    @property
    def one_matter(self) -> bool:
        """Whether several offices work on it together (一件事)."""
        return self.departments > 1


class HomePage(Page):
    """The front door."""

    question = models.CharField(pgettext_lazy("portal", "question above the search"), max_length=60, blank=True)
    hot_words = models.CharField(
        pgettext_lazy("portal", "words to try"),
        max_length=200,
        blank=True,
        help_text=pgettext_lazy("portal", "Separated by spaces"),
    )

    template = "portal/home.html"
    max_count = 1
    subpage_types = ["portal.SectionPage", "portal.PlainPage"]
    content_panels = [*Page.content_panels, FieldPanel("question"), FieldPanel("hot_words")]

    class Meta:
        verbose_name = pgettext_lazy("portal", "start page")


class SectionPage(Page):
    """A collection: one of the doors, or a heading below it."""

    intro = models.TextField(pgettext_lazy("portal", "introduction"), blank=True)
    icon = models.CharField(pgettext_lazy("portal", "icon"), max_length=30, default="folder")
    body = RichTextField(pgettext_lazy("portal", "text"), blank=True, features=FEATURES)

    template = "portal/section.html"
    parent_page_types = ["portal.HomePage", "portal.SectionPage"]
    content_panels = [*Page.content_panels, FieldPanel("intro"), FieldPanel("icon"), FieldPanel("body")]

    class Meta:
        verbose_name = pgettext_lazy("portal", "section")


class TopicPage(Page):
    """A moment in the life of a person or a business, and everything about it in one place."""

    intro = models.TextField(pgettext_lazy("portal", "introduction"), blank=True)
    icon = models.CharField(pgettext_lazy("portal", "icon"), max_length=30, default="star")
    words = models.CharField(
        pgettext_lazy("portal", "search words"),
        max_length=200,
        help_text=pgettext_lazy("portal", "Separated by spaces"),
    )
    body = RichTextField(pgettext_lazy("portal", "text"), blank=True, features=FEATURES)

    template = "portal/topic.html"
    parent_page_types = ["portal.SectionPage"]
    subpage_types: list[str] = []
    content_panels = [*Page.content_panels, *(FieldPanel(name) for name in ("intro", "icon", "words", "body"))]

    class Meta:
        verbose_name = pgettext_lazy("portal", "topic")


class Validity(models.TextChoices):
    """Whether a document is in force."""

    VALID = "VALID", pgettext_lazy("portal", "in force")
    AMENDED = "AMENDED", pgettext_lazy("portal", "in force, amended")
    REPEALED = "REPEALED", pgettext_lazy("portal", "repealed")


class ArticlePage(Page):
    """A policy document in the public index.

    Fields after 政府信息公开条例 (国务院令第711号) art. 12: index, name, summary, date of each document.
    """

    number = models.CharField(pgettext_lazy("portal", "document number"), max_length=80, blank=True)
    index_number = models.CharField(pgettext_lazy("portal", "index number"), max_length=80, blank=True)
    issuer = models.CharField(pgettext_lazy("portal", "issuing organisation"), max_length=120)
    subject = models.CharField(pgettext_lazy("portal", "subject"), max_length=60, blank=True)
    issued_on = models.DateField(pgettext_lazy("portal", "issued on"))
    effective_on = models.DateField(pgettext_lazy("portal", "in force from"), null=True, blank=True)
    validity = models.CharField(
        pgettext_lazy("portal", "validity"), max_length=10, choices=Validity.choices, default=Validity.VALID
    )
    summary = models.TextField(pgettext_lazy("portal", "summary"), blank=True)
    body = RichTextField(pgettext_lazy("portal", "text"), features=FEATURES)

    template = "portal/article.html"
    parent_page_types = ["portal.SectionPage"]
    subpage_types: list[str] = []
    content_panels = [
        *Page.content_panels,
        MultiFieldPanel(
            [FieldPanel(name) for name in ON_RECORD],
            heading=pgettext_lazy("portal", "On record"),
        ),
        FieldPanel("summary"),
        FieldPanel("body"),
    ]  # fmt: skip

    class Meta:
        verbose_name = pgettext_lazy("portal", "policy document")

    @property
    def day(self) -> Any:
        """The date under which it stands in lists."""
        return self.issued_on


class NoticePage(Page):
    """An announcement."""

    issuer = models.CharField(pgettext_lazy("portal", "issuing organisation"), max_length=120)
    issued_on = models.DateField(pgettext_lazy("portal", "issued on"))
    summary = models.TextField(pgettext_lazy("portal", "summary"), blank=True)
    body = RichTextField(pgettext_lazy("portal", "text"), features=FEATURES)

    template = "portal/article.html"
    parent_page_types = ["portal.SectionPage"]
    subpage_types: list[str] = []
    content_panels = [*Page.content_panels, *(FieldPanel(name) for name in ("issuer", "issued_on", "summary", "body"))]

    class Meta:
        verbose_name = pgettext_lazy("portal", "notice")

    @property
    def day(self) -> Any:
        """The date under which it stands in lists."""
        return self.issued_on


class PlainPage(Page):
    """About, accessibility, privacy."""

    body = RichTextField(pgettext_lazy("portal", "text"), features=FEATURES)

    template = "portal/plain.html"
    parent_page_types = ["portal.HomePage"]
    subpage_types: list[str] = []
    content_panels = [*Page.content_panels, FieldPanel("body")]

    class Meta:
        verbose_name = pgettext_lazy("portal", "plain page")
