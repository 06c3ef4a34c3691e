"""Finds the apps in the folder tree, so that adding one edits no central list."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar

from django.apps import AppConfig, apps
from django.urls import include, path
from django.utils.functional import Promise

from quancheng.kernel import zone

ROOT = Path(__file__).resolve().parents[1]
LAYERS = ("zones", "security", "support", "centres", "registries", "systems", "business")
REGISTERED_ON_IMPORT = ("subscriptions", "process", "tasks", "checks")


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An entry of the menu as one person sees it."""

    title: str
    url: str
    icon: str
    count: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """A line in the workbench menu. `action` is the privilege it needs; `count` returns the number shown beside it."""

    title: str | Promise
    view: str
    icon: str = "circle"
    action: str = ""
    count: Callable[[Any], int] | None = field(default=None, compare=False)


class App(AppConfig):
    """An app of the platform: a folder `quancheng.<layer>.<label>`. Says who it is; the rest is found."""

    default = False
    default_auto_field = "django.db.models.BigAutoField"
    zones: ClassVar[frozenset[str]] = zone.BOTH
    prefix: ClassVar[str] = ""
    menu: ClassVar[tuple[Entry, ...]] = ()

    def __init_subclass__(cls) -> None:
        cls.name = cls.__module__.removesuffix(".apps")

    @property
    def layer(self) -> str:
        """The layer this app stands on, e.g. `business`."""
        return self.name.split(".")[1]

    def ready(self) -> None:
        for part in REGISTERED_ON_IMPORT:
            if find_spec(f"{self.name}.{part}"):
                import_module(f"{self.name}.{part}")

    def files(self, pattern: str) -> tuple[Path, ...]:
        """Return the app's own files that match `pattern`, sorted."""
        return tuple(sorted(Path(self.path).glob(pattern)))


@cache
def folders() -> tuple[str, ...]:
    """Return the dotted names of all apps in the tree, lowest layer first, whichever zone they serve."""
    return tuple(
        f"quancheng.{layer}.{folder.parent.name}"
        for layer in LAYERS
        for folder in sorted((ROOT / layer).glob("*/apps.py"))
    )


def config_class(name: str) -> type[App]:
    """Return the app config class of the app `name`."""
    module = import_module(f"{name}.apps")
    found = [item for item in vars(module).values() if isinstance(item, type) and item.__module__ == module.__name__]
    (config,) = (item for item in found if issubclass(item, App))
    return config


def installed() -> list[str]:
    """Return the entries of INSTALLED_APPS for this zone; an app of the other zone has no tables and no URLs here.

    `QC_CLOSED_APPS` (labels, comma-separated) closes apps that a deployment does without.
    """
    closed = set(os.environ.get("QC_CLOSED_APPS", "").split(","))
    configs = {name: config_class(name) for name in folders() if name.rpartition(".")[2] not in closed}
    return [f"{name}.apps.{found.__name__}" for name, found in configs.items() if zone.serves(found.zones)]


def all_apps() -> tuple[App, ...]:
    """Return the platform's apps that are installed here, lowest layer first."""
    return tuple(config for config in apps.get_app_configs() if isinstance(config, App))


def app(label: str) -> App | None:
    """Return the installed app `label`, None where this zone has none."""
    return next((config for config in all_apps() if config.label == label), None)


def modules(part: str) -> Iterator[tuple[App, Any]]:
    """Yield each installed app that has a module `part`, and that module."""
    for config in all_apps():
        # Look before importing, so that a broken module stays loud.
        if find_spec(f"{config.name}.{part}"):
            yield config, import_module(f"{config.name}.{part}")


def urlpatterns() -> list[Any]:
    """Return the URLs of all installed apps: pages at /<prefix or label>/, HTTP APIs at /api/<label>/."""
    patterns = []
    for config in all_apps():
        if find_spec(f"{config.name}.web") and find_spec(f"{config.name}.web.urls"):
            patterns.append(path(f"{config.prefix or config.label}/", include(f"{config.name}.web.urls")))
        if find_spec(f"{config.name}.api") and find_spec(f"{config.name}.api.urls"):
            patterns.append(path(f"api/{config.label}/", include(f"{config.name}.api.urls")))
    return patterns


@dataclass(frozen=True, slots=True)
class Group:
    """A system in the workbench menu with the pages that one person may open."""

    title: str
    layer: str
    links: tuple[Link, ...]


def menu(actor: Any) -> tuple[Group, ...]:
    """Return the menu for `actor` (anything with `may(privilege)`): only systems with a page for them."""
    from django.urls import reverse

    groups = []
    for config in sorted(all_apps(), key=lambda item: (-LAYERS.index(item.layer), item.label)):
        links = tuple(
            Link(
                title=str(entry.title),
                url=reverse(entry.view),
                icon=entry.icon,
                count=entry.count(actor) if entry.count else 0,
            )
            for entry in config.menu
            if not entry.action or actor.might(entry.action)
        )
        if links:
            groups.append(Group(str(config.verbose_name), config.layer, links))
    return tuple(groups)
