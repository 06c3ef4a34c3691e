"""Writing and publishing the texts of notices."""

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi
from quancheng.support.notifications import rules
from quancheng.support.notifications.config import config
from quancheng.support.notifications.engine import kinds
from quancheng.support.notifications.models import TemplateVersion
from quancheng.support.notifications.queries.templates import FIELD_TITLES, LANGUAGE_TITLES

DRAFT, PUBLISHED = TemplateVersion.State.DRAFT, TemplateVersion.State.PUBLISHED


class UnknownPlace(Refusal):
    """A text speaks of something that the kind does not have."""

    code: ClassVar[str] = "notifications.unknown-place"
    message = _("%(places)s: this notice has no such variable. It has: %(names)s. Nothing was saved.")
    status: ClassVar[int] = 422


class WithoutTitle(Refusal):
    """A text lacks the title, which the inbox and every other way need."""

    code: ClassVar[str] = "notifications.without-title"
    message = _("The title in the inbox must be given in every language.")
    status: ClassVar[int] = 422


class ChangedMeanwhile(Refusal):
    """Somebody else saved or published the draft first."""

    code: ClassVar[str] = "notifications.draft-changed-meanwhile"
    message = _("Somebody changed the draft while you were writing. Look at it, then save again.")


class NoDraft(Refusal):
    """There is no draft of this text."""

    code: ClassVar[str] = "notifications.no-draft"
    message = _("There is no draft of this text any more.")


class OwnDraft(Refusal):
    """A second person must look at a text before it is sent."""

    code: ClassVar[str] = "notifications.own-draft"
    message = _("You wrote this draft, so somebody else must publish it.")


def _of_kind(*, kind: str, **_rest: object) -> pmi.Target:
    return pmi.Target(subjects=(f"notice:{kinds.kind(kind).code}",))


@pmi.action("notifications.template.edit", scope=_of_kind)
def save_draft(
    *, actor: pmi.Actor, kind: str, texts: Mapping[str, Mapping[str, str]], note: str, revision: int, at: datetime
) -> int:
    """Save the draft of a text, the first time or again; return its number. Nobody is told anything by it.

    `texts` is {language: {field: text}}; `revision` is that of the draft which the writer had before them, 0 for none.

    :raises UnknownPlace: naming what the kind does not have. :raises WithoutTitle: :raises ChangedMeanwhile:
    """
    declared = kinds.kind(kind)
    texts = {
        language: {name: texts.get(language, {}).get(name, "").replace("\r\n", "\n") for name in rules.FIELDS}
        for language in rules.LANGUAGES
    }
    _check(declared, texts)
    row = TemplateVersion.objects.select_for_update().filter(kind=kind, state=DRAFT).first()
    if (row.revision if row else 0) != revision:
        raise ChangedMeanwhile
    if row is None:
        last = TemplateVersion.objects.filter(kind=kind).order_by("-number").first()
        row = TemplateVersion(kind=kind, number=last.number + 1 if last else 1, revision=0)
    row.texts, row.note, row.revision = texts, note[:200], row.revision + 1
    row.edited_by, row.edited_by_name, row.edited_at = actor.id, actor.name, at
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        # Two began the draft at the same moment, and there was no row that the second could have waited for.
        raise ChangedMeanwhile from error
    return row.number


@pmi.action("notifications.template.edit", scope=_of_kind)
def discard_draft(*, actor: pmi.Actor, kind: str) -> None:
    """Throw the draft of a text away. :raises NoDraft: if there is none."""
    if not TemplateVersion.objects.filter(kind=kind, state=DRAFT).delete()[0]:
        raise NoDraft


@pmi.action("notifications.template.publish", scope=_of_kind)
def publish_draft(*, actor: pmi.Actor, kind: str, revision: int, at: datetime) -> int:
    """Put the draft in force for whatever is told from now on; return its number.

    With QC_NOTIFICATIONS_SECOND_LOOK whoever wrote it may not.

    :raises NoDraft: :raises ChangedMeanwhile: :raises OwnDraft: :raises UnknownPlace: :raises WithoutTitle:
    """
    row = TemplateVersion.objects.select_for_update().filter(kind=kind, state=DRAFT).first()
    if row is None:
        raise NoDraft
    if row.revision != revision:
        raise ChangedMeanwhile
    if config.second_look and row.edited_by == actor.id:
        raise OwnDraft
    _check(kinds.kind(kind), row.texts)
    row.state, row.published_by_name, row.published_at = PUBLISHED, actor.name, at
    row.save(update_fields=["state", "published_by_name", "published_at"])
    return row.number


def _check(kind: kinds.NoticeKind, texts: kinds.Texts) -> None:
    if faults := kind.faults(texts):
        places = "；".join(
            f"{LANGUAGE_TITLES[language]} · {FIELD_TITLES[name]}: " + ", ".join(f"{{{one}}}" for one in names)
            for (language, name), names in faults.items()
        )
        raise UnknownPlace(places=places, names=", ".join(f"{{{name}}}" for name in kind.names) or "—")
    if any(not texts[language]["title"].strip() for language in rules.LANGUAGES):
        raise WithoutTitle
