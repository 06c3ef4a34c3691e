"""Questions about the texts of notices."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from quancheng.kernel.refusal import Refusal
from quancheng.support.notifications import rules
from quancheng.support.notifications.config import config
from quancheng.support.notifications.engine import kinds
from quancheng.support.notifications.models import TemplateVersion

DRAFT, PUBLISHED = TemplateVersion.State.DRAFT, TemplateVersion.State.PUBLISHED
FIELD_TITLES = {
    "title": _("Title in the inbox"),
    "text": _("Text in the inbox"),
    "email_subject": _("Subject of the e-mail"),
    "email_text": _("Text of the e-mail"),
    "sms": _("Text message"),
    "voice": _("Words of the voice call"),
}
LANGUAGE_TITLES = {"zh-hans": pgettext_lazy("language", "Chinese"), "en": pgettext_lazy("language", "English")}


class NoSuchVersion(Refusal):
    """The kind has no version with this number."""

    code: ClassVar[str] = "notifications.no-such-version"
    message = _("There is no such version of this text.")
    status: ClassVar[int] = 404


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a text; number 0 is the one that the app brings. `based_on` is what an editor had before them."""

    number: int
    texts: kinds.Texts
    is_draft: bool = False
    note: str = ""
    revision: int = 0
    edited_by: str = ""
    edited_by_name: str = ""
    edited_at: datetime | None = None
    published_by_name: str = ""
    published_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the list of texts."""

    kind: kinds.NoticeKind
    number: int
    published_at: datetime | None
    has_draft: bool
    is_unusable: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """A text in one language with the examples in its places, and what it costs as a text message."""

    language: str
    title: Any
    fields: Mapping[str, str]
    sms: rules.Count
    sms_text: str


@dataclass(frozen=True, slots=True)
class Change:
    """How a field differs between two versions: lines of (sign, text), the sign "+", "-" or "" for what stays."""

    title: str
    lines: tuple[tuple[str, str], ...]


def in_force(kind: kinds.NoticeKind) -> Version:
    """Return the text that is sent. One that speaks of what the kind no longer has gives way to the app's own."""
    row = TemplateVersion.objects.filter(kind=kind.code, state=PUBLISHED).order_by("-number").first()
    if row is None or kind.faults(row.texts):
        return delivered(kind)
    return _version(row)


def delivered(kind: kinds.NoticeKind) -> Version:
    """Return the text that the app brings."""
    return Version(0, kind.texts)


def versions(kind: kinds.NoticeKind) -> tuple[Version, ...]:
    """Return all versions, the newest first, a draft before all others, the app's own last."""
    return (*map(_version, TemplateVersion.objects.filter(kind=kind.code).order_by("-number")), delivered(kind))


def version(kind: kinds.NoticeKind, number: int) -> Version:
    """Return one version. :raises NoSuchVersion: if there is none with this number."""
    found = next((one for one in versions(kind) if one.number == number), None)
    if found is None:
        raise NoSuchVersion
    return found


def draft(kind: kinds.NoticeKind) -> Version | None:
    """Return the draft, None when nobody is writing one."""
    row = TemplateVersion.objects.filter(kind=kind.code, state=DRAFT).first()
    return _version(row) if row else None


def listing(search: str = "") -> tuple[Line, ...]:
    """Return all kinds with what is in force, those whose title or code contains `search`."""
    drafts = set(TemplateVersion.objects.filter(state=DRAFT).values_list("kind", flat=True))
    newest = {
        row.kind: row for row in TemplateVersion.objects.filter(state=PUBLISHED).order_by("number")
    }  # the last of a kind is its newest
    wanted, found = search.strip().casefold(), []
    for kind in kinds.all_kinds().values():
        if wanted and wanted not in f"{kind.code} {kind.titles[0]} {kind.titles[1]}".casefold():
            continue
        row = newest.get(kind.code)
        unusable = bool(row and kind.faults(row.texts))
        current = None if unusable else row
        found.append(
            Line(
                kind, current.number if current else 0, current.published_at if current else None,
                kind.code in drafts, unusable,
            )
        )  # fmt: skip
    return tuple(found)


def previews(kind: kinds.NoticeKind, texts: kinds.Texts) -> tuple[Preview, ...]:
    """Return the texts in each language with the examples in their places."""
    found = []
    for language in rules.LANGUAGES:
        with translation.override(language):
            words = kind.examples()
        # A draft may name what the kind does not have; it shows as it was written.
        strange = {
            name: f"{{{name}}}"
            for text in texts.get(language, {}).values()
            for name in rules.unknown(text, names=kind.names)
        }
        filled = kinds.fields(texts.get(language, {}), words | strange)
        text = signed(filled["sms"])
        found.append(Preview(language, LANGUAGE_TITLES[language], filled, rules.count(text), text))
    return tuple(found)


def signed(text: str) -> str:
    """Return a text message with the signature that the operators ask for; nothing for nothing."""
    return f"【{config.sms_signature}】{text}" if text and config.sms_signature else text


def changes(before: kinds.Texts, after: kinds.Texts) -> tuple[Change, ...]:
    """Return the fields that differ, line by line."""
    found = []
    for language in rules.LANGUAGES:
        for name in rules.FIELDS:
            old, new = (texts.get(language, {}).get(name, "").splitlines() for texts in (before, after))
            if old != new:
                lines = [(line[:1].strip(), line[2:]) for line in difflib.ndiff(old, new) if not line.startswith("?")]
                found.append(Change(f"{LANGUAGE_TITLES[language]} · {FIELD_TITLES[name]}", tuple(lines)))
    return tuple(found)


def _version(row: TemplateVersion) -> Version:
    return Version(
        number=row.number,
        texts=row.texts,
        is_draft=row.state == DRAFT,
        note=row.note,
        revision=row.revision,
        edited_by=row.edited_by,
        edited_by_name=row.edited_by_name,
        edited_at=row.edited_at,
        published_by_name=row.published_by_name,
        published_at=row.published_at,
    )
