"""Designs, their revisions, what is being typed, reviews with what was published, and bundles from elsewhere."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Design(models.Model):
    """A drawing, a decision model or a form on its way to be published. One for each kind and key.

    `key` is the id of the process, of the decision model's definitions, or of the form. `app_label` is the system that
    its cases belong to: our own label, or that of the app which shipped what is designed on here.
    """

    class Kind(models.TextChoices):
        PROCESS = "process", pgettext_lazy("designer", "Process")
        DECISION = "decision", pgettext_lazy("designer", "Decision table")
        FORM = "form", pgettext_lazy("designer", "Form")

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("designer", "draft")
        REVIEW = "review", pgettext_lazy("designer", "in review")
        SENT_BACK = "sent-back", pgettext_lazy("designer", "sent back")
        APPROVED = "approved", pgettext_lazy("designer", "approved, to be published")
        PUBLISHED = "published", pgettext_lazy("designer", "published")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    key = models.CharField(_("key"), max_length=100)
    title = models.CharField(_("title"), max_length=200)
    organisation = models.CharField(_("organisation"), max_length=200)
    app_label = models.CharField(_("app"), max_length=50, default="designer")
    state = models.CharField(
        pgettext_lazy("designer", "state"), max_length=10, choices=State.choices, default=State.DRAFT
    )
    current = models.ForeignKey(
        "Revision", verbose_name=_("current revision"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField(_("created at"))
    changed_at = models.DateTimeField(_("changed at"))

    class Meta:
        verbose_name, verbose_name_plural = _("design"), _("designs")
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="designer_one_design_a_key")]
        indexes = [models.Index(fields=["organisation", "-changed_at"], name="designer_by_place")]

    def __str__(self) -> str:
        return self.title


class Revision(models.Model):
    """The text of a design at one time; never changed. `base` is the number it was made from (0: from nothing).

    One that came too late, because somebody else saved meanwhile, lies `aside` until somebody takes it over.
    """

    design = models.ForeignKey(Design, verbose_name=_("design"), on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField(_("number"))
    base = models.PositiveIntegerField(_("made from"), default=0)
    aside = models.BooleanField(_("aside"), default=False)
    content = models.TextField(_("content"))
    digest = models.CharField(_("digest"), max_length=64)
    comment = models.CharField(_("comment"), max_length=300, blank=True)
    author = models.CharField(_("author"), max_length=64)
    author_name = models.CharField(_("name of the author"), max_length=100)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name, verbose_name_plural = _("revision"), _("revisions")
        constraints = [models.UniqueConstraint(fields=["design", "number"], name="designer_one_revision_a_number")]

    def __str__(self) -> str:
        return f"{self.design_id} r{self.number}"


class WorkingCopy(models.Model):
    """What somebody has changed and not saved yet: kept by the editor every few seconds, gone when it is saved."""

    design = models.ForeignKey(Design, verbose_name=_("design"), on_delete=models.CASCADE, related_name="copies")
    author = models.CharField(_("author"), max_length=64)
    base = models.PositiveIntegerField(_("made from"))
    content = models.TextField(_("content"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name, verbose_name_plural = _("working copy"), _("working copies")
        constraints = [models.UniqueConstraint(fields=["design", "author"], name="designer_one_copy_a_person")]

    def __str__(self) -> str:
        return f"{self.design_id} {self.author}"


class Review(models.Model):
    """A revision that was submitted, what another person said of it, and as which version it was published."""

    class Outcome(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("designer", "waits for review")
        APPROVED = "approved", pgettext_lazy("designer", "approved")
        SENT_BACK = "sent-back", pgettext_lazy("designer", "sent back")
        WITHDRAWN = "withdrawn", pgettext_lazy("designer", "withdrawn")

    design = models.ForeignKey(Design, verbose_name=_("design"), on_delete=models.CASCADE, related_name="reviews")
    revision = models.ForeignKey(Revision, verbose_name=_("revision"), on_delete=models.PROTECT)
    # What was at work when it was submitted, and is compared with; 0 is nothing.
    against = models.PositiveIntegerField(_("compared with version"), default=0)
    asked_by = models.CharField(_("submitted by"), max_length=64)
    asked_by_name = models.CharField(_("name of the submitter"), max_length=100)
    asked_at = models.DateTimeField(_("submitted at"))
    note = models.CharField(_("note"), max_length=500, blank=True)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices, default=Outcome.WAITING)
    decided_by = models.CharField(_("reviewed by"), max_length=64, blank=True)
    decided_by_name = models.CharField(_("name of the reviewer"), max_length=100, blank=True)
    decided_at = models.DateTimeField(pgettext_lazy("designer", "reviewed at"), null=True)
    reasons = models.TextField(_("reasons"), blank=True)
    published_by_name = models.CharField(_("published by"), max_length=100, blank=True)
    published_at = models.DateTimeField(_("published at"), null=True)
    # The version it became, and the row of workflow's or dmn's own definition; forms have none of their own.
    version = models.PositiveIntegerField(_("version"), null=True)
    definition = models.PositiveBigIntegerField(_("definition"), null=True)

    class Meta:
        verbose_name, verbose_name_plural = _("review"), _("reviews")
        constraints = [
            models.UniqueConstraint(fields=["design"], condition=Q(outcome="waiting"), name="designer_one_open_review"),
            models.UniqueConstraint(
                fields=["design", "version"], condition=Q(version__isnull=False), name="designer_one_review_a_version"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.design_id} {self.outcome}"


class Incoming(models.Model):
    """A bundle from another system, verified and waiting to be taken over. `items` are its parts with their texts."""

    name = models.CharField(_("file name"), max_length=200)
    organisation = models.CharField(_("organisation"), max_length=200)
    sealed_by = models.CharField(_("sealed by"), max_length=200)
    made_at = models.CharField(_("made at"), max_length=40)
    items = models.JSONField(_("parts"))
    brought_by = models.CharField(_("brought by"), max_length=64)
    brought_by_name = models.CharField(_("name of the bringer"), max_length=100)
    brought_at = models.DateTimeField(_("brought at"))
    taken_at = models.DateTimeField(_("taken over at"), null=True)

    class Meta:
        verbose_name, verbose_name_plural = _("incoming bundle"), _("incoming bundles")

    def __str__(self) -> str:
        return self.name
