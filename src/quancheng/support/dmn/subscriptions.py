"""Puts the apps' decision models to work whenever the tables have been brought up to date."""

from typing import Any

from django.apps import apps
from django.db import connections
from django.db.models.signals import post_migrate
from django.dispatch import receiver

from quancheng.support.dmn import public as dmn


@receiver(post_migrate, sender=apps.get_app_config("dmn"), dispatch_uid="dmn.deploy")
def deploy_models(*, using: str, **_facts: Any) -> None:
    """Deploy all models; when this app's own table has just been taken away there is nothing to do."""
    if "dmn_definition" in connections[using].introspection.table_names():
        dmn.deploy_all()
