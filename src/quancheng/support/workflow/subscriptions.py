"""Puts the apps' drawings to work whenever the tables have been brought up to date."""

from typing import Any

from django.apps import apps
from django.db import connections
from django.db.models.signals import post_migrate
from django.dispatch import receiver

from quancheng.support.workflow.engine import deployment
from quancheng.support.workflow.models import Definition


@receiver(post_migrate, sender=apps.get_app_config("workflow"), dispatch_uid="workflow.deploy")
def deploy_drawings(*, using: str, **_facts: Any) -> None:
    """Deploy all drawings; when this app's own tables have just been taken away there is nothing to do."""
    if Definition._meta.db_table in connections[using].introspection.table_names():
        deployment.deploy_all()
