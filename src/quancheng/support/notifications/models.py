"""What people are told, in which words, on which ways, and what they wish."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from quancheng.support.notifications import rules


class Channel(models.TextChoices):
    """A way outside."""

    EMAIL = rules.EMAIL, _("E-mail")
    SMS = rules.SMS, _("Text message")
    VOICE = rules.VOICE, _("Voice call")
    PUSH = rules.PUSH, _("Browser notice")


class TemplateVersion(models.Model):
    """A text of a kind as an administrator wrote it. In force is the published one with the highest number.

    `texts` is {language: {field: text}}. Number 0, the text that the app brings, stands in its `notices.toml`.
    """

    class State(models.TextChoices):
        DRAFT = "DRAFT", pgettext_lazy("notifications", "Draft")
        PUBLISHED = "PUBLISHED", pgettext_lazy("notifications", "Published")

    kind = models.CharField(_("kind"), max_length=80)
    number = models.PositiveIntegerField(_("number"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)
    texts = models.JSONField(_("texts"))
    note = models.CharField(_("why it is changed"), max_length=200, blank=True)
    revision = models.PositiveIntegerField(_("revision"), default=1)
    edited_by = models.CharField(_("edited by"), max_length=60)
    edited_by_name = models.CharField(_("name of the editor"), max_length=60)
    edited_at = models.DateTimeField(_("edited at"))
    published_by_name = models.CharField(_("name of the publisher"), max_length=60, blank=True)
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)

    class Meta:
        verbose_name = _("version of a template")
        verbose_name_plural = _("versions of templates")
        ordering = ("kind", "-number")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["kind", "number"], name="notifications_one_text_a_number"),
            models.UniqueConstraint(fields=["kind"], condition=Q(state="DRAFT"), name="notifications_one_draft_a_kind"),
            models.CheckConstraint(
                condition=Q(state="DRAFT", published_at=None) | Q(state="PUBLISHED", published_at__isnull=False),
                name="notifications_published_has_a_date",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"


class Message(models.Model):
    """Something an account is told. It stands in the inbox from the moment it is created."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    kind = models.CharField(_("kind"), max_length=80)
    version = models.PositiveIntegerField(_("version of the template"), default=0)
    subject = models.CharField(_("subject"), max_length=200)
    text = models.TextField(_("text"))
    url = models.CharField(pgettext_lazy("notifications", "address"), max_length=500, blank=True)
    key = models.CharField(_("key"), max_length=120, blank=True)
    created_at = models.DateTimeField(_("created at"))
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ("-created_at", "id")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["account", "-created_at"], name="notifications_inbox"),
            models.Index(fields=["account"], condition=Q(read_at=None), name="notifications_unread"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["account", "key"], condition=~Q(key=""), name="notifications_told_once"),
        ]

    def __str__(self) -> str:
        return self.subject


class Delivery(models.Model):
    """A message on one way to one address: a line of the ledger. Its id stays the same at every try.

    `subject` and `text` are what goes out, fixed when it is made. With `bundle` it waits for a digest; the digest, a
    delivery without a message, then is its `carrier` and says how it fares.
    """

    class State(models.TextChoices):
        CREATED = rules.CREATED, _("Waiting")
        SENDING = rules.SENDING, _("Being sent")
        SENT = rules.SENT, _("Handed over")
        PENDING = rules.PENDING, _("Under way")
        DELIVERED = rules.DELIVERED, _("Delivered")
        TEMPORARY_FAILURE = rules.TEMPORARY_FAILURE, _("Not reached for now")
        PERMANENT_FAILURE = rules.PERMANENT_FAILURE, _("Could not be delivered")
        TECHNICAL_FAILURE = rules.TECHNICAL_FAILURE, _("Failed on our side")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    message = models.ForeignKey(Message, models.CASCADE, null=True, blank=True, related_name="deliveries")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    kind = models.CharField(_("kind"), max_length=80)
    channel = models.CharField(_("way"), max_length=8, choices=Channel)
    to = models.CharField(_("to"), max_length=254)
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    text = models.TextField(_("text"))
    url = models.CharField(pgettext_lazy("notifications", "address"), max_length=500, blank=True)
    urgent = models.BooleanField(_("urgent"), default=False)
    state = models.CharField(_("state"), max_length=20, choices=State, default=State.CREATED)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    created_at = models.DateTimeField(_("created at"))
    due_at = models.DateTimeField(_("due at"), null=True, blank=True)
    taken_at = models.DateTimeField(_("taken at"), null=True, blank=True)
    sent_at = models.DateTimeField(_("handed over at"), null=True, blank=True)
    delivered_at = models.DateTimeField(_("delivered at"), null=True, blank=True)
    why = models.CharField(_("why it failed"), max_length=300, blank=True)
    bundle = models.CharField(_("kind of digest"), max_length=10, blank=True)
    carrier = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="carried")
    key = models.CharField(_("key"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("line of the ledger")
        verbose_name_plural = _("lines of the ledger")
        ordering = ("-created_at", "id")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["channel", "due_at"], condition=Q(due_at__isnull=False), name="notifications_due"
            ),
            models.Index(
                fields=["taken_at"], condition=Q(state=rules.SENDING), name="notifications_taken"
            ),
            models.Index(fields=["-created_at", "id"], name="notifications_ledger"),
            models.Index(fields=["state", "-created_at"], name="notifications_by_state"),
            models.Index(fields=["to"], name="notifications_by_address"),
        ]  # fmt: skip
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["message", "channel", "to"], condition=Q(message__isnull=False), name="notifications_sent_once"
            ),
            models.UniqueConstraint(fields=["key"], condition=~Q(key=""), name="notifications_one_digest"),
            models.CheckConstraint(
                condition=Q(state=rules.DELIVERED, delivered_at__isnull=False)
                | (~Q(state=rules.DELIVERED) & Q(delivered_at=None)),
                name="notifications_delivered_iff_dated",
            ),
            models.CheckConstraint(
                condition=~Q(state=rules.CREATED) | Q(due_at__isnull=False), name="notifications_created_is_due"
            ),
            models.CheckConstraint(
                condition=Q(due_at=None) | Q(state__in=rules.WAITING), name="notifications_due_is_waiting"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.to}: {self.state}"


class DeliveryEvent(models.Model):
    """What happened to a delivery: the states it went through, and when."""

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="events")
    state = models.CharField(_("state"), max_length=20, choices=Delivery.State)
    attempt = models.PositiveSmallIntegerField(_("attempt"), default=0)
    at = models.DateTimeField(_("at"))
    why = models.CharField(_("why it failed"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("event of a delivery")
        verbose_name_plural = _("events of deliveries")
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.delivery_id}: {self.state}"


class GatewayState(models.Model):
    """How a gateway fares: what it may still take now, and since when it is left alone."""

    channel = models.CharField(_("way"), max_length=8, choices=Channel, primary_key=True)
    tokens = models.FloatField(_("may be sent now"), default=0)
    counted_at = models.DateTimeField(_("counted at"), null=True, blank=True)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0)
    rests_until = models.DateTimeField(_("rests until"), null=True, blank=True)
    last_good_at = models.DateTimeField(_("last worked at"), null=True, blank=True)
    last_bad_at = models.DateTimeField(_("last failed at"), null=True, blank=True)
    why = models.CharField(_("why it failed"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("state of a gateway")
        verbose_name_plural = _("states of gateways")
        ordering = ("channel",)

    def __str__(self) -> str:
        return self.channel


class Wishes(models.Model):
    """How somebody wants to be told, besides the single choices: in which language, at which hours, in bundles."""

    class Digest(models.TextChoices):
        NONE = "", _("each by itself, at once")
        DAILY = "daily", _("once a day, together")
        WEEKLY = "weekly", _("once a week, together")

    class Quiet(models.TextChoices):
        CITY = "city", _("the city's quiet hours")
        OWN = "own", _("my own quiet hours")
        NONE = "none", _("no quiet hours")

    account = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+", verbose_name=_("account")
    )
    language = models.CharField(_("language"), max_length=10, blank=True)
    digest = models.CharField(
        _("how letters are bundled"), max_length=10, choices=Digest, blank=True, default=Digest.NONE
    )
    quiet = models.CharField(_("quiet hours"), max_length=4, choices=Quiet, default=Quiet.CITY)
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True)
    quiet_until = models.TimeField(_("quiet until"), null=True, blank=True)

    class Meta:
        verbose_name = _("wishes")
        verbose_name_plural = _("wishes")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=~Q(quiet="own") | Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="notifications_own_hours_are_given",
            ),
        ]

    def __str__(self) -> str:
        return str(self.account_id)


class Choice(models.Model):
    """Whether somebody wants a kind on a way; without one, what the kind says holds."""

    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    kind = models.CharField(_("kind"), max_length=80)
    channel = models.CharField(_("way"), max_length=8, choices=Channel)
    wanted = models.BooleanField(_("wanted"))

    class Meta:
        verbose_name = _("choice")
        verbose_name_plural = _("choices")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["account", "kind", "channel"], name="notifications_one_choice"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.channel}: {self.wanted}"


class PushSubscription(models.Model):
    """A browser that somebody lets us tell things (RFC 8030); its keys as the browser gave them (RFC 8291)."""

    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    endpoint = models.CharField(_("address at the push service"), max_length=500, unique=True)
    p256dh = models.CharField(_("key of the browser"), max_length=120)
    auth = models.CharField(_("shared secret"), max_length=60)
    browser = models.CharField(_("browser"), max_length=120, blank=True)
    made_at = models.DateTimeField(_("made at"))

    class Meta:
        verbose_name = _("browser told")
        verbose_name_plural = _("browsers told")
        ordering = ("made_at", "id")

    def __str__(self) -> str:
        return self.browser or self.endpoint
