"""Sends bytes with range requests (RFC 9110, 14) in constant memory."""

from collections.abc import Iterator
from typing import BinaryIO
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.cache import patch_vary_headers

from quancheng.support.documents import rules
from quancheng.support.documents.queries.documents import Content
from quancheng.support.documents.rules import ranges

PIECE = 256 * 1024


def send(request: HttpRequest, content: Content, *, inline: bool = False) -> HttpResponseBase:
    """Return the whole content, the part that was asked for (206), 304 when it is known, or 416.

    Only pictures that this site made itself are shown in the page; anything else is saved.
    """
    tag, shown = f'"{content.digest}"', "inline" if inline else "attachment"
    headers = {
        "ETag": tag,
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-cache",
        "X-Content-Type-Options": "nosniff",
        # Whatever a file holds, opened from here it runs nothing.
        "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
        "Content-Disposition": f"{shown}; filename*=UTF-8''{quote(content.name, safe='')}",
    }
    media = content.media_type if inline or content.media_type in {rules.PDF, *rules.PICTURES} else ""
    known = {part.strip().removeprefix("W/") for part in request.headers.get("If-None-Match", "").split(",")}
    if tag in known:
        content.stream.close()
        return _answered(HttpResponse(status=304, headers=headers))
    asked = request.headers.get("Range", "")
    if request.headers.get("If-Range", tag) != tag:
        asked = ""
    try:
        span = ranges.asked(asked, size=content.size) if asked else None
    except ranges.Unsatisfiable:
        content.stream.close()
        return HttpResponse(status=416, headers={**headers, "Content-Range": f"bytes */{content.size}"})
    first, length = (span.first, span.length) if span else (0, content.size)
    headers |= {"Content-Length": str(length), "Content-Type": media or "application/octet-stream"}
    if span:
        headers["Content-Range"] = f"bytes {span.first}-{span.last}/{content.size}"
    status = 206 if span else 200
    if request.method == "HEAD":
        content.stream.close()
        return _answered(HttpResponse(status=status, headers=headers))
    return _answered(StreamingHttpResponse(_Pieces(content.stream, first, length), status=status, headers=headers))


def _answered(response: HttpResponseBase) -> HttpResponseBase:
    patch_vary_headers(response, ["Cookie"])
    return response


class _Pieces:
    """The bytes of a stream from a place on; the stream is closed whenever the answer ends, sent or not."""

    def __init__(self, stream: BinaryIO, first: int, length: int) -> None:
        self.stream, self.left = stream, length
        stream.seek(first)

    def __iter__(self) -> Iterator[bytes]:
        while self.left and (piece := self.stream.read(min(PIECE, self.left))):
            self.left -= len(piece)
            yield piece

    def close(self) -> None:
        """Called by Django when the answer is over."""
        self.stream.close()
