"""Where the trail asks for places, people and days. Those lie above it, so the apps that know them offer themselves."""

from collections.abc import Callable, Iterable
from datetime import date
from typing import Protocol

from quancheng.security.trail import config


class Gazetteer(Protocol):
    """Knows organisations by their paths, such as `370100/370100-spfw/`."""

    def names_of(self, paths: Iterable[str]) -> dict[str, str]: ...
    def places(self) -> list[tuple[str, str]]: ...
    def citizens_among(self, actor_ids: Iterable[str]) -> set[str]: ...
    def names_of_subjects(self, subjects: Iterable[str]) -> dict[str, str]: ...


class NoNames:
    """The gazetteer of a site without organisations."""

    def names_of(self, paths: Iterable[str]) -> dict[str, str]:
        """Return no names."""
        return {}

    def places(self) -> list[tuple[str, str]]:
        """Return no places."""
        return []

    def citizens_among(self, actor_ids: Iterable[str]) -> set[str]:
        """Return no citizens."""
        return set()

    def names_of_subjects(self, subjects: Iterable[str]) -> dict[str, str]:
        """Return no names of accounts, organisations and roles."""
        return {}


_gazetteers: list[Gazetteer] = [NoNames()]


def use_gazetteer(found: Gazetteer) -> None:
    """Ask `found` from now on."""
    _gazetteers[:] = [found]


def gazetteer() -> Gazetteer:
    """Return the gazetteer to ask."""
    return _gazetteers[0]


_workdays: list[Callable[[date], bool]] = []


def use_workdays(is_worked: Callable[[date], bool]) -> None:
    """Let `is_worked` say which days offices work; it may raise ValueError for a day that it does not know."""
    _workdays[:] = [is_worked]


def worked(day: date) -> bool:
    """Test whether offices work on a day: by the calendar, else by the days of the week in the settings."""
    for is_worked in _workdays:
        try:
            return is_worked(day)
        except ValueError:
            break
    return str(day.isoweekday()) in config.settings().watch_days
