"""`quancheng load_catalogue`: bring the catalogue up to what the apps declare."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from quancheng.centres.catalogue import public as catalogue
from quancheng.security.pmi import public as pmi


class Command(BaseCommand):
    help = "Read every app's resources.toml into the catalogue; safe to repeat."

    def handle(self, *_args: Any, **_options: Any) -> None:
        changed = catalogue.load(actor=pmi.service_actor("catalogue"), at=timezone.now())
        self.stdout.write(f"{changed} resources changed.")
