"""`quancheng migrate`: Django's own command, which makes the tables of libraries first."""

from collections.abc import Iterable

from django.apps import apps
from django.core.management.commands import migrate
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor


class LibrariesFirst(MigrationExecutor):
    """Plans in an order that costs a third less time on an empty database.

    Django goes by the alphabet. Then Wagtail's hundred migrations come last, and each builds the classes anew of all
    our models that are related to what it changes: through the account, of nearly all.
    """

    def migration_plan(
        self, targets: Iterable[tuple[str, str | None]], clean_start: bool = False
    ) -> list[tuple[Migration, bool]]:
        """Return the steps to the targets; what a library's migration depends on comes before it as always."""
        libraries_first = sorted(targets, key=lambda target: (is_ours(target[0]), target[0]))
        return super().migration_plan(libraries_first, clean_start)


def is_ours(label: str) -> bool:
    """Tell whether an app is one of the platform's."""
    return apps.get_app_config(label).name.startswith("quancheng.")


# The command names the class in its module and has no other place where one of our own could be told.
migrate.MigrationExecutor = LibrariesFirst  # type: ignore[attr-defined,misc]


class Command(migrate.Command):
    """Bring the tables to the state that the code needs."""
