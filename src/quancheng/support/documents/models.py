"""Files with their bytes in the store, and documents made of them: versions, locks, retention, holds."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class StoredFile(models.Model):
    """A file's bytes are kept once, however often they come in; the first name wins.

    `shared` files are named by other systems, which alone know how long they need them. What is in quarantine has no
    bytes in the store.
    """

    class Scan(models.TextChoices):
        NONE = "NONE", pgettext_lazy("scan", "not scanned")
        CLEAN = "CLEAN", pgettext_lazy("scan", "clean")
        INFECTED = "INFECTED", pgettext_lazy("scan", "infected")
        UNREACHABLE = "UNREACHABLE", pgettext_lazy("scan", "scanner did not answer")
        TOO_LARGE = "TOO_LARGE", pgettext_lazy("scan", "too large for the scanner")

    digest = models.CharField(_("SHA-256"), max_length=64, primary_key=True)
    size = models.PositiveBigIntegerField(_("size in bytes"))
    name = models.CharField(_("name"), max_length=255)
    media_type = models.CharField(_("media type"), max_length=100)
    kept_at = models.DateTimeField(_("kept at"), auto_now_add=True)
    kept_by = models.CharField(_("kept by"), max_length=64, blank=True)
    shared = models.BooleanField(_("named by other systems"), default=True)
    scan = models.CharField(_("malware scan"), max_length=16, choices=Scan.choices, default=Scan.NONE)
    scanned_at = models.DateTimeField(_("scanned at"), null=True, blank=True)
    quarantined_at = models.DateTimeField(_("in quarantine since"), null=True, blank=True)
    finding = models.CharField(_("what was found"), max_length=200, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("file"), _("files")
        indexes = [
            models.Index(fields=["kept_at"], name="documents_unshared", condition=Q(shared=False)),
            models.Index(fields=["scan"], name="documents_scan"),
        ]

    def __str__(self) -> str:
        return self.name


class Extract(models.Model):
    """What was read out of a file: its text and how many pages it has. `method` says by which means."""

    class State(models.TextChoices):
        DONE = "DONE", pgettext_lazy("extract", "done")
        FAILED = "FAILED", pgettext_lazy("extract", "could not be read")

    file = models.OneToOneField(StoredFile, models.CASCADE, verbose_name=_("file"), related_name="extract")
    state = models.CharField(_("state"), max_length=16, choices=State.choices)
    text = models.TextField(_("text"), blank=True)
    pages = models.PositiveIntegerField(_("pages"), default=0)
    method = models.CharField(_("method"), max_length=16, blank=True)
    problem = models.CharField(_("problem"), max_length=200, blank=True)
    made_at = models.DateTimeField(_("made at"), auto_now_add=True)

    class Meta:
        verbose_name, verbose_name_plural = _("extract"), _("extracts")

    def __str__(self) -> str:
        return str(self.file)


class PageImage(models.Model):
    """A page of a file as a picture (PNG), for looking at without the program that wrote it."""

    file = models.ForeignKey(StoredFile, models.CASCADE, verbose_name=_("file"), related_name="pictures")
    number = models.PositiveIntegerField(_("page"))
    picture = models.ForeignKey(StoredFile, models.PROTECT, verbose_name=_("picture"), related_name="+")

    class Meta:
        verbose_name, verbose_name_plural = _("page"), _("pages")
        constraints = [models.UniqueConstraint(fields=["file", "number"], name="documents_one_picture_a_page")]

    def __str__(self) -> str:
        return f"{self.file} {self.number}"


class Document(models.Model):
    """A document of an organisation: what people work on, while each of its versions stays as it is.

    `key` is what the form or upload that made it brought along, so that sending twice makes one.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.UUIDField(_("key"), unique=True, default=uuid.uuid4, editable=False)
    title = models.CharField(_("title"), max_length=200)
    organisation = models.CharField(_("organisation"), max_length=255, db_index=True)
    owner = models.CharField(_("made by"), max_length=64)
    owner_name = models.CharField(_("made by"), max_length=100)
    subject = models.CharField(_("belongs to"), max_length=200, blank=True, db_index=True)
    created_at = models.DateTimeField(_("made at"))
    changed_at = models.DateTimeField(_("changed at"), db_index=True)
    current = models.ForeignKey(
        "Version", models.PROTECT, verbose_name=_("current version"), related_name="+", null=True, blank=True
    )
    locked_by = models.CharField(_("checked out by"), max_length=64, blank=True)
    locked_by_name = models.CharField(_("checked out by"), max_length=100, blank=True)
    locked_at = models.DateTimeField(_("checked out since"), null=True, blank=True)
    retention = models.CharField(_("retention"), max_length=40, blank=True)
    closed_on = models.DateField(_("closed on"), null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = pgettext_lazy("file", "document"), pgettext_lazy("file", "documents")
        constraints = [
            models.CheckConstraint(
                condition=Q(locked_by="", locked_at=None) | (~Q(locked_by="") & Q(locked_at__isnull=False)),
                name="documents_lock_has_holder_and_time",
            )
        ]

    def __str__(self) -> str:
        return self.title


class Version(models.Model):
    """A version: a file under its number, never changed."""

    document = models.ForeignKey(
        Document, models.CASCADE, verbose_name=pgettext_lazy("file", "document"), related_name="versions"
    )
    number = models.PositiveIntegerField(_("version"))
    file = models.ForeignKey(StoredFile, models.PROTECT, verbose_name=_("file"), related_name="versions")
    name = models.CharField(_("file name"), max_length=255)
    note = models.CharField(_("what changed"), max_length=300, blank=True)
    made_by = models.CharField(_("made by"), max_length=64)
    made_by_name = models.CharField(_("made by"), max_length=100)
    made_at = models.DateTimeField(_("made at"))

    class Meta:
        verbose_name, verbose_name_plural = _("version"), _("versions")
        constraints = [models.UniqueConstraint(fields=["document", "number"], name="documents_version_numbers")]

    def __str__(self) -> str:
        return f"{self.document} {self.number}"


class Hold(models.Model):
    """A legal hold: while it stands nothing of the document may be destroyed, whatever its retention says."""

    document = models.ForeignKey(
        Document, models.PROTECT, verbose_name=pgettext_lazy("file", "document"), related_name="holds"
    )
    basis = models.CharField(_("basis"), max_length=200)
    reason = models.CharField(_("reason"), max_length=500)
    placed_by = models.CharField(_("placed by"), max_length=64)
    placed_by_name = models.CharField(_("placed by"), max_length=100)
    placed_at = models.DateTimeField(_("placed at"))
    lifted_by_name = models.CharField(_("lifted by"), max_length=100, blank=True)
    lifted_at = models.DateTimeField(_("lifted at"), null=True, blank=True)
    lifted_why = models.CharField(_("why it was lifted"), max_length=500, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("legal hold"), _("legal holds")
        constraints = [
            models.UniqueConstraint(
                fields=["document", "basis"], condition=Q(lifted_at=None), name="documents_one_open_hold_a_basis"
            )
        ]

    def __str__(self) -> str:
        return self.basis


class Destruction(models.Model):
    """What was destroyed, by whom and why: a line of the register of destruction. The content is gone."""

    document = models.UUIDField(pgettext_lazy("file", "document"), unique=True)
    title = models.CharField(_("title"), max_length=200)
    organisation = models.CharField(_("organisation"), max_length=255, db_index=True)
    retention = models.CharField(_("retention"), max_length=40, blank=True)
    digests = models.JSONField(_("SHA-256 of its versions"))
    reason = models.CharField(_("reason"), max_length=500)
    destroyed_by = models.CharField(_("destroyed by"), max_length=64)
    destroyed_by_name = models.CharField(_("destroyed by"), max_length=100)
    destroyed_at = models.DateTimeField(_("destroyed at"))

    class Meta:
        verbose_name, verbose_name_plural = _("destroyed document"), _("destroyed documents")

    def __str__(self) -> str:
        return self.title


class Upload(models.Model):
    """An upload under way: its bytes so far lie in a file of the site, whose length is the offset (tus 1.0.0)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.CharField(_("sent by"), max_length=64, db_index=True)
    name = models.CharField(_("file name"), max_length=255)
    size = models.PositiveBigIntegerField(_("size in bytes"))
    title = models.CharField(_("title"), max_length=200, blank=True)
    organisation = models.CharField(_("organisation"), max_length=255, blank=True)
    note = models.CharField(_("what changed"), max_length=300, blank=True)
    document = models.ForeignKey(
        Document, models.CASCADE, verbose_name=_("new version of"), related_name="uploads", null=True, blank=True
    )
    base = models.PositiveIntegerField(_("version it follows"), default=0)
    begun_at = models.DateTimeField(_("begun at"))
    touched_at = models.DateTimeField(_("last went on at"), db_index=True)
    done = models.UUIDField(pgettext_lazy("file", "document"), null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("upload"), _("uploads")

    def __str__(self) -> str:
        return self.name
