"""The kinds of notices, read from `notices.toml` of every installed app."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any, ClassVar

from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from quancheng.kernel import discovery
from quancheng.kernel.refusal import Refusal
from quancheng.support.notifications import rules

TYPES = ("text", "lines", "number", "date", "moment")
Texts = Mapping[str, Mapping[str, str]]


class BadNotice(ValueError):
    """A `notices.toml` says something that cannot be meant; the argument names app, kind and fault."""


class NoSuchKind(Refusal):
    """No installed app declares this kind of notice."""

    code: ClassVar[str] = "notifications.no-such-kind"
    message = _("There is no kind of notice called “%(kind)s”.")
    status: ClassVar[int] = 404


class MissingFact(Refusal):
    """The occasion does not bring what the kind's texts speak of; nothing is sent."""

    code: ClassVar[str] = "notifications.missing-fact"
    message = _("The notice “%(kind)s” cannot be sent without: %(names)s.")


class UnknownFact(Refusal):
    """The occasion brings something that the kind does not declare."""

    code: ClassVar[str] = "notifications.unknown-fact"
    message = _("The notice “%(kind)s” knows nothing of: %(names)s.")


class WrongFact(Refusal):
    """The occasion brings something of another type than the kind declares."""

    code: ClassVar[str] = "notifications.wrong-fact"
    message = _("In the notice “%(kind)s”, %(name)s must be of the type %(type)s.")


@dataclass(frozen=True, slots=True)
class Variable:
    """What an occasion brings: its name in the texts, its title, its type (see TYPES), and an example."""

    name: str
    type: str
    titles: tuple[str, str]
    examples: tuple[str, str]

    @property
    def title(self) -> str:
        """What it is called in the reader's language."""
        return self.titles[_place()]

    @property
    def example(self) -> str:
        """An example in the reader's language."""
        return self.examples[_place()]


@dataclass(frozen=True, slots=True)
class NoticeKind:
    """A kind of notice. `channels` are the ways outside that are on unless somebody switches them off.

    With `always` (law and article, or the duty) these cannot be switched off; `urgent` ones ring at any hour. `texts`
    are the words that the app brings; see `rules.FIELDS`.
    """

    code: str
    app: str
    app_title: Any
    titles: tuple[str, str]
    audience: frozenset[str]
    channels: frozenset[str]
    urgent: bool
    always_in: tuple[str, str]
    variables: tuple[Variable, ...]
    texts: Texts = field(repr=False)

    @property
    def title(self) -> str:
        """What it is called in the reader's language."""
        return self.titles[_place()]

    @property
    def always(self) -> str:
        """Why it cannot be switched off, in the reader's language; "" when it can."""
        return self.always_in[_place()]

    @property
    def names(self) -> tuple[str, ...]:
        """The names that its texts may use."""
        return tuple(variable.name for variable in self.variables)

    def words(self, facts: Mapping[str, Any]) -> dict[str, str]:
        """Return what stands in the places, in the language in force.

        :raises MissingFact: :raises UnknownFact: :raises WrongFact:
        """
        if missing := [name for name in self.names if facts.get(name) is None]:
            raise MissingFact(kind=self.code, names=", ".join(missing))
        if unknown := sorted(facts.keys() - set(self.names)):
            raise UnknownFact(kind=self.code, names=", ".join(unknown))
        found = {}
        for variable in self.variables:
            try:
                found[variable.name] = word(variable.type, facts[variable.name])
            except (TypeError, ValueError) as error:
                raise WrongFact(kind=self.code, name=variable.name, type=variable.type) from error
        return found

    def examples(self) -> dict[str, str]:
        """Return the examples in the language in force, as they stand in the places."""
        return {variable.name: variable.example for variable in self.variables}

    def faults(self, texts: Texts) -> dict[tuple[str, str], tuple[str, ...]]:
        """Return for (language, field) the names in its text that this kind does not have."""
        found = {
            (language, name): rules.unknown(texts.get(language, {}).get(name, ""), names=self.names)
            for language in rules.LANGUAGES
            for name in rules.FIELDS
        }
        return {place: names for place, names in found.items() if names}


def word(kind: str, value: Any) -> str:
    """Return a fact as it stands in a text. :raises TypeError: if it is not of its type."""
    if kind == "text":
        if isinstance(value, int | float | list | tuple | dict | date):
            raise TypeError(type(value))
        return str(value)
    if kind == "lines":
        if isinstance(value, str | bytes):
            raise TypeError(type(value))
        return "\n".join(str(item) for item in value)
    if kind == "number":
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise TypeError(type(value))
        return str(number_format(value, use_l10n=True))
    if kind == "moment":
        if not isinstance(value, datetime):
            raise TypeError(type(value))
        return str(date_format(timezone.localtime(value), "DATETIME_FORMAT"))
    if not isinstance(value, date) or isinstance(value, datetime):
        raise TypeError(type(value))
    return str(date_format(value, "DATE_FORMAT"))


def fields(texts: Mapping[str, str], words: Mapping[str, str]) -> dict[str, str]:
    """Return each field of one language, filled. An e-mail without a text of its own says what the inbox says."""
    found = {name: rules.fill(texts.get(name, ""), words) for name in rules.FIELDS}
    found["email_subject"] = found["email_subject"] or found["title"]
    found["email_text"] = found["email_text"] or found["text"]
    for name in ("title", "email_subject"):
        found[name] = rules.tidy(found[name])[:200]
    for name in ("sms", "voice"):
        found[name] = rules.tidy(found[name])
    return found


def kind(code: str) -> NoticeKind:
    """Return a kind of notice. :raises NoSuchKind: if no installed app declares it."""
    found = all_kinds().get(code)
    if found is None:
        raise NoSuchKind(kind=code)
    return found


@cache
def all_kinds() -> dict[str, NoticeKind]:
    """Return the kinds of all installed apps by code. :raises BadNotice: naming app, kind and fault."""
    found: dict[str, NoticeKind] = {}
    for app in discovery.all_apps():
        for file in app.files("notices.toml"):
            for table in tomllib.loads(file.read_text(encoding="utf-8")).get("notice", ()):
                one = read(table, app=app.label, app_title=app.verbose_name)
                if one.code in found:
                    raise BadNotice(f"{app.label}: {one.code} is declared twice")
                found[one.code] = one
    return found


def read(table: Mapping[str, Any], *, app: str, app_title: Any = "") -> NoticeKind:
    """Return the kind that a `[[notice]]` declares. :raises BadNotice: naming app, kind and fault."""
    code = str(table.get("kind", ""))
    if not code.startswith(f"{app}."):
        raise BadNotice(f"{app}: {code or 'a notice'} must begin with the app's name")
    variables = []
    for item in table.get("variables", ()):
        if item.get("type") not in TYPES:
            raise BadNotice(f"{app}: {code}.{item.get('name')} is of no known type: {', '.join(TYPES)}")
        example = str(item["example"])
        variables.append(
            Variable(
                name=item["name"],
                type=item["type"],
                titles=(item["title"], item["title_en"]),
                examples=(example, str(item.get("example_en", example))),
            )
        )
    made = NoticeKind(
        code=code,
        app=app,
        app_title=app_title,
        titles=(table["title"], table["title_en"]),
        audience=frozenset(table["for"]),
        channels=frozenset(table.get("channels", ())),
        urgent=bool(table.get("urgent", False)),
        always_in=(table.get("always", ""), table.get("always_en", "")),
        variables=tuple(variables),
        texts={language: dict(table[language]) for language in rules.LANGUAGES},
    )
    if wrong := made.channels - set(rules.CHANNELS):
        raise BadNotice(f"{app}: {code} names no channel: {sorted(wrong)}")
    if faults := made.faults(made.texts):
        raise BadNotice(f"{app}: {code} uses what it does not declare: {faults}")
    for language in rules.LANGUAGES:
        if strange := made.texts[language].keys() - set(rules.FIELDS):
            raise BadNotice(f"{app}: {code} has no such field: {sorted(strange)}")
        if not made.texts[language].get("title"):
            raise BadNotice(f"{app}: {code} has no title in {language}")
    return made


def _place() -> int:
    return 0 if (get_language() or "").startswith("zh") else 1
