"""`quancheng prepare`: bring this site's database and folders to the state that the code needs."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    """Migrate, make the cache table, and let post-migrate steps load calendars, drawings and the catalogue."""

    help = "Bring this site's database and folders to the state that the code needs; safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("createcachetable")
        call_command("migrate", interactive=False, verbosity=0)
        self.stdout.write("prepared.")
