"""Whoever installs the wheel needs neither this repository nor Node: it holds everything that a site runs on."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Build the wheel and unpack it where nothing of the repository is near."""
    place = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", place, ROOT]
    subprocess.run(build, check=True, cwd=place)
    (wheel,) = place.glob("quancheng-*.whl")
    with zipfile.ZipFile(wheel) as content:
        content.extractall(place / "site")
    return place / "site"


def run(installed, tmp_path, *words):
    environment = {**os.environ, "PYTHONPATH": str(installed), "QC_DATA": str(tmp_path / "data"), "QC_ZONE": "all"}
    return subprocess.run(
        [sys.executable, "-m", "quancheng.project", *words],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.heavy
def test_a_site_of_the_sample_city_is_made_from_the_wheel_alone(installed, tmp_path):
    where = subprocess.run(
        [sys.executable, "-c", "import quancheng; print(quancheng.__file__)"],
        env={**os.environ, "PYTHONPATH": str(installed)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert where.stdout.startswith(str(installed))

    for words in (["check"], ["prepare"], ["seed"]):
        outcome = run(installed, tmp_path, *words)
        assert outcome.returncode == 0, outcome.stdout[-3000:] + outcome.stderr[-3000:]


@pytest.mark.heavy
def test_the_wheel_holds_drawings_forms_texts_and_front_end_files(installed):
    package = installed / "quancheng"

    for pattern in ("**/*.bpmn", "**/*.form", "**/*.mo", "**/*.toml", "support/look/static/vendor/bpmn-js/viewer.js"):
        assert list(package.glob(pattern)), pattern
