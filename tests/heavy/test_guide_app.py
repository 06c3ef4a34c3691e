"""The guide "A cross-department system in one folder" is followed to the letter in a copy of the tree."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(3600)]

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "guide-app.md"
APP = Path("src/quancheng/business/roadworks")
FOLDERS = ("src", "tests", "docs", "scripts", "benchmarks", "requirements")
FILES = ("Makefile", "README.md", "CHANGELOG.md", "conftest.py", "manage.py", "pyproject.toml", ".gitignore")
PART = re.compile(
    r"^\*\*`(?P<file>[^`]+)`\*\*\n\n```\w+\n(?P<text>.*?)^```$"
    r"|^```sh\n(?P<lines>.*?)^```$"
    r"|^## (?P<step>.+?)$",
    re.MULTILINE | re.DOTALL,
)


def parts():
    """Yield (step, file, text) for each file of the guide and (step, "", command) for each command, in their order."""
    step = ""
    for found in PART.finditer(GUIDE.read_text()):
        if found["step"]:
            step = found["step"]
        elif found["file"]:
            yield step, found["file"], found["text"]
        else:
            for line in found["lines"].splitlines():
                yield step, "", line


def run(command, folder, environment):
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    return done.returncode, (done.stdout + done.stderr)[-6000:]


@pytest.fixture
def copy(tmp_path):
    """A copy of the tree with what was made in it, and the environment in which its own code is run."""
    tree = tmp_path / "tree"
    left = shutil.ignore_patterns("__pycache__", "*.egg-info", "node_modules")
    for name in FOLDERS:
        shutil.copytree(ROOT / name, tree / name, ignore=left)
    for name in FILES:
        shutil.copy(ROOT / name, tree / name)
    (tree / ".venv").symlink_to(sys.prefix)
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("QC_", "PYTEST_", "DJANGO_"))}
    data = tmp_path / "data"
    data.mkdir()
    environment = {**kept, "PYTHONPATH": str(tree / "src"), "QC_DATA": str(data), "MYPY_CACHE_DIR": str(tmp_path / "m")}
    who = "-c user.name=reader -c user.email=reader@example"
    run(f"git init -q && git add -A && git {who} commit -qm copy", tree, environment)
    return tree, environment


def test_the_guide_builds_the_app_that_it_describes(copy):
    tree, environment = copy
    written, failed = [], ""
    for step, file, text in parts():
        if file:
            place = tree / APP / file
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)
            written.append(file)
            continue
        # This machine has been set up; the copy must not be.
        code, said = run(re.sub(r"^make ", "make -o setup ", text), tree, environment)
        if code:
            failed = f"step {step!r}: {text}\n{said}"
            break

    assert failed == ""
    assert {"processes/road-excavation.bpmn", "eforms/application.form", "tests/test_way.py"} <= set(written)
    # Ruff had nothing to mend in what the guide says, and nothing outside the folder but the glossary was touched.
    texts = {file: text for _step, file, text in parts() if file}
    assert [file for file, text in texts.items() if (tree / APP / file).read_text() != text] == []
    _code, changed = run("git status --porcelain --untracked-files=all", tree, environment)
    touched = {line[3:] for line in changed.splitlines()}
    assert {name for name in touched if not name.startswith(str(APP))} == {"docs/glossary.md"}


def test_a_new_app_passes_every_check_and_its_pages_the_walk_of_everybody(copy):
    tree, environment = copy
    asked = (
        "make -o setup app layer=business name=cards title=市民卡",
        "make -o setup check",
        "{python} -m pytest -n 0 -q src/quancheng/business/cards tests/architecture",
        # The sample city has no record of a new app yet, so the page of one opens for nobody.
        "{python} -m pytest -n 0 -q -m 'not heavy' -k 'not opens_for_somebody' tests/security/test_matrix.py",
    )

    for line in asked:
        code, said = run(line.format(python=sys.executable), tree, environment)
        assert code == 0, f"{line}\n{said}"


@pytest.mark.parametrize("layer", ["support", "centres", "registries", "systems"])
def test_on_every_layer_it_keeps_the_import_contracts(copy, layer):
    tree, environment = copy

    made = run(f"make -o setup app layer={layer} name=tickets title=工单", tree, environment)
    assert made[0] == 0, made[1]
    judged = run(
        ".venv/bin/ruff check -q src && .venv/bin/ruff format -q --check src && .venv/bin/lint-imports",
        tree,
        environment,
    )

    assert judged[0] == 0, judged[1]


@pytest.mark.parametrize(
    "wish",
    [
        "business hall 大厅",
        "business Cards 卡",
        "zones cards 卡",
        "business cards",
        "business ../x 卡",
        "x y z",
        "business class 班",
    ],
)
def test_a_wish_that_cannot_be_is_refused_with_a_sentence_and_nothing_is_written(wish):
    before = (ROOT / "docs" / "glossary.md").read_text()

    code, said = run(f"{sys.executable} scripts/new_app.py {wish}", ROOT, {**os.environ})

    assert code == 1
    assert "Traceback" not in said
    assert (ROOT / "docs" / "glossary.md").read_text() == before
