"""Where pmi asks who holds which role. Posts and people lie above it, so the app that knows them offers itself."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from quancheng.security.pmi.rules import Actor


@dataclass(frozen=True, slots=True)
class Seat:
    """A post that carries a role, and who holds it today."""

    role: str
    post: str
    organisation: str
    organisation_name: str
    holders: tuple[str, ...]


class Directory(Protocol):
    """What pmi's pages ask about people and places."""

    def names_of(self, paths: Iterable[str]) -> dict[str, str]: ...
    def places(self) -> list[tuple[str, str]]: ...
    def seats(self) -> Iterable[Seat]: ...
    def actor_of(self, username: str) -> Actor: ...


class Nobody:
    """The directory of a site without identity: it knows no posts and no names."""

    def names_of(self, paths: Iterable[str]) -> dict[str, str]:
        """Return no names."""
        return {}

    def places(self) -> list[tuple[str, str]]:
        """Return no places."""
        return []

    def seats(self) -> Iterable[Seat]:
        """Return no seats."""
        return ()

    def actor_of(self, username: str) -> Actor:
        """Know nobody. :raises LookupError: always."""
        raise LookupError(username)


_directories: list[Directory] = [Nobody()]


def use_directory(found: Directory) -> None:
    """Ask `found` from now on."""
    _directories[:] = [found]


def directory() -> Directory:
    """Return the directory to ask."""
    return _directories[0]
