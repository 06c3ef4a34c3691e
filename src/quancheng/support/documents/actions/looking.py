"""Looks through the files of documents in the background: malware, secrecy marks, text, pages as pictures.

What is found too late to refuse goes into quarantine: the bytes leave the store, the trail says why.
"""

import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from django.db import transaction
from django.db.models import Q

from quancheng.security.pmi import public as pmi
from quancheng.security.trail import public as trail
from quancheng.support.documents import adapters, queries, rules
from quancheng.support.documents.actions.keeping import keep
from quancheng.support.documents.config import config
from quancheng.support.documents.engine import sandbox
from quancheng.support.documents.engine.containers import Unreadable
from quancheng.support.documents.models import Document, Extract, PageImage, StoredFile
from quancheng.support.documents.queries import NoSuchDocument, drafts, on_disk, scanner, store
from quancheng.support.search import public as search

PAGES_READ: Final = 2_000
ENOUGH: Final = 12  # characters on a page; with fewer it is taken for a scan
WIDTH: Final = 1100  # pixels, for looking at
SHARP: Final = 2480  # pixels, for recognising: A4 at 300 dpi
AGAIN: Final = timedelta(minutes=10)
AT_A_TIME: Final = 5
_SUFFIX: Final = {media: suffix for suffix, media in rules.ZIP_FAMILY.items()}


def look_into_new(*, at: datetime) -> int:
    """Read the next few files of documents that nobody has looked into; return how many."""
    waiting = StoredFile.objects.filter(
        versions__isnull=False, extract=None, quarantined_at=None
    ).distinct().order_by("kept_at")[:AT_A_TIME]  # fmt: skip
    done = 0
    for file in waiting:
        look_into(file.digest, at=at)
        done += 1
    return done


def scan_again(*, at: datetime) -> int:
    """Scan files that came in while the scanner did not answer, or before there was one; return how many."""
    late = Q(scan=StoredFile.Scan.UNREACHABLE, scanned_at__lt=at - AGAIN)
    if config.scanner:
        late |= Q(scan=StoredFile.Scan.NONE, versions__isnull=False)
    done = 0
    for file in StoredFile.objects.filter(late, quarantined_at=None).distinct().order_by("kept_at")[:AT_A_TIME]:
        try:
            with store().open(file.digest) as stream:
                verdict = scanner().scan(stream)
        except FileNotFoundError:
            verdict = adapters.Verdict("NONE")
        StoredFile.objects.filter(pk=file.digest).update(scan=verdict.state, scanned_at=at)
        if verdict.state == "INFECTED":
            quarantine(file.digest, finding=verdict.finding, at=at)
        if verdict.state == "UNREACHABLE":
            return done
        done += 1
    return done


def look_into(digest: str, *, at: datetime) -> None:
    """Read a file's text and pages and keep what was found; a file that cannot be read is noted as such."""
    file = StoredFile.objects.get(pk=digest)
    drafts().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=drafts(), prefix="look-") as name:
        folder = Path(name)
        try:
            with on_disk(digest) as path:
                found, method = _read(path, file.media_type, folder)
        except (Unreadable, adapters.ProgramFailed, NoSuchDocument) as error:
            Extract.objects.get_or_create(
                file=file, defaults={"state": Extract.State.FAILED, "problem": str(error)[:200], "made_at": at}
            )
            return
        if mark := rules.secrecy_mark(found.text):
            quarantine(digest, finding=mark, at=at)
            return
        pictures = [
            keep(picture.read_bytes(), name=f"{number}.png", media="image/png", actor="service:documents", shared=False)
            for number, picture in enumerate(found.pictures, start=1)
        ]
        with transaction.atomic():
            facts = {"state": Extract.State.DONE, "text": found.text, "pages": found.pages, "method": method}
            _extract, created = Extract.objects.get_or_create(file=file, defaults=facts)
            if created:
                _tell_search(digest)
                PageImage.objects.bulk_create(
                    PageImage(file=file, number=number, picture_id=kept.digest)
                    for number, kept in enumerate(pictures, start=1)
                )


def quarantine(digest: str, *, finding: str, at: datetime) -> None:
    """Take the bytes out of the store, and enter in the trail which file it was and what was found. Safe to repeat."""
    changed = StoredFile.objects.filter(pk=digest, quarantined_at=None).update(quarantined_at=at, finding=finding[:200])
    store().set_aside(digest)
    with transaction.atomic():
        Extract.objects.filter(file=digest).delete()
        _tell_search(digest)
    if changed:
        service = pmi.service_actor("documents")
        trail.record(
            action="documents.file.quarantine",
            actor_id=service.id,
            actor_name=service.name,
            subjects=(f"file:{digest}",),
            detail={"finding": finding},
        )


def _tell_search(digest: str) -> None:
    """Have the documents whose current version is this file indexed anew: its text is known now, or is gone."""
    keys = [str(pk) for pk in Document.objects.filter(current__file=digest).values_list("pk", flat=True)]
    if keys:
        search.touch(queries.SEARCHED, *keys)


def _read(path: Path, media: str, folder: Path) -> tuple[sandbox.Found, str]:
    """Return what was read and by which means: the file's own text, or recognised on its pictures."""
    pictures = config.preview_pages
    found = sandbox.read(path, media=media, folder=folder, text_pages=PAGES_READ, pictures=pictures, width=WIDTH)
    if media in rules.OFFICE and adapters.office():
        text = found.text
        converted = adapters.to_pdf(path, suffix=_SUFFIX[media], folder=folder)
        shown = sandbox.read(converted, media=rules.PDF, folder=folder, text_pages=0, pictures=pictures, width=WIDTH)
        # The text of the file itself holds what the pages leave out: notes, hidden sheets.
        return sandbox.Found(text, shown.pages, shown.pictures, media), "text"
    if media in {rules.PDF, *rules.PICTURES} and adapters.recogniser() and _is_scan(found):
        text = _recognised(path, media, folder)
        if text:
            # What stands in the file as text counts beside what was recognised: a mark may stand in either.
            return sandbox.Found(f"{found.text}\n{text}".strip(), found.pages, found.pictures, media), "recognised"
    return found, "text"


def _is_scan(found: sandbox.Found) -> bool:
    return len("".join(found.text.split())) < ENOUGH * max(1, found.pages)


def _recognised(path: Path, media: str, folder: Path) -> str:
    sharp = folder / "sharp"
    sharp.mkdir()
    pages = sandbox.read(path, media=media, folder=sharp, text_pages=0, pictures=config.ocr_pages, width=SHARP)
    return "\n\n".join(adapters.recognise(picture) for picture in pages.pictures).strip()
