"""What the tests of the trail share."""

from collections.abc import Callable
from typing import Any

from quancheng.security.trail.engine import merkle


def convinces(verify: Callable[..., Any], **facts: Any) -> bool:
    """Test whether a proof is accepted by `verify`, which raises `BadProof` for any other."""
    try:
        verify(**facts)
    except merkle.BadProof:
        return False
    return True
