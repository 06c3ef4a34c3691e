"""The services over HTTP: JSON in and out, refusals as problem+json (RFC 9457).

A system shows an access token (RFC 6750); staff may call from their browser's session, with the page's token.
"""

import base64
import json
from abc import ABC, abstractmethod
from dataclasses import asdict
from datetime import datetime
from typing import Any, ClassVar

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_exempt

from quancheng.kernel import asked
from quancheng.kernel.refusal import Refusal
from quancheng.security.crypto import public as crypto
from quancheng.security.crypto.config import config
from quancheng.security.crypto.engine import shapes
from quancheng.security.crypto.engine.operations import OPERATIONS, openapi
from quancheng.security.identity import public as identity
from quancheng.security.pmi import public as pmi

PROBLEM = "application/problem+json"
TITLES = shapes.FAILURES


class _Csrf(CsrfViewMiddleware):
    def _reject(self, request: HttpRequest, reason: str) -> Any:
        return reason


def problem(status: int, kind: str, title: str, **more: Any) -> JsonResponse:
    """Return a problem detail (RFC 9457); `kind` ends its type."""
    body = {"type": f"urn:quancheng:refusal:{kind}", "title": title, "status": status, **more}
    return JsonResponse(body, status=status, content_type=PROBLEM, json_dumps_params={"ensure_ascii": False})


@method_decorator(csrf_exempt, name="dispatch")  # systems show a token; sessions are checked below
class Call(pmi.GuardedView, ABC):
    """One operation."""

    operation: ClassVar[shapes.Operation]
    http_method_names = ["post", "options"]

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
        if scheme:
            found = identity.system_of(token.strip()) if scheme.lower() == "bearer" else None
            if found is None:
                return self._unauthorised("invalid_token")
            request.actor = found
        elif request.actor.kind == "anonymous":
            return self._unauthorised()
        elif _Csrf(lambda _request: HttpResponse()).process_view(request, self.post, (), {}):
            return problem(403, "crypto.no-page-token", str(TITLES["403"]))
        try:
            return super().dispatch(request, *args, **kwargs)
        except Refusal as refusal:
            return self._refused(refusal)

    def _unauthorised(self, error: str = "") -> HttpResponse:
        answer = problem(401, "crypto.not-signed-in", str(TITLES["401"]))
        answer["WWW-Authenticate"] = f'Bearer error="{error}"' if error else "Bearer"
        return answer

    def _refused(self, refusal: Refusal) -> HttpResponse:
        if not isinstance(refusal, crypto.QuotaSpent):
            return problem(refusal.status, refusal.code, str(refusal))
        until: Any = refusal.facts["resets_at"]
        answer = problem(refusal.status, refusal.code, str(refusal), resets_at=until.isoformat())
        answer["Retry-After"] = str(max(1, int((until - timezone.now()).total_seconds())))
        return answer

    def post(self, request: Any) -> HttpResponse:
        if request.content_type != "application/json":
            return problem(415, "crypto.not-json", str(TITLES["415"]))
        if asked.is_longer(request, config.largest):
            return problem(413, "crypto.too-large", str(TITLES["413"]))
        try:
            wish = self.operation.read(request.body)
        except RequestDataTooBig:
            return problem(413, "crypto.too-large", str(TITLES["413"]))
        except shapes.BadShape as error:
            found = [{"pointer": pointer, "detail": str(text)} for pointer, text in error.problems]
            return problem(400, "crypto.bad-shape", str(TITLES["400"]), errors=found)
        code = wish.pop("organisation", None)
        place = identity.organisation(code).path if code else request.actor.organisation
        answer = self.answer(request.actor, place, wish, timezone.now())
        return JsonResponse({name: plain(value) for name, value in answer.items() if value is not None})

    @abstractmethod
    def answer(self, actor: pmi.Actor, organisation: str, wish: dict[str, Any], at: datetime) -> dict[str, Any]:
        """Return the members of the answer."""


def plain(value: Any) -> Any:
    """Return a value as JSON has it."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    return value.isoformat() if isinstance(value, datetime) else value


class SignCall(Call):
    """Signs with the organisation's seal."""

    action, operation = OPERATIONS["sign"].privilege, OPERATIONS["sign"]

    def answer(self, actor: pmi.Actor, organisation: str, wish: dict[str, Any], at: datetime) -> dict[str, Any]:
        return asdict(crypto.sign(actor=actor, organisation=organisation, at=at, **wish))


class BatchCall(Call):
    """Signs many documents with one signature."""

    action, operation = OPERATIONS["batch"].privilege, OPERATIONS["batch"]

    def answer(self, actor: pmi.Actor, organisation: str, wish: dict[str, Any], at: datetime) -> dict[str, Any]:
        return asdict(crypto.sign_batch(actor=actor, organisation=organisation, at=at, **wish))


class VerifyCall(Call):
    """Judges a signature."""

    action, operation = OPERATIONS["verify"].privilege, OPERATIONS["verify"]

    def answer(self, actor: pmi.Actor, organisation: str, wish: dict[str, Any], at: datetime) -> dict[str, Any]:
        return asdict(crypto.verify(actor=actor, organisation=organisation, at=at, **wish))


class EncryptCall(Call):
    """Encrypts to a certificate."""

    action, operation = OPERATIONS["encrypt"].privilege, OPERATIONS["encrypt"]

    def answer(self, actor: pmi.Actor, organisation: str, wish: dict[str, Any], at: datetime) -> dict[str, Any]:
        return asdict(crypto.encrypt(actor=actor, organisation=organisation, at=at, **wish))


class DecryptCall(Call):
    """Decrypts with the organisation's key."""

    action, operation = OPERATIONS["decrypt"].privilege, OPERATIONS["decrypt"]

    def answer(self, actor: pmi.Actor, organisation: str, wish: dict[str, Any], at: datetime) -> dict[str, Any]:
        return {"content": crypto.decrypt(actor=actor, organisation=organisation, at=at, **wish)}


class HashCall(Call):
    """Makes a digest."""

    action, operation = OPERATIONS["hash"].privilege, OPERATIONS["hash"]

    def answer(self, actor: pmi.Actor, organisation: str, wish: dict[str, Any], at: datetime) -> dict[str, Any]:
        found = crypto.digest(actor=actor, organisation=organisation, at=at, **wish)
        return {"algorithm": found.algorithm, "digest": found.digest.hex()}


class TimestampCall(Call):
    """Has a moment certified."""

    action, operation = OPERATIONS["timestamp"].privilege, OPERATIONS["timestamp"]

    def answer(self, actor: pmi.Actor, organisation: str, wish: dict[str, Any], at: datetime) -> dict[str, Any]:
        content, digest, algorithm = wish["content"], wish["digest"], wish["algorithm"]
        if digest is None:
            digest = crypto.hashed(content, algorithm)
        return asdict(
            crypto.timestamp(actor=actor, organisation=organisation, digest=digest, algorithm=algorithm, at=at)
        )


class OpenApi(pmi.GuardedView):
    """What the service takes and answers, for programs."""

    action = pmi.PUBLIC

    def get(self, request: HttpRequest) -> HttpResponse:
        base = request.build_absolute_uri(reverse("crypto-api:sign")).rpartition("/")[0]
        document = openapi(base, request.build_absolute_uri(reverse("idp:oidc:token")))
        return HttpResponse(json.dumps(document, ensure_ascii=False), content_type="application/vnd.oai.openapi+json")
