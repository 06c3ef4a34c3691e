"""`quancheng dmn tck FOLDER [--level 2]` and `quancheng dmn deploy`."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from quancheng.kernel.refusal import Refusal
from quancheng.support.dmn import public as dmn


class Command(BaseCommand):
    help = "Run the DMN conformance kit (tck), or put the decision models of all apps to work (deploy)."

    def add_arguments(self, parser: CommandParser) -> None:
        """Name the two uses."""
        uses = parser.add_subparsers(dest="use", required=True)
        kit = uses.add_parser("tck", help="run the test cases of the kit in FOLDER and list chapters and failures")
        kit.add_argument("folder", type=Path)
        kit.add_argument("--level", choices=["2", "3"], default="", help="only this compliance level")
        uses.add_parser("deploy", help="deploy decisions/*.dmn of all installed apps and say what their tables lack")

    def handle(self, *_args: str, **options: object) -> None:
        if options["use"] == "deploy":
            self._deploy()
        else:
            folder, level = Path(str(options["folder"])), options["level"]
            self._tck(folder / f"compliance-level-{level}" if level else folder)

    def _tck(self, folder: Path) -> None:
        chapters = dmn.chapters(folder) if folder.is_dir() else []
        if not chapters:
            raise CommandError(f"there are no test cases in {folder}")
        passed = total = 0
        for chapter in chapters:
            try:
                found = list(dmn.verdicts(chapter))
            except Refusal as refusal:
                self.stdout.write(f"{chapter.name}: {refusal}")
                continue
            passed, total = passed + sum(one.passed for one in found), total + len(found)
            self.stdout.write(f"{chapter.name}: {sum(one.passed for one in found)} of {len(found)}")
            for one in found:
                if not one.passed:
                    self.stdout.write(f"    {one.case}: {one.why}")
        self.stdout.write(f"{passed} of {total} test cases pass ({passed / total:.1%})" if total else "no test cases")

    def _deploy(self) -> None:
        deployed, rejected = dmn.deploy_all()
        for item in deployed:
            self.stdout.write(f"{item.key} v{item.version}")
            for finding in item.findings:
                self.stdout.write(f"    {finding.decision}: {finding.sentence}")
        if rejected:
            raise CommandError("\n".join(f"{item.app_label}/{item.file}: {item.refusal}" for item in rejected))
