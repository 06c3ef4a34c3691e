"""Changes tried over HTTP: JSON in and out, refusals as problem+json (RFC 9457).

A system shows an access token (RFC 6750); staff may call from their browser's session, with the page's token.
"""

from http import HTTPStatus
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt

from quancheng.kernel import asked
from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import actions, adapters, queries
from quancheng.security.pmi.actions.simulating import AT_ONCE, SIMULATE
from quancheng.security.pmi.api import shapes
from quancheng.security.pmi.rules import PUBLIC, Target

PROBLEM = "application/problem+json"


class _Csrf(CsrfViewMiddleware):
    def _reject(self, request: HttpRequest, reason: str) -> Any:
        return reason


def problem(status: int, kind: str, title: Any, **more: Any) -> JsonResponse:
    """Return a problem detail (RFC 9457); `kind` ends its type."""
    body = {"type": f"urn:quancheng:refusal:{kind}", "title": str(title), "status": status, **more}
    return JsonResponse(body, status=status, content_type=PROBLEM, json_dumps_params={"ensure_ascii": False})


@method_decorator(csrf_exempt, name="dispatch")  # systems show a token; sessions are checked below
class Call(actions.GuardedView):
    """One call of the API."""

    request: Any

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
        if scheme:
            found = adapters.directory().system_of(token.strip()) if scheme.lower() == "bearer" else None
            if found is None:
                return self._unauthorised("invalid_token")
            request.actor = found
        elif request.actor.kind == "anonymous":
            return self._unauthorised()
        elif request.method == "POST" and _Csrf(lambda _request: HttpResponse()).process_view(
            request, self.dispatch, (), {}
        ):
            return problem(403, "pmi.no-page-token", _("Send the page's token along (X-CSRFToken)."))
        try:
            return super().dispatch(request, *args, **kwargs)
        except Refusal as refusal:
            return problem(refusal.status, refusal.code, refusal)

    def _unauthorised(self, error: str = "") -> HttpResponse:
        answer = problem(401, "pmi.not-signed-in", _("Show an access token, or sign in."))
        answer["WWW-Authenticate"] = f'Bearer error="{error}"' if error else "Bearer"
        return answer

    def answer(self, simulation_id: Any, status: int) -> JsonResponse:
        """Return the simulation as it stands."""
        address = self.request.build_absolute_uri(reverse("pmi-api:simulation", args=[simulation_id]))
        body = shapes.answer(queries.simulation(simulation_id), address)
        return JsonResponse(
            body, status=status, headers={"Location": address}, json_dumps_params={"ensure_ascii": False}
        )


class SimulationsCall(Call):
    """POST a change and a period: it is tried, at once or, when the trail is long, by the worker."""

    action = SIMULATE
    http_method_names = ["post", "options"]

    def post(self, request: Any) -> HttpResponse:
        if request.content_type != "application/json":
            return problem(415, "pmi.not-json", _("Send JSON (application/json)."))
        now = timezone.now()
        try:
            if asked.is_longer(request, shapes.LARGEST):
                raise RequestDataTooBig
            change, since, until = shapes.read(request.body, timezone.localdate(now))
        except RequestDataTooBig:
            return problem(413, "pmi.too-large", _("This is too large for one change."))
        except shapes.BadShape as error:
            return problem(400, "pmi.bad-shape", _("What was sent has another shape."), pointer=str(error))
        made = actions.simulate(actor=request.actor, change=change, since=since, until=until, at=now)
        finished = actions.advance(simulation_id=made, seconds=AT_ONCE, at=timezone.now())
        return self.answer(made, HTTPStatus.CREATED if finished else HTTPStatus.ACCEPTED)


class SimulationCall(Call):
    """GET what came out of a simulation of one's own."""

    action, open_to = "pmi.simulation.delete", ("staff", "system")
    http_method_names = ["get", "options"]

    def target(self) -> Target:
        return queries.target_of(self.kwargs["simulation_id"])

    def get(self, _request: Any, simulation_id: Any) -> HttpResponse:
        return self.answer(simulation_id, HTTPStatus.OK)


class OpenApi(actions.GuardedView):
    """The document that describes the API (OpenAPI 3.1)."""

    action = PUBLIC

    def get(self, request: HttpRequest) -> JsonResponse:
        home = request.build_absolute_uri(reverse("pmi-api:simulations")).removesuffix("/simulations")
        token = request.build_absolute_uri(reverse("idp:oidc:token"))
        return JsonResponse(shapes.openapi(home, token, SIMULATE), json_dumps_params={"ensure_ascii": False})
