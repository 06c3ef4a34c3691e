"""Pages and files of the trail. The trail lies below pmi, so its pages ask `request.actor` themselves."""

import re
from typing import Any, ClassVar

from django.contrib.auth.views import redirect_to_login
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView, View

from quancheng.kernel.refusal import Refusal
from quancheng.security.trail import actions, config, queries
from quancheng.security.trail.web import forms

TILE = re.compile(r"(entries|\d{1,2})/(x\d{3}/)*\d{3}(\.p/\d{1,3})?", re.ASCII)
PUBLIC = "public"
FOR_EVER = "public, max-age=31536000, immutable"


class NotAuthorised(Refusal):
    """The actor may not look into the trail, or not at this organisation's entries."""

    code = "trail.forbidden"
    message = _("You are not authorised to read this part of the trail.")
    status = 403


class _Explorer(View):
    """A page for those who may read the trail; the look itself is entered."""

    action: ClassVar[str] = "trail.entry.read"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        actor = self.actor
        if actor.kind == "anonymous":
            return redirect_to_login(request.get_full_path())
        if not actor.may(self.action):
            self.enter(NotAuthorised.code)
            raise NotAuthorised
        return super().dispatch(request, *args, **kwargs)

    @property
    def actor(self) -> Any:
        """Who asks, as identity put it on the request."""
        return self.request.actor  # type: ignore[attr-defined]

    def enter(self, outcome: str = "done", subjects: tuple[str, ...] = ()) -> None:
        """Enter the look in the trail."""
        actions.record(
            action=self.action,
            actor_id=self.actor.id,
            actor_name=self.actor.name,
            outcome=outcome,
            subjects=subjects,
            organisation=self.actor.organisation,
            detail={"address": self.request.get_full_path()},
        )

    def entry(self) -> queries.EntryView:
        """Return the entry in the address, if this actor may see it."""
        found = queries.entry(entry_id=self.kwargs["entry_id"])
        subjects = (f"trail-entry:{found.id}",)
        if not self.actor.may(self.action, found.organisation):
            self.enter(NotAuthorised.code, subjects)
            raise NotAuthorised
        self.enter(subjects=subjects)
        return found


class Entries(_Explorer, TemplateView):
    """The list of entries with its filters."""

    template_name = "trail/entries.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        form = forms.Filter(self.request.GET)
        wishes = form.cleaned_data if form.is_valid() else {}
        number = self.request.GET.get("page", "1")
        page = queries.entries(
            **wishes,
            seen=queries.seen_by(self.actor, self.action),
            page=int(number) if number.isdecimal() and len(number) < 9 else 1,
        )
        self.enter()
        return super().get_context_data(form=form, page=page, checkpoint=queries.checkpoint(), **kwargs)


class OneEntry(_Explorer, TemplateView):
    """One entry with what it is about and its place in the log."""

    template_name = "trail/entry.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found = self.entry()
        latest = queries.checkpoint()
        integrated = latest is not None and found.index is not None and found.index < latest.size
        proof = queries.inclusion_proof(index=found.index) if integrated and found.index is not None else None
        return super().get_context_data(entry=found, proof=proof, checkpoint=latest, **kwargs)


class Proof(_Explorer):
    """The inclusion proof of an entry with its body, as a file that can be checked without this server."""

    def get(self, request: HttpRequest, entry_id: str) -> HttpResponse:
        found = self.entry()
        proof = queries.evidence(entry_id=found.id)
        name = f"trail-{proof['index']}.json"
        return JsonResponse(
            proof,
            json_dumps_params={"ensure_ascii": False, "indent": 2},
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )


class Checkpoint(View):
    """The latest signed checkpoint (C2SP tlog-checkpoint)."""

    action: ClassVar[str] = PUBLIC

    def get(self, request: HttpRequest) -> HttpResponse:
        latest = queries.checkpoint()
        if latest is None:
            raise Http404
        headers = {"Cache-Control": "no-cache"}
        return HttpResponse(latest.text, content_type="text/plain; charset=utf-8", headers=headers)


class Tile(View):
    """A tile or entry bundle (C2SP tlog-tiles); what it holds never changes once a checkpoint covers it."""

    action: ClassVar[str] = PUBLIC

    def get(self, request: HttpRequest, path: str) -> FileResponse:
        if not TILE.fullmatch(path):
            raise Http404
        try:
            file = (config.folder() / "tile" / path).open("rb")
        except OSError:
            raise Http404 from None
        return FileResponse(file, content_type="application/octet-stream", headers={"Cache-Control": FOR_EVER})
