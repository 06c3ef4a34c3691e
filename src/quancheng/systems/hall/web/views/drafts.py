"""Writing an application, one page at a time."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from quancheng.kernel.refusal import Refusal
from quancheng.security.identity import public as identity
from quancheng.security.pmi import public as pmi
from quancheng.systems.hall import actions, queries, rules
from quancheng.systems.hall.config import config
from quancheng.systems.hall.web import forms
from quancheng.systems.hall.web.views.services import answered, answers_in


def applicant_of(actor: pmi.Actor) -> dict[str, str]:
    """Return who applies, from the account: name, identity number (empty while not identified), mobile."""
    contact = identity.contact(actor.id)
    number = actor.person if identity.is_identity_number(actor.person, today=timezone.localdate()) else ""
    return {"name": actor.name, "identity_number": number, "mobile": contact.mobile}


class Start(pmi.GuardedView):
    """Before the first page: who applies, and whether the registries may be asked."""

    action, open_to = "hall.draft.start", ("citizen",)

    def get(self, request: Any, code: str) -> HttpResponse:
        offered = queries.service(code=code)
        answers = answers_in(request, offered)
        if rules.next_question(offered.questions, answers) is not None:
            return redirect("hall:questions", code)
        return render(
            request,
            "hall/start.html",
            {
                "service": offered,
                "answers": answers,
                "answered": answered(offered, answers),
                "applicant": applicant_of(request.actor),
                "draft_days": config.draft_days,
                "takes_data": bool(rules.catalogue_items(offered.form)),
            },
        )

    def post(self, request: Any, code: str) -> HttpResponse:
        answers = answers_in(request, queries.service(code=code))
        draft_id = actions.start_draft(actor=request.actor, service_code=code, answers=answers, at=timezone.now())
        if request.POST.get("agreed") and applicant_of(request.actor)["identity_number"]:
            return _ask_registries(request, draft_id)
        return redirect("hall:draft", draft_id)


def _ask_registries(request: Any, draft_id: Any) -> HttpResponse:
    actions.request_items(
        actor=request.actor,
        draft_id=draft_id,
        subject=applicant_of(request.actor)["identity_number"],
        at=timezone.now(),
    )
    return redirect("hall:data", draft_id)


class DraftPage(pmi.GuardedView):
    """A page of somebody's own draft; once the draft is lodged, every page of it leads to the receipt."""

    action, open_to = "hall.draft.save", ("citizen",)

    def target(self) -> pmi.Target:
        draft_id = self.kwargs["draft_id"]
        return pmi.Target(owner=queries.owner_of(draft_id=draft_id), subjects=(f"draft:{draft_id}",))

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return super().dispatch(request, *args, **kwargs)
        except (actions.AlreadyLodged, queries.NoSuchThing):
            if lodged := queries.lodged_as(draft_id=kwargs["draft_id"]):
                return redirect("hall:receipt", lodged)
            raise

    def draft(self) -> queries.DraftView:
        return queries.draft(draft_id=self.kwargs["draft_id"])

    def show(self, template: str, draft: queries.DraftView, *, step: str, **more: Any) -> HttpResponse:
        """Render a page with the steps of the way: the form's pages, materials, check."""
        pages = forms.pages(draft)
        names = [*(page.title for page in pages), _("Materials"), _("Check and submit")]
        keys = [*(f"form-{page.number}" for page in pages), "materials", "check"]
        links = [
            *(reverse("hall:form", args=[draft.id, page.number]) for page in pages),
            reverse("hall:materials", args=[draft.id]),
            reverse("hall:check", args=[draft.id]),
        ]
        position = keys.index(step) + 1 if step in keys else 1
        context = {
            "draft": draft,
            "service": draft.service,
            "step_names": names,
            "position": position,
            "total": len(keys),
            "back_url": links[position - 2] if position > 1 else reverse("hall:service", args=[draft.service.code]),
            "next_url": links[position] if position < len(links) else "",
            **more,
        }
        return render(self.request, template, context, status=more.get("status", 200))


class Resume(DraftPage):
    """Go on where the citizen stopped."""

    def get(self, request: Any, draft_id: Any) -> HttpResponse:
        draft = self.draft()
        ahead = [page.number for page in forms.pages(draft) if page.number >= draft.page]
        return redirect("hall:form", draft_id, ahead[0]) if ahead else redirect("hall:materials", draft_id)


class RegistryData(DraftPage):
    """What the registries know, where it comes from, and that it can be corrected."""

    def get(self, request: Any, draft_id: Any) -> HttpResponse:
        draft = self.draft()
        return self.show("hall/data.html", draft, step="form-1", rows=_delivered(draft), pending=_is_waiting(draft))

    def post(self, request: Any, draft_id: Any) -> HttpResponse:
        return _ask_registries(request, draft_id)


class RegistryDataStatus(DraftPage):
    """The part of the page above that a browser asks for until the answer is there."""

    def get(self, request: Any, draft_id: Any) -> HttpResponse:
        draft = self.draft()
        context = {"draft": draft, "rows": _delivered(draft), "pending": _is_waiting(draft)}
        return render(request, "hall/parts/data.html", context)


def _is_waiting(draft: queries.DraftView) -> bool:
    return draft.is_prefill_pending


def _delivered(draft: queries.DraftView) -> list[dict[str, Any]]:
    words = forms.words(draft)
    return [
        {"label": words[key][0], "value": words[key][1], "source": forms.source_words(source)}
        for key, source in draft.sources.items()
        if key in words
    ]


class FormPage(DraftPage):
    """One question group of the form."""

    def get(self, request: Any, draft_id: Any, page: int) -> HttpResponse:
        return self._page(self.draft(), page)

    def post(self, request: Any, draft_id: Any, page: int) -> HttpResponse:
        draft = self.draft()
        if page not in {item.number for item in forms.pages(draft)}:
            return redirect("hall:draft", draft_id)
        posted = forms.read_page(draft, page, request.POST)
        go_on = request.POST.get("go", "next") == "next" and not posted.errors and not posted.is_refresh
        # Whatever is right is kept even when something else on the page is wrong.
        actions.save_draft(
            actor=request.actor,
            draft_id=draft_id,
            values=posted.values,
            page=page + 1 if go_on else page,
            at=timezone.now(),
        )
        if request.POST.get("go") == "keep":
            return HttpResponse(status=204)
        if request.POST.get("go") == "later":
            return redirect("hall:submissions")
        if posted.errors or posted.is_refresh:
            return self._page(draft, page, posted)
        # Asked anew: an answer on this page may have opened or closed later ones.
        ahead = [item.number for item in forms.pages(self.draft()) if item.number > page]
        return redirect("hall:form", draft_id, ahead[0]) if ahead else redirect("hall:materials", draft_id)

    def _page(self, draft: queries.DraftView, page: int, posted: forms.Posted | None = None) -> HttpResponse:
        group = next((item for item in forms.pages(draft) if item.number == page), None)
        if group is None:
            return redirect("hall:draft", draft.id)
        return self.show(
            "hall/form.html",
            draft,
            step=f"form-{page}",
            page=page,
            group=group,
            fields=forms.rendered(draft, page, posted),
            has_errors=bool(posted and posted.errors),
            pending=draft.is_prefill_pending,
        )


class Materials(DraftPage):
    """What must be uploaded, one list, each with its own reason."""

    def get(self, request: Any, draft_id: Any) -> HttpResponse:
        return self._page(self.draft())

    def post(self, request: Any, draft_id: Any) -> HttpResponse:
        code, uploads = request.POST.get("code", ""), request.FILES.getlist("file")
        refusals = [] if uploads else [_("No file was chosen.")]
        for upload in uploads:
            try:
                actions.attach(
                    actor=request.actor,
                    draft_id=draft_id,
                    code=code,
                    content=upload.file,
                    name=upload.name,
                    media_type=upload.content_type,
                    size=upload.size,
                    at=timezone.now(),
                )
            except actions.AlreadyLodged:
                raise
            except Refusal as refusal:
                refusals.append(str(refusal))
        if refusals:
            return self._page(self.draft(), errors={f"file-{code}": refusals}, status=400)
        return HttpResponseRedirect(f"{reverse('hall:materials', args=[draft_id])}#material-{code}")

    def _page(self, draft: queries.DraftView, *, errors: Mapping[str, Any] | None = None, status: int = 200) -> Any:
        rows = forms.material_rows(draft.needed, draft.files, errors or {})
        return self.show("hall/materials.html", draft, step="materials", rows=rows, errors=errors or {}, status=status)


class RemoveFile(DraftPage):
    """Take a file out again."""

    def post(self, request: Any, draft_id: Any) -> HttpResponse:
        actions.detach(
            actor=request.actor,
            draft_id=draft_id,
            code=request.POST.get("code", ""),
            digest=request.POST.get("digest", ""),
            at=timezone.now(),
        )
        return redirect("hall:materials", draft_id)


class Check(DraftPage):
    """Everything once more, the statement of truth, and the button."""

    def get(self, request: Any, draft_id: Any) -> HttpResponse:
        return self._page(self.draft())

    def post(self, request: Any, draft_id: Any) -> HttpResponse:
        try:
            submission_id = actions.lodge(
                actor=request.actor,
                draft_id=draft_id,
                applicant=applicant_of(request.actor),
                confirmed=bool(request.POST.get("confirmed")),
                at=timezone.now(),
            )
        except actions.Incomplete as refusal:
            return self._page(self.draft(), refusal=refusal)
        except (actions.NotConfirmed, actions.NotIdentified, actions.NoLongerOffered) as refusal:
            return self._page(self.draft(), refusal=refusal)
        return redirect("hall:receipt", submission_id)

    def _page(self, draft: queries.DraftView, *, refusal: Refusal | None = None) -> HttpResponse:
        change = {page.number: reverse("hall:form", args=[draft.id, page.number]) for page in forms.pages(draft)}
        return self.show(
            "hall/check.html",
            draft,
            step="check",
            summary=forms.summary(draft, change),
            answered=answered(draft.service, dict(draft.answers)),
            rows=forms.material_rows(draft.needed, draft.files, {}),
            applicant=applicant_of(self.request.actor),  # type: ignore[attr-defined]
            problems=forms.problems(draft),
            refusal=refusal,
            status=refusal.status if refusal else 200,
        )


class Paper(DraftPage):
    """The form as filled in so far, on paper, with the check-list of materials."""

    def get(self, request: Any, draft_id: Any) -> HttpResponse:
        draft = self.draft()
        return self.show(
            "hall/paper.html",
            draft,
            step="check",
            answered=answered(draft.service, dict(draft.answers)),
            materials=draft.needed,
            held={file.code for file in draft.files},
            content=forms.paper(draft.service, draft),
            applicant=applicant_of(request.actor),
        )


class Discard(DraftPage):
    """Throw the draft away, after asking once."""

    action = "hall.draft.discard"

    def get(self, request: Any, draft_id: Any) -> HttpResponse:
        return self.show("hall/discard.html", self.draft(), step="form-1")

    def post(self, request: Any, draft_id: Any) -> HttpResponse:
        actions.discard_draft(actor=request.actor, draft_id=draft_id)
        return redirect("hall:submissions")
