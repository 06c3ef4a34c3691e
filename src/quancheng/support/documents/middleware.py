"""Takes in what is sent: how much that may be is asked before it is read, and refused in words before any view runs."""

import shutil
from collections.abc import Callable
from contextlib import suppress
from tempfile import gettempdir
from typing import Any, ClassVar, Final

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.core.files.uploadhandler import StopUpload, TemporaryFileUploadHandler
from django.http import HttpRequest, HttpResponse, HttpResponseBase, UnreadablePostError
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from quancheng.kernel import asked
from quancheng.kernel.refusal import Refusal
from quancheng.support.documents.actions.keeping import FULL, ROOM_LEFT, NoRoom
from quancheng.support.documents.config import MEGABYTE, config

FORMS: Final = {"application/x-www-form-urlencoded", "multipart/form-data"}
AROUND: Final = MEGABYTE  # what a form has around its files
HOUR: Final = 3600


class TooMuch(Refusal):
    """RFC 9110, 15.5.14."""

    code: ClassVar[str] = "documents.too-much"
    message = _("This is larger than the %(limit)s MB that can be sent at once. Nothing was stored; please send less.")
    status: ClassVar[int] = 413


class TooMuchInAnHour(Refusal):
    """RFC 6585, 4."""

    code: ClassVar[str] = "documents.too-much-in-an-hour"
    message = _(
        "From this address more than %(limit)s MB were sent within an hour by people who are not signed in. "
        "Please sign in, or try again in an hour. Nothing was stored."
    )
    status: ClassVar[int] = 429


class BodyMiddleware:
    """Refuses a length that is no number, and a form of more text than the site reads. Stands before the CSRF check."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if asked.length(request.META.get("CONTENT_LENGTH") or "") is None:
            # Before anything reads it as a number (RFC 9110, 8.6).
            text = gettext("The length of the request (Content-Length) is no number.")
            return HttpResponse(text, status=400, content_type="text/plain; charset=utf-8")
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponse | None:
        """Read the form, which may end in a refusal; one of files is left at the request (`Uploads`)."""
        if request.content_type not in FORMS:
            return None
        try:
            _read = request.POST
        except RequestDataTooBig:
            limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
            with suppress(OSError):
                _forget_rest(request, most=10 * limit)
            return render(request, "look/refusal.html", {"refusal": TooMuch(limit=limit // MEGABYTE)}, status=413)
        except UnreadablePostError:
            # Whoever sent it is gone: the check of the form's token says so.
            return None
        return None


def _forget_rest(request: HttpRequest, *, most: int) -> None:
    """Read what else comes, so that the browser waits for an answer instead of losing it."""
    while most > 0 and (piece := request.read(64 * 1024)):
        most -= len(piece)


class Uploads(TemporaryFileUploadHandler):
    """Writes each upload to a temporary file. Too much of it, or a full disk, leaves `request.refusal` behind.

    The rest of the request is read and forgotten, so that the browser waits for an answer instead of losing it, unless
    there is far too much of it.
    """

    refused: Refusal | None = None
    reset = False
    whole = 0  # bytes of the request

    def handle_raw_input(
        self,
        input_data: Any,
        META: Any,  # noqa: N803
        content_length: int,
        boundary: Any,
        encoding: str | None = None,
    ) -> None:
        """Judge the request by the length that it names; the server ends it there (RFC 9112, 6.2)."""
        self.whole, actor = content_length, getattr(self.request, "actor", None)
        staff = actor is not None and actor.kind == "staff"
        limit = config.largest_upload_bytes if staff else config.largest_form_bytes
        if content_length > limit + AROUND:
            self.refused, self.reset = TooMuch(limit=limit // MEGABYTE), content_length > 2 * limit
        elif (actor is None or actor.kind == "anonymous") and self._over_quota(content_length):
            self.refused = TooMuchInAnHour(limit=config.anonymous_bytes_an_hour // MEGABYTE)

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        if self.refused:
            self._end(self.refused)
        try:
            super().new_file(*args, **kwargs)
            free = shutil.disk_usage(settings.FILE_UPLOAD_TEMP_DIR or gettempdir()).free
        except OSError as error:
            self._full(error)
        else:
            if free < self.whole + ROOM_LEFT:
                self._end(NoRoom(name=self.file_name))

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        try:
            super().receive_data_chunk(raw_data, start)
        except OSError as error:
            self._full(error)

    def _full(self, error: OSError) -> None:
        if error.errno not in FULL:
            raise error
        self._end(NoRoom(name=self.file_name))

    def _end(self, refusal: Refusal) -> None:
        self.request.refusal = refusal  # type: ignore[union-attr]
        raise StopUpload(connection_reset=self.reset)

    def _over_quota(self, length: int) -> bool:
        """Count what an address sent in this hour; two at the same instant may be counted as one."""
        try:
            address = get_adapter().get_client_ip(self.request)
        except PermissionDenied:
            # The proxies in front are not as the settings say: then there is no address to count by.
            address = "unknown"
        key = f"documents.sent.{address}.{int(timezone.now().timestamp()) // HOUR}"
        sent = cache.get(key, 0) + length
        cache.set(key, sent, HOUR)
        return bool(sent > config.anonymous_bytes_an_hour)
