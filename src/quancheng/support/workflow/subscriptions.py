"""Puts the apps' drawings to work when the tables have been brought up to date; tells calendars what is due."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import connections
from django.db.models.signals import post_migrate
from django.dispatch import receiver

from quancheng.security.pmi import public as pmi
from quancheng.support.calendar import public as calendar
from quancheng.support.workflow import public
from quancheng.support.workflow.engine import deployment
from quancheng.support.workflow.models import Definition


@receiver(post_migrate, sender=apps.get_app_config("workflow"), dispatch_uid="workflow.deploy")
def deploy_drawings(*, using: str, **_facts: Any) -> None:
    """Deploy all drawings; when this app's own tables have just been taken away there is nothing to do."""
    if Definition._meta.db_table in connections[using].introspection.table_names():
        deployment.deploy_all()


MOST_DEADLINES = 500


@calendar.tells_deadlines
def steps_due(actor: pmi.Actor) -> Iterator[calendar.Entry]:
    """Give the steps on somebody's desk by the day they are due, or by the legal period of their matter."""
    items = public.worklist(actor, size=MOST_DEADLINES).items
    clocks = calendar.clocks_due(sorted({item.subject for item in items}))
    for item in items:
        clock = clocks.get(item.subject)
        days = [day for day in (item.due_on, clock.due_on if clock else None) if day]
        if days:
            text = f"{clock.why.rule_title}《{clock.why.law}》{clock.why.article}" if clock else ""
            title = f"{item.step} · {item.title}"
            yield calendar.Entry(f"task-{item.task_id}", min(days), title, text, item.url, alarm_days=1)
