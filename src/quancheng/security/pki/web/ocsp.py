"""The OCSP responder over HTTP (RFC 6960 appendix A)."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_exempt

from quancheng.kernel import asked
from quancheng.security.pki.actions import responder
from quancheng.security.pki.engine import ocsp
from quancheng.security.pmi import public as pmi


@method_decorator(csrf_exempt, name="dispatch")
class Ocsp(pmi.GuardedView):
    """Says whether certificates are good. Asks neither the session nor who is there."""

    action = pmi.PUBLIC
    http_method_names = ["get", "head", "post", "options"]

    def get(self, request: HttpRequest, encoded: str = "") -> HttpResponse:
        now = timezone.now()
        reply = responder.service().answer_path(encoded, at=now)
        return HttpResponse(reply.body, content_type=ocsp.REPLY_TYPE, headers=reply.headers(now))

    def post(self, request: HttpRequest, encoded: str = "") -> HttpResponse:
        if request.content_type != ocsp.REQUEST_TYPE:
            return HttpResponse(status=415)
        if asked.is_longer(request, ocsp.LARGEST):
            return HttpResponse(status=413)
        now = timezone.now()
        reply = responder.service().answer(request.body, at=now)
        # Answers to POST are for the one who asked (RFC 5019 section 6.2 speaks of GET).
        return HttpResponse(reply.body, content_type=ocsp.REPLY_TYPE, headers={"Cache-Control": "no-store"})
