"""What of a request cannot be taken at its word: how long it says it is, and where it wants to go next."""

from typing import Final

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

# More bytes than that nobody sends, and `int` refuses thousands of digits.
DIGITS: Final = 15


def length(said: str) -> int | None:
    """Return how many bytes a Content-Length names, 0 when it is empty, None when it is no number (RFC 9110, 8.6)."""
    digits = said.strip()
    if not digits:
        return 0
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) <= DIGITS else None


def is_longer(request: HttpRequest, most: int) -> bool:
    """Test whether the body says it is longer than `most` bytes; a length that is no number is always too long.

    Asked before the body is read. A body without a length is Django's to limit.
    """
    said = length(request.headers.get("Content-Length", ""))
    return said is None or said > most


def onward(request: HttpRequest, wish: str, otherwise: str) -> str:
    """Return the address `wish` when it stays on this site, as a browser reads it, else `otherwise`.

    To be given to HttpResponseRedirect: `redirect` would also take it for the name of a page.
    """
    stays = url_has_allowed_host_and_scheme(wish, {request.get_host()}, require_https=request.is_secure())
    return wish if stays else otherwise
