"""`quancheng ferry`: carry bundles between two sites. Touches no database."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext_lazy as _

from quancheng.zones.gateway.engine import ferry


class Command(BaseCommand):
    help = _("Carry bundles between two sites, in both directions.")  # type: ignore[assignment]
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        ferry.add_arguments(parser)

    def handle(self, *_args: Any, **options: Any) -> None:
        import argparse

        ferry.start(argparse.Namespace(**options), self.stdout.write)
