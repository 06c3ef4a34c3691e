"""Consent to a use of one's data: what is asked for, and when it was given, as plain values.

PIPL (个人信息保护法) art. 13 para. 1 item 1 (consent as a ground), art. 14 (informed, voluntary, explicit;
anew when purpose, manner or kind of data changes), art. 15 (withdrawal as easy as giving), art. 23 and 29 (separate
consent).
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

CODE: Final = re.compile(r"[a-z][a-z0-9-]{2,59}")
PERSON: Final = "subject:"
LONGEST: Final = 3 * 366


class BadMatter(ValueError):
    """A `[[consent]]` table says something that cannot be meant; the argument names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """What people are asked to agree to: which data go to whom, what for, by which article, for at most how long."""

    code: str
    title: str
    title_en: str
    data: str
    data_en: str
    purpose: str
    purpose_en: str
    recipient: str
    basis: str
    days: int

    def digest(self) -> str:
        """Return a fingerprint of what was agreed to; another one asks for a new consent (art. 14 para. 2)."""
        said = {key: value for key, value in asdict(self).items() if key not in {"title", "title_en", "days"}}
        return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Agreed:
    """A consent in force: to what, and to the organisation with which code."""

    matter: str
    recipient: str

    def covers(self, matter: str, path: str) -> bool:
        """Test whether it lets somebody at the organisation path `path` use the data for `matter`."""
        return self.matter == matter and self.recipient in path.split("/")


def read_matter(table: Mapping[str, Any], place: str) -> Matter:
    """Read a `[[consent]]` table of a resources.toml. :raises BadMatter: naming app and field."""
    try:
        found = Matter(**table)
    except TypeError as error:
        raise BadMatter(f"{place}: {error}") from error
    texts = {key: value for key, value in asdict(found).items() if key != "days"}
    wrong = [key for key, value in texts.items() if not isinstance(value, str) or not value.strip()]
    if wrong or not CODE.fullmatch(found.code) or not 0 < found.days <= LONGEST:
        raise BadMatter(f"{place}: {', '.join(wrong) or found.code}")
    return found


def reference(number: str) -> str:
    """Return how consents and the trail name a person: findable by who knows the number, not readable from it."""
    return PERSON + hashlib.sha256(number.strip().upper().encode()).hexdigest()[:32]


def common(agreed: Iterable[frozenset[Agreed]]) -> frozenset[Agreed]:
    """Return what all people concerned have agreed to; nothing when there is nobody."""
    found = list(agreed)
    return frozenset.intersection(*found) if found else frozenset()
