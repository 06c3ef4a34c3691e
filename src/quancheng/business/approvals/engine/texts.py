"""The Chinese texts that leave the office: service items, sentences of the progress page, letters, licences."""

import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[1]


@cache
def _letters() -> dict[str, Any]:
    return tomllib.loads((FOLDER / "letters.toml").read_text(encoding="utf-8"))


@cache
def _items() -> dict[str, Any]:
    return tomllib.loads((FOLDER / "services.toml").read_text(encoding="utf-8"))


def services() -> tuple[Mapping[str, Any], ...]:
    """Return the service items that come with the platform, as `services.toml` has them."""
    return tuple(_items()["service"])


def unverified() -> Mapping[str, str]:
    """Return the laws that are cited though their text could not be read, by title, and what is known of each."""
    return _items()["unverified"]


def progress(kind: str, **facts: object) -> tuple[str, str]:
    """Return what happened and what happens next, for the citizen. :raises KeyError: for an unknown kind or fact."""
    template = _letters()["progress"][kind]
    return template["sentence"] % facts, template["next"] % facts


def waiting(titles: tuple[str, ...]) -> str:
    """Return the sentence about the parts that are still under review."""
    texts = _letters()["waiting"]
    return texts["some"] % {"parts": join(titles)} if titles else texts["none"]


def letter(kind: str, **facts: object) -> tuple[str, str]:
    """Return title and text of a letter: correction, unaccepted, refused or granted."""
    template = _letters()["letter"][kind]
    return template["title"], template["text"] % facts


def law(kind: str) -> str:
    """Return how a decision cites the law it stands on: acceptance, unaccepted, grant or refuse."""
    return _letters()["law"][kind]


def remedies() -> str:
    """Return what a refused applicant can do. Source: Administrative Reconsideration Law 20, Procedure Law 46."""
    return _letters()["remedies"]["text"]


def licence(template: str) -> Mapping[str, Any]:
    """Return title, department, years and facts of a kind of licence. :raises KeyError: for an unknown kind.

    `law` says where the term stands and `doubt` what is open about it; either may be missing.
    """
    return _letters()["licence"][template]


def label(fact: str) -> str:
    """Return how a licence names the fact."""
    return _letters()["facts"][fact]


def value(group: str, key: str) -> str:
    """Return how a licence words a coded value; the code itself where there is no wording."""
    return _letters()["values"][group].get(key, key)


def department(code: str) -> str:
    """Return the department's name; the code itself for one that the texts do not know."""
    return _letters()["departments"].get(code, code)


def city() -> str:
    """Return the city's name, which addresses on licences begin with."""
    return _letters()["city"]["name"]


def day(value: date) -> str:
    """Return a date as official Chinese documents write it."""
    return f"{value.year}年{value.month}月{value.day}日"


def join(titles: tuple[str, ...]) -> str:
    """Return titles as a Chinese list."""
    return "、".join(titles)
