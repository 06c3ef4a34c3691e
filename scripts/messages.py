"""Collect the translatable texts of every app into its own catalogue; new ones are left empty for a person to fill."""

import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1] / "src" / "quancheng"


def main() -> None:
    """Run makemessages in each app that has a locale folder; say what is still untranslated."""
    for locale in sorted(SOURCE.glob("*/*/locale")):
        subprocess.run(
            [
                sys.executable,
                "-m",
                "django",
                "makemessages",
                "-l",
                "zh_Hans",
                "--no-obsolete",
                "--no-location",
                "-v",
                "0",
            ],
            cwd=locale.parent,
            check=True,
        )
        catalogue = locale / "zh_Hans" / "LC_MESSAGES" / "django.po"
        empty = subprocess.run(
            ["msgattrib", "--untranslated", "--no-wrap", catalogue], capture_output=True, text=True, check=True
        ).stdout
        if missing := [line for line in empty.splitlines() if line.startswith("msgid ") and line != 'msgid ""']:
            print(f"{locale.parent.relative_to(SOURCE)}: {len(missing)} untranslated")
            print("\n".join(f"  {line}" for line in missing))
        subprocess.run(["msgfmt", "--check-format", "-o", catalogue.with_suffix(".mo"), catalogue], check=True)


if __name__ == "__main__":
    main()
