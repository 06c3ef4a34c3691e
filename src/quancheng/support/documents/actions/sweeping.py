"""Throwing away what nobody needs: abandoned uploads, drafts of killed processes, bytes of destroyed documents."""

import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Exists, OuterRef, ProtectedError

from quancheng.support.documents.config import config
from quancheng.support.documents.models import PageImage, StoredFile, Upload
from quancheng.support.documents.queries import drafts, store, uploads

UNUSED_FOR: Final = timedelta(days=1)
AT_A_TIME: Final = 200


def forget_unused(digests: Iterable[str], *, before: datetime | None = None) -> int:
    """Forget those files, bytes first to last, that no version and no other system names; return how many.

    What was kept anew since `before` stays.
    """
    done = 0
    for digest in digests:
        with transaction.atomic():
            file = StoredFile.objects.select_for_update().filter(pk=digest, shared=False).first()
            if file is None or file.versions.exists() or (before and file.kept_at >= before):
                continue
            pictures = list(file.pictures.values_list("picture_id", flat=True))
            try:
                file.delete()
            except ProtectedError:
                # A picture of a page of another file.
                continue
            # The row goes only together with the bytes: when removing them fails, both stay for the next round.
            store().remove(digest)
        done += 1 + forget_unused(pictures)
    return done


def sweep(*, at: datetime) -> int:
    """Throw away uploads that nobody went on with, drafts of killed processes and files no document took on."""
    old = at - timedelta(days=config.upload_days)
    done = 0
    for upload in Upload.objects.filter(touched_at__lt=old).order_by("touched_at")[:AT_A_TIME]:
        (uploads() / str(upload.pk)).unlink(missing_ok=True)
        upload.delete()
        done += 1
    known = {str(pk) for pk in Upload.objects.values_list("pk", flat=True)}
    now = time.time()
    for folder, spared in ((uploads(), known), (drafts(), set[str]())):
        for file in folder.glob("*") if folder.is_dir() else ():
            if file.name not in spared and file.is_file() and now - file.stat().st_mtime > UNUSED_FOR.total_seconds():
                file.unlink(missing_ok=True)
                done += 1
    shown = PageImage.objects.filter(picture=OuterRef("pk"))
    gone = at - UNUSED_FOR
    unused = StoredFile.objects.filter(~Exists(shown), shared=False, kept_at__lt=gone, versions=None)
    digests = list(unused.order_by("kept_at").values_list("pk", flat=True)[:AT_A_TIME])
    return done + forget_unused(digests, before=gone)
