"""What somebody declares to act for: once in a session, or with each request of a program."""

from urllib.parse import unquote

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import queries
from quancheng.security.pmi.actions.ways_in import action
from quancheng.security.pmi.rules import Actor

SESSION = "pmi.purpose"
LONG = 60
# A program says it in a header, percent-encoded UTF-8. A link cannot set a header, so nobody declares by a click.
HEADER = "Purpose"


class NotAPurpose(Refusal):
    code = "pmi.not-a-purpose"
    message = _("None of your privileges is held for this purpose.")


def purpose_in(request: HttpRequest) -> str:
    """Return the purpose that a request states: in its header, else the one declared in the session."""
    return unquote(request.headers.get(HEADER, ""))[:LONG] or str(request.session.get(SESSION, ""))


@action("pmi.purpose.declare", open_to=("staff",))
def declare_purpose(*, actor: Actor, purpose: str) -> str:
    """Enter in the trail what the actor will act for from now on; "" for nothing. :raises NotAPurpose:"""
    purpose = purpose.strip()
    if purpose and purpose not in queries.purposes_of(actor) and not queries.says_why(actor):
        raise NotAPurpose
    return purpose[:LONG]
