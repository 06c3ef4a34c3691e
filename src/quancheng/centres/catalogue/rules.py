"""What a declaration means and who may have what: 《政务数据共享条例》 (Decree 809), three share classes."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

CODE = re.compile(r"[a-z]+\.[a-z][a-z0-9_-]*")
NAME = re.compile(r"[a-z][a-z0-9_]*")


class Share(StrEnum):
    """无条件共享, 有条件共享, 不予共享; ordered from open to closed."""

    UNCONDITIONAL = "unconditional"
    CONDITIONAL = "conditional"
    NONE = "none"


ORDER = list(Share)


class Reason(StrEnum):
    """Why an item was not handed out; stable codes for those who asked."""

    UNKNOWN = "unknown"
    NOT_SHARED = "not-shared"
    NO_CONSENT = "no-consent"
    NOT_HERE = "not-here"
    NO_RECORD = "no-record"


class BadDeclaration(ValueError):
    """A `resources.toml` says something that cannot be meant; the argument names file and field."""


@dataclass(frozen=True, slots=True)
class Item:
    """One datum of a resource. `share` is never wider than the resource's; `also` are other words for its title."""

    name: str
    title: str
    type: str
    share: Share
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A declared resource. `provider` is an organisation code, `basis` the law by which it is kept."""

    code: str
    title: str
    title_en: str
    provider: str
    share: Share
    basis: str
    items: tuple[Item, ...]

    def item(self, name: str) -> Item | None:
        return next((item for item in self.items if item.name == name), None)

    def digest(self) -> str:
        """Return a fingerprint of everything declared; another one means another version."""
        declared = asdict(self)
        # Other words for a title change nothing about the data.
        for item in declared["items"]:
            del item["also"]
        text = json.dumps(declared, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Purpose:
    """A registered use of conditional data: which items (or whole resources) it covers, by which law.

    With `consent`, the code of a matter that people may agree to (pmi), it covers those who have.
    """

    code: str
    title: str
    basis: str
    items: tuple[str, ...]
    consent: str = ""

    def covers(self, full_name: str) -> bool:
        return any(full_name == item or full_name.startswith(f"{item}.") for item in self.items)


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks. `kind` is staff, citizen or service; `person` the identity number, `organisation` the path, or ""."""

    id: str
    kind: str
    person: str = ""
    organisation: str = ""


def split(full_name: str) -> tuple[str, str]:
    """Split `population.person.name` into resource code and item name."""
    code, _, name = full_name.rpartition(".")
    return code, name


def stricter(first: Share, second: Share) -> Share:
    """Return the more closed of two share classes, so that an item never widens its resource."""
    return max(first, second, key=ORDER.index)


def read_resource(table: Mapping[str, Any], place: str) -> Resource:
    """Read a `[[resource]]` table. :raises BadDeclaration: naming the field."""
    try:
        share = Share(table["share"])
        items = tuple(
            Item(
                name=_match(NAME, item["name"]),
                title=item["title"],
                type=item.get("type", "text"),
                share=stricter(share, Share(item.get("share", share))),
                also=tuple(item.get("also", ())),
            )
            for item in table["items"]
        )
        resource = Resource(
            code=_match(CODE, table["code"]),
            title=table["title"],
            title_en=table.get("title_en", ""),
            provider=table["provider"],
            share=share,
            basis=table.get("basis", ""),
            items=items,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BadDeclaration(f"{place}: {error}") from error
    if len({item.name for item in items}) < len(items):
        raise BadDeclaration(f"{place}: {resource.code} has an item twice")
    return resource


def read_purpose(table: Mapping[str, Any], place: str) -> Purpose:
    """Read a `[[purpose]]` table. :raises BadDeclaration: naming the field."""
    try:
        return Purpose(table["code"], table["title"], table["basis"], tuple(table["items"]), table.get("consent", ""))
    except (KeyError, TypeError) as error:
        raise BadDeclaration(f"{place}: {error}") from error


def _match(pattern: re.Pattern[str], text: str) -> str:
    if not pattern.fullmatch(text):
        raise ValueError(text)
    return text


def judge(
    full_name: str,
    *,
    resources: Mapping[str, Resource],
    purposes: Collection[Purpose],
    asker: Asker,
    subject: str,
    purpose: str,
    agreed: Callable[[str], bool] = lambda _matter: False,
) -> Reason | None:
    """Decide whether `asker` may have one item about `subject`; None means yes.

    Conditional data go to the person whom they are about, or to an office for a registered purpose; where that asks for
    consent, `agreed` says whether the person gave it to this office. A citizen never
    gets conditional data about somebody else, whatever the purpose says.
    """
    code, name = split(full_name)
    resource = resources.get(code)
    item = resource.item(name) if resource else None
    if item is None:
        return Reason.UNKNOWN
    if item.share is Share.NONE:
        return Reason.NOT_SHARED
    if item.share is Share.UNCONDITIONAL or (asker.person and normal(asker.person) == normal(subject)):
        return None
    if asker.kind == "citizen":
        return Reason.NO_CONSENT
    is_registered = any(
        found.code == purpose and found.covers(full_name) and (not found.consent or agreed(found.consent))
        for found in purposes
    )
    return None if is_registered else Reason.NO_CONSENT


def normal(subject: str) -> str:
    """Return an identity number or credit code as the registers write it."""
    return subject.strip().upper()


def reference(subject: str) -> str:
    """Return how the trail names a person or firm: findable by whoever knows the number, not readable from the log."""
    return f"subject:{hashlib.sha256(normal(subject).encode()).hexdigest()[:32]}"


def by_code(resources: Iterable[Resource]) -> dict[str, Resource]:
    """Index resources. :raises BadDeclaration: if two have the same code."""
    found: dict[str, Resource] = {}
    for resource in resources:
        if resource.code in found:
            raise BadDeclaration(f"{resource.code} is declared twice")
        found[resource.code] = resource
    return found


@dataclass(frozen=True, slots=True)
class Asked:
    """What a form asks for. `catalogue` is the item it is taken from, `reason` why it is asked although it is known."""

    key: str
    label: str
    catalogue: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AskedAgain:
    """A field that asks for what the city knows; `title` is the item's, "" where a form names an item there is not."""

    key: str
    label: str
    item: str
    title: str


def asked_again(fields: Iterable[Asked], resources: Mapping[str, Resource]) -> tuple[AskedAgain, ...]:
    """Return the fields that ask for what is known (《国务院关于在线政务服务的若干规定》, Decree 716, article 7).

    A field is known by its label, which is the title of an item or another word for it, or by its key: `person_name`,
    or the item's own name where no other resource has one like it. A field that names its item is prefilled, one with a
    reason may ask; an item that is not in the catalogue prefills nothing, so it is named too.
    """
    words, keys, known = _known(resources)
    found = []
    for field in fields:
        if field.catalogue:
            if field.catalogue not in known:
                found.append(AskedAgain(field.key, field.label, field.catalogue, ""))
        elif not field.reason.strip():
            item = words.get(_plain(field.label)) or keys.get(field.key.lower())
            if item:
                found.append(AskedAgain(field.key, field.label, item, known[item]))
    return tuple(found)


# Names that as the key of a field say nothing about whose they are.
GENERIC = frozenset(
    {"address", "code", "division", "level", "name", "number", "parent", "state", "status", "title", "type"}
)


def _known(resources: Mapping[str, Resource]) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """Return item by word, item by key and title by item, of everything that is shared at all."""
    words: dict[str, str] = {}
    keys: dict[str, str] = {}
    known: dict[str, str] = {}
    shared = [(code, item) for code, found in resources.items() for item in found.items if item.share is not Share.NONE]
    names = [item.name for _code, item in shared]
    for code, item in shared:
        full = f"{code}.{item.name}"
        known[full] = item.title
        # Words of one thing only: a "name" or a "code" may be anybody's.
        for word in item.also if names.count(item.name) > 1 else (item.title, *item.also):
            words.setdefault(_plain(word), full)
        keys[full.replace(".", "_")] = keys[f"{code.rpartition('.')[2]}_{item.name}"] = full
        if names.count(item.name) == 1 and item.name not in GENERIC:
            keys[item.name] = full
    return words, keys, known


def _plain(label: str) -> str:
    """Return a label without spaces, remarks in brackets and signs at its end."""
    return re.sub(r"[（(][^（）()]*[）)]|[\s：:*]", "", label)
