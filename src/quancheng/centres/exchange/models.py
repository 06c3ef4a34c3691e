"""Messages and what became of them. A message is stored with the fact it announces, in the same transaction."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Message(models.Model):
    """A CloudEvent announced here or received from the other zone. `body` is the exact text that was signed."""

    message_id = models.CharField(_("message number"), max_length=64, unique=True)
    topic = models.CharField(_("topic"), max_length=100)
    key = models.CharField(_("key"), max_length=200, blank=True)
    zone = models.CharField(_("announced in"), max_length=32)
    to_zone = models.CharField(_("crosses to"), max_length=32, blank=True)
    organisation = models.CharField(_("organisation"), max_length=64)
    time = models.DateTimeField(_("announced at"))
    body = models.TextField(_("CloudEvent"))
    signature = models.TextField(_("signature"), blank=True)
    files = models.JSONField(_("files"), default=dict)
    stored_at = models.DateTimeField(_("stored at"), auto_now_add=True)
    bundle = models.PositiveBigIntegerField(_("bundle"), null=True)
    packed_at = models.DateTimeField(_("packed at"), null=True)
    hold = models.CharField(_("held back because"), max_length=200, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("message"), _("messages")
        ordering = ("-pk",)
        indexes = [
            models.Index(fields=["topic", "-time"], name="exchange_topic_time"),
            models.Index(fields=["time"], name="exchange_time"),
            models.Index(fields=["key"], name="exchange_key"),
            models.Index(fields=["id"], condition=Q(bundle=None) & ~Q(to_zone=""), name="exchange_to_pack"),
            models.Index(fields=["id"], condition=Q(signature=""), name="exchange_to_sign"),
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.message_id}"


class Delivery(models.Model):
    """One consumer's receipt of one message; set to DELIVERED in the transaction of the effect: exactly once."""

    class State(models.TextChoices):
        PENDING = "PENDING", pgettext_lazy("exchange", "waiting")
        DELIVERED = "DELIVERED", _("delivered")
        DEAD = "DEAD", _("given up")
        DISCARDED = "DISCARDED", _("discarded")

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="deliveries", verbose_name=_("message"))
    consumer = models.CharField(_("consumer"), max_length=200)
    lane = models.CharField(_("lane"), max_length=300, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.PENDING)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    due_at = models.DateTimeField(_("next attempt at"))
    delivered_at = models.DateTimeField(_("delivered at"), null=True)
    error = models.CharField(_("last error"), max_length=500, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = (
            pgettext_lazy("exchange", "delivery"),
            pgettext_lazy("exchange", "deliveries"),
        )
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(fields=["message", "consumer"], name="exchange_one_delivery_a_consumer"),
            models.CheckConstraint(
                condition=Q(state="DELIVERED", delivered_at__isnull=False)
                | ~Q(state="DELIVERED") & Q(delivered_at=None),
                name="exchange_delivered_at_iff_delivered",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], condition=Q(state="PENDING"), name="exchange_delivery_due"),
            models.Index(
                fields=["lane", "id"],
                condition=Q(state__in=["PENDING", "DEAD"]) & ~Q(lane=""),
                name="exchange_delivery_lane",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.message_id} → {self.consumer}"
