"""What can be searched: each app says for its own things which documents they make and who may read them."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from django.utils.functional import Promise

from quancheng.security.pmi import public as pmi
from quancheng.support.search.engine.gates import Readers
from quancheng.support.search.models import Touched


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A thing as it can be found. `key` names it within its kind; `department` is an organisation's code.

    Titles and texts may hold names that only its readers may know. Numbers of persons are covered before it is kept.
    """

    key: str
    title: str
    url: str
    readers: tuple[Readers, ...]
    text: str = ""
    words: tuple[str, ...] = ()
    department: str = ""
    state: str = ""
    day: date | None = None


Entries = Callable[[Collection[str] | None], Iterable[Entry]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A kind of documents. `entries(keys)` yields those of the keys that exist, or all for None."""

    kind: str
    title: str | Promise
    entries: Entries
    icon: str = "file"
    weight: float = 1.0
    states: Mapping[str, str | Promise] = field(default_factory=dict)


_sources: dict[str, Source] = {}
_subjects: dict[str, set[str]] = {}
_actions: dict[str, set[str]] = {}


def indexes(
    kind: str,
    *,
    title: str | Promise,
    icon: str = "file",
    weight: float = 1.0,
    states: Mapping[str, str | Promise] | None = None,
    subjects: Collection[str] = (),
    actions: Collection[str] = (),
) -> Callable[[Entries], Entries]:
    """Make things searchable. Put it in `subscriptions.py`, on a function that gets keys, or None for all of them.

    After every action that touches a subject `<one of subjects>:<key>` the document of that key is made anew; after an
    action named in `actions`, which touches many, all of the kind are compared. Anything else calls `touch`.
    """

    def register(entries: Entries) -> Entries:
        _sources[kind] = Source(
            kind=kind, title=title, entries=entries, icon=icon, weight=weight, states=dict(states or {})
        )
        for name in subjects:
            _subjects.setdefault(name, set()).add(kind)
        for name in actions:
            _actions.setdefault(name, set()).add(kind)
        return entries

    return register


def sources() -> Mapping[str, Source]:
    """Return the kinds that can be searched here, by name."""
    return dict(sorted(_sources.items()))


def touch(kind: str, *keys: str) -> None:
    """Note that the things `keys` of a kind changed, were made or are gone; without keys: any of the kind.

    Call it in the transaction that changes them. A kind that is not searched here is passed over.
    """
    if kind in _sources:
        Touched.objects.bulk_create([Touched(kind=kind, key=key) for key in keys or ("",)])


def follow(name: str, target: pmi.Target) -> None:
    """Note what the action `name` touched; pmi calls this inside the action's transaction."""
    for kind in _actions.get(name, ()):
        touch(kind)
    for subject in target.subjects:
        prefix, _colon, key = subject.partition(":")
        for kind in _subjects.get(prefix, ()):
            if key:
                touch(kind, key)
