"""The way past Django for what machines ask all the time: no session, no template, no middleware, only bytes."""

from collections.abc import Callable, Iterable
from typing import Any

from django.db import close_old_connections, reset_queries
from django.utils import timezone

from quancheng.kernel import asked
from quancheng.kernel.refusal import Refusal
from quancheng.security.pki.actions import responder, timestamping
from quancheng.security.pki.engine import ocsp, timestamps

PREFIX, STAMPS = "/pki/ocsp", "/pki/tsa/"
Start = Callable[[str, list[tuple[str, str]]], Any]
Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]


def thin(application: Wsgi) -> Wsgi:
    """Return `application` with the OCSP responder and the timestamp service in front; other addresses stay its own."""

    def serve(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path.startswith(PREFIX) and path[len(PREFIX) : len(PREFIX) + 1] in ("", "/"):
            return _ocsp(environ, start, path[len(PREFIX) :])
        if path == STAMPS and environ.get("REQUEST_METHOD") == "POST":
            return _stamp(environ, start)
        return application(environ, start)

    return serve


def _ocsp(environ: dict[str, Any], start: Start, encoded: str) -> Iterable[bytes]:
    method, now = environ.get("REQUEST_METHOD", ""), timezone.now()
    try:
        if method in ("GET", "HEAD"):
            reply = responder.service().answer_path(encoded, at=now)
            headers = reply.headers(now)
        elif method != "POST":
            return _refuse(start, "405 Method Not Allowed")
        elif environ.get("CONTENT_TYPE", "").partition(";")[0].strip() != ocsp.REQUEST_TYPE:
            return _refuse(start, "415 Unsupported Media Type")
        elif (length := asked.length(environ.get("CONTENT_LENGTH") or "")) is None or length > ocsp.LARGEST:
            return _refuse(start, "413 Content Too Large")
        else:
            body = environ["wsgi.input"].read(length)
            reply, headers = responder.service().answer(body, at=now), {"Cache-Control": "no-store"}
    except Refusal:
        # A site without its authority: the client may come again.
        reply, headers = responder.Reply(ocsp.TRY_LATER, now), {"Cache-Control": "no-store"}
    finally:
        reset_queries()
        close_old_connections()
    kind = ("Content-Type", ocsp.REPLY_TYPE), ("Content-Length", str(len(reply.body)))
    start("200 OK", [*kind, *headers.items()])
    return [b"" if method == "HEAD" else reply.body]


def _stamp(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
    if environ.get("CONTENT_TYPE", "").partition(";")[0].strip() != timestamps.REQUEST_TYPE:
        return _refuse(start, "415 Unsupported Media Type")
    if (length := asked.length(environ.get("CONTENT_LENGTH") or "")) is None or length > timestamps.LARGEST:
        return _refuse(start, "413 Content Too Large")
    try:
        reply = timestamping.service().answer(environ["wsgi.input"].read(length))
    except Refusal:
        # A site without its authority: the client may come again.
        return _refuse(start, "503 Service Unavailable")
    finally:
        reset_queries()
        close_old_connections()
    kind = ("Content-Type", timestamps.REPLY_TYPE), ("Content-Length", str(len(reply))), ("Cache-Control", "no-store")
    start("200 OK", [*kind])
    return [reply]


def _refuse(start: Start, status: str) -> Iterable[bytes]:
    start(status, [("Content-Length", "0")])
    return [b""]
