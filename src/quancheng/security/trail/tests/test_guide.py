"""docs/guide-trail.md, followed to the letter."""

import json
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.management import call_command

from quancheng.security.trail import actions, config, queries
from quancheng.security.trail.models import Entry

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
GUIDE = Path(__file__).resolve().parents[5] / "docs" / "guide-trail.md"
VERIFIER = Path(config.__file__).parent / "static" / "trail" / "verify_trail.py"


@pytest.fixture
def desk(at_zone, recorded, tmp_path, monkeypatch):
    """The folder in which the guide's reader works, beside an intranet site of 266 entries."""
    folder = tmp_path / "desk"
    folder.mkdir()
    monkeypatch.chdir(folder)
    with at_zone("intranet"):
        recorded(261)
        actions.integrate(at=NOW)
        recorded(5, subjects=("person:7",))
        actions.integrate(at=NOW)
        shutil.copy(VERIFIER, folder)
        shutil.copy(config.folder() / "checkpoint", folder / "kept-checkpoint")
        entry = Entry.objects.get(index=12)
        (folder / "trail-12.json").write_text(json.dumps(queries.evidence(entry_id=str(entry.pk))))
        for name, subject in (("trail-subject.json", "person:7"), ("trail-nobody.json", "person:8")):
            (folder / name).write_text(json.dumps(queries.subject_proof(name=subject)))
        call_command("trail", "export", "--out", str(folder / "changed"), stdout=sys.stderr)
        bodies = folder / "changed" / "bodies.jsonl"
        lines = bodies.read_text().splitlines(keepends=True)
        lines[17] = lines[17].replace("张三", "张王")
        bodies.write_text("".join(lines))
        yield folder


def commands():
    """Return the guide's commands, each with the output that it promises."""
    found = []
    for block in re.findall(r"```console\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _newline, output = part.partition("\n")
            found.append((command, output))
    return found


def test_every_command_of_the_guide_answers_as_it_says(desk, capsys):
    for command, promised in commands():
        words = [queries.verifier() if word == "KEY" else word for word in command.split()]
        if words[0] == "quancheng":
            call_command(*words[1:])
            said = capsys.readouterr().out
        else:
            done = subprocess.run([sys.executable, "-I", *words[1:]], capture_output=True, text=True, check=False)
            said = done.stdout + done.stderr
        pattern = re.escape(promised.strip()).replace("…", r"\S+")
        assert re.fullmatch(pattern, said.strip()), f"{command}\n{said}"
    assert len(commands()) == 7
