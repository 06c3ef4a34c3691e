"""Where pmi asks who holds which role. Posts and people lie above it, so the app that knows them offers itself."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from quancheng.security.pmi.rules import Actor, Holding


@dataclass(frozen=True, slots=True)
class Seat:
    """A post that carries a role, and who holds it today."""

    role: str
    post: str
    organisation: str
    organisation_name: str
    holders: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Served:
    """Of which kind somebody is (staff or citizen), and every post they held or acted in, whenever."""

    kind: str
    name: str
    holdings: tuple[Holding, ...]


class Directory(Protocol):
    """What pmi's pages ask about people and places."""

    def names_of(self, paths: Iterable[str]) -> dict[str, str]: ...
    def names_of_subjects(self, subjects: Iterable[str]) -> dict[str, str]: ...
    def places(self) -> list[tuple[str, str]]: ...
    def seats(self) -> Iterable[Seat]: ...
    def actor_of(self, username: str) -> Actor: ...
    def system_of(self, token: str) -> Actor | None: ...
    def served(self, actor_ids: Iterable[str]) -> dict[str, Served]: ...
    def posts(self) -> list[tuple[str, str]]: ...
    def post(self, post_id: str) -> Holding | None: ...
    def checked_person(self, actor_id: str) -> str: ...


class Nobody:
    """The directory of a site without identity: it knows no posts and no names."""

    def names_of(self, paths: Iterable[str]) -> dict[str, str]:
        """Return no names."""
        return {}

    def names_of_subjects(self, subjects: Iterable[str]) -> dict[str, str]:
        """Return no names of accounts, organisations and roles."""
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

    def system_of(self, token: str) -> Actor | None:
        """Know no systems."""
        return None

    def served(self, actor_ids: Iterable[str]) -> dict[str, Served]:
        """Know nobody."""
        return {}

    def posts(self) -> list[tuple[str, str]]:
        """Return no posts."""
        return []

    def post(self, post_id: str) -> Holding | None:
        """Know no post."""
        return None

    def checked_person(self, actor_id: str) -> str:
        """Know of nobody who they are."""
        return ""


_directories: list[Directory] = [Nobody()]


def use_directory(found: Directory) -> None:
    """Ask `found` from now on."""
    _directories[:] = [found]


def directory() -> Directory:
    """Return the directory to ask."""
    return _directories[0]


class People(Protocol):
    """Knows whom the subjects of an action concern, as references to people (rules.reference)."""

    def __call__(self, subjects: Iterable[str]) -> Iterable[str]: ...


_people: list[People] = []


def find_people_with(know: People) -> None:
    """Ask `know` too, from now on, whose data an action is about."""
    if know not in _people:
        _people.append(know)


def people_sources() -> tuple[People, ...]:
    """Return whoever knows people."""
    return tuple(_people)
