"""Timestamp authorities that others run, asked over HTTP (RFC 3161 section 3.4)."""

import time
from typing import Protocol

import httpx
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

LARGEST = 64 * 1024
ASKED, ANSWERED = "application/timestamp-query", "application/timestamp-reply"


class Away(Exception):
    """The authority gave no answer that could be a token; the message says why."""

    def __init__(self, why: str | Promise) -> None:
        super().__init__(str(why))


class Authority(Protocol):
    """Answers requests for timestamps."""

    def ask(self, request: bytes) -> bytes:
        """Return the response (DER) to a TimeStampReq (DER). :raises Away: when there is none."""
        ...


class HttpAuthority:
    """An authority at an address. Nothing but its answer is believed, so that plain http will do."""

    def __init__(self, url: str, *, timeout: float) -> None:
        self._url, self._timeout = url, timeout

    def ask(self, request: bytes) -> bytes:
        """Ask it once; it gets no longer than the timeout for everything, and redirects are not followed."""
        ends, found = time.monotonic() + self._timeout, bytearray()
        headers = {"Content-Type": ASKED, "Accept": ANSWERED}
        try:
            with (
                httpx.Client(timeout=self._timeout, follow_redirects=False, trust_env=False) as client,
                client.stream("POST", self._url, content=request, headers=headers) as response,
            ):
                if response.status_code != httpx.codes.OK:
                    raise Away(_("it answered with HTTP status %(status)s") % {"status": response.status_code})
                kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
                if kind != ANSWERED:
                    raise Away(_("its answer is no timestamp reply but “%(kind)s”") % {"kind": kind[:60]})
                for piece in response.iter_raw():
                    found += piece
                    if len(found) > LARGEST:
                        raise Away(_("its answer is too large"))
                    if time.monotonic() > ends:
                        raise Away(_("it did not answer in time"))
        except httpx.TimeoutException:
            raise Away(_("it did not answer in time")) from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            raise Away(_("it cannot be reached (%(error)s)") % {"error": type(error).__name__}) from error
        return bytes(found)
