"""Bundles: designs out, signed; designs in, verified and shown before anything is taken over."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.pmi import public as pmi
from quancheng.support.designer import actions, queries
from quancheng.support.designer.engine import bundles
from quancheng.support.designer.queries.incoming import target as incoming_target
from quancheng.support.designer.web.views.pages import clean, number


class Bundles(pmi.GuardedView):
    """What can be sent, what came."""

    action = "designer.bundle.export"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page(request)

    def post(self, request: HttpRequest) -> HttpResponse:
        actor: pmi.Actor = request.actor  # type: ignore[attr-defined]
        place = clean(request.POST.get("organisation", ""), 200)
        at = timezone.now()
        try:
            chosen = [number(one) for one in request.POST.getlist("design")]
            content = actions.export(actor=actor, organisation=place, design_ids=chosen, at=at)
        except pmi.Forbidden:
            raise
        except Refusal as refusal:
            return self._page(request, refusal=str(refusal), status=refusal.status)
        answer = HttpResponse(content, content_type="application/zip")
        answer["Content-Disposition"] = f'attachment; filename="designs-{timezone.localtime(at):%Y%m%d-%H%M}.zip"'
        return answer

    def _page(self, request: HttpRequest, *, refusal: str = "", status: int = 200) -> HttpResponse:
        actor: pmi.Actor = request.actor  # type: ignore[attr-defined]
        context = {
            "page": queries.designs(actor, page=request.GET.get("page", "1")),
            "places": queries.organisations(actor, self.action),
            "into": queries.organisations(actor, "designer.bundle.import"),
            "own": actor.organisation,
            "incomings": queries.incomings(actor),
            "refusal": refusal,
        }
        return render(request, "designer/bundles.html", context, status=status)


class Bring(pmi.GuardedView):
    """A bundle that somebody brings."""

    action = "designer.bundle.import"

    def post(self, request: HttpRequest) -> HttpResponse:
        actor: pmi.Actor = request.actor  # type: ignore[attr-defined]
        file, place = request.FILES.get("file"), clean(request.POST.get("organisation", ""), 200)
        try:
            if file is None or file.size is None or file.size > bundles.LARGEST:
                raise bundles.BadBundle(file=file.name if file else "ZIP", why=_("is missing or too large"))
            made = actions.bring(
                actor=actor, organisation=place, name=file.name or "", content=file.read(), at=timezone.now()
            )
        except pmi.Forbidden:
            raise
        except Refusal as refusal:
            messages.error(request, str(refusal))
            return redirect("designer:bundles")
        return redirect("designer:incoming", made)


class Arriving(pmi.GuardedView):
    """What would become of each part of a bundle, and the act itself."""

    action = "designer.bundle.import"

    def target(self) -> pmi.Target:
        """Return where the bundle was brought."""
        return incoming_target(self.kwargs["incoming_id"])

    def get(self, request: HttpRequest, incoming_id: int) -> HttpResponse:
        context = {"incoming": queries.incoming(request.actor, incoming_id)}  # type: ignore[attr-defined]
        return render(request, "designer/incoming.html", context)

    def post(self, request: HttpRequest, incoming_id: int) -> HttpResponse:
        keys = [clean(one, 200) for one in request.POST.getlist("item")]
        try:
            made = actions.take(actor=request.actor, incoming_id=incoming_id, keys=keys, at=timezone.now())  # type: ignore[attr-defined]
        except pmi.Forbidden:
            raise
        except Refusal as refusal:
            messages.error(request, str(refusal))
            return redirect("designer:incoming", incoming_id)
        messages.success(request, _("%s designs were taken over as drafts.") % len(made))
        return redirect("designer:designs")
