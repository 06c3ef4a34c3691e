"""Definitions of processes, the cases that run on them, and where each case stands."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Definition(models.Model):
    """A version of a drawing. Cases pin the version they began on."""

    key = models.CharField(_("key"), max_length=100)
    version = models.PositiveIntegerField(_("version"))
    name = models.CharField(_("name"), max_length=200)
    app_label = models.CharField(_("app"), max_length=50)
    xml = models.TextField(_("drawing"))
    digest = models.CharField(_("digest"), max_length=64)
    viewing_only = models.BooleanField(_("for viewing only"), default=False)
    deployed_at = models.DateTimeField(_("deployed at"))

    class Meta:
        verbose_name, verbose_name_plural = _("process definition"), _("process definitions")
        constraints = [models.UniqueConstraint(fields=["key", "version"], name="workflow_one_definition_a_version")]
        indexes = [models.Index(fields=["digest"], name="workflow_definition_by_digest")]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"


class Case(models.Model):
    """A run of a definition about one subject. `version` counts the moves and guards against lost updates."""

    class Status(models.TextChoices):
        RUNNING = "RUNNING", _("running")
        COMPLETED = "COMPLETED", _("completed")
        CANCELLED = "CANCELLED", _("cancelled")

    definition = models.ForeignKey(Definition, verbose_name=_("definition"), on_delete=models.PROTECT)
    digest = models.CharField(_("digest"), max_length=64)
    key = models.CharField(_("key"), max_length=100)
    app_label = models.CharField(_("app"), max_length=50)
    subject = models.CharField(_("subject"), max_length=120)
    title = models.CharField(_("title"), max_length=200)
    url = models.CharField(pgettext_lazy("workflow", "address"), max_length=300, blank=True)
    organisation = models.CharField(_("organisation"), max_length=200, blank=True)
    variables = models.JSONField(_("variables"), default=dict)
    passed = models.JSONField(_("elements passed"), default=list)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.RUNNING)
    last_token = models.PositiveIntegerField(_("last token"), default=0)
    version = models.PositiveIntegerField(_("version"), default=0)
    # The case that called this one, and the token that waits there.
    parent = models.ForeignKey(
        "self", verbose_name=_("calling case"), on_delete=models.CASCADE, null=True, blank=True, db_index=False
    )
    parent_token = models.PositiveIntegerField(_("waiting token"), default=0)
    started_at = models.DateTimeField(_("started at"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("case"), _("cases")
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "key"],
                condition=Q(status="RUNNING", parent=None),
                name="workflow_one_running_case_a_subject",
            ),
            models.UniqueConstraint(
                fields=["parent", "parent_token"],
                condition=Q(parent__isnull=False),
                name="workflow_one_called_case_a_token",
            ),
            models.CheckConstraint(
                condition=Q(status="RUNNING", ended_at=None) | ~Q(status="RUNNING") & Q(ended_at__isnull=False),
                name="workflow_ended_at_iff_ended",
            ),
        ]
        # None of them is of a column that a step changes, so that a step's change of its case touches no index. What is
        # searched in title and subject has an index in PostgreSQL only (migration 0004).
        indexes = [
            models.Index(fields=["subject", "-id"], name="workflow_case_by_subject"),
            models.Index(fields=["status", "-id"], name="workflow_case_by_status"),
            models.Index(
                fields=["organisation", "-id"],
                opclasses=["varchar_pattern_ops", "int8_ops"],
                name="workflow_case_by_place",
            ),
            # With app and id in it, running cases are counted, and their tasks by app, without a look at the table.
            models.Index(
                fields=["key", "definition", "app_label", "id"],
                condition=Q(status="RUNNING"),
                name="workflow_running_cases",
            ),
            models.Index(
                fields=["key", "-ended_at", "-id"], condition=~Q(status="RUNNING"), name="workflow_ended_cases"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Token(models.Model):
    """Where a case rests. `scope` is the number of the token at the enclosing sub-process, 0 at the top.

    `role` and `data` are as in the engine (semantics.Role, semantics.Token).
    """

    case = models.ForeignKey(
        Case, verbose_name=_("case"), on_delete=models.CASCADE, related_name="tokens", db_index=False
    )
    number = models.PositiveIntegerField(_("number"))
    element_id = models.CharField(_("element"), max_length=120)
    scope = models.PositiveIntegerField(_("scope"), default=0)
    via = models.CharField(_("arrived by"), max_length=120, blank=True)
    role = models.CharField(pgettext_lazy("token", "role"), max_length=8, blank=True)
    data = models.JSONField(pgettext_lazy("token", "own data"), default=dict)

    class Meta:
        verbose_name, verbose_name_plural = _("token"), _("tokens")
        constraints = [models.UniqueConstraint(fields=["case", "number"], name="workflow_one_token_a_number")]

    def __str__(self) -> str:
        return f"{self.case_id}:{self.number}"


class Task(models.Model):
    """Something a person has to do. Whoever holds `privilege` at `organisation` may do it."""

    class State(models.TextChoices):
        OPEN = "OPEN", _("open")
        CLAIMED = "CLAIMED", _("claimed")
        DONE = "DONE", _("done")
        CANCELLED = "CANCELLED", _("cancelled")

    case = models.ForeignKey(
        Case, verbose_name=_("case"), on_delete=models.CASCADE, related_name="tasks", db_index=False
    )
    token = models.PositiveIntegerField(_("token"))
    element_id = models.CharField(_("element"), max_length=120)
    name = models.CharField(_("name"), max_length=200)
    privilege = models.CharField(_("privilege"), max_length=100)
    organisation = models.CharField(_("organisation"), max_length=200, blank=True)
    form = models.CharField(_("form"), max_length=100, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OPEN)
    assignee = models.CharField(_("assignee"), max_length=64, blank=True)
    assignee_name = models.CharField(_("name of the assignee"), max_length=100, blank=True)
    due_on = models.DateField(_("due on"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"))
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)
    done_by = models.CharField(_("done by"), max_length=64, blank=True)
    done_by_name = models.CharField(_("name of who did it"), max_length=100, blank=True)
    # While open: who lent the task to the assignee (委托). Once done: in whose name it was done.
    behalf_of = models.CharField(_("in the name of"), max_length=64, blank=True)
    behalf_of_name = models.CharField(_("name of the giver"), max_length=100, blank=True)
    # Whether signatures are asked or a straight way back is open, so that the common step need not look.
    special = models.BooleanField(_("special"), default=False)
    urged = models.PositiveSmallIntegerField(_("times urged"), default=0)
    urged_at = models.DateTimeField(_("urged at"), null=True, blank=True)
    outcome = models.TextField(_("outcome"), blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("task"), _("tasks")
        constraints = [
            models.UniqueConstraint(fields=["case", "token"], name="workflow_one_task_a_token"),
            models.CheckConstraint(
                condition=Q(state__in=["OPEN", "CLAIMED"], done_at=None)
                | Q(state__in=["DONE", "CANCELLED"], done_at__isnull=False),
                name="workflow_done_at_iff_done",
            ),
            models.CheckConstraint(
                condition=~Q(state="CLAIMED", assignee="") & ~(Q(state="OPEN") & ~Q(assignee="")),
                name="workflow_claimed_iff_assigned",
            ),
        ]
        # The many done tasks do not weigh on the worklist. For SQLite to use a partial index its condition must stand
        # in the query word for word; see queries/worklist.py.
        indexes = [
            models.Index(
                fields=["privilege", "organisation", "due_on"],
                # A prefix of the path is searched; PostgreSQL needs to be told that the index serves LIKE.
                opclasses=["varchar_ops", "varchar_pattern_ops", "date_ops"],
                condition=Q(state="OPEN"),
                name="workflow_offered_tasks",
            ),
            models.Index(fields=["assignee"], condition=Q(state="CLAIMED"), name="workflow_claimed_tasks"),
            # In the order of a worklist, for those who see many departments.
            models.Index(
                fields=["due_on", "id"], condition=Q(state__in=["OPEN", "CLAIMED"]), name="workflow_open_by_due"
            ),
            models.Index(fields=["done_by", "done_at"], condition=Q(state="DONE"), name="workflow_done_tasks"),
            models.Index(fields=["behalf_of"], condition=~Q(behalf_of=""), name="workflow_tasks_on_behalf"),
        ]

    def __str__(self) -> str:
        return self.name


class Pending(models.Model):
    """Something the worker has to do for a token, at the earliest at `next_try_at`."""

    class State(models.TextChoices):
        WAITING = "WAITING", _("waiting")
        DONE = "DONE", _("done")
        STUCK = "STUCK", _("stuck")
        CANCELLED = "CANCELLED", _("cancelled")

    case = models.ForeignKey(Case, verbose_name=_("case"), on_delete=models.CASCADE, db_index=False)
    token = models.PositiveIntegerField(_("token"))
    element_id = models.CharField(_("element"), max_length=120)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    last_error = models.TextField(_("last error"), blank=True)
    next_try_at = models.DateTimeField(_("next try at"))

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.case_id}:{self.token} {self.element_id}"


class Timer(Pending):
    """A timer of a catch event or of an event on a task's boundary."""

    due_at = models.DateTimeField(_("due at"))

    class Meta:
        verbose_name, verbose_name_plural = _("timer"), _("timers")
        constraints = [
            models.UniqueConstraint(fields=["case", "token", "element_id"], name="workflow_one_timer_an_event")
        ]
        indexes = [models.Index(fields=["state", "next_try_at"], name="workflow_timers_due")]


class Job(Pending):
    """A service task to be run by its handler; one a token, so that its effect happens once."""

    handler = models.CharField(_("handler"), max_length=100)

    class Meta:
        verbose_name, verbose_name_plural = _("service task"), _("service tasks")
        constraints = [models.UniqueConstraint(fields=["case", "token"], name="workflow_one_job_a_token")]
        indexes = [models.Index(fields=["state", "next_try_at"], name="workflow_jobs_due")]


class SignalWait(Pending):
    """An event that waits for a signal from another case; it lies far in the future until the signal is raised."""

    signal = models.CharField(_("signal"), max_length=120)

    class Meta:
        verbose_name, verbose_name_plural = _("wait for a signal"), _("waits for signals")
        constraints = [
            models.UniqueConstraint(fields=["case", "token", "element_id"], name="workflow_one_wait_an_event")
        ]
        indexes = [
            models.Index(fields=["state", "next_try_at"], name="workflow_signals_due"),
            models.Index(fields=["signal"], condition=Q(state="WAITING"), name="workflow_signals_awaited"),
        ]


class CaseEvent(models.Model):
    """A line of a case's timeline."""

    class Kind(models.TextChoices):
        STARTED = "STARTED", _("case started")
        OPENED = "OPENED", _("step opened")
        CLAIMED = "CLAIMED", _("step claimed")
        RELEASED = "RELEASED", _("step released")
        HANDED_OVER = "HANDED_OVER", _("step handed over")
        DONE = "DONE", _("step done")
        WITHDRAWN = "WITHDRAWN", _("step withdrawn")
        SERVED = "SERVED", _("automatic step done")
        STUCK = "STUCK", _("automatic step stuck")
        TIMER = "TIMER", _("time elapsed")
        MESSAGE = "MESSAGE", _("message received")
        SIGNAL = "SIGNAL", _("signal received")
        ERROR = "ERROR", _("error caught")
        ESCALATION = "ESCALATION", _("escalated")
        COMPENSATION = "COMPENSATION", _("undone")
        CALLED = "CALLED", _("process called")
        MIGRATED = "MIGRATED", _("moved to another version")
        COMPLETED = "COMPLETED", _("case completed")
        CANCELLED = "CANCELLED", _("case cancelled")
        ASSIGNED = "ASSIGNED", _("step assigned")
        LENT = "LENT", _("step entrusted")
        CALLED_IN = "CALLED_IN", _("entrusted step called in")
        SIGN_ASKED = "SIGN_ASKED", _("signatures asked")
        AGREED = "AGREED", _("signed in agreement")
        OBJECTED = "OBJECTED", _("objected")
        UNSIGNED = "UNSIGNED", _("signer taken away")
        SETTLED = "SETTLED", _("signing settled")
        HELD = "HELD", _("step done, waits for signatures")
        UPHELD = "UPHELD", _("decision upheld")
        TAKEN_BACK = "TAKEN_BACK", _("step taken back")
        SENT_BACK = "SENT_BACK", _("sent back")
        CIRCULATED = "CIRCULATED", _("circulated")
        UNCIRCULATED = "UNCIRCULATE", _("circulation recalled")
        READ = "READ", _("circular read")
        URGED = "URGED", _("urged")

    case = models.ForeignKey(Case, verbose_name=_("case"), on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    element_id = models.CharField(_("element"), max_length=120, blank=True)
    name = models.CharField(_("name"), max_length=200, blank=True)
    actor_id = models.CharField(_("actor"), max_length=64, blank=True)
    actor_name = models.CharField(_("name of the actor"), max_length=100, blank=True)
    behalf_of_name = models.CharField(_("name of the giver"), max_length=100, blank=True)
    text = models.TextField(_("text"), blank=True)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name, verbose_name_plural = _("case event"), _("case events")

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"
