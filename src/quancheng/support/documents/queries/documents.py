"""Questions about documents: the list, one document, a version's bytes and pages."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, BinaryIO, Final
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Left
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.identity import public as identity
from quancheng.security.pmi import public as pmi
from quancheng.support.documents import rules
from quancheng.support.documents.models import Destruction, Document, Extract, Hold, PageImage, StoredFile, Version
from quancheng.support.documents.queries import files
from quancheng.support.documents.queries.retention import due_for_appraisal, retention_classes

READ: Final = "documents.document.read"
DOWNLOAD: Final = "documents.version.download"
MOST_PASSAGES: Final = 10
AROUND: Final = 40
SHOWN: Final = 20_000  # characters of a text without pages
SEARCHED_CHARACTERS: Final = 12_000  # of a text, for the search, which keeps less
STATES: Final = ("own", "locked", "held", "due", "unsafe")


class NoDocument(Refusal):
    code = "documents.no-document"
    status = 404
    message = _("There is no such document. It may have been destroyed; the register of destruction says so.")


class Quarantined(Refusal):
    code = "documents.quarantined"
    status = 423
    message = _("“%(name)s” was put into quarantine (%(finding)s). Nobody can open it here.")


@dataclass(frozen=True, slots=True)
class Row:
    """A document in a list."""

    id: UUID
    title: str
    organisation_name: str
    owner_name: str
    created_at: datetime
    changed_at: datetime
    number: int
    name: str
    size: int
    kind: str
    locked_by_name: str
    held: bool
    in_text: bool
    unsafe: bool
    search: str


@dataclass(frozen=True, slots=True)
class VersionView:
    """A version with what is known of its file."""

    number: int
    name: str
    note: str
    made_by_name: str
    made_at: datetime
    digest: str
    size: int
    media_type: str
    kind: str
    scan: str
    scan_title: str
    quarantined: bool
    finding: str
    pages: int
    pictures: tuple[int, ...]
    read: str
    problem: str


@dataclass(frozen=True, slots=True)
class HoldView:
    """A legal hold."""

    id: int
    basis: str
    reason: str
    placed_by_name: str
    placed_at: datetime
    lifted_by_name: str
    lifted_at: datetime | None
    lifted_why: str


@dataclass(frozen=True, slots=True)
class DocumentView:
    """A document with its versions, newest first, and everything that keeps it from being destroyed."""

    id: UUID
    title: str
    organisation: str
    organisation_name: str
    owner: str
    owner_name: str
    subject: str
    created_at: datetime
    current: VersionView
    shown: VersionView
    text: str
    versions: tuple[VersionView, ...]
    locked_by: str
    locked_by_name: str
    locked_at: datetime | None
    retention: rules.RetentionClass | None
    closed_on: date | None
    kept_until: date | None
    bars: tuple[str, ...]
    holds: tuple[HoldView, ...]
    passages: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Content:
    """Bytes to be sent: an open stream with name, type and size; `digest` is their entity tag."""

    name: str
    media_type: str
    size: int
    digest: str
    stream: BinaryIO


def place(*, document_id: UUID, **_wishes: Any) -> pmi.Target:
    """Return where a document belongs. :raises NoDocument:"""
    row = Document.objects.filter(pk=document_id).values("organisation", "owner", "subject").first()
    if row is None:
        raise NoDocument
    subjects = (f"document:{document_id}", *filter(None, [row["subject"]]))
    return pmi.Target(row["organisation"], row["owner"], subjects)


def documents(*, actor: pmi.Actor, search: str = "", state: str = "") -> QuerySet[Document]:
    """Return the documents that `actor` may see, in any order.

    `search` looks in titles, file names and the text of current versions; `state` is one of STATES.
    """
    rows = Document.objects.filter(pmi.visible(actor, READ, organisation="organisation", owner="owner"))
    rows = rows.select_related("current__file").annotate(held=held())
    search = search.strip()[:100]
    return in_state(speaking_of(rows, search) if search else rows, state, actor)


def speaking_of(rows: QuerySet[Document], text: str) -> QuerySet[Document]:
    """Return those of `documents` in whose title, file name or text `text` stands."""
    found = Q(title__icontains=text) | Q(current__name__icontains=text)
    return rows.filter(found | Q(current__file__extract__text__icontains=text))


def held() -> Exists:
    """Return the condition that a document is under legal hold."""
    return Exists(Hold.objects.filter(document=OuterRef("pk"), lifted_at=None))


def in_state(rows: QuerySet[Document], state: str, actor: pmi.Actor) -> QuerySet[Document]:
    """Return those of `documents` that are in one of STATES, all for anything else."""
    quarantined = Version.objects.filter(document=OuterRef("pk"), file__quarantined_at__isnull=False)
    return {
        "own": lambda: rows.filter(owner=actor.id),
        "locked": lambda: rows.exclude(locked_by=""),
        "held": lambda: rows.filter(held()),
        "due": lambda: rows.filter(due_for_appraisal(timezone.localdate()), ~held()),
        "unsafe": lambda: rows.filter(Exists(quarantined)),
    }.get(state, lambda: rows)()


def lines(items: Sequence[Any], search: str = "") -> tuple[Row, ...]:
    """Return what a list shows of some of `documents`."""
    names = identity.names_of(item.organisation for item in items)
    return tuple(_row(item, names, search) for item in items)


def _row(item: Any, names: dict[str, str], search: str) -> Row:
    version = item.current
    plain = not search or search.lower() in f"{item.title}\n{version.name}".lower()
    return Row(
        id=item.id,
        title=item.title,
        organisation_name=names.get(item.organisation, item.organisation),
        owner_name=item.owner_name,
        created_at=item.created_at,
        changed_at=item.changed_at,
        number=version.number,
        name=version.name,
        size=version.file.size,
        kind=kind_of(version.file.media_type),
        locked_by_name=item.locked_by_name,
        held=item.held,
        in_text=not plain,
        unsafe=version.file.quarantined_at is not None,
        search=search,
    )


def kind_of(media_type: str) -> str:
    """Return what people call a media type."""
    return {
        rules.PDF: "PDF", rules.OFD: "OFD", rules.TEXT: "TXT", "image/jpeg": "JPEG", "image/png": "PNG",
        **{media: suffix[1:].upper() for suffix, media in rules.ZIP_FAMILY.items()},
    }.get(media_type, media_type)  # fmt: skip


def organisations(*, actor: pmi.Actor, action: str) -> tuple[tuple[str, str], ...]:
    """Return path and name of the organisations at which `actor` may use `action`."""
    return tuple((one.path, one.name) for one in identity.organisations() if actor.may(action, one.path, actor.id))


@pmi.reading(READ, scope=place)
def look(*, actor: pmi.Actor, document_id: UUID, search: str = "", number: int = 0) -> DocumentView:
    """Return a document with everything about it; with `search`, where its current text speaks of that.

    `number` is the version to be shown, by default the current one; its text is shown where it has no pages.
    """
    item = Document.objects.select_related("current__file").get(pk=document_id)
    versions = tuple(_version(row) for row in _versions(item))
    holds = tuple(_hold(row) for row in item.holds.order_by("-placed_at"))
    kind = retention_classes().get(item.retention)
    held = any(hold.lifted_at is None for hold in holds)
    barred = rules.bars(
        kind, since=item.closed_on, today=timezone.localdate(), held=held, checked_out=bool(item.locked_by)
    )
    shown = next((one for one in versions if one.number == number), versions[0])
    plain = (
        Extract.objects.filter(file=shown.digest).annotate(start=Left("text", SHOWN)).values_list("start", flat=True)
    )
    text = Extract.objects.filter(file=versions[0].digest).values_list("text", flat=True).first() if search else ""
    return DocumentView(
        id=item.id,
        title=item.title,
        organisation=item.organisation,
        organisation_name=identity.name_of(item.organisation) or item.organisation,
        owner=item.owner,
        owner_name=item.owner_name,
        subject=item.subject,
        created_at=item.created_at,
        current=versions[0],
        shown=shown,
        text="" if shown.pictures or shown.quarantined else plain.first() or "",
        versions=versions,
        locked_by=item.locked_by,
        locked_by_name=item.locked_by_name,
        locked_at=item.locked_at,
        retention=kind,
        closed_on=item.closed_on,
        kept_until=rules.kept_until(kind, item.closed_on),
        bars=tuple(bar.value for bar in barred),
        holds=holds,
        passages=passages(text or "", search),
    )


def _versions(item: Document) -> QuerySet[Version]:
    return (
        item.versions.select_related("file__extract")
        .defer("file__extract__text")
        .prefetch_related("file__pictures")
        .order_by("-number")
    )


def _version(row: Any) -> VersionView:
    extract: Extract | None = getattr(row.file, "extract", None)
    return VersionView(
        number=row.number,
        name=row.name,
        note=row.note,
        made_by_name=row.made_by_name,
        made_at=row.made_at,
        digest=row.file_id,
        size=row.file.size,
        media_type=row.file.media_type,
        kind=kind_of(row.file.media_type),
        scan=row.file.scan,
        scan_title=row.file.get_scan_display(),
        quarantined=row.file.quarantined_at is not None,
        finding=row.file.finding,
        pages=extract.pages if extract else 0,
        pictures=tuple(sorted(picture.number for picture in row.file.pictures.all())),
        read=extract.state if extract else "WAITING",
        problem=extract.problem if extract else "",
    )


def _hold(row: Hold) -> HoldView:
    return HoldView(
        row.pk, row.basis, row.reason, row.placed_by_name, row.placed_at, row.lifted_by_name, row.lifted_at,
        row.lifted_why,
    )  # fmt: skip


def passages(text: str, search: str) -> tuple[tuple[str, str, str], ...]:
    """Return where `text` speaks of `search`: what stands before, the words themselves, what stands after."""
    wanted = search.strip()[:100]
    if not wanted:
        return ()
    found = []
    for match in re.finditer(re.escape(wanted), text, re.IGNORECASE):
        before, after = text[max(0, match.start() - AROUND) : match.start()], text[match.end() : match.end() + AROUND]
        found.append((" ".join(before.split()), match[0], " ".join(after.split())))
        if len(found) == MOST_PASSAGES:
            break
    return tuple(found)


@pmi.reading(DOWNLOAD, scope=place)
def download(*, actor: pmi.Actor, document_id: UUID, number: int) -> Content:
    """Return a version's bytes. :raises NoDocument: :raises Quarantined:"""
    row = Version.objects.select_related("file").filter(document=document_id, number=number).first()
    if row is None:
        raise NoDocument
    return content(row.file, name=row.name)


@pmi.reading(READ, scope=place)
def picture(*, actor: pmi.Actor, document_id: UUID, number: int, page: int) -> Content:
    """Return a page of a version as a picture. :raises NoDocument: :raises Quarantined:"""
    row = PageImage.objects.select_related("picture", "file").filter(
        file__versions__document=document_id, file__versions__number=number, number=page
    ).first()  # fmt: skip
    if row is None:
        raise NoDocument
    if row.file.quarantined_at:
        raise Quarantined(name=row.file.name, finding=row.file.finding)
    return content(row.picture, name=f"{page}.png")


def content(file: StoredFile, *, name: str) -> Content:
    """Open a file to be sent. :raises NoDocument: :raises Quarantined:"""
    if file.quarantined_at:
        raise Quarantined(name=name, finding=file.finding)
    try:
        stream = files.open(file.digest)
    except files.NoSuchDocument as error:
        raise NoDocument from error
    return Content(name, file.media_type, file.size, file.digest, stream)


def destroyed(*, actor: pmi.Actor) -> QuerySet[Destruction]:
    """Return the lines of the register of destruction that `actor` may see, in any order."""
    return Destruction.objects.filter(pmi.visible(actor, READ, organisation="organisation"))


@dataclass(frozen=True, slots=True)
class Searchable:
    """What can be found of a document: `text` is the beginning of its current version's, empty before it is read."""

    id: UUID
    title: str
    name: str
    text: str
    organisation: str
    owner: str
    changed_at: datetime


def searchable(keys: Collection[str] | None) -> Iterator[Searchable]:
    """Yield the documents with the ids `keys` that exist, or all for None. What is in quarantine shows no text."""
    rows = Document.objects.filter(current__isnull=False)
    if keys is not None:
        rows = rows.filter(pk__in=[key for key in keys if _is_id(key)])
    start = Left("current__file__extract__text", SEARCHED_CHARACTERS)
    fields = ("pk", "title", "current__name", "start", "organisation", "owner", "changed_at")
    for pk, title, name, text, *others in rows.annotate(start=start).values_list(*fields).iterator():
        yield Searchable(pk, title, name, text or "", *others)


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
