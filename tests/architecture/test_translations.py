"""All catalogues are merged into one: the same text means the same in every app, or says its context."""

import re
import subprocess
from collections import defaultdict
from pathlib import Path

from quancheng.kernel import discovery

PART = re.compile(r'^(msgctxt|msgid_plural|msgid|msgstr(?:\[\d\])?) "(.*)"$')


def _entries(file):
    """Yield ((context, text), {part: translation}) of a .po file."""
    text = subprocess.run(
        ["msgattrib", "--no-obsolete", "--no-wrap", "--no-fuzzy", str(file)], capture_output=True, text=True, check=True
    ).stdout
    for block in text.split("\n\n"):
        parts, last = {}, ""
        for line in block.splitlines():
            if found := PART.match(line):
                last = found.group(1)
                parts[last] = found.group(2)
            elif line.startswith('"') and last:
                parts[last] += line[1:-1]
        if parts.get("msgid"):
            translated = tuple(value for name, value in sorted(parts.items()) if name.startswith("msgstr"))
            yield (parts.get("msgctxt", ""), parts["msgid"]), translated


def test_the_same_text_is_translated_the_same_in_every_app():
    said = defaultdict(lambda: defaultdict(list))
    for app in discovery.all_apps():
        catalogue = Path(app.path) / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
        if catalogue.exists():
            for key, translation in _entries(catalogue):
                said[key][translation].append(app.label)
    clashes = {key: dict(ways) for key, ways in said.items() if len(ways) > 1}

    assert not clashes


def test_the_words_that_the_glossary_rules_out_stand_nowhere():
    ruled_out = re.compile("口令|账户|帐户|帐号|留痕(?!迹)|内网|(?<!政务)外网")
    found = [
        f"{app.label}: {translation}"
        for app in discovery.all_apps()
        if (catalogue := Path(app.path) / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po").exists()
        for _key, parts in _entries(catalogue)
        for translation in parts
        if ruled_out.search(translation)
    ]

    assert found == []
