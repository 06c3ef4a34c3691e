"""The public log as files: whoever wants to verify it needs no account."""

import re
from typing import ClassVar

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.views.generic import View

from quancheng.security.trail import config, queries

TILE = re.compile(r"(entries|\d{1,2})/(x\d{3}/)*\d{3}(\.p/\d{1,3})?", re.ASCII)
PUBLIC = "public"
FOR_EVER = "public, max-age=31536000, immutable"


class Checkpoint(View):
    """The latest signed checkpoint (C2SP tlog-checkpoint)."""

    action: ClassVar[str] = PUBLIC

    def get(self, request: HttpRequest) -> HttpResponse:
        latest = queries.checkpoint()
        if latest is None:
            raise Http404
        headers = {"Cache-Control": "no-cache"}
        return HttpResponse(latest.text, content_type="text/plain; charset=utf-8", headers=headers)


class Tile(View):
    """A tile or entry bundle (C2SP tlog-tiles); what it holds never changes once a checkpoint covers it."""

    action: ClassVar[str] = PUBLIC

    def get(self, request: HttpRequest, path: str) -> FileResponse:
        if not TILE.fullmatch(path):
            raise Http404
        try:
            file = (config.folder() / "tile" / path).open("rb")
        except OSError:
            raise Http404 from None
        return FileResponse(file, content_type="application/octet-stream", headers={"Cache-Control": FOR_EVER})
