"""Make a new app that passes every check: `new_app.py <layer> <name> <中文名>`; then edit only its folder."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LAYERS = ("zones", "security", "support", "centres", "registries", "systems", "business")

FILES = {
    "__init__.py": '"""{Name}: say here in one line what it is for."""\n',
    "apps.py": '''"""{Name}: say here in one line what it is for."""

from django.utils.translation import gettext_lazy as _

from quancheng.kernel import discovery


class {Class}(discovery.App):
    verbose_name = _("{Name}")
    zones = frozenset({{"intranet"}})
''',
    "rules.py": '"""Decisions on plain values: no Django, no clock, no I/O."""\n',
    "models.py": '"""Tables, choices, constraints."""\n',
    "queries.py": '"""Questions; what leaves the app is a frozen dataclass or a typed page of them."""\n',
    "actions.py": '"""Every write of this app, each an @action."""\n',
    "public.py": '"""The front door of {name}."""\n\n__all__: list[str] = []\n',
    "migrations/__init__.py": "",
    "tests/__init__.py": "",
    "README.md": """# {Name} ({title})

## Role
Say in two lines what this system does for whom.

## Owns
Nothing yet.

## Offers
Nothing yet.

## Listens to
Nothing.

## Processes
None.
""",
    "locale/zh_Hans/LC_MESSAGES/django.po": """msgid ""
msgstr ""
"Language: zh_Hans\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"

msgid "{Name}"
msgstr "{title}"
""",
}


def main() -> None:
    """Write the folder and the glossary's line, or say what is wrong with the wish."""
    if len(sys.argv) != 4:
        sys.exit("usage: make app layer=business name=cards title=市民卡")
    layer, name, title = sys.argv[1:]
    if layer not in LAYERS:
        sys.exit(f"no layer {layer!r}; the layers are {', '.join(LAYERS)}")
    if not re.fullmatch(r"[a-z][a-z]+", name):
        sys.exit(f"{name!r} is not a name: one English word in small letters")
    if taken := list((ROOT / "src" / "quancheng").glob(f"*/{name}/apps.py")):
        sys.exit(f"{name!r} is taken by {taken[0].parent.relative_to(ROOT)}")
    folder = ROOT / "src" / "quancheng" / layer / name
    words = {"name": name, "Name": name.capitalize(), "Class": name.capitalize(), "title": title}
    for file, text in FILES.items():
        place = folder / file
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text.format(**words))
    glossary = ROOT / "docs" / "glossary.md"
    before, after = glossary.read_text().split("\n## Terms", 1)
    glossary.write_text(f"{before.rstrip()}\n| {title} | `{name}` | say what it is |\n\n## Terms{after}")
    print(f"made {folder.relative_to(ROOT)} and its line in docs/glossary.md")


if __name__ == "__main__":
    main()
