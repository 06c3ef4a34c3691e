"""What the moves of the office leave: history, signatures, openings, circulations."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from quancheng.support.workflow.models.cases import Case, Task


class Passage(models.Model):
    """A move of a case's tokens: which ended (`gone`) and began (`new`) to rest, as [number, element, scope, via].

    Together the passages of a case say what came of what; see rules/undoing.py. `reads` are tokens without which the
    passage could not have been, though it left them.
    """

    case = models.ForeignKey(Case, verbose_name=_("case"), on_delete=models.CASCADE, related_name="passages")
    task = models.ForeignKey(Task, verbose_name=_("task"), on_delete=models.CASCADE, null=True, blank=True)
    kind = models.CharField(_("kind"), max_length=12)
    gone = models.JSONField(_("tokens gone"), default=list)
    new = models.JSONField(_("tokens new"), default=list)
    reads = models.JSONField(_("tokens needed"), default=list)
    passed = models.JSONField(_("elements passed"), default=list)
    undone = models.BooleanField(_("undone"), default=False)

    class Meta:
        verbose_name, verbose_name_plural = _("passage"), _("passages")

    def __str__(self) -> str:
        return f"{self.case_id}:{self.pk} {self.kind}"


class Comeback(models.Model):
    """That a step which was sent back returns straight to who sent it, past the steps between."""

    task = models.OneToOneField(Task, verbose_name=_("task"), on_delete=models.CASCADE)
    # What the sending back put in place besides the task itself, what it took away, with whom, and what it undid.
    placed = models.JSONField(_("tokens placed"), default=list)
    taken = models.JSONField(_("tokens taken"), default=list)
    holders = models.JSONField(_("holders"), default=dict)
    undone = models.JSONField(_("passages undone"), default=list)

    class Meta:
        verbose_name, verbose_name_plural = _("way straight back"), _("ways straight back")

    def __str__(self) -> str:
        return str(self.task_id)


class Signing(models.Model):
    """Signatures asked for on a task (加签, 会签). `held` is the holder's act that waits for them, else empty."""

    class When(models.TextChoices):
        BEFORE = "BEFORE", _("before the holder acts")
        PARALLEL = "PARALLEL", _("at the same time")
        AFTER = "AFTER", _("after the holder has acted")

    class Rule(models.TextChoices):
        ALL = "ALL", _("all have to agree")
        ANY = "ANY", _("one who agrees is enough")
        COUNT = "COUNT", _("so many have to agree")

    class State(models.TextChoices):
        OPEN = "OPEN", _("signatures are awaited")
        PASSED = "PASSED", _("agreed")
        FAILED = "FAILED", _("not agreed")
        WITHDRAWN = "WITHDRAWN", pgettext_lazy("signing", "withdrawn")

    task = models.ForeignKey(Task, verbose_name=_("task"), on_delete=models.CASCADE, related_name="signings")
    when = models.CharField(_("when"), max_length=8, choices=When.choices)
    rule = models.CharField(_("rule"), max_length=8, choices=Rule.choices)
    wanted = models.PositiveSmallIntegerField(_("how many have to agree"), default=0)
    serial = models.BooleanField(_("one after the other"), default=False)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OPEN)
    held = models.JSONField(_("act held"), default=dict, blank=True)
    asked_by = models.CharField(_("asked by"), max_length=64)
    asked_by_name = models.CharField(_("name of who asked"), max_length=100)
    comment = models.TextField(_("comment"), blank=True)
    asked_at = models.DateTimeField(_("asked at"))
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("signing"), _("signings")
        constraints = [
            models.UniqueConstraint(fields=["task"], condition=Q(state="OPEN"), name="workflow_one_open_signing")
        ]

    def __str__(self) -> str:
        return f"{self.task_id} {self.when} {self.rule}"


class Signer(models.Model):
    """Somebody whose signature is asked for. WAITING: not yet their turn. UNNEEDED: others have settled it."""

    class State(models.TextChoices):
        WAITING = "WAITING", pgettext_lazy("signer", "not yet their turn")
        ASKED = "ASKED", pgettext_lazy("signer", "asked")
        AGREED = "AGREED", pgettext_lazy("signer", "agreed")
        OBJECTED = "OBJECTED", pgettext_lazy("signer", "objected")
        REMOVED = "REMOVED", pgettext_lazy("signer", "taken away")
        UNNEEDED = "UNNEEDED", pgettext_lazy("signer", "no longer needed")

    signing = models.ForeignKey(Signing, verbose_name=_("signing"), on_delete=models.CASCADE, related_name="signers")
    position = models.PositiveSmallIntegerField(_("position"))
    actor_id = models.CharField(_("person"), max_length=64)
    actor_name = models.CharField(_("name"), max_length=100)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.WAITING)
    comment = models.TextField(_("comment"), blank=True)
    acted_at = models.DateTimeField(_("acted at"), null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("added signer"), _("added signers")
        constraints = [models.UniqueConstraint(fields=["signing", "actor_id"], name="workflow_one_signature_each")]
        indexes = [models.Index(fields=["actor_id"], condition=Q(state="ASKED"), name="workflow_signatures_asked")]

    def __str__(self) -> str:
        return f"{self.actor_name} {self.state}"


class Opening(models.Model):
    """That somebody who may do a task has looked at it: from then on its predecessor cannot be taken back."""

    task = models.ForeignKey(
        Task, verbose_name=_("task"), on_delete=models.CASCADE, related_name="openings", db_index=False
    )
    actor_id = models.CharField(_("person"), max_length=64)
    actor_name = models.CharField(_("name"), max_length=100)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name, verbose_name_plural = _("opening"), _("openings")
        constraints = [models.UniqueConstraint(fields=["task", "actor_id"], name="workflow_one_opening_each")]

    def __str__(self) -> str:
        return f"{self.task_id} {self.actor_name}"


class Circulation(models.Model):
    """A matter sent to somebody for reading (传阅). It moves nothing; its recall leaves the receipts standing."""

    task = models.ForeignKey(Task, verbose_name=_("task"), on_delete=models.CASCADE, related_name="circulations")
    reader = models.CharField(_("reader"), max_length=64)
    reader_name = models.CharField(_("name of the reader"), max_length=100)
    sender = models.CharField(_("sender"), max_length=64)
    sender_name = models.CharField(_("name of the sender"), max_length=100)
    comment = models.TextField(_("comment"), blank=True)
    sent_at = models.DateTimeField(_("sent at"))
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)
    recalled_at = models.DateTimeField(_("recalled at"), null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("circulation"), _("circulations")
        constraints = [
            models.UniqueConstraint(
                fields=["task", "reader"], condition=Q(recalled_at=None), name="workflow_one_circular_each"
            )
        ]
        indexes = [
            models.Index(fields=["reader", "-sent_at"], condition=Q(recalled_at=None), name="workflow_circulars")
        ]

    def __str__(self) -> str:
        return f"{self.task_id} {self.reader_name}"
