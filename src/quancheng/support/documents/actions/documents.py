"""What is done with documents: making one, adding versions, checking out and in, breaking a lock."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.identity import public as identity
from quancheng.security.pmi import public as pmi
from quancheng.support.documents import queries, rules
from quancheng.support.documents.models import Document, Version
from quancheng.support.documents.queries import Kept
from quancheng.support.documents.queries.documents import NoDocument, place
from quancheng.support.search import public as search


class CheckedOut(Refusal):
    code = "documents.checked-out"
    status = 423
    message = _("%(holder)s has checked this document out and is working on it.")


class NotCheckedOut(Refusal):
    code = "documents.not-checked-out"
    message = _("You have not checked this document out; perhaps your lock was broken.")


class StaleVersion(Refusal):
    """Somebody has added a version since the page was opened."""

    code = "documents.stale-version"
    message = _("Version %(number)s by %(who)s has been added meanwhile. Look at it, then add yours.")


class NoTitle(Refusal):
    code = "documents.no-title"
    status = 422
    message = _("Give the document a title.")


class UnknownPlace(Refusal):
    code = "documents.unknown-place"
    status = 422
    message = _("There is no such organisation.")


class TitleClassified(Refusal):
    code = "documents.classified"
    message = _("The title carries the secrecy mark %(mark)s. Classified material never enters this network.")


def _made(*, organisation: str, key: UUID, **_wishes: Any) -> pmi.Target:
    return pmi.Target(organisation, subjects=(f"document-key:{key}",))


@pmi.action("documents.document.create", scope=_made)
def create(
    *,
    actor: pmi.Actor,
    key: UUID,
    title: str,
    organisation: str,
    kept: Kept,
    at: datetime,
    subject: str = "",
    note: str = "",
) -> UUID:
    """Make a document of a kept file and return its id. The same `key` makes it once.

    :raises NoTitle: :raises UnknownPlace: :raises TitleClassified:
    """
    if existing := Document.objects.filter(key=key).values_list("pk", flat=True).first():
        return existing
    title = fitting(title, organisation=organisation)
    facts = {
        "title": title,
        "organisation": organisation,
        "owner": actor.id,
        "owner_name": actor.name,
        "subject": subject,
        "created_at": at,
        "changed_at": at,
    }
    made, created = Document.objects.get_or_create(key=key, defaults=facts)
    if created:
        _append(made, actor, kept, number=1, note=note, at=at)
        # Its id was not known when the action began, so that search could not follow it.
        search.touch(queries.SEARCHED, str(made.pk))
    return made.pk


def fitting(title: str, *, organisation: str) -> str:
    """Return a title as it is kept. :raises NoTitle: :raises UnknownPlace: :raises TitleClassified:"""
    title = " ".join(title.split())[:200]
    if not title:
        raise NoTitle
    if mark := rules.mark_in_name(f"{title}."):
        raise TitleClassified(mark=mark)
    if not identity.name_of(organisation):
        raise UnknownPlace
    return title


@pmi.action("documents.version.add", scope=place)
def add_version(*, actor: pmi.Actor, document_id: UUID, kept: Kept, base: int, at: datetime, note: str = "") -> int:
    """Add a version after version `base` and return its number; the same bytes as the current one's add none.

    :raises CheckedOut: when somebody else has the document. :raises StaleVersion: when `base` is not the current one.
    """
    item = _locked(document_id)
    _not_others(item, actor)
    current = item.current
    if current and current.file_id == kept.digest:
        return current.number
    if current and current.number != base:
        raise StaleVersion(number=current.number, who=current.made_by_name)
    return _append(item, actor, kept, number=base + 1, note=note, at=at)


@pmi.action("documents.version.restore", scope=place)
def restore(*, actor: pmi.Actor, document_id: UUID, number: int, base: int, at: datetime) -> int:
    """Make an earlier version the current one, as a new version, and return its number.

    :raises CheckedOut: :raises StaleVersion: as `add_version`. :raises NoDocument: when there is no such version.
    """
    item = _locked(document_id)
    _not_others(item, actor)
    source = item.versions.select_related("file").filter(number=number).first()
    if source is None or item.current is None:
        raise NoDocument
    if item.current.number != base:
        raise StaleVersion(number=item.current.number, who=item.current.made_by_name)
    kept = Kept(source.file_id, source.file.size, source.name, source.file.media_type)
    return _append(item, actor, kept, number=base + 1, note=str(_("Version %s again") % number), at=at)


@pmi.action("documents.document.check-out", scope=place)
def check_out(*, actor: pmi.Actor, document_id: UUID, at: datetime) -> None:
    """Take the document, so that only the actor adds versions. Taking it again changes nothing.

    :raises CheckedOut: when somebody else has it; of two at once one gets it.
    """
    item = _locked(document_id)
    _not_others(item, actor)
    if not item.locked_by:
        _lock(item, actor.id, actor.name, at)


@pmi.action("documents.document.check-in", scope=place)
def check_in(*, actor: pmi.Actor, document_id: UUID, at: datetime) -> None:  # noqa: ARG001
    """Give the document back. :raises NotCheckedOut: when the actor does not have it."""
    item = _locked(document_id)
    if item.locked_by != actor.id:
        raise NotCheckedOut
    _lock(item, "", "", None)


@pmi.action("documents.lock.break", scope=place)
def break_lock(*, actor: pmi.Actor, document_id: UUID, at: datetime) -> None:  # noqa: ARG001
    """Take the document away from whoever has it. :raises NotCheckedOut: when nobody has it."""
    item = _locked(document_id)
    if not item.locked_by:
        raise NotCheckedOut
    _lock(item, "", "", None)


def _locked(document_id: UUID) -> Document:
    # The current version is read afterwards, on its own: beside the lock it would be what it was before one waited.
    item = Document.objects.select_for_update().filter(pk=document_id).first()
    if item is None:
        raise NoDocument
    return item


def _not_others(item: Document, actor: pmi.Actor) -> None:
    if item.locked_by and item.locked_by != actor.id:
        raise CheckedOut(holder=item.locked_by_name)


def _lock(item: Document, holder: str, name: str, at: datetime | None) -> None:
    item.locked_by, item.locked_by_name, item.locked_at = holder, name, at
    item.save(update_fields=["locked_by", "locked_by_name", "locked_at"])


def _append(item: Document, actor: pmi.Actor, kept: Kept, *, number: int, note: str, at: datetime) -> int:
    item.current = Version.objects.create(
        document=item,
        number=number,
        file_id=kept.digest,
        name=kept.name,
        note=note[:300],
        made_by=actor.id,
        made_by_name=actor.name,
        made_at=at,
    )
    item.changed_at = at
    item.save(update_fields=["current", "changed_at"])
    return number
