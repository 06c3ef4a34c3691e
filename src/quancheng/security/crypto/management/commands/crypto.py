"""`quancheng crypto verify`: judges a document with its proof, without a token and without the pages."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from quancheng.kernel.refusal import Refusal
from quancheng.security.pki import public as pki


class Command(BaseCommand):
    """The crypto services' command."""

    help = "Judge a document with the proof of a batch signature."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parts = parser.add_subparsers(dest="part", required=True)
        verify = parts.add_parser("verify", help="judge a document with its proof of a batch signature")
        verify.add_argument("document", type=Path)
        verify.add_argument("proof", type=Path)

    def handle(self, *, document: Path, proof: Path, **_options: Any) -> None:
        try:
            found = pki.verify_batch(proof.read_bytes(), content=document.read_bytes())
        except (Refusal, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{found.name} {found.organisation} {found.serial} {found.at.isoformat()} {found.index + 1}/{found.size}"
        )
