"""Where identity asks what work somebody has taken on. The apps that know lie above it; the project brings them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OpenWork:
    """A task that somebody has taken on and not done: what it is, and the address of its page."""

    title: str
    url: str = ""


Ask = Callable[[str], Iterable[OpenWork]]
_asked: list[Ask] = []


def ask(found: Ask) -> None:
    """Ask `found` too, with an actor's id, from now on."""
    _asked.append(found)


def open_work(actor_id: str) -> tuple[OpenWork, ...]:
    """Return the work that the actor has taken on, over all who were asked to tell."""
    return tuple(item for found in _asked for item in found(actor_id))
