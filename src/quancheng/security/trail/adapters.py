"""Where the trail asks for names of places. Organisations lie above it, so the app that knows them offers itself."""

from collections.abc import Iterable
from typing import Protocol


class Gazetteer(Protocol):
    """Knows organisations by their paths, such as `370100/370100-spfw/`."""

    def names_of(self, paths: Iterable[str]) -> dict[str, str]: ...
    def places(self) -> list[tuple[str, str]]: ...


class NoNames:
    """The gazetteer of a site without organisations."""

    def names_of(self, paths: Iterable[str]) -> dict[str, str]:
        """Return no names."""
        return {}

    def places(self) -> list[tuple[str, str]]:
        """Return no places."""
        return []


_gazetteers: list[Gazetteer] = [NoNames()]


def use_gazetteer(found: Gazetteer) -> None:
    """Ask `found` from now on."""
    _gazetteers[:] = [found]


def gazetteer() -> Gazetteer:
    """Return the gazetteer to ask."""
    return _gazetteers[0]
