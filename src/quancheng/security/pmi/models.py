"""Roles, pairs of privileges that must stay apart, and people who are barred from a matter."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Role(models.Model):
    """A named set of privileges. Posts carry roles, people hold posts; nobody is given a privilege directly."""

    class Officer(models.TextChoices):
        SYSTEM = "SYSTEM", _("System officer")
        SECURITY = "SECURITY", _("Security officer")
        AUDIT = "AUDIT", _("Audit officer")

    code = models.SlugField(_("code"), max_length=64, unique=True)
    title = models.CharField(_("title"), max_length=100)
    privileges = models.JSONField(_("privileges"), default=list)
    # By privilege: scope, period and conditions (rules.read); what is not named here has none.
    terms = models.JSONField(_("terms"), default=dict, blank=True)
    officer = models.CharField(_("officer"), max_length=8, choices=Officer, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("role"), _("roles")
        ordering = ("code",)

    def __str__(self) -> str:
        return self.title


class ConflictRule(models.Model):
    """That one person may not use both privileges on the same subject. `first` comes first in the alphabet."""

    first = models.CharField(_("one privilege"), max_length=120)
    second = models.CharField(_("the other privilege"), max_length=120)
    reason = models.CharField(pgettext_lazy("of a rule", "reason"), max_length=200)
    basis = models.CharField(_("legal basis"), max_length=200, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("rule of separation"), _("rules of separation")
        ordering = ("first", "second")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["first", "second"], name="pmi_one_rule_a_pair"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="pmi_pair_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.first} ⟂ {self.second}"


class Recusal(models.Model):
    """That somebody is barred from a subject, such as "application:<id>", because of an interest of their own."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    actor_id = models.CharField(_("person"), max_length=80)
    actor_name = models.CharField(_("name"), max_length=60)
    # Where the person serves: whose affair the recusal is. Empty: the whole city's.
    organisation = models.CharField(_("organisation"), max_length=400, blank=True)
    subject = models.CharField(_("matter"), max_length=120)
    reason = models.CharField(pgettext_lazy("of a rule", "reason"), max_length=200)
    made_at = models.DateTimeField(_("since"))
    ended_at = models.DateTimeField(_("lifted at"), null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("recusal"), _("recusals")
        ordering = ("-made_at",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["actor_id", "subject"], condition=Q(ended_at=None), name="pmi_one_open_recusal"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.actor_name} · {self.subject}"


class Emergency(models.Model):
    """That somebody took a privilege for a short time because there was no time to be given it (break-glass)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    actor_id = models.CharField(_("person"), max_length=80)
    actor_name = models.CharField(_("name"), max_length=60)
    privilege = models.CharField(_("privilege"), max_length=120)
    organisation = models.CharField(_("organisation"), max_length=400, blank=True)
    reason = models.CharField(pgettext_lazy("of a rule", "reason"), max_length=500)
    taken_at = models.DateTimeField(_("privilege taken at"))
    until = models.DateTimeField(_("counts until"))
    review_by = models.DateField(_("review by"))
    # Lets one alone in where two are taken at once; one that is over gives way when the next is taken.
    running = models.BooleanField(pgettext_lazy("emergency", "running"), default=False)
    reviewer_id = models.CharField(_("reviewer"), max_length=80, blank=True)
    reviewer_name = models.CharField(_("reviewer"), max_length=60, blank=True)
    reviewed_at = models.DateTimeField(_("reviewed at"), null=True, blank=True)
    justified = models.BooleanField(_("justified"), null=True)
    finding = models.CharField(_("finding of the review"), max_length=500, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("emergency authorisation"), _("emergency authorisations")
        ordering = ("-taken_at", "id")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(until__gt=F("taken_at")), name="pmi_emergency_period"),
            models.UniqueConstraint(
                fields=["actor_id", "privilege", "organisation"], condition=Q(running=True), name="pmi_emergency_once"
            ),
            models.CheckConstraint(condition=~Q(reviewer_id=F("actor_id")), name="pmi_emergency_other_reviewer"),
            models.CheckConstraint(
                condition=Q(reviewed_at=None, justified=None) | Q(reviewed_at__isnull=False, justified__isnull=False),
                name="pmi_emergency_reviewed_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.actor_name} · {self.privilege}"


class Consent(models.Model):
    """That a person agreed to a use of their data (rules.consents.Matter), until when, and whether they withdrew it.

    `person` is a reference (rules.reference), not a number; `giver_id` is known where it was given only. `digest` is of
    what the person read: consent to what was declared otherwise counts no more.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.CharField(_("person"), max_length=80)
    giver_id = models.CharField(_("consent given by"), max_length=80, blank=True)
    matter = models.CharField(_("agreed to"), max_length=60)
    digest = models.CharField(_("digest"), max_length=64)
    given_at = models.DateTimeField(_("consent given at"))
    until = models.DateTimeField(_("counts until"))
    withdrawn_at = models.DateTimeField(_("consent withdrawn at"), null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("consent"), _("consents")
        ordering = ("-given_at", "id")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["person", "matter"], name="pmi_consent_person"),
            models.Index(fields=["giver_id", "-given_at"], name="pmi_consent_giver"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["person", "matter"], condition=Q(withdrawn_at=None), name="pmi_one_open_consent"
            ),
            models.CheckConstraint(condition=Q(until__gt=F("given_at")), name="pmi_consent_period"),
        ]

    def __str__(self) -> str:
        return f"{self.matter} · {self.given_at}"


class Simulation(models.Model):
    """A change tried on what the trail holds of a period. It goes on from `cursor`, an id of the trail, up to `last`.

    `found` is what came out so far; `sight` says of which places its maker may see entries. `basis` is the digest of
    the roles that it was begun with: when they change on the way, it begins anew.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    maker_id = models.CharField(_("person"), max_length=120)
    maker_name = models.CharField(_("name"), max_length=200)
    made_at = models.DateTimeField(_("made at"))
    change = models.JSONField(_("change"))
    since = models.DateField(_("first day"))
    until = models.DateField(_("last day"))
    sight = models.JSONField(_("places that may be seen"))
    basis = models.CharField(_("roles at the beginning"), max_length=64, blank=True)
    first = models.BigIntegerField(_("begins at"), default=0)
    cursor = models.BigIntegerField(_("has come to"), default=0)
    last = models.BigIntegerField(_("ends at"), default=0)
    found = models.JSONField(_("result"), default=dict)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("simulation"), _("simulations")
        ordering = ("-made_at", "id")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["finished_at"], name="pmi_simulation_running"),
            models.Index(fields=["maker_id", "-made_at"], name="pmi_simulation_maker"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(until__gte=F("since")), name="pmi_simulation_period"),
            models.CheckConstraint(
                condition=Q(cursor__gte=F("first"), cursor__lte=F("last")), name="pmi_simulation_cursor"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.maker_name} · {self.since} – {self.until}"
