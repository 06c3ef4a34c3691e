"""Tasks on the pages of business systems: `{% office_moves subject %}` shows what can be done with a matter's steps."""

from typing import Any

from django import template

from quancheng.support.workflow import queries

register = template.Library()


@register.inclusion_tag("workflow/parts/desks.html", takes_context=True)
def office_moves(context: Any, subject: str) -> dict[str, Any]:
    """Show the steps of `subject` at which a move is open to the reader, each with its menu."""
    request = context["request"]
    found = queries.desks(request.actor, subject)
    # An inclusion has a context of its own: what its parts need is handed on.
    return {
        "desks": [{"desk": desk, "menu": queries.menu(desk)} for desk in found],
        "request": request,
        "csrf_token": context.get("csrf_token"),
    }
