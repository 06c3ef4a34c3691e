"""Making designs and saving them. Nobody's text is lost: one that comes too late is laid aside."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.identity import public as identity
from quancheng.security.pmi import public as pmi
from quancheng.support.designer import queries, rules
from quancheng.support.designer.engine import texts
from quancheng.support.designer.models import Design, Revision, WorkingCopy


class KeyTaken(Refusal):
    code = "designer.key-taken"
    message = _("There is a design “%(key)s” of this kind already: “%(title)s”.")


class BadKey(Refusal):
    code = "designer.bad-key"
    status = 422
    message = _("A key begins with a letter and has letters, digits, hyphens, dots and underscores.")


class NoTitle(Refusal):
    code = "designer.no-title"
    status = 422
    message = _("Give the design a title.")


class UnknownPlace(Refusal):
    code = "designer.unknown-place"
    status = 422
    message = _("There is no such organisation.")


class InReview(Refusal):
    code = "designer.in-review"
    message = _("This design is being reviewed. Take it back from review to change it.")


class NoRevision(Refusal):
    code = "designer.no-revision"
    status = 404
    message = _("There is no such revision.")


@dataclass(frozen=True, slots=True)
class Saved:
    """The number under which a text was kept, and whether it lies aside because `by` saved meanwhile."""

    number: int
    aside: bool = False
    by: str = ""


def place(*, design_id: int, **_wishes: Any) -> pmi.Target:
    """Return where a design belongs. :raises NoDesign:"""
    return queries.target(design_id)


def _made(*, organisation: str, **_wishes: Any) -> pmi.Target:
    return pmi.Target(organisation)


@pmi.action("designer.design.write", scope=_made)
def create(
    *,
    actor: pmi.Actor,
    kind: str,
    key: str,
    title: str,
    organisation: str,
    at: datetime,
    content: str = "",
    comment: str = "",
) -> int:
    """Make a design with its first revision and return its number; without `content` it begins empty.

    Where a process or decision of that key is at work, it stays that system's.

    :raises BadKey: :raises NoTitle: :raises UnknownPlace: :raises KeyTaken: :raises Unreadable: :raises OtherKey:
    """
    return begun(
        actor=actor, kind=kind, key=key, title=title, organisation=organisation, at=at, content=content,
        comment=comment,
    ).pk  # fmt: skip


def begun(
    *,
    actor: pmi.Actor,
    kind: str,
    key: str,
    title: str,
    organisation: str,
    at: datetime,
    content: str,
    comment: str,
) -> Design:
    """Make a design inside another action, as `create`."""
    title = " ".join(title.split())[:200]
    if not rules.is_key(key):
        raise BadKey
    if not title:
        raise NoTitle
    if kind not in Design.Kind.values or not identity.name_of(organisation):
        raise UnknownPlace
    text = texts.fitting(kind, key, content or rules.beginning(kind, key, title))
    app = queries.app_of(kind, key)
    facts = {"title": title, "organisation": organisation, "app_label": app, "created_at": at, "changed_at": at}
    design, made = Design.objects.get_or_create(kind=kind, key=key, defaults=facts)
    if not made:
        raise KeyTaken(key=key, title=design.title)
    append(design, actor, text, base=0, comment=comment, at=at)
    return design


@pmi.action("designer.design.write", scope=place)
def save(*, actor: pmi.Actor, design_id: int, base: int, content: str, at: datetime, comment: str = "") -> Saved:
    """Keep a text that was made from revision `base`; the same text as the current one's makes no new revision.

    Where somebody saved since, it is kept aside and nothing else changes.

    :raises InReview: :raises Unreadable: :raises OtherKey:
    """
    design = locked(design_id)
    text = texts.fitting(design.kind, design.key, content)
    current = design.current
    if current is not None and current.digest == digest(text):
        _forget(design, actor)
        return Saved(current.number)
    if design.state in (Design.State.REVIEW, Design.State.APPROVED):
        raise InReview
    if current is not None and current.number != base:
        kept = _kept(design, actor, text, base=base, comment=comment, at=at, aside=True)
        _forget(design, actor)
        return Saved(kept.number, aside=True, by=current.author_name)
    number = append(design, actor, text, base=base, comment=comment, at=at)
    _forget(design, actor)
    return Saved(number)


@pmi.action("designer.design.write", scope=place)
def take_over(*, actor: pmi.Actor, design_id: int, number: int, base: int, at: datetime) -> Saved:
    """Make an earlier revision, or one that lies aside, the current one again: as a new revision.

    :raises NoRevision: :raises InReview: as `save`.
    """
    design = locked(design_id)
    source = Revision.objects.filter(design=design, number=number).first()
    if source is None:
        raise NoRevision
    if design.state in (Design.State.REVIEW, Design.State.APPROVED):
        raise InReview
    if design.current is not None and design.current.number != base:
        raise Stale(number=design.current.number, who=design.current.author_name)
    comment = str(_("Revision %s again") % number)
    return Saved(append(design, actor, source.content, base=number, comment=comment, at=at))


class Stale(Refusal):
    code = "designer.stale"
    message = _("Revision %(number)s by %(who)s has been saved meanwhile. Look at it first.")


@pmi.action("designer.draft.keep", scope=place)
def keep_draft(*, actor: pmi.Actor, design_id: int, base: int, content: str, at: datetime) -> None:
    """Keep what is being typed, for the actor alone, until they save. :raises Unreadable: for what is no text."""
    facts = {"base": base, "content": texts.plain(content), "at": at}
    WorkingCopy.objects.update_or_create(design_id=design_id, author=actor.id, defaults=facts)


@pmi.action("designer.draft.keep", scope=place)
def drop_draft(*, actor: pmi.Actor, design_id: int) -> None:
    """Throw away what the actor typed and did not save."""
    WorkingCopy.objects.filter(design_id=design_id, author=actor.id).delete()


def locked(design_id: int) -> Design:
    """Return a design and hold it until the transaction ends. :raises NoDesign:"""
    design = Design.objects.select_for_update().filter(pk=design_id).first()
    if design is None:
        raise queries.NoDesign
    return design


def append(design: Design, actor: pmi.Actor, text: str, *, base: int, comment: str, at: datetime) -> int:
    """Make `text` the current revision of a design that is held, and the design a draft; return its number."""
    design.current = _kept(design, actor, text, base=base, comment=comment, at=at, aside=False)
    design.state, design.changed_at = Design.State.DRAFT, at
    design.save(update_fields=["current", "state", "changed_at"])
    return design.current.number


def _kept(
    design: Design, actor: pmi.Actor, text: str, *, base: int, comment: str, at: datetime, aside: bool
) -> Revision:
    last = design.revisions.aggregate(last=Max("number"))["last"] or 0
    return Revision.objects.create(
        design=design, number=last + 1, base=base, aside=aside, content=text, digest=digest(text),
        comment=" ".join(comment.split())[:300], author=actor.id, author_name=actor.name[:100], at=at,
    )  # fmt: skip


def _forget(design: Design, actor: pmi.Actor) -> None:
    WorkingCopy.objects.filter(design=design, author=actor.id).delete()


def digest(text: str) -> str:
    """Return the SHA-256 of a text as hex digits."""
    return hashlib.sha256(text.encode()).hexdigest()
