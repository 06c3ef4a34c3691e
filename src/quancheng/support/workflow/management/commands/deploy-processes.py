"""`quancheng deploy-processes`: put the apps' drawings to work."""  # noqa: N999 - the command's name

from django.core.management.base import BaseCommand, CommandError

from quancheng.support.workflow import public as workflow


class Command(BaseCommand):
    help = "Deploy processes/*.bpmn of all installed apps; the same drawing stays the same version."

    def handle(self, *_args: str, **_options: str) -> None:
        deployed, rejected = workflow.deploy_all()
        for item in deployed:
            self.stdout.write(f"{item.key} v{item.version}{' (viewing only)' if item.viewing_only else ''}")
        if rejected:
            raise CommandError("\n".join(f"{item.app_label}/{item.file}: {item.refusal}" for item in rejected))
