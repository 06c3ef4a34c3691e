"""What we promise about every app, new ones included."""

import ast
import re
import tomllib
from pathlib import Path

import pytest
from django.apps import apps as django_apps
from django.db.models import ForeignKey, ManyToManyField

from quancheng.kernel import discovery, events

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "quancheng"
EVERY_APP = pytest.mark.parametrize("app", discovery.all_apps(), ids=lambda app: app.label)
HEADINGS = ["Role", "Owns", "Offers", "Listens to", "Processes"]


@EVERY_APP
def test_its_readme_answers_the_five_questions_in_forty_lines(app):
    text = (Path(app.path) / "README.md").read_text()

    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == HEADINGS
    assert len(text.splitlines()) <= 40


@EVERY_APP
def test_the_glossary_knows_its_title(app):
    assert f"`{app.label}`" in (ROOT / "docs" / "glossary.md").read_text()


@EVERY_APP
def test_its_relations_only_look_down_or_sideways(app):
    layers = list(discovery.LAYERS)
    for model in app.get_models():
        for relation in model._meta.get_fields():
            if not isinstance(relation, ForeignKey | ManyToManyField) or relation.remote_field is None:
                continue
            target = relation.related_model._meta.app_config
            if isinstance(target, discovery.App):
                assert layers.index(target.layer) <= layers.index(app.layer), f"{model.__name__}.{relation.name}"
                if app.layer in {"systems", "business"} and target.layer == app.layer:
                    assert target.label == app.label, f"{model.__name__}.{relation.name} reaches into a stranger"


@EVERY_APP
def test_its_constraints_and_indexes_carry_its_name(app):
    for model in app.get_models():
        if model.__module__.startswith(app.name):
            for item in [*model._meta.constraints, *model._meta.indexes]:
                assert item.name.startswith(f"{app.label}_"), item.name


def test_no_file_passes_four_hundred_lines():
    long = {
        str(file.relative_to(ROOT)): lines
        for folder in ("src", "tests", "benchmarks", "scripts")
        for file in (ROOT / folder).rglob("*.py")
        if "migrations" not in file.parts and (lines := len(file.read_text().splitlines())) > 400
    }

    assert not long


def test_nothing_is_called_utils():
    assert not [str(path) for path in SOURCE.rglob("*util*") if path.suffix in {".py", ""} and "cache" not in str(path)]


def _topics(key):
    for app in discovery.all_apps():
        for file in app.files("resources.toml"):
            for topic in tomllib.loads(file.read_text()).get(key, []):
                yield app, topic


def test_every_topic_that_somebody_hears_is_announced_by_an_event():
    announced = {event.topic for event in _subclasses(events.Event) if event.__module__.startswith("quancheng.")}

    assert events.topics_heard() <= announced


def test_every_topic_that_is_declared_is_an_event():
    announced = {event.topic for event in _subclasses(events.Event)}

    assert {topic["name"] for _app, topic in _topics("topic")} <= announced


def _subclasses(base):
    for part in ("events",):
        list(discovery.modules(part))
    for sub in base.__subclasses__():
        if getattr(sub, "topic", None):
            yield sub
        yield from _subclasses(sub)


@pytest.mark.parametrize(
    "file",
    sorted(SOURCE.glob("*/*/actions.py")) + sorted(SOURCE.glob("*/*/actions/*.py")),
    ids=lambda file: str(file.relative_to(SOURCE)),
)
def test_no_model_is_written_outside_its_app(file):
    """A write in another app's tables would pass by that app's permissions and trail."""
    tree = ast.parse(file.read_text())
    layer, label = file.relative_to(SOURCE).parts[:2]

    foreign = [
        node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith("quancheng.")
        and ".models" in (node.module or "")
        and not (node.module or "").startswith(f"quancheng.{layer}.{label}.")
    ]

    assert not foreign


def test_every_installed_app_of_ours_comes_from_the_tree():
    installed = {config.name for config in django_apps.get_app_configs() if config.name.startswith("quancheng.")}

    assert installed == {"quancheng.project", *discovery.folders()}
