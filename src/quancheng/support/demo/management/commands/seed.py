"""`quancheng seed`: build the sample city in this site."""

from typing import Any

from django.core.management.base import BaseCommand

from quancheng.support.demo import actions


class Command(BaseCommand):
    """Build the sample city; safe to repeat."""

    help = "Build the sample city in this site."

    def handle(self, *args: Any, **options: Any) -> None:
        built = actions.build(say=lambda line: self.stdout.write(f"  {line}"))
        self.stdout.write(f"{built} apps built their part of the sample city.")
