"""Resumable uploads: tus 1.0.0 with creation, termination and expiration, for whoever is signed in."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.urls import reverse
from django.utils import timezone
from django.utils.http import http_date

from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi
from quancheng.support.documents.actions import uploads
from quancheng.support.documents.config import config
from quancheng.support.documents.rules import tus


class Tus(pmi.GuardedView):
    """What every answer of the protocol carries."""

    action = "documents.upload.begin"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if request.method not in {"OPTIONS", "HEAD"} and request.headers.get("Tus-Resumable") != tus.VERSION:
            return HttpResponse(status=412, headers={"Tus-Version": tus.VERSION})
        try:
            answer = super().dispatch(request, *args, **kwargs)
        except Refusal as refusal:
            answer = HttpResponse(str(refusal), status=refusal.status, content_type="text/plain; charset=utf-8")
        answer["Tus-Resumable"] = tus.VERSION
        answer["Cache-Control"] = "no-store"
        return answer

    def options(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Say what is spoken here."""
        headers = {
            "Tus-Version": tus.VERSION,
            "Tus-Extension": tus.EXTENSIONS,
            "Tus-Max-Size": str(config.largest_upload_bytes),
        }
        return HttpResponse(status=204, headers=headers)


class Uploads(Tus):
    """Creation: the length and what is to be made of it come first, the bytes later."""

    def post(self, request: HttpRequest) -> HttpResponse:
        size = tus.number(request.headers.get("Upload-Length"))
        try:
            said = tus.metadata(request.headers.get("Upload-Metadata", ""))
            document_id = UUID(said["document"]) if said.get("document") else None
        except ValueError as error:
            return HttpResponse(str(error), status=400, content_type="text/plain; charset=utf-8")
        if size is None:
            return HttpResponse("Upload-Length is missing", status=400, content_type="text/plain; charset=utf-8")
        given = {key: said.get(key, "").replace("\0", "") for key in ("title", "organisation", "note")}
        begun = uploads.begin(
            actor=request.actor,  # type: ignore[attr-defined]
            name=said.get("filename", "").replace("\0", ""),
            size=size,
            document_id=document_id,
            base=tus.number(said.get("base")) or 0,
            at=timezone.now(),
            **given,
        )
        location = request.build_absolute_uri(reverse("documents:upload", kwargs={"upload_id": begun.id}))
        return _answer(begun, status=201, Location=location)


class OneUpload(Tus):
    """Where it stands (HEAD), more of it (PATCH), or no more of it (DELETE)."""

    def head(self, request: HttpRequest, upload_id: UUID) -> HttpResponse:
        actor = request.actor  # type: ignore[attr-defined]
        return _answer(uploads.standing(actor=actor, upload_id=upload_id, at=timezone.now()), status=200)

    def patch(self, request: HttpRequest, upload_id: UUID) -> HttpResponse:
        if request.content_type != tus.CHUNK_TYPE:
            return HttpResponse(status=415)
        offset = tus.number(request.headers.get("Upload-Offset"))
        if offset is None:
            return HttpResponse("Upload-Offset is missing", status=400, content_type="text/plain; charset=utf-8")
        try:
            progress = uploads.append(
                actor=request.actor,  # type: ignore[attr-defined]
                upload_id=upload_id,
                offset=offset,
                source=request,  # type: ignore[arg-type]
                at=timezone.now(),
            )
        except UnreadablePostError:
            # Whoever sent it is gone; what came is kept, and the next HEAD says how much that is.
            return HttpResponse(status=400)
        return _answer(progress, status=204)

    def delete(self, request: HttpRequest, upload_id: UUID) -> HttpResponse:
        uploads.give_up(actor=request.actor, upload_id=upload_id)  # type: ignore[attr-defined]
        return HttpResponse(status=204)


def _answer(progress: uploads.Progress, *, status: int, **headers: str) -> HttpResponse:
    answer = HttpResponse(status=status, headers=headers)
    answer["Upload-Offset"] = str(progress.offset)
    answer["Upload-Length"] = str(progress.size)
    if progress.document:
        answer["Document-Location"] = reverse("documents:document", kwargs={"document_id": progress.document})
    else:
        answer["Upload-Expires"] = http_date((timezone.now() + timedelta(days=config.upload_days)).timestamp())
    return answer
