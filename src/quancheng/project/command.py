"""The `quancheng` command: Django's commands, with the settings of this project."""

import os
import sys


def main() -> None:
    """Run the command line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "quancheng.project.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
