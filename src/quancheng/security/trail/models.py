"""Entries waiting for or holding their place in the log, the log's state, and what witnesses have said about it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

PLACED = Q(index__isnull=False)


class Erasure(models.Model):
    """A request to erase the bodies of one name's entries or of one entry, and what a second officer made of it.

    Once carried out it keeps only the hash of the name: whoever knows the name can confirm it.
    """

    class State(models.TextChoices):
        WAITING = "WAITING", _("Waiting for the auditor")
        DONE = "DONE", _("Erased")
        REFUSED = "REFUSED", _("Not approved")

    class Basis(models.TextChoices):
        """The grounds of PIPL (个人信息保护法) art. 47 para. 1."""

        PURPOSE = "PURPOSE", _("The purpose is achieved, cannot be achieved, or no longer needs the data (item 1)")
        EXPIRED = "EXPIRED", _("The service has ended or the period of keeping is over (item 2)")
        WITHDRAWN = "WITHDRAWN", _("The person has withdrawn consent (item 3)")
        UNLAWFUL = "UNLAWFUL", _("The data was processed against the law or an agreement (item 4)")
        OTHER = "OTHER", _("Another case that a law or administrative regulation names (item 5)")

    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    kind = models.CharField(_("kind"), max_length=10)
    name = models.CharField(_("name"), max_length=200, blank=True)
    key = models.BinaryField(_("key"), max_length=32)
    basis = models.CharField(_("legal basis"), max_length=10, choices=Basis)
    reason = models.TextField(_("reason"))
    organisation = models.CharField(_("organisation"), max_length=200, blank=True)
    requester_id = models.CharField(_("requested by"), max_length=120)
    requester_name = models.CharField(_("requester's name"), max_length=200)
    requested_at = models.DateTimeField(_("requested at"))
    decider_id = models.CharField(_("decided by"), max_length=120, blank=True)
    decider_name = models.CharField(_("decider's name"), max_length=200, blank=True)
    decided_at = models.DateTimeField(_("decided at"), null=True)
    refusal = models.TextField(_("why it was refused"), blank=True)
    count = models.PositiveIntegerField(_("erased entries"), default=0)

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "key"], condition=Q(state="WAITING"), name="trail_one_waiting_erasure_a_name"
            ),
            models.CheckConstraint(
                condition=Q(state="WAITING", decided_at=None) | ~Q(state="WAITING") & Q(decided_at__isnull=False),
                name="trail_erasure_decided_iff_not_waiting",
            ),
            models.CheckConstraint(
                condition=~Q(decider_id=models.F("requester_id")), name="trail_erasure_by_two_officers"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_state_display()} {self.requested_at}"


class Entry(models.Model):
    """One thing that was done, refused or looked at. `leaf` is public; `sealed` is the body under a key of its own.

    While it waits for its place it has neither, but `waiting` (rules.waiting) and `keys` of its names, 32 bytes each;
    indexes for searches hold placed entries only. What waits is little, and its callers pay for one row, no more.
    """

    id = models.BigAutoField(primary_key=True)
    index = models.BigIntegerField(_("index"), null=True, editable=False)
    at = models.DateTimeField(_("at"))
    action = models.CharField(_("action"), max_length=120)
    outcome = models.CharField(_("outcome"), max_length=120)
    actor_id = models.CharField(_("actor"), max_length=120, blank=True)
    actor_name = models.CharField(_("actor's name"), max_length=200, blank=True)
    organisation = models.CharField(_("organisation"), max_length=200, blank=True)
    leaf = models.TextField(_("leaf"), blank=True)
    sealed = models.BinaryField(_("sealed body"), null=True)
    waiting = models.TextField(_("waiting content"), null=True)
    keys = models.BinaryField(_("keys"), null=True)
    erasure = models.ForeignKey(Erasure, models.PROTECT, null=True, related_name="entries", db_index=False)

    class Meta:
        verbose_name = _("entry")
        verbose_name_plural = _("entries")
        constraints = [
            # No checks: PostgreSQL takes time for each at every entry, and a verification checks every row and more.
            models.UniqueConstraint(fields=["index"], condition=PLACED, name="trail_one_entry_a_place"),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(index__isnull=True), name="trail_entry_waiting"),
            models.Index(fields=["action", "-id"], condition=PLACED, name="trail_entry_action"),
            models.Index(fields=["actor_id", "-id"], condition=PLACED, name="trail_entry_actor"),
            models.Index(fields=["organisation", "-id"], condition=PLACED, name="trail_entry_organisation"),
            models.Index(fields=["erasure"], condition=Q(erasure__isnull=False), name="trail_entry_erasure"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.outcome}"


class BodyKey(models.Model):
    """The salt that opens an entry's body and commitment, in a table of its own: backups may leave it out."""

    entry = models.OneToOneField(Entry, models.CASCADE, primary_key=True, related_name="body_key")
    salt = models.BinaryField(_("salt"))

    class Meta:
        verbose_name = _("key of a body")
        verbose_name_plural = _("keys of bodies")

    def __str__(self) -> str:
        return str(self.pk)


class EntryName(models.Model):
    """A key of the register that an entry carries (rules.keys); it stays when the body is erased."""

    entry = models.ForeignKey(Entry, models.CASCADE, related_name="names", db_index=False)
    key = models.BinaryField(_("key"), max_length=32)

    class Meta:
        verbose_name = _("name of an entry")
        verbose_name_plural = _("names of entries")
        constraints = [models.UniqueConstraint(fields=["entry", "key"], name="trail_name_once_an_entry")]
        indexes = [models.Index(fields=["key", "-entry"], name="trail_name_entries")]

    def __str__(self) -> str:
        return bytes(self.key).hex()


class RegisterLine(models.Model):
    """A leaf of the register: how many entries carry a key, and the chain of their places."""

    key = models.BinaryField(_("key"), max_length=32, unique=True)
    bucket = models.PositiveIntegerField(_("bucket"))
    count = models.PositiveBigIntegerField(_("count"))
    head = models.BinaryField(_("head"), max_length=32)

    class Meta:
        verbose_name = _("line of the register")
        verbose_name_plural = _("lines of the register")
        indexes = [models.Index(fields=["bucket"], name="trail_line_bucket")]

    def __str__(self) -> str:
        return bytes(self.key).hex()


class RegisterPage(models.Model):
    """Sixteen hashes of the register's upper levels; `level` 0 is the root's page."""

    level = models.PositiveSmallIntegerField(_("level"))
    number = models.PositiveIntegerField(_("number"))
    content = models.BinaryField(_("content"), max_length=512)

    class Meta:
        verbose_name = _("page of the register")
        verbose_name_plural = _("pages of the register")
        constraints = [models.UniqueConstraint(fields=["level", "number"], name="trail_page_once")]

    def __str__(self) -> str:
        return f"{self.level}/{self.number}"


class Log(models.Model):
    """The single row that the sequencer locks: how much is integrated, in the register, and announced."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    size = models.BigIntegerField(_("size"), default=0)
    registered = models.BigIntegerField(_("entries in the register"), default=0)
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


class SecondStamp(models.Model):
    """The token of a second, independent timestamp authority over a checkpoint; `token` is empty while it is wanted."""

    checkpoint = models.OneToOneField(Checkpoint, models.CASCADE, related_name="second")
    wanted_at = models.DateTimeField(_("wanted since"))
    asked_at = models.DateTimeField(_("asked last at"), null=True)
    tries = models.PositiveIntegerField(_("tries"), default=0)
    problem = models.CharField(_("why there is none yet"), max_length=500, blank=True)
    authority = models.CharField(_("timestamp authority"), max_length=200, blank=True)
    token = models.BinaryField(_("timestamp token"), null=True)
    stamped_at = models.DateTimeField(_("stamped at"), null=True)

    class Meta:
        verbose_name = _("second timestamp")
        verbose_name_plural = _("second timestamps")
        indexes = [models.Index(fields=["checkpoint"], condition=Q(token__isnull=True), name="trail_second_wanted")]
        constraints = [
            models.CheckConstraint(
                condition=Q(token=None, stamped_at=None) | Q(token__isnull=False, stamped_at__isnull=False),
                name="trail_second_stamped_with_its_time",
            )
        ]

    def __str__(self) -> str:
        return self.authority


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
    """A witness of our log and the key it first presented; `refusal` is why it will not sign, empty when it does."""

    name = models.CharField(_("name"), max_length=200, unique=True)
    verifier = models.CharField(_("verifier key"), max_length=400)
    refusal = models.CharField(_("refusal"), max_length=120, blank=True)
    refused_at = models.DateTimeField(_("refused at"), null=True)

    class Meta:
        verbose_name = _("witness")
        verbose_name_plural = _("witnesses")

    def __str__(self) -> str:
        return self.name


class WitnessedLog(models.Model):
    """Another zone's log as we saw it last; it may only grow. `refusal` is what was wrong with what it showed since."""

    origin = models.CharField(_("origin"), max_length=200, unique=True)
    verifier = models.CharField(_("verifier key"), max_length=400)
    size = models.BigIntegerField(_("size"), default=0)
    root = models.CharField(_("root"), max_length=64)
    text = models.TextField(_("signed note"))
    at = models.DateTimeField(_("seen at"))
    refusal = models.CharField(_("refusal"), max_length=120, blank=True)
    refused_at = models.DateTimeField(_("refused at"), null=True)

    class Meta:
        verbose_name = _("witnessed log")
        verbose_name_plural = _("witnessed logs")

    def __str__(self) -> str:
        return self.origin


class Forwarding(models.Model):
    """The single row of the collector: entries below `cursor` have reached it. `held_until` lets one worker send.

    `failures` in a row put the next attempt off until `next_at`; `error` is what the last one said, "" after success.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    cursor = models.BigIntegerField(_("next entry"), default=0)
    sent_at = models.DateTimeField(_("last sent at"), null=True)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0)
    failing_since = models.DateTimeField(_("failing since"), null=True)
    next_at = models.DateTimeField(_("next attempt at"), null=True)
    error = models.CharField(_("last error"), max_length=400, blank=True)
    held_until = models.DateTimeField(_("held until"), null=True)

    class Meta:
        verbose_name = _("forwarding")
        verbose_name_plural = _("forwardings")
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="trail_one_forwarding"),
            models.CheckConstraint(condition=Q(cursor__gte=0), name="trail_forwarding_cursor"),
        ]

    def __str__(self) -> str:
        return str(self.cursor)
