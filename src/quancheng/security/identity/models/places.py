"""Organisations through time, and the posts in them."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Organisation(models.Model):
    """A body of the city or one of its parts. `path` is the codes from the root joined by "/", ending in "/".

    Name, parent and path are those of today. `former_paths` are the paths at which it, what lies below it and what it
    has taken over stood before: whoever serves here looks after what was recorded there.
    """

    class Kind(models.TextChoices):
        GOVERNMENT = "GOVERNMENT", _("People's government")
        DEPARTMENT = "DEPARTMENT", _("Department")
        DISTRICT = "DISTRICT", _("District or county")
        OFFICE = "OFFICE", _("Office")
        UNIT = "UNIT", _("Enterprise or institution")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    short_name = models.CharField(_("short name"), max_length=40, blank=True)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    path = models.CharField(_("path"), max_length=400, unique=True)
    rank = models.PositiveSmallIntegerField(_("order of precedence"), default=0)
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    successor = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="predecessors")
    former_paths = models.JSONField(_("former paths"), default=list, blank=True)

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        ordering = ("path",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")), name="identity_organisation_period"
            ),
            models.CheckConstraint(condition=Q(path__endswith="/"), name="identity_organisation_path_closed"),
        ]

    def __str__(self) -> str:
        return self.name


class OrganisationName(models.Model):
    """A name an organisation carried from `valid_from` until the next one began."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="names")
    name = models.CharField(_("name"), max_length=120)
    short_name = models.CharField(_("short name"), max_length=40, blank=True)
    valid_from = models.DateField(_("valid from"))

    class Meta:
        verbose_name = _("name of an organisation")
        verbose_name_plural = _("names of organisations")
        ordering = ("organisation", "valid_from")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["organisation", "valid_from"], name="identity_one_name_a_day"),
        ]

    def __str__(self) -> str:
        return self.name


class OrganisationPlace(models.Model):
    """Where an organisation stood in the tree from `valid_from` until the next place began."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="places")
    path = models.CharField(_("path"), max_length=400)
    valid_from = models.DateField(_("valid from"))

    class Meta:
        verbose_name = _("place of an organisation")
        verbose_name_plural = _("places of organisations")
        ordering = ("organisation", "valid_from")
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["path"], name="identity_place_path")]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["organisation", "valid_from"], name="identity_one_place_a_day"),
        ]

    def __str__(self) -> str:
        return self.path


class Restructuring(models.Model):
    """A decided change of organisations: what, from which day, by which document. `plan` holds the kind's details.

    It waits until its day (`applied_at` None), unless it is withdrawn before. `problem` says why it could not be
    carried out on its day.
    """

    class Kind(models.TextChoices):
        RENAME = "RENAME", _("Renaming")
        MOVE = "MOVE", _("Move in the tree")
        MERGE = "MERGE", _("Merger")
        SPLIT = "SPLIT", _("Split")
        CLOSE = "CLOSE", _("Closing")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    involved = models.ManyToManyField(Organisation, related_name="restructurings")
    effective_on = models.DateField(_("in force from"))
    document = models.CharField(_("document number"), max_length=60, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    plan = models.JSONField(_("plan"), default=dict)
    decided_by = models.CharField(_("decided by"), max_length=60)
    decided_by_name = models.CharField(_("name of who decided"), max_length=60, blank=True)
    decided_at = models.DateTimeField(_("decided at"))
    applied_at = models.DateTimeField(_("carried out at"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)
    problem = models.CharField(_("problem"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("change of organisations")
        verbose_name_plural = _("changes of organisations")
        ordering = ("-effective_on", "-decided_at")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(applied_at=None) | Q(withdrawn_at=None), name="identity_applied_or_withdrawn"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.organisation} · {self.effective_on}"


class Post(models.Model):
    """A seat in an organisation. Privileges hang here, so that they stay when the person leaves."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="posts")
    title = models.CharField(_("title"), max_length=60)
    roles = models.ManyToManyField("pmi.Role", blank=True, related_name="+")

    class Meta:
        verbose_name = _("post")
        verbose_name_plural = _("posts")
        ordering = ("organisation__path", "title")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["organisation", "title"], name="identity_one_post_a_title"),
        ]

    def __str__(self) -> str:
        return self.title
