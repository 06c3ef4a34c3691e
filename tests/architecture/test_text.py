"""Texts: complete in Chinese, free of what must not stand in a repository."""

import re
import subprocess
from pathlib import Path

import pytest

from quancheng.kernel import discovery

ROOT = Path(__file__).resolve().parents[2]
MARKS = re.compile(
    r"""(?:\b(?:_|gettext|gettext_lazy|ngettext)\(\s*(?:f?["'])|\{%\s*(?:translate|trans|blocktranslate|blocktrans)\b)"""
)


def _entries(file):
    """Yield (msgid, msgstr, fuzzy) of a .po file, plural forms as entries of their own."""
    text = subprocess.run(
        ["msgattrib", "--no-obsolete", "--no-wrap", str(file)], capture_output=True, text=True, check=True
    ).stdout
    for block in text.split("\n\n"):
        lines = [line for line in block.splitlines() if not line.startswith("#") or line.startswith("#,")]
        found = re.search(r'^msgid (".*"(?:\n".*")*)', "\n".join(lines), re.MULTILINE)
        if found and found.group(1) != '""':
            yield (
                found.group(1),
                re.findall(r'^msgstr(?:\[\d\])? (".*"(?:\n".*")*)', block, re.MULTILINE),
                "fuzzy" in block,
            )


@pytest.mark.parametrize("app", discovery.all_apps(), ids=lambda app: app.label)
def test_every_text_of_an_app_is_translated(app, tmp_path):
    sources = [
        file
        for pattern in ("**/*.py", "**/*.html")
        for file in app.files(pattern)
        if not {"tests", "migrations"} & set(file.relative_to(app.path).parts)
    ]
    catalogue = Path(app.path) / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
    if not any(MARKS.search(file.read_text()) for file in sources):
        return
    assert catalogue.exists(), "the app has texts but no Chinese catalogue"
    missing = [msgid for msgid, texts, fuzzy in _entries(catalogue) if fuzzy or not all(t != '""' for t in texts)]
    assert not missing


def _translated_in_python(file):
    return re.findall(r'\b_\(\s*"((?:[^"\\]|\\.)*)"\s*[,)]', file.read_text())


def _translated_in_template(file):
    return re.findall(r'\{%\s*translate\s+"((?:[^"\\]|\\.)*)"', file.read_text())


@pytest.mark.parametrize("app", discovery.all_apps(), ids=lambda app: app.label)
def test_no_text_of_an_app_was_forgotten_by_its_catalogue(app):
    catalogue = Path(app.path) / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
    known = (
        {re.sub(r'"\n"', "", msgid).strip('"') for msgid, _t, _f in _entries(catalogue)}
        if catalogue.exists()
        else set()
    )
    used = set()
    for pattern, find in (("**/*.py", _translated_in_python), ("**/*.html", _translated_in_template)):
        for file in app.files(pattern):
            if not {"tests", "migrations"} & set(file.relative_to(app.path).parts):
                used |= set(find(file))

    assert used <= known


def tracked_files_with(pattern):
    """Return the names of the repository's text files in which `pattern` is found."""
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    files = (ROOT / name for name in tracked.split("\0") if name and not name.endswith((".png", ".svg")))
    return [str(file) for file in files if file.is_file() and re.search(pattern, file.read_text(errors="ignore"), re.M)]


def test_no_address_of_a_registry_and_no_machine_path_stands_in_the_repository():
    forbidden = "registry" + r"\.npmjs|pypi" + r"\.org|files\.python" + r"hosted|deb\.deb" + r"ian\.org|/ro" + "ot/"

    assert not tracked_files_with(forbidden)


def test_no_merge_was_left_half_done():
    assert not tracked_files_with(r"^(<{7}|>{7}) ")
