"""What the pages about one design have in common."""

from typing import Any

from django.http import HttpRequest

from quancheng.security.pmi import public as pmi
from quancheng.support.designer import queries


def number(text: str, otherwise: int = 0) -> int:
    """Return a number from an address or a form, `otherwise` where it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else otherwise


def clean(text: str, longest: int = 100) -> str:
    """Return what somebody searches for."""
    return text.replace("\0", "").strip()[:longest]


class DesignPage(pmi.GuardedView):
    """A page about one design."""

    action = queries.READ

    def target(self) -> pmi.Target:
        """Return where the design belongs."""
        return queries.target(self.kwargs["design_id"])

    def may(self, request: HttpRequest) -> dict[str, bool]:
        """Return which of the designers' actions the reader may take on it."""
        actor: Any = request.actor  # type: ignore[attr-defined]
        place = self.target().organisation
        found = {
            verb: actor.may(f"designer.design.{verb}", organisation=place) for verb in ("write", "submit", "review")
        }
        publishers = queries.publishing_target(self.kwargs["design_id"]).organisation
        return found | {"publish": actor.may("designer.design.publish", organisation=publishers)}
