"""Pages for administrators: the texts of notices, their versions, drafts and previews."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from quancheng.security.pmi import public as pmi
from quancheng.support.notifications import actions, rules
from quancheng.support.notifications.config import config
from quancheng.support.notifications.engine import kinds
from quancheng.support.notifications.models import Channel
from quancheng.support.notifications.queries import templates
from quancheng.support.notifications.web import forms

READ, EDIT, PUBLISH = (f"notifications.template.{verb}" for verb in ("read", "edit", "publish"))


def number_of(text: str | None) -> int | None:
    """Return the number that an address says, None when it says none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 8 else None


class Templates(pmi.GuardedView):
    """All kinds of notices, with the version of their text that is in force."""

    action = READ

    def get(self, request: HttpRequest) -> HttpResponse:
        search = request.GET.get("search", "").replace("\0", "")[:60]
        lines = [
            (line, [Channel(one).label for one in rules.CHANNELS if one in line.kind.channels])
            for line in templates.listing(search)
        ]
        return render(request, "notifications/templates.html", {"lines": lines, "search": search})


class OneTemplate(pmi.GuardedView):
    """One text: as each way shows it with examples, its variables, its versions, and how one differs from another."""

    action = READ

    def get(self, request: Any, kind: str) -> HttpResponse:
        declared = kinds.kind(kind)
        versions, current = templates.versions(declared), templates.in_force(declared)
        wanted = number_of(request.GET.get("version"))
        shown = current if wanted is None else templates.version(declared, wanted)
        against = number_of(request.GET.get("against"))
        older = [one for one in versions if one.number < shown.number and not one.is_draft]
        base = templates.version(declared, against) if against is not None else next(iter(older), None)
        draft = next((one for one in versions if one.is_draft), None)
        context = {
            "kind": declared,
            "versions": versions,
            "current": current,
            "shown": shown,
            "base": base,
            "changes": templates.changes(base.texts, shown.texts) if base else (),
            "previews": templates.previews(declared, shown.texts),
            "draft": draft,
            "channels": [Channel(one).label for one in rules.CHANNELS if one in declared.channels],
            "may_edit": request.actor.may(EDIT),
            "may_publish": request.actor.may(PUBLISH),
            "is_own_draft": bool(config.second_look and draft and draft.edited_by == request.actor.id),
        }
        return render(request, "notifications/template.html", context)


class EditTemplate(pmi.AskingView):
    """The draft of a text. Saving it tells nobody anything."""

    action = EDIT
    form_class = forms.TemplateText
    template_name = "notifications/template_edit.html"

    def get_initial(self) -> dict[str, Any]:
        declared = kinds.kind(self.kwargs["kind"])
        draft = templates.draft(declared)
        start = draft or templates.in_force(declared)
        if wanted := number_of(self.request.GET.get("version")):
            start = templates.version(declared, wanted)
        elif self.request.GET.get("version") == "0":
            start = templates.delivered(declared)
        found: dict[str, Any] = {"revision": draft.revision if draft else 0, "note": draft.note if draft else ""}
        for language in rules.LANGUAGES:
            for name in rules.FIELDS:
                found[forms.field_name(language, name)] = start.texts.get(language, {}).get(name, "")
        return found

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        declared = kinds.kind(self.kwargs["kind"])
        return super().get_context_data(kind=declared, draft=templates.draft(declared), **kwargs)

    def form_invalid(self, form: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def perform(self, form: forms.TemplateText) -> str:
        kind = self.kwargs["kind"]
        number = actions.save_draft(
            actor=self.actor,
            kind=kind,
            texts=form.texts(),
            note=form.cleaned_data["note"],
            revision=form.cleaned_data["revision"],
            at=timezone.now(),
        )
        messages.success(self.request, _("The draft was saved. Look at it below, then publish it."))
        return f"{reverse('notifications:template', args=[kind])}?version={number}"


class PublishTemplate(pmi.GuardedView):
    """Put the draft in force."""

    action = PUBLISH
    http_method_names = ["post"]

    def post(self, request: Any, kind: str) -> HttpResponse:
        revision = number_of(request.POST.get("revision")) or 0
        number = actions.publish_draft(actor=request.actor, kind=kind, revision=revision, at=timezone.now())
        messages.success(request, _("Version %(number)s is in force.") % {"number": number})
        return redirect("notifications:template", kind=kind)


class DiscardDraft(pmi.GuardedView):
    """Throw the draft away."""

    action = EDIT
    http_method_names = ["post"]

    def post(self, request: Any, kind: str) -> HttpResponse:
        actions.discard_draft(actor=request.actor, kind=kind)
        messages.success(request, _("The draft was thrown away."))
        return redirect("notifications:template", kind=kind)
