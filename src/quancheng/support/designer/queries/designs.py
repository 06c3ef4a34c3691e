"""Designs as their pages show them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.identity import public as identity
from quancheng.security.pmi import public as pmi
from quancheng.support.designer.engine import differences, texts
from quancheng.support.designer.engine.differences import Difference
from quancheng.support.designer.models import Design, Review, Revision, WorkingCopy
from quancheng.support.dmn import public as dmn
from quancheng.support.workflow import public as workflow

READ = "designer.design.read"
A_PAGE = 30


class NoDesign(Refusal):
    """There is no design, or none of its revisions, with this number."""

    code = "designer.no-design"
    message = _("There is no such design.")
    status = 404


@dataclass(frozen=True, slots=True)
class DesignLine:
    """A design in a list."""

    id: int
    kind: str
    kind_name: str
    key: str
    title: str
    organisation: str
    organisation_name: str
    state: str
    state_name: str
    number: int
    author_name: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class RevisionView:
    """A revision; `content` is empty in lists."""

    number: int
    base: int
    aside: bool
    comment: str
    author: str
    author_name: str
    at: datetime
    content: str = ""


@dataclass(frozen=True, slots=True)
class ReviewView:
    """A review of revision `number`, and the version it was published as."""

    id: int
    number: int
    asked_by: str
    asked_by_name: str
    asked_at: datetime
    note: str
    outcome: str
    outcome_name: str
    decided_by_name: str
    decided_at: datetime | None
    reasons: str
    published_by_name: str
    published_at: datetime | None
    version: int | None
    definition: int | None


@dataclass(frozen=True, slots=True)
class Published:
    """What is at work under a design's key: version 0 and an empty text where nothing is."""

    version: int = 0
    text: str = ""
    definition: int | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DesignView:
    """A design with its revisions and reviews, the newest first; whoever is among `authors` may not review it."""

    line: DesignLine
    current: RevisionView
    revisions: tuple[RevisionView, ...]
    reviews: tuple[ReviewView, ...]
    published: Published
    authors: frozenset[str]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two texts of a design and how they differ."""

    before: str
    after: str
    before_name: str
    after_name: str
    differences: tuple[Difference, ...]


def target(design_id: int) -> pmi.Target:
    """Return where a design belongs. :raises NoDesign:"""
    place = Design.objects.filter(pk=design_id).values_list("organisation", flat=True).first()
    if place is None:
        raise NoDesign
    return pmi.Target(place, subjects=(f"design:{design_id}",))


def designs(
    actor: pmi.Actor, *, kind: str = "", state: str = "", search: str = "", page: str = "1"
) -> "Page[DesignLine]":
    """Return the designs that `actor` may read, the latest changed first."""
    found = Design.objects.filter(pmi.visible(actor, READ, organisation="organisation"))
    if kind in Design.Kind.values:
        found = found.filter(kind=kind)
    if state in Design.State.values:
        found = found.filter(state=state)
    if search:
        found = found.filter(title__icontains=search) | found.filter(key__icontains=search)
    rows: Any = Paginator(found.select_related("current").order_by("-changed_at", "-pk"), A_PAGE).get_page(page)
    names = identity.names_of({row.organisation for row in rows.object_list})
    rows.object_list = [_line(row, names) for row in rows.object_list]
    return rows


def organisations(actor: pmi.Actor, action: str) -> tuple[tuple[str, str], ...]:
    """Return (path, name) of the organisations where `actor` may use `action`."""
    return tuple(
        (place.path, place.name) for place in identity.organisations() if actor.may(action, organisation=place.path)
    )


def design(actor: pmi.Actor, design_id: int) -> DesignView:
    """Return a design. :raises NoDesign: where there is none that `actor` may read."""
    row = _row(actor, design_id)
    revisions = Revision.objects.filter(design=row).defer("content").order_by("-number")
    reviews = Review.objects.filter(design=row).select_related("revision").defer("revision__content").order_by("-pk")
    if row.current is None:
        raise NoDesign
    return DesignView(
        line=_line(row, identity.names_of({row.organisation})),
        current=_revision(row.current, content=row.current.content),
        revisions=tuple(_revision(one) for one in revisions),
        reviews=tuple(_review(one) for one in reviews),
        published=published(row),
        authors=authors(row),
    )


def revision(actor: pmi.Actor, design_id: int, number: int) -> RevisionView:
    """Return a revision with its text. :raises NoDesign:"""
    found = Revision.objects.filter(design=_row(actor, design_id), number=number).first()
    if found is None:
        raise NoDesign
    return _revision(found, content=found.content)


def copy(actor: pmi.Actor, design_id: int) -> tuple[int, str, datetime] | None:
    """Return (base, text, when) of what `actor` typed and did not save; None where that is nothing."""
    found = WorkingCopy.objects.filter(design_id=design_id, author=actor.id)
    return found.values_list("base", "content", "at").first()


def published(design: Design) -> Published:
    """Return what is at work under the key of a design, whoever brought it there."""
    if design.kind == Design.Kind.FORM:
        return _published_form(design.key)
    if design.kind == Design.Kind.PROCESS:
        for process in workflow.definitions():
            if process.key == design.key:
                return Published(process.version, workflow.drawing(design.key), process.id, process.deployed_at)
        return Published()
    for model in dmn.models():
        if model.key == design.key:
            return Published(model.version, dmn.drawing(design.key), model.id, model.deployed_at)
    return Published()


def app_of(kind: str, key: str) -> str:
    """Return the system that a process or decision model of this key belongs to, our own label where there is none."""
    found = (
        workflow.definitions() if kind == Design.Kind.PROCESS else dmn.models() if kind == Design.Kind.DECISION else ()
    )
    return next((item.app for item in found if item.key == key), "designer")


def form(key: str, *, version: int | None = None) -> str:
    """Return the form-js schema of a published form, the newest version by default. :raises NoDesign:"""
    found = _published_form(key, version=version)
    if not found.version:
        raise NoDesign
    return found.text


def _published_form(key: str, *, version: int | None = None) -> Published:
    rows = Review.objects.filter(design__kind="form", design__key=key, version__isnull=False)
    if version:
        rows = rows.filter(version=version)
    row = rows.order_by("-version").select_related("revision").first()
    if row is None or row.version is None:
        return Published()
    return Published(row.version, row.revision.content, None, row.published_at)


def authors(design: Design) -> frozenset[str]:
    """Return who has worked on a design since it was last published, whose text was taken over, who submitted it."""
    reviewed = Review.objects.filter(design=design, version__isnull=False).order_by("-version")
    published = list(reviewed.values_list("revision__number", flat=True))
    since = Revision.objects.filter(design=design, aside=False, number__gt=published[0] if published else 0)
    # What lay aside, or was never published, is still its author's text when somebody else makes it the current one.
    taken = Revision.objects.filter(design=design, number__in=since.values("base")).exclude(number__in=published)
    asked = Review.objects.filter(design=design, outcome=Review.Outcome.WAITING)
    people = (since.values_list("author", flat=True), taken.values_list("author", flat=True))
    return frozenset().union(*people, asked.values_list("asked_by", flat=True))


def comparison(actor: pmi.Actor, design_id: int, *, number: int, against: int | None = None) -> Comparison:
    """Compare revision `number` with another one, by default with what is at work. :raises NoDesign:"""
    row = _row(actor, design_id)
    after = revision(actor, design_id, number)
    if against is None:
        now = published(row)
        before, name = now.text, str(_("Version %s, at work") % now.version) if now.version else ""
    else:
        before, name = revision(actor, design_id, against).content, str(_("Revision %s") % against)
    try:
        found = differences.between(row.kind, before, after.content)
    except texts.Unreadable:
        found = ()
    return Comparison(before, after.content, name, str(_("Revision %s") % number), found)


def _row(actor: pmi.Actor, design_id: int) -> Design:
    readable = pmi.visible(actor, READ, organisation="organisation")
    row = Design.objects.filter(readable, pk=design_id).select_related("current").first()
    if row is None:
        raise NoDesign
    return row


def _line(row: Design, names: dict[str, str]) -> DesignLine:
    return DesignLine(
        id=row.pk,
        kind=row.kind,
        kind_name=row.get_kind_display(),
        key=row.key,
        title=row.title,
        organisation=row.organisation,
        organisation_name=names.get(row.organisation, row.organisation),
        state=row.state,
        state_name=row.get_state_display(),
        number=row.current.number if row.current else 0,
        author_name=row.current.author_name if row.current else "",
        changed_at=row.changed_at,
    )


def _revision(row: Revision, *, content: str = "") -> RevisionView:
    return RevisionView(row.number, row.base, row.aside, row.comment, row.author, row.author_name, row.at, content)


def _review(row: Review) -> ReviewView:
    return ReviewView(
        id=row.pk,
        number=row.revision.number,
        asked_by=row.asked_by,
        asked_by_name=row.asked_by_name,
        asked_at=row.asked_at,
        note=row.note,
        outcome=row.outcome,
        outcome_name=row.get_outcome_display(),
        decided_by_name=row.decided_by_name,
        decided_at=row.decided_at,
        reasons=row.reasons,
        published_by_name=row.published_by_name,
        published_at=row.published_at,
        version=row.version,
        definition=row.definition,
    )
