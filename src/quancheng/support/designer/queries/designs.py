"""Designs as their pages show them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Q
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
    """A design with pages of its revisions and reviews, the newest first; none of the `authors` may review it.

    `system` is the app that it belongs to, empty where it is the organisation's own; `publishers` is the name of the
    organisation whose people publish it.
    """

    line: DesignLine
    current: RevisionView
    revisions: "Page[RevisionView]"
    reviews: "Page[ReviewView]"
    last_review: ReviewView | None
    published: Published
    authors: frozenset[str]
    system: str
    publishers: str


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


def publishing_target(design_id: int) -> pmi.Target:
    """Return where a design is published: where it belongs, or at the city when it is what a system runs on.

    What is published for a system is at work in all departments at once, whichever of them drew it. :raises NoDesign:
    """
    row = Design.objects.filter(pk=design_id).only("organisation", "kind", "key", "app_label").first()
    if row is None:
        raise NoDesign
    return pmi.Target(_publishers(row), subjects=(f"design:{design_id}",))


def _publishers(design: Design) -> str:
    return f"{design.organisation.partition('/')[0]}/" if system_of(design) else design.organisation


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


def design(actor: pmi.Actor, design_id: int, *, page: str = "1", reviews_page: str = "1") -> DesignView:
    """Return a design. :raises NoDesign: where there is none that `actor` may read."""
    row = _row(actor, design_id)
    revisions = Revision.objects.filter(design=row).defer("content").order_by("-number")
    reviews = Review.objects.filter(design=row).select_related("revision").defer("revision__content").order_by("-pk")
    if row.current is None:
        raise NoDesign
    some: Any = Paginator(revisions, A_PAGE).get_page(page)
    some.object_list = [_revision(one) for one in some.object_list]
    looks: Any = Paginator(reviews, A_PAGE).get_page(reviews_page)
    looks.object_list = [_review(one) for one in looks.object_list]
    last = looks.object_list[0] if looks.number == 1 and looks.object_list else reviews.first()
    publishers = _publishers(row)
    names = identity.names_of({row.organisation, publishers})
    return DesignView(
        line=_line(row, names),
        current=_revision(row.current, content=row.current.content),
        revisions=some,
        reviews=looks,
        last_review=_review(last) if isinstance(last, Review) else last,
        published=published(row),
        authors=authors(row),
        system=system_of(row),
        publishers=names.get(publishers, publishers),
    )


def revisions_to_compare(design: DesignView, numbers: Iterable[int]) -> list[tuple[int, str, datetime]]:
    """Return (number, author, when) of the revisions that a reader chooses from: the newest, and `numbers` anyway."""
    rows = Revision.objects.filter(design_id=design.line.id)
    newest = rows.order_by("-number").values("number")[:A_PAGE]
    found = rows.filter(Q(number__in=newest) | Q(number__in=list(numbers))).order_by("-number")
    return list(found.values_list("number", "author_name", "at"))


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
        process = workflow.newest(design.key)
        if process is None:
            return Published()
        return Published(process.version, workflow.drawing(design.key), process.id, process.deployed_at)
    for model in dmn.models():
        if model.key == design.key:
            return Published(model.version, dmn.drawing(design.key), model.id, model.deployed_at)
    return Published()


def app_of(kind: str, key: str) -> str:
    """Return the system that a process or decision model of this key belongs to, our own label where there is none."""
    if kind == Design.Kind.PROCESS:
        process = workflow.newest(key)
        return process.app if process else "designer"
    models = dmn.models() if kind == Design.Kind.DECISION else ()
    return next((item.app for item in models if item.key == key), "designer")


def system_of(design: Design) -> str:
    """Return the app that a design belongs to, by what is at work under its key now; empty where that is none."""
    found = {app_of(design.kind, design.key), design.app_label} - {"designer"}
    return sorted(found)[0] if found else ""


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
