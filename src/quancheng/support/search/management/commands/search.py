"""`quancheng search rebuild`: builds the index anew beside the one in use, which answers until the new one is whole."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from quancheng.support.search import actions


class Command(BaseCommand):
    """The command of search."""

    help = "Build the search index anew, without a moment in which nothing is found."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parts = parser.add_subparsers(dest="part", required=True)
        parts.add_parser("rebuild", help="build a new index and let it take over")

    def handle(self, *, part: str, **options: Any) -> None:
        getattr(self, f"do_{part}")()

    def do_rebuild(self) -> None:
        count = actions.rebuild(at=timezone.now())
        while actions.sweep():
            pass
        self.stdout.write(f"{count} documents can be found.")
