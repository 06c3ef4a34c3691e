"""Entries waiting for or holding their place in the log, the log's state, and what witnesses have said about it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Entry(models.Model):
    """One thing that was done, refused or looked at. `leaf` is public; `salt` and `body` go when the law asks it."""

    id = models.BigAutoField(primary_key=True)
    index = models.BigIntegerField(_("index"), null=True, unique=True, editable=False)
    at = models.DateTimeField(_("at"))
    action = models.CharField(_("action"), max_length=120)
    outcome = models.CharField(_("outcome"), max_length=120)
    actor_id = models.CharField(_("actor"), max_length=120, blank=True)
    actor_name = models.CharField(_("actor's name"), max_length=200, blank=True)
    organisation = models.CharField(_("organisation"), max_length=200, blank=True)
    leaf = models.TextField(_("leaf"))
    salt = models.BinaryField(_("salt"), null=True)
    body = models.TextField(_("body"), null=True)

    class Meta:
        verbose_name = _("entry")
        verbose_name_plural = _("entries")
        constraints = [
            models.CheckConstraint(
                condition=Q(salt__isnull=True, body__isnull=True) | Q(salt__isnull=False, body__isnull=False),
                name="trail_salt_goes_with_body",
            ),
            models.CheckConstraint(
                condition=Q(index__isnull=True) | Q(index__gte=0), name="trail_index_counts_from_zero"
            ),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(index__isnull=True), name="trail_entry_waiting"),
            models.Index(fields=["action", "-id"], name="trail_entry_action"),
            models.Index(fields=["actor_id", "-id"], name="trail_entry_actor"),
            models.Index(fields=["organisation", "-id"], name="trail_entry_organisation"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.outcome}"


class EntrySubject(models.Model):
    """A thing that an entry is about, such as `application:<uuid>`."""

    entry = models.ForeignKey(Entry, models.CASCADE, related_name="subjects")
    subject = models.CharField(_("subject"), max_length=200)

    class Meta:
        verbose_name = _("subject")
        verbose_name_plural = _("subjects")
        constraints = [models.UniqueConstraint(fields=["entry", "subject"], name="trail_subject_once_an_entry")]
        indexes = [models.Index(fields=["subject", "-entry"], name="trail_subject_entries")]

    def __str__(self) -> str:
        return self.subject


class Log(models.Model):
    """The single row that the sequencer locks: how much of the log is integrated and how much was announced."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    size = models.BigIntegerField(_("size"), default=0)
    announced_size = models.BigIntegerField(_("announced size"), default=0)
    announced_at = models.DateTimeField(_("announced at"), null=True)

    class Meta:
        verbose_name = _("log")
        verbose_name_plural = _("logs")
        constraints = [models.CheckConstraint(condition=Q(id=1), name="trail_one_log")]

    def __str__(self) -> str:
        return str(self.size)


class Checkpoint(models.Model):
    """A signed statement of the log's size and root, remembered for ever: the log must agree with every one."""

    size = models.BigIntegerField(_("size"), unique=True)
    root = models.CharField(_("root"), max_length=64)
    text = models.TextField(_("signed note"))
    at = models.DateTimeField(_("at"))
    token = models.BinaryField(_("timestamp token"), null=True)

    class Meta:
        verbose_name = _("checkpoint")
        verbose_name_plural = _("checkpoints")

    def __str__(self) -> str:
        return str(self.size)


class Cosignature(models.Model):
    """A witness's line under a checkpoint of ours (C2SP cosignature/v1)."""

    checkpoint = models.ForeignKey(Checkpoint, models.CASCADE, related_name="cosignatures")
    witness = models.CharField(_("witness"), max_length=200)
    line = models.CharField(_("line"), max_length=500)

    class Meta:
        verbose_name = _("cosignature")
        verbose_name_plural = _("cosignatures")
        constraints = [
            models.UniqueConstraint(fields=["checkpoint", "witness"], name="trail_one_cosignature_a_witness")
        ]

    def __str__(self) -> str:
        return self.witness


class Witness(models.Model):
    """A witness of our log and the key it first presented; a later change of key is refused."""

    name = models.CharField(_("name"), max_length=200, unique=True)
    verifier = models.CharField(_("verifier key"), max_length=400)

    class Meta:
        verbose_name = _("witness")
        verbose_name_plural = _("witnesses")

    def __str__(self) -> str:
        return self.name


class WitnessedLog(models.Model):
    """Another zone's log as we saw it last; it may only grow."""

    origin = models.CharField(_("origin"), max_length=200, unique=True)
    verifier = models.CharField(_("verifier key"), max_length=400)
    size = models.BigIntegerField(_("size"), default=0)
    root = models.CharField(_("root"), max_length=64)
    text = models.TextField(_("signed note"))
    at = models.DateTimeField(_("seen at"))

    class Meta:
        verbose_name = _("witnessed log")
        verbose_name_plural = _("witnessed logs")

    def __str__(self) -> str:
        return self.origin
