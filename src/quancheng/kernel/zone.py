"""Which of the two networks this process serves."""

import os
from collections.abc import Iterable
from typing import Final, Literal, cast

EXTRANET: Final = "extranet"
INTRANET: Final = "intranet"
BOTH: Final = frozenset({EXTRANET, INTRANET})

Zone = Literal["extranet", "intranet", "all"]


class UnknownZone(ValueError):
    """`QC_ZONE` is neither extranet, intranet nor all."""


def current() -> Zone:
    """Return the zone this process serves; `all` is one process for development and very small places."""
    value = os.environ.get("QC_ZONE", "all")
    if value not in {EXTRANET, INTRANET, "all"}:
        raise UnknownZone(f"QC_ZONE is {value!r}; it must be extranet, intranet or all")
    return cast("Zone", value)


def serves(zones: Iterable[str]) -> bool:
    """Test whether an app made for `zones` is installed in this process."""
    here = current()
    return here == "all" or here in zones


def other() -> str | None:
    """Return the zone on the far side of the ferry, None where one process serves both."""
    return {EXTRANET: INTRANET, INTRANET: EXTRANET}.get(current())
