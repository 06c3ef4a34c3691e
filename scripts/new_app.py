"""Make a new app that passes every check: `new_app.py <layer> <name> <中文名>`; then edit only its folder.

It is scripts/sample/ under another name: a table, a list, a form, a page, three actions, a notice, a role, tests.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = Path(__file__).with_name("sample")
LAYERS = ("support", "centres", "registries", "systems", "business")


def main() -> None:
    """Write the folder and the glossary's line, or say what is wrong with the wish."""
    if len(sys.argv) != 4:
        sys.exit("usage: make app layer=business name=cards title=市民卡")
    layer, name, title = sys.argv[1:]
    if layer not in LAYERS:
        sys.exit(f"no app of this kind on a layer {layer!r}; the layers are {', '.join(LAYERS)}")
    if not re.fullmatch(r"[a-z]{2,20}", name):
        sys.exit(f"{name!r} is not a name: one English word in small letters")
    if not re.fullmatch(r"[\w·（）]{1,30}", title):
        sys.exit(f"{title!r} is not a title: what people call the system, without spaces")
    if taken := list((ROOT / "src" / "quancheng").glob(f"*/{name}/apps.py")):
        sys.exit(f"{name!r} is taken by {taken[0].parent.relative_to(ROOT)}")
    folder = ROOT / "src" / "quancheng" / layer / name
    words = {"quancheng.business": f"quancheng.{layer}", "sample": name, "Sample": name.capitalize(), "样例": title}
    try:
        _write(folder, words)
    except subprocess.CalledProcessError as fault:
        # A name that Python or Django uses itself, for example: what cannot start is not left behind.
        shutil.rmtree(folder)
        sys.exit(f"no app called {name!r} can be made: {fault.cmd[1:4]} failed, see above. Nothing was changed.")
    glossary = ROOT / "docs" / "glossary.md"
    before, after = glossary.read_text().split("\n## Terms", 1)
    glossary.write_text(f"{before.rstrip()}\n| {title} | `{name}` | say what it is |\n\n## Terms{after}")
    print(f"made {folder.relative_to(ROOT)} and its line in docs/glossary.md; now read docs/guide-app.md")


def _write(folder: Path, words: dict[str, str]) -> None:
    for file in sorted(SAMPLE.rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts:
            place = folder / _renamed(str(file.relative_to(SAMPLE)), words)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(_renamed(file.read_text(), words))
    makes = ["manage.py", "makemigrations", folder.name, "--name", "initial", "--skip-checks", "-v", "0"]
    subprocess.run([sys.executable, *makes], cwd=ROOT, check=True)
    # Names of another length break lines elsewhere, and another layer is imported in another place.
    ruff = [sys.executable, "-m", "ruff"]
    subprocess.run([*ruff, "check", "-q", "--select", "I", "--fix", folder], cwd=ROOT, check=True)
    subprocess.run([*ruff, "format", "-q", folder], cwd=ROOT, check=True)
    catalogue = folder / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
    subprocess.run(["msgfmt", "--check-format", "-o", catalogue.with_suffix(".mo"), catalogue], check=True)


def _renamed(text: str, words: dict[str, str]) -> str:
    for old, new in words.items():
        text = text.replace(old, new)
    return text


if __name__ == "__main__":
    main()
