"""For departments' systems: the attribute certificates that count now, as JSON."""

import base64
from typing import Any

from django.http import HttpRequest, JsonResponse

from quancheng.security.attributes import queries
from quancheng.security.identity import public as identity
from quancheng.security.pmi import public as pmi


class Certificates(pmi.GuardedView):
    """GET `?holder=account:<id>`: what counts now, DER in base64. A system shows an access token (RFC 6750).

    Staff see their own; whoever holds `attributes.certificate.read` those of their organisations.
    """

    action, open_to = queries.READ, ("staff",)

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            request.actor = identity.system_of(token.strip()) or pmi.ANONYMOUS
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest) -> JsonResponse:
        actor: pmi.Actor = request.actor  # type: ignore[attr-defined]
        found = queries.certificates(actor, holder=request.GET.get("holder", "")[:80], only_valid=True)
        lines = [
            {
                "serial": item.serial,
                "holder": item.holder,
                "organisation": item.organisation,
                "roles": list(item.roles),
                "not_after": item.not_after.isoformat(),
                "certificate": base64.b64encode(item.der).decode(),
            }
            for item in found
        ]
        return JsonResponse({"certificates": lines})
